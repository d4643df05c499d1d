import Foundation
import Testing

/// A Python with numpy, pandas, aeon, TensorFlow and PyTorch, where the environment names one.
private let python = ProcessInfo.processInfo.environment["RAGGED_PYTHON"]

/// What Ragged writes is read by the readers of each format's own ecosystem, and its store by Python without Ragged.
@Suite(.enabled(if: python != nil, "RAGGED_PYTHON names no Python"), .serialized)
struct EcosystemTests {
  private static let fixtures = BuiltCommand.fixtures.deletingLastPathComponent()

  private struct Dataset {
    var name: String
    var lines: String
    var importing: [String] = []
    var isSeries = false
  }

  private static let datasets = [
    Dataset(
      name: "label",
      lines: #"""
        {"id": "a, \"1\"", "features": [[0.1, -0.0], null, [1e-45, 3.4028235e38]], "label": "run", "weight": 0.5}
        {"id": "é😀", "features": [[16777217, 0.3333333333]], "label": "walk", "split": "test"}
        {"id": "0012", "features": [[5, 6], [7, 8]], "label": "run"}
        """#, importing: ["--target", "label", "--feature-names", "ax,ay"], isSeries: true),
    Dataset(
      name: "labels",
      lines: #"""
        {"id": "a", "features": [[1], [2], [3]], "labels": ["up", "do, wn", "up"], "valid": [true, true, false]}
        {"id": "none", "features": [], "labels": []}
        {"id": "b", "features": [[4]], "labels": ["up"]}
        """#, importing: ["--target", "labels", "--target-kind", "class-per-step"]),
    Dataset(
      name: "value",
      lines: #"""
        {"id": "a", "features": [[1, 2], [2, 3]], "value": [0.7]}
        {"id": "b", "features": [[4, 5]], "value": [-1e-7]}
        """#, importing: ["--target", "value", "--target-kind", "values", "--target-names", "y"], isSeries: true),
    Dataset(
      name: "values",
      lines: #"""
        {"id": "a", "features": [[1], [2]], "values": [[0.1, 1], [2, 1.5]]}
        {"id": "none", "features": [], "values": []}
        {"id": "b", "features": [[3]], "values": [[0.5, 0.25]]}
        """#, importing: ["--target", "values", "--target-names", "u,v"]),
    Dataset(
      name: "tokens",
      lines: #"""
        {"id": "a", "tokens": [4, 0, 2], "label": "x"}
        {"id": "none", "tokens": [], "label": "y"}
        """#, importing: ["--target", "label"]),
    Dataset(
      name: "text",
      lines: #"""
        {"id": "a", "text": ["n", "é", ",", "\"", "\n"]}
        {"id": "b", "text": ["n"]}
        """#, importing: ["--tokens", "characters", "--target", "none"]),
  ]

  private func run(_ script: String, _ arguments: [String], in folder: URL) throws -> CommandResult {
    let place = Self.fixtures.appending(path: script).path
    let interpreter = URL(filePath: try #require(python))
    return try RunningCommand(interpreter, ["-B", place] + arguments, in: folder).result()
  }

  @Test func numpyPandasAeonAndTensorFlowReadTheExports() throws {
    let work = try Workspace()
    var files = 0
    for dataset in Self.datasets {
      let folder = "all/" + dataset.name
      try FileManager.default.createDirectory(at: work.url.appending(path: folder), withIntermediateDirectories: true)
      try work.write(folder + "/source.jsonl", dataset.lines + "\n")
      let store = dataset.name + ".sqlite"
      let imported = try work.ragged(["import", store, folder + "/source.jsonl", "--quiet"] + dataset.importing)
      #expect(imported.status == 0, "\(imported.errors)")
      let outputs = ["ragged.npz", "out.csv", "out.jsonl", "out.tfrecord"] + (dataset.isSeries ? ["out.ts"] : [])
      for output in outputs { try work.good("export", store, "\(folder)/\(output)") }
      try work.good("export", store, folder + "/padded.npz", "--layout", "padded")
      files += outputs.count + 1
    }
    let result = try run("ecosystem/read_outputs.py", ["all"], in: work.url)
    #expect(result.status == 0, "\(result.output)\(result.errors)")
    let lines = result.output.split(separator: "\n")
    #expect(lines.count == files && lines.allSatisfy { $0.hasSuffix(": same") }, "\(result.output)")
  }

  @Test func aStoreIsOpenedWithNineteenLinesOfPyTorchAndOfTensorFlow() throws {
    let work = try Workspace()
    try work.write(
      "q.jsonl",
      """
      {"id": "a", "features": [[1, 2], [3, 4], [5, 6]], "target": "u"}
      {"id": "b", "features": [[7, 8]], "target": "v"}
      {"id": "c", "features": [], "target": "v"}
      {"id": "d", "features": [[9, 9]], "target": "v", "split": "test"}

      """)
    try work.good("import", "s.sqlite", "q.jsonl", "--dataset", "mine", "--quiet")
    let first = "[[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[7.0, 8.0], [0.0, 0.0], [0.0, 0.0]]]"
    let torch = try run("python/check.py", ["torch", "s.sqlite", "mine", "train"], in: work.url)
    #expect(torch.output == "[[\(first), [3, 1], [0, 1]], [[[]], [0], [1]]]\n", "\(torch.errors)")
    let tensorFlow = try run("python/check.py", ["tensorflow", "s.sqlite", "mine", "train"], in: work.url)
    let mask = "[[true, true, true], [true, false, false]]"
    #expect(tensorFlow.output == "[[\(first), \(mask), [0, 1]], [[[]], [[]], [1]]]\n", "\(tensorFlow.errors)")
  }
}
