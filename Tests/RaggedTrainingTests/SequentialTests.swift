import RaggedCore
import RaggedTraining
import Testing

@Suite struct SequentialTests {
  static let reference: [any Layer] = [
    LSTM(32, returnSequences: true), LSTM(8, returnSequences: true),
    TimeDistributed(Dense(2, activation: .sigmoid)),
  ]

  @Test func summaryIsThatOfKeras() throws {
    let model = try Sequential(input: .features(5), layers: Self.reference)
    #expect(model.parameterCount == 6194)
    #expect(
      model.summary == """
        Layer (type)                        Output Shape      Param #
        ─────────────────────────────────────────────────────────────
        lstm (LSTM)                         (None, None, 32)    4,864
        lstm_1 (LSTM)                       (None, None, 8)     1,312
        time_distributed (TimeDistributed)  (None, None, 2)        18
        ─────────────────────────────────────────────────────────────
        Total params: 6,194 (24.2 KB)
        """)
  }

  @Test func summariesNameEveryLayer() throws {
    let model = try Sequential(
      input: .tokens(9),
      layers: [
        Embedding(9, 4), Bidirectional(LSTM(3, returnSequences: true)), Dropout(0.5), LSTM(2), Dense(3), Dense(1),
      ])
    #expect(
      model.summary.split(separator: "\n").dropFirst(2).prefix(6).map {
        $0.split(separator: " ").joined(separator: " ")
      } == [
        "embedding (Embedding) (None, None, 4) 36", "bidirectional (Bidirectional) (None, None, 6) 192",
        "dropout (Dropout) (None, None, 6) 0", "lstm (LSTM) (None, 2) 72", "dense (Dense) (None, 3) 9",
        "dense_1 (Dense) (None, 1) 4",
      ])
    #expect(model.parameterCount == 36 + 192 + 72 + 9 + 4)
    #expect(
      model.parameterInfo.map(\.name) == [
        "embedding/embeddings", "bidirectional/forward_lstm/kernel", "bidirectional/forward_lstm/recurrent_kernel",
        "bidirectional/forward_lstm/bias", "bidirectional/backward_lstm/kernel",
        "bidirectional/backward_lstm/recurrent_kernel", "bidirectional/backward_lstm/bias", "lstm/kernel",
        "lstm/recurrent_kernel", "lstm/bias", "dense/kernel", "dense/bias", "dense_1/kernel", "dense_1/bias",
      ])
  }

  @Test func numbersAreGrouped() {
    #expect([0, 999, 1000, 1_234_567, -1000].map(\.grouped) == ["0", "999", "1,000", "1,234,567", "-1,000"])
  }

  @Test func weightsComeBack() throws {
    let model = try Sequential(input: .features(5), layers: Self.reference).scattered()
    var other = try Sequential(input: .features(5), layers: Self.reference, seed: 9)
    try other.setWeights(model.weights)
    #expect(other.weights == model.weights)
  }

  @Test func wrongWeightsAreRefused() throws {
    var model = try Sequential(input: .features(1), layers: [LSTM(1), Dense(2)])
    let before = model.weights
    #expect(throws: TrainingError(.dataMismatch, "4 weight tensors for a model that has 5")) {
      try model.setWeights(Array(before.dropLast()))
    }
    var wrong = before
    wrong[4] = WeightTensor(name: "b", shape: [3], values: [1, 2, 3])
    wrong[0].values = [7, 7, 7, 7]
    #expect(
      throws: TrainingError(
        .dataMismatch, "weight b has shape [3] and 3 values, expected dense/bias of shape [2]")
    ) { try model.setWeights(wrong) }
    wrong[4] = WeightTensor(name: "b", shape: [2], values: [1])
    #expect(
      throws: TrainingError(
        .dataMismatch, "weight b has shape [2] and 1 value, expected dense/bias of shape [2]")
    ) { try model.setWeights(wrong) }
    #expect(model.weights == before)
  }

  @Test func layersThatDoNotFitAreRefused() {
    func expect(_ message: String, _ input: ModelInput, _ layers: [any Layer]) {
      #expect(throws: TrainingError(.invalidModel, message)) { try Sequential(input: input, layers: layers) }
    }
    let features = ModelInput.features(2)
    expect("the model's input has 0 features, expected at least 1", .features(0), [LSTM(1)])
    expect("the model's input has 0 tokens, expected at least 1", .tokens(0), [Embedding(1, 1)])
    expect("the model has no layers", features, [])
    expect("the model has no weights to train", features, [Dropout(0.5)])
    expect("a model on tokens begins with an Embedding layer", .tokens(3), [LSTM(1)])
    expect("an Embedding layer comes first, in a model on tokens", features, [Embedding(3, 1)])
    expect("an Embedding layer comes first, in a model on tokens", .tokens(3), [Embedding(3, 1), Embedding(3, 1)])
    expect("the Embedding layer has 2 vectors for 3 tokens", .tokens(3), [Embedding(2, 1)])
    expect("an Embedding layer has 0 units, expected at least 1", .tokens(3), [Embedding(3, 0)])
    expect("a Masking layer comes first, in a model on features", features, [LSTM(1), Masking()])
    expect("a Masking layer comes first, in a model on features", .tokens(3), [Embedding(3, 1), Masking()])
    expect("an LSTM has 0 units, expected at least 1", features, [LSTM(0)])
    expect("a layer has 1048577 units, expected at most 1048576", features, [LSTM(1_048_577)])
    expect("a layer has \(Int.max) units, expected at most 1048576", features, [Dense(.max)])
    expect(
      "the model has 4398059094016 weights, expected at most 1073741824", features, [LSTM(1 << 20)])
    expect("a Dense layer has -1 units, expected at least 1", features, [Dense(-1)])
    expect("an LSTM needs timesteps, and the layer before gives one output per sequence", features, [LSTM(1), LSTM(1)])
    expect(
      "TimeDistributed needs timesteps, and the layer before gives one output per sequence (an LSTM that does not return sequences?)",
      features, [LSTM(1), TimeDistributed(Dense(1))])
    expect(
      "a Bidirectional layer reads both ways: leave goBackwards out of its LSTM", features,
      [Bidirectional(LSTM(1, goBackwards: true))])
    for rate in [-0.1, 1, .nan] as [Float] {
      expect("a dropout rate is \(rate), expected 0 or more and less than 1", features, [LSTM(1), Dropout(rate)])
      expect("a dropout rate is \(rate), expected 0 or more and less than 1", features, [LSTM(1, dropout: rate)])
    }
  }
}
