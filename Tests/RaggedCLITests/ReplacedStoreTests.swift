import Foundation
import Testing

/// A store that somebody replaces while a command is at work on it.
@Suite(.serialized) struct ReplacedStoreTests {
  private static func workspace() throws -> Workspace {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    try work.write("few.csv", Sample.readings(0..<7))
    try work.good("import", "s.sqlite", "readings.csv", "--quiet")
    try work.good("import", "other.sqlite", "few.csv", "--quiet")
    return work
  }

  private static func replace(_ work: Workspace) throws {
    let places = ["other.sqlite", "s.sqlite"].map { work.url.appending(path: $0).path }
    #expect(rename(places[0], places[1]) == 0)
  }

  private static func files(_ work: Workspace) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: work.url.path).filter { $0.hasPrefix("s.sqlite") }.sorted()
  }

  @Test func trainingWritesNothingIntoAnotherStore() throws {
    let work = try Self.workspace()
    let training = try work.start(["train", "s.sqlite", "-m", "lstm(2)", "--epochs", "300", "-o", "m"])
    #expect(training.waits(for: "epoch   2/300"))
    try Self.replace(work)
    let result = training.result()
    #expect(result.status == 74, "\(result.errors)")
    #expect(result.errors.contains("the run is not kept: s.sqlite: another file has taken its place"))
    #expect(result.output.contains("finished after 300 epochs"))
    #expect(try Self.files(work) == ["s.sqlite"])
    #expect(try work.good("stats", "s.sqlite").output.contains("7 sequences"))
    #expect(try work.good("runs", "s.sqlite").output.contains("no runs yet"))
    try work.good("check", "s.sqlite")
    try work.good("predict", "m.last.ragged", "s.sqlite")
  }

  @Test func anImportEndsBeforeItWritesBesideAnotherStore() throws {
    let work = try Self.workspace()
    let pipe = Pipe()
    let command = try work.start(["import", "s.sqlite", "-", "--format", "csv"], input: pipe)
    try pipe.fileHandleForWriting.write(contentsOf: Data(Sample.readings(100..<400).utf8))
    #expect(command.waits(for: "features"))
    try Self.replace(work)
    try pipe.fileHandleForWriting.close()
    let result = command.result()
    #expect(result.status == 74 && result.errors.contains("s.sqlite: another file has taken its place"))
    #expect(try Self.files(work) == ["s.sqlite"])
    #expect(try work.good("stats", "s.sqlite").output.contains("7 sequences"))
    try work.good("check", "s.sqlite")
  }

  @Test func theRunOfAStoreThatWasRemovedIsMissed() throws {
    let work = try Self.workspace()
    let training = try work.start(["train", "s.sqlite", "-m", "lstm(2)", "--epochs", "300", "-o", "m"])
    #expect(training.waits(for: "epoch   2/300"))
    try FileManager.default.removeItem(at: work.url.appending(path: "s.sqlite"))
    let result = training.result()
    #expect(result.status == 74 && result.errors.contains("s.sqlite: it was moved or removed"), "\(result.errors)")
    #expect(try Self.files(work) == [])
  }
}
