import Foundation
import Testing

/// Files that a command writes, where there is something already.
@Suite struct OutputFileTests {
  /// A command for each kind of output, with the name that it writes.
  private static let outputs: [(name: String, arguments: [String])] = [
    ("o.csv", ["export", "s.sqlite", "o.csv"]), ("o.jsonl.gz", ["export", "s.sqlite", "o.jsonl.gz"]),
    ("o.npz", ["export", "s.sqlite", "o.npz"]), ("o.tfrecord", ["export", "s.sqlite", "o.tfrecord"]),
    ("o.ts", ["export", "s.sqlite", "o.ts"]),
    ("o.safetensors", ["export", "m.best.ragged", "o.safetensors"]), ("o.onnx", ["export", "m.best.ragged", "o.onnx"]),
    ("w.npz", ["export", "m.best.ragged", "w.npz", "--to", "keras"]),
    ("p.csv", ["predict", "m.best.ragged", "s.sqlite", "-o", "p.csv"]),
    ("r.html", ["report", "s.sqlite", "-o", "r.html"]),
    ("n.ragged", ["import-weights", "m.best.ragged", "m.safetensors", "-o", "n.ragged"]),
    ("t.last.ragged", ["train", "s.sqlite", "-m", "lstm(1)", "-e", "1", "-o", "t", "--no-record", "-q", "--force"]),
  ]

  private static func workspace() throws -> Workspace {
    let work = try Workspace()
    try work.write("d.csv", Sample.readings(0..<8))
    try work.good("import", "s.sqlite", "d.csv", "-q")
    try work.good("train", "s.sqlite", "-m", "lstm(1)", "-e", "1", "-q", "-o", "m")
    try work.good("export", "m.best.ragged", "m.safetensors")
    return work
  }

  @Test func everyOutputKeepsPermissionsAndFollowsALink() throws {
    let work = try Self.workspace()
    try FileManager.default.createDirectory(at: work.url.appending(path: "data"), withIntermediateDirectories: true)
    for (name, arguments) in Self.outputs {
      try work.write("data/\(name)", "old")
      let place = work.url.appending(path: "data/\(name)").path
      try #require(chmod(place, 0o600) == 0)
      let link = work.url.appending(path: name).path
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "data/\(name)")
      let result = try work.ragged(arguments)
      #expect(result.status == 0, "\(arguments): \(result.errors)")
      #expect((try? FileManager.default.destinationOfSymbolicLink(atPath: link)) == "data/\(name)", "\(name)")
      var status = stat()
      #expect(stat(place, &status) == 0 && status.st_mode & 0o7777 == 0o600, "\(name)")
      #expect(try work.data("data/\(name)") != Data("old".utf8), "\(name)")
    }
    let left = try FileManager.default.subpathsOfDirectory(atPath: work.url.path).filter { $0.hasSuffix(".part") }
    #expect(left == [])
  }

  @Test func whatAKilledCommandLeftIsRemovedByTheNext() throws {
    let work = try Workspace()
    let rows = (0..<200_000).map { "{\"id\": \"s\($0)\", \"features\": [[\($0 % 7)], [1]]}" }
    try work.write("d.jsonl", rows.joined(separator: "\n") + "\n")
    try work.good("import", "s.sqlite", "d.jsonl", "-q")
    let part: () -> [String] = { work.names.filter { $0.hasSuffix(".part") } }
    let command = try work.start(["export", "s.sqlite", "o.csv"])
    while command.isRunning, part().isEmpty { usleep(1000) }
    let living = part()
    try #require(living.count == 1)
    // The file of a command that is at work is let be.
    command.send(SIGSTOP)
    try work.good("show", "s.sqlite", "s1")
    try work.write("e.jsonl", "{\"id\": \"a\", \"features\": [[1]]}\n")
    try work.good("import", "e.sqlite", "e.jsonl", "-q")
    try work.good("export", "e.sqlite", "e.csv", "-q")
    #expect(part() == living)
    command.send(SIGKILL)
    _ = command.result()
    #expect(part() == living && !work.names.contains("o.csv"))
    try work.good("export", "e.sqlite", "e.csv", "-q")
    #expect(part() == [])
  }
}
