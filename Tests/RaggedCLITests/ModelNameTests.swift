import Foundation
import Testing

/// The files of a run that nobody named.
@Suite struct ModelNameTests {
  private static func workspace() throws -> Workspace {
    let work = try Workspace()
    try work.write("d.csv", Sample.readings(0..<8))
    try work.good("import", "s.sqlite", "d.csv", "-q")
    return work
  }

  private static let options = ["train", "s.sqlite", "-m", "lstm(1)", "-e", "1", "-q"]

  @Test func anotherRunsFilesAreNotReplacedInSilence() throws {
    let work = try Self.workspace()
    #expect(try work.ragged(Self.options).status == 0)
    let before = try ["model.best.ragged", "model.last.ragged"].map(work.data)
    let refused = try work.ragged(Self.options + ["--seed", "1"])
    #expect(refused.status == 73)
    #expect(
      refused.errors
        == "ragged: error: model.best.ragged: is there already, from another run: name the files of this one with "
        + "--output, replace those with --force, or go on with that run by --resume model.last.ragged\n")
    #expect(try ["model.best.ragged", "model.last.ragged"].map(work.data) == before)
    #expect(try RunsCommandTests.runs(work).count == 1)
    #expect(try work.ragged(Self.options + ["--seed", "1", "--force"]).status == 0)
    #expect(try work.data("model.last.ragged") != before[1])
    // One file is enough.
    try work.shell("rm model.best.ragged")
    #expect(try work.ragged(Self.options).status == 73)
  }

  @Test func aNameThatIsGivenIsReplacedWhenToldAndAResumedRunGoesOn() throws {
    let work = try Self.workspace()
    #expect(try work.ragged(Self.options + ["-o", "m"]).status == 0)
    let refused = try work.ragged(Self.options + ["-o", "m"])
    #expect(refused.status == 73)
    #expect(
      refused.errors.contains(
        "m.best.ragged: is there already, from another run: name other files with --output, replace"))
    #expect(try work.ragged(Self.options + ["-o", "m", "--force"]).status == 0)
    #expect(try work.ragged(Self.options).status == 0)
    for name in ["model.last.ragged", "./model.last.ragged", "model.best.ragged", work.url.path + "/model.last.ragged"]
    {
      let result = try work.ragged("train", "s.sqlite", "--resume", name, "-e", "2", "-q")
      #expect(result.status == 0, "\(name): \(result.errors)")
    }
  }

  /// Two runs may begin with the same weights.
  @Test func aSecondRunFromOneStartDoesNotReplaceTheFirst() throws {
    let work = try Self.workspace()
    #expect(try work.ragged(Self.options).status == 0)
    try work.good("export", "model.best.ragged", "w.safetensors")
    try work.good(
      "import-weights", "lstm(1)", "w.safetensors", "--store", "s.sqlite", "-e", "1", "-o", "new.ragged")
    try work.good("train", "s.sqlite", "--resume", "new.ragged", "-q")
    try work.bad(73, "new.best.ragged: is there already", "train", "s.sqlite", "--resume", "new.ragged", "-q")
    try work.good("train", "s.sqlite", "--resume", "new.ragged", "-q", "--force")
  }
}
