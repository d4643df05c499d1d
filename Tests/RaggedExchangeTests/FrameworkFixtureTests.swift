import Foundation
import RaggedCore
import RaggedExchange
import RaggedTraining
import Testing

/// Weights that PyTorch and Keras wrote, and what they computed with them: `fixtures/exchange/make_fixtures.py`.
@Suite struct FrameworkFixtureTests {
  private struct Expected: Decodable {
    /// `[T, features]` a sequence, or `[T]` tokens.
    var sequences: [Sequence]
    var outputs: [Numbers]

    struct Sequence: Decodable {
      var count: Int
      var values: [Float]

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let tokens = try? container.decode([Float].self) {
          (count, values) = (tokens.count, tokens)
        } else {
          let rows = try container.decode([[Float]].self)
          (count, values) = (rows.count, rows.flatMap(\.self))
        }
      }
    }

    struct Numbers: Decodable {
      var values: [Float]

      init(from decoder: any Decoder) throws { values = try Sequence(from: decoder).values }
    }
  }

  /// A model with a file's weights gives the outputs that the framework gave, each sequence alone there, all in one
  /// batch here.
  private func check(
    _ name: String, _ format: ModelFormat, _ input: ModelInput, _ layers: [any Layer],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let path = fixture(name)
    var model = try Sequential(input: input, layers: layers)
    let imported = try ImportedWeights(for: model, contentsOf: path, as: format)
    try model.setWeights(imported.weights)
    let trainer = try Trainer(
      model: model, loss: .meanSquaredError, normalization: imported.normalization, threads: 1)
    let expectedPath = URL(filePath: path).deletingPathExtension().appendingPathExtension("json")
    let expected = try JSONDecoder().decode(Expected.self, from: Data(contentsOf: expectedPath))
    let values = expected.sequences.flatMap(\.values)
    let offsets = expected.sequences.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
    let data: BatchCells =
      input.features.map { .values(values, featureCount: $0) } ?? .tokens(values.map { Int32($0) })
    let batch = SequenceBatch(
      input: data, offsets: offsets, targets: .none, ids: Array(expected.sequences.indices))
    let outputs = try trainer.predict(batch)
    #expect(
      difference(outputs, expected.outputs.flatMap(\.values)) <= 1e-5, "\(name)", sourceLocation: sourceLocation)
  }

  @Test func torchsStackedBidirectionalClassifier() throws {
    try check(
      "torch/classifier.safetensors", .safetensors, .features(3),
      [Bidirectional(LSTM(4, returnSequences: true)), Bidirectional(LSTM(4)), Dense(3, activation: .softmax)])
  }

  @Test func torchsTaggerOfTokensInHalfPrecision() throws {
    try check(
      "torch/tagger_half.safetensors", .safetensors, .tokens(6),
      [Embedding(6, 2), LSTM(3, returnSequences: true), Dense(2)])
  }

  @Test func kerasClassifierWithItsNormalization() throws {
    try check(
      "keras/classifier.npz", .keras, .features(3),
      [
        Bidirectional(LSTM(3, returnSequences: true), merge: .ave), LSTM(4), Dropout(0.3),
        Dense(3, activation: .softmax),
      ])
  }

  @Test func kerasTaggerOfTokensAsGetWeightsGivesIt() throws {
    try check(
      "keras/tagger.npz", .keras, .tokens(6),
      [Embedding(6, 2), LSTM(3, returnSequences: true), TimeDistributed(Dense(2, activation: .sigmoid))])
  }

  /// What each framework gave for networks on columns of several kinds, written by `PythonTests`.
  @Test(arguments: ColumnNetwork.all, ["onnx", "torch", "keras"])
  func othersGaveTheSameOutputsOfColumns(_ network: ColumnNetwork, _ framework: String) throws {
    let data = try Data(contentsOf: URL(filePath: fixture("columns/\(framework).json")))
    let recorded = try #require(JSONDecoder().decode([String: [Int: [Float]]].self, from: data)[network.name])
    let outputs = try network.keptOutputs()
    #expect(recorded.count >= 3)
    for (row, values) in recorded { #expect(difference(outputs[row], values) <= 1e-5, "sequence \(row)") }
  }

  /// The scripts of the guide are the files that the checks run.
  @Test(arguments: [
    "torch_model.py", "torch_columns.py", "keras_load.py", "keras_save.py", "onnx_run.py", "onnx_stateful.py",
  ])
  func theGuideShowsTheScripts(_ name: String) throws {
    let guide = try String(
      contentsOfFile: fixture("../../Sources/Ragged/Ragged.docc/Models.md"), encoding: .utf8)
    #expect(guide.contains("```python\n" + (try String(contentsOfFile: fixture(name), encoding: .utf8)) + "```"))
  }
}
