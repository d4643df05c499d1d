import Foundation
import RaggedCore
import RaggedTraining
import Testing

/// What a model takes, as a value, in a file and in a text.
@Suite struct ModelInputTests {
  static let signature = SequenceSignature(
    input: InputSignature(
      timestep: ColumnSet(
        numbers: ["amount"], categories: [CategoryColumn("Activity", size: 20), CategoryColumn("case type", size: 3)]),
      statics: ColumnSet(numbers: ["age"], categories: [CategoryColumn("channel", size: 1000)])),
    target: .classPerSequence(["no", "yes"]))

  static func json(_ input: ModelInput) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(input), as: UTF8.self)
  }

  @Test func filesOfBeforeAreRead() throws {
    #expect(try Self.json(.features(5)) == #"{"features":{"_0":5}}"#)
    #expect(try Self.json(.tokens(20)) == #"{"tokens":{"_0":20}}"#)
    var filling = ModelInput.features(5)
    filling.options = InputOptions(fill: .last, indicators: true, since: true, statics: .head)
    for input in [.features(5), .tokens(20), filling, ModelInput(Self.signature.input, options: filling.options)] {
      #expect(try JSONDecoder().decode(ModelInput.self, from: Data(Self.json(input).utf8)) == input)
    }
  }

  @Test func aTextSaysWidthsAndWhatBecomesOfMissingCells() throws {
    let description = try ModelDescription(
      "statics(head) missing(last, indicators, since) embedding(activity=3, \"case type\"=2) lstm(8)")
    let input = description.input(for: Self.signature)
    #expect(input.options == InputOptions(fill: .last, indicators: true, since: true, statics: .head))
    #expect(input.featureCount == 1 && input.staticFeatureCount == 1)
    #expect(input.categories == [.init("Activity", size: 20), .init("case type", size: 3)])
    let layers = try description.layers(for: Self.signature).map(\.spec)
    // 1.6 · 1000^0.56 is 77: at most 50.
    let tables = Embedding(
      tables: [.init("Activity", 20, 3), .init("case type", 3, 2), .init("channel", 1000, 50)])
    #expect(layers == [tables.spec, LSTM(8).spec, Dense(2, activation: .softmax).spec])
    let model = try Sequential(input: input, layers: description.layers(for: Self.signature))
    #expect(
      model.parameterInfo.map { "\($0.name) \($0.shape)" } == [
        "embedding/Activity [20, 3]", "embedding/case type [3, 2]", "embedding/channel [1000, 50]",
        "lstm/kernel [8, 32]", "lstm/recurrent_kernel [8, 32]", "lstm/bias [32]",
        // 8 units, a number and its indicator, 50.
        "dense/kernel [60, 2]", "dense/bias [2]",
      ])
  }

  @Test func widthsThatAreLeftOutFollowARule() throws {
    #expect([1, 2, 3, 10, 50, 464, 465, 100_000].map(Embedding.usualUnits) == [2, 3, 3, 6, 15, 50, 50, 50])
    let layers = try ModelDescription("lstm(8)").layers(for: Self.signature).map(\.spec)
    #expect(
      layers[0]
        == Embedding(tables: [.init("Activity", 20, 9), .init("case type", 3, 3), .init("channel", 1000, 50)]).spec)
    let same = try ModelDescription("embedding(16) lstm(8)").layers(for: Self.signature).map(\.spec)
    #expect(
      same[0]
        == Embedding(tables: [.init("Activity", 20, 16), .init("case type", 3, 16), .init("channel", 1000, 16)]).spec)
  }

  static func expect(_ message: String, _ text: String) {
    #expect(throws: TrainingError(.invalidModel, message)) {
      let description = try ModelDescription(text)
      _ = try Sequential(
        input: description.input(for: signature), layers: description.layers(for: signature))
    }
  }

  @Test func whatHasNoMeaningIsRefused() {
    Self.expect(
      "embedding(…): the data has no category column \"activty\", did you mean \"Activity\"?",
      "embedding(activty=3) lstm(8)")
    Self.expect(
      "embedding(…) takes a number of units, or one for a column as in embedding(Activity=16)",
      "embedding(Activity=many) lstm(8)")
    Self.expect("missing(…) does not take \"indicator\", did you mean \"indicators\"?", "missing(indicator) lstm(8)")
    Self.expect("statics(…) does not take \"haed\", did you mean \"head\"?", "statics(haed) lstm(8)")
    Self.expect(
      "the columns per sequence make the state of the first recurrent layer, and the model has none",
      "statics(state) dense(3)")
    #expect(throws: TrainingError(.invalidModel, "a model on categories begins with an Embedding layer")) {
      try Sequential(input: ModelInput(Self.signature.input), layers: [LSTM(3)])
    }
    #expect(
      throws: TrainingError(.invalidModel, "the Embedding layer has tables for x, the input's categories are y")
    ) {
      try Sequential(
        input: ModelInput(featureCount: 1, categories: [.init("y", size: 3)]),
        layers: [Embedding(tables: [.init("x", 3, 2)]), LSTM(3)])
    }
    #expect(
      throws: TrainingError(
        .invalidModel, "the columns per sequence go to the last dense layer, and the model has none")
    ) {
      try Sequential(
        input: ModelInput(featureCount: 1, staticFeatureCount: 1, options: InputOptions(statics: .head)),
        layers: [LSTM(3)])
    }
  }

  /// A checkpoint keeps the input and the figures of both kinds of columns.
  @Test func checkpointsKeepIt() throws {
    let options = InputOptions(fill: .last, indicators: true, statics: .state)
    let model = try Sequential(
      input: ModelInput(Self.signature.input, options: options),
      layers: ModelDescription("lstm(4)").layers(for: Self.signature), seed: 3)
    var normalization = Normalization(mean: [1], deviation: [2], staticMean: [40], staticDeviation: [10])
    normalization.isApplied = false
    let trainer = try Trainer(
      model: model, loss: .sparseCategoricalCrossentropy, normalization: normalization, threads: 1)
    let batch = sampleBatch(
      lengths: [3, 1, 4], input: model.input, target: .classes(2), isPerSequence: true, missing: 0.4)
    try trainer.trainStep(batch)
    let path = FileManager.default.temporaryDirectory.appending(path: "columns-\(UInt64.random(in: 0 ... .max)).ragged")
    defer { try? FileManager.default.removeItem(at: path) }
    let written = trainer.checkpoint(context: CheckpointContext(signature: Self.signature))
    try written.write(to: path)
    let read = try Checkpoint(contentsOf: path)
    #expect(read == written)
    #expect(try read.trainer(threads: 1).predict(batch) == trainer.predict(batch))
  }
}
