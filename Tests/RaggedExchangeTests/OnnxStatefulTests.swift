import Foundation
import RaggedCore
import RaggedExchange
import RaggedProtobuf
import RaggedTraining
import SwiftProtobuf
import Testing

/// Graphs whose states go in and out: piece by piece they give what the whole gives; see `fixtures/exchange/README.md`.
@Suite struct OnnxStatefulTests {
  private static let samples = ["last", "stacked", "tagger", "tokens_last", "masking_steps", "masking_stacked"]
  private static let columns =
    ColumnNetwork.all.filter { ["repeat", "raw", "codes", "numbers", "masking_steps"].contains($0.name) }
    + [
      ColumnNetwork(
        name: "state_forwards", text: "statics(state) missing(zero, indicators) lstm(4, sequences) lstm(3)"),
      ColumnNetwork(
        name: "state_forwards_steps", text: "statics(state) lstm(4, sequences) dense(3, tanh) lstm(3, sequences)",
        isPerTimestep: true),
      ColumnNetwork(
        name: "state_masking", text: "masking(-1) missing(zero) statics(state) lstm(4)", hasCategories: false,
        masking: -1),
    ]

  /// A network with its batch, padded, and the outputs of whole sequences, as the script reads them.
  private struct Case: Encodable {
    struct Plane: Encodable {
      var name: String
      var kind: String
      var shape: [Int]
      var values: [Float]
    }
    var name: String
    var steps: Bool
    var lengths: [Int]
    var time: Int
    var planes: [Plane] = []
    var states: [String] = []
    var outputs: [[Float]]

    init(_ name: String, _ trainer: Trainer, _ batch: SequenceBatch, states: [String]) throws {
      let padded = try batch.padded()
      let (rows, input) = ([batch.count, padded.paddedLength], trainer.model.input)
      (self.name, self.states, steps, lengths) = (name, states, !trainer.model.isPerSequence, batch.lengths)
      time = padded.paddedLength
      func numbers(_ cells: BatchCells, _ prefix: String, _ shape: [Int], isPlain: Bool) -> [Plane] {
        guard cells.featureCount > 0 else { return [] }
        let shape = shape + [cells.featureCount]
        let observed = cells.observed ?? Array(repeating: true, count: cells.values.count)
        let values = Plane(name: prefix + "values", kind: "float32", shape: shape, values: cells.values)
        if isPlain { return [values] }
        return [
          values, Plane(name: prefix + "observed", kind: "bool", shape: shape, values: observed.map { $0 ? 1 : 0 }),
        ]
      }
      func codes(_ cells: BatchCells, _ name: String, _ shape: [Int]) -> [Plane] {
        cells.codeCount == 0
          ? [] : [Plane(name: name, kind: "int64", shape: shape, values: cells.codes.map(Float.init))]
      }
      let isPlain = input.features != nil && batch.input.observed == nil
      planes =
        numbers(padded.input, "", rows, isPlain: isPlain)
        + codes(
          padded.input, input.tokens == nil ? "codes" : "tokens",
          input.tokens == nil ? rows + [padded.input.codeCount] : rows)
        + numbers(padded.statics, "static_", [batch.count], isPlain: false)
        + codes(padded.statics, "static_codes", [batch.count, padded.statics.codeCount])
      let (found, width) = (try trainer.predict(batch), trainer.model.outputWidth)
      let isPerSequence = trainer.model.isPerSequence
      outputs = (0..<batch.count).map { b in
        let range = isPerSequence ? b..<b + 1 : batch.range(b)
        return Array(found[range.lowerBound * width..<range.upperBound * width])
      }
    }
  }

  private static func cases() throws -> [(case: Case, checkpoint: Checkpoint)] {
    func states(_ model: Sequential, isMade: Bool) -> [String] {
      let count = model.layers.count { $0.layer is LSTM }
      return (0..<count).flatMap { ["h_\($0)", "c_\($0)"] } + (isMade ? ["begun"] : [])
    }
    let plain = try samples.map { name in
      let network = SampleNetwork.named(name)
      let trainer = try network.trainer()
      return (
        try Case(name, trainer, network.batch, states: states(trainer.model, isMade: false)), try network.checkpoint()
      )
    }
    return try plain
      + columns.map { network in
        let trainer = try network.trainer()
        let isMade = network.text.contains("statics(state)")
        return (
          try Case("columns_\(network.name)", trainer, network.batch, states: states(trainer.model, isMade: isMade)),
          try network.checkpoint()
        )
      }
  }

  @Test(.enabled(if: Python.isThere)) func onnxruntimeGivesTheWholePieceByPiece() throws {
    let folder = try Folder()
    let cases = try Self.cases()
    for (found, checkpoint) in cases {
      try checkpoint.export(to: folder.file("\(found.name).onnx"), as: .onnx, stateful: true)
    }
    _ = try folder.write("cases.json", try JSONEncoder().encode(cases.map(\.case)))
    try Python.run("check_onnx_stateful.py", folder.path, folder.file("outputs.json"))
    guard let kept = ProcessInfo.processInfo.environment["RAGGED_EXPORTED"] else { return }
    try? FileManager.default.removeItem(atPath: kept + "_stateful")
    try FileManager.default.copyItem(atPath: folder.path, toPath: kept + "_stateful")
  }

  /// What it gave for pieces of two timesteps, and the file that it was given.
  @Test func onnxruntimeGaveTheWhole() throws {
    let text = Data(try bytes(of: fixture("onnx/stateful.json")))
    let recorded = try JSONDecoder().decode([String: [[Float]]].self, from: text)
    let cases = try Self.cases()
    #expect(Set(recorded.keys) == Set(cases.map(\.case.name)))
    for (found, _) in cases {
      for (own, other) in zip(found.outputs, recorded[found.name] ?? []) where !own.isEmpty {
        #expect(difference(own, other) <= 1e-5, "\(found.name)")
      }
    }
    let folder = try Folder()
    try SampleNetwork.named("stacked").checkpoint().export(to: folder.file("m.onnx"), as: .onnx, stateful: true)
    #expect(try bytes(of: folder.file("m.onnx")) == bytes(of: fixture("onnx/stacked_stateful.onnx")))
  }

  @Test func statesAreNamedInTheGraph() throws {
    let folder = try Folder()
    for (found, checkpoint) in try Self.cases() {
      let path = folder.file("\(found.name).onnx")
      try checkpoint.export(to: path, as: .onnx, stateful: true)
      let graph = try OnnxModelProto(serializedBytes: bytes(of: path)).graph
      let inputs = graph.input.map(\.name)
      #expect(Set(inputs) == Set(found.planes.map(\.name) + ["lengths"] + found.states), "\(found.name)")
      #expect(graph.output.map(\.name).first == "outputs")
      #expect(Set(graph.output.map(\.name).dropFirst()) == Set(found.states.map { "next_\($0)" }), "\(found.name)")
      var known = Set(inputs + graph.initializer.map(\.name))
      for node in graph.node {
        for name in node.input { #expect(known.contains(name), "\(found.name): \(name)") }
        for name in node.output where !name.isEmpty { #expect(known.insert(name).inserted, "\(found.name): \(name)") }
      }
      let used = Set(graph.node.flatMap(\.input))
      for constant in graph.initializer { #expect(used.contains(constant.name), "\(found.name): \(constant.name)") }
    }
  }

  @Test(arguments: [
    ("both", "a layer of the model reads sequences from their ends"), ("backwards", "reads sequences from their ends"),
    ("dense", "the model has no recurrent layer"),
  ]) func whatCannotGoOnIsRefused(_ name: String, _ words: String) throws {
    let folder = try Folder()
    do {
      try SampleNetwork.named(name).checkpoint().export(to: folder.file("m.onnx"), as: .onnx, stateful: true)
      Issue.record("\(name) is exported")
    } catch let error as ExchangeError {
      #expect(error.code == .unsupported && error.message.contains("no states can go on: "), "\(error.message)")
      #expect(error.message.contains(words), "\(error.message)")
    }
  }

  @Test func whatLooksBackAndOtherFormatsAreRefused() throws {
    let folder = try Folder()
    let network = try #require(ColumnNetwork.all.first { $0.name == "last" })
    #expect(throws: ExchangeError.self) {
      try network.checkpoint().export(to: folder.file("m.onnx"), as: .onnx, stateful: true)
    }
    for format in [ModelFormat.safetensors, .keras] {
      #expect(throws: ExchangeError.self) {
        try SampleNetwork.named("last").checkpoint().export(to: folder.file("m"), as: format, stateful: true)
      }
    }
    #expect(!FileManager.default.fileExists(atPath: folder.file("m.onnx")))
  }
}
