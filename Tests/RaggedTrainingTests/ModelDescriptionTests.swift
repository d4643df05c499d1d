import RaggedCore
import RaggedTraining
import Testing

@Suite struct ModelDescriptionTests {
  static let tags = SequenceSignature(input: .features(["x", "y"]), target: .classPerTimestep(["a", "b", "c"]))
  static let classes = SequenceSignature(input: .features(["x"]), target: .classPerSequence(["a", "b"]))
  static let values = SequenceSignature(input: .features(["x"]), target: .valuesPerSequence(["u", "v"]))
  static let words = SequenceSignature(input: .tokens(size: 9, vocabulary: nil), target: .classPerSequence(["a", "b"]))

  static func layers(_ text: String, _ signature: SequenceSignature = tags) throws -> [LayerSpec] {
    try ModelDescription(text).layers(for: signature).map(\.spec)
  }

  static func expect(_ message: String, _ text: String, _ signature: SequenceSignature = tags) {
    #expect(throws: TrainingError(.invalidModel, message)) { try layers(text, signature) }
  }

  @Test func everyLayerIsRead() throws {
    #expect(
      try Self.layers(
        "masking(-1) lstm(32, sequences, backwards, dropout=0.25) dropout(0.5) "
          + "bidirectional(lstm(8, sequences), sum) dense(4, relu) time_distributed(3, softmax)")
        == [
          Masking(maskValue: -1).spec,
          LSTM(32, returnSequences: true, goBackwards: true, dropout: 0.25).spec, Dropout(0.5).spec,
          Bidirectional(LSTM(8, returnSequences: true), merge: .sum).spec,
          Dense(4, activation: .relu).spec, TimeDistributed(Dense(3, activation: .softmax)).spec,
        ])
    #expect(
      try Self.layers("embedding(7) lstm(4)", Self.words)
        == [Embedding(9, 7).spec, LSTM(4).spec, Dense(2, activation: .softmax).spec])
  }

  @Test func anEndingThatSuitsTheTargetIsAdded() throws {
    #expect(
      try Self.layers("lstm(4, sequences)").last == TimeDistributed(Dense(3, activation: .softmax)).spec)
    #expect(try Self.layers("lstm(4)", Self.classes).last == Dense(2, activation: .softmax).spec)
    #expect(try Self.layers("lstm(4)", Self.values).last == Dense(2, activation: .linear).spec)
    #expect(try Self.layers("lstm(4) dense", Self.classes).last == Dense(2).spec)
    #expect(try Self.layers("lstm(4) dense(sigmoid)", Self.classes).last == Dense(2, activation: .sigmoid).spec)
  }

  @Test func tokensGetAnEmbedding() throws {
    #expect(try Self.layers("lstm(4)", Self.words).first == Embedding(9, 32).spec)
  }

  @Test func spacesCommasBarsAndCaseDoNotMatter() throws {
    let expected = try Self.layers("lstm(4, sequences) dense(3, tanh)")
    for text in [
      "LSTM(4,sequences),Dense(3,tanh)", "  lstm( 4 , sequences )|dense(3 tanh)".replacing("3 tanh", with: "tanh, 3"),
      "lstm(sequences, 4)\ndense(3, Tanh)", "lstm(4, sequences)dense(3,tanh)",
    ] {
      #expect(try Self.layers(text) == expected, "\(text)")
    }
  }

  @Test func everyMergeAndActivationHasAWord() throws {
    for merge in Bidirectional.Merge.allCases {
      #expect(
        try Self.layers("bidirectional(lstm(2), \(merge.rawValue))", Self.classes)[0]
          == Bidirectional(LSTM(2), merge: merge).spec)
    }
    for activation in Activation.allCases {
      #expect(
        try Self.layers("lstm(2) dense(\(activation.rawValue))", Self.classes)[1]
          == Dense(2, activation: activation).spec)
    }
  }

  @Test func targetsSuggestAModel() throws {
    #expect(ModelDescription.suited(to: Self.tags.target) == "lstm(64, sequences)")
    #expect(ModelDescription.suited(to: Self.classes.target) == "lstm(64)")
    for signature in [Self.tags, Self.classes, Self.values, Self.words] {
      let layers = try ModelDescription(ModelDescription.suited(to: signature.target)).layers(for: signature)
      let model = try Sequential(input: ModelInput(signature.input), layers: layers)
      #expect(model.outputWidth == signature.target.names.count)
      #expect(model.isPerSequence != signature.target.isPerTimestep)
    }
  }

  @Test func textThatCannotBeReadSaysWhere() {
    Self.expect("the model's description is empty", "")
    Self.expect("the model's description is empty", " , | ")
    Self.expect("the model's description has the end at character 6, expected a name or a number", "lstm(")
    Self.expect("the model's description has the end at character 8, expected \",\" or \")\"", "lstm(32")
    Self.expect("the model's description has \"(\" at character 1, expected a name or a number", "(32)")
    Self.expect("the model's description has \")\" at character 6, expected a name or a number", "dense)")
    Self.expect("the model's description has \"t\" at character 9, expected \",\" or \")\"", "dense(3 tanh)")
    Self.expect("the model's description has \")\" at character 18, expected a name or a number", "lstm(32, dropout=)")
    Self.expect("the model's description has \"!\" at character 6, expected a name or a number", "lstm(!)")
  }

  @Test func wrongArgumentsSaySo() {
    Self.expect(
      "there is no layer \"gru\", expected lstm, bidirectional, dense, time_distributed, embedding, masking, dropout, "
        + "crf or last",
      "gru(3)")
    Self.expect("lstm(…) needs its number of units: lstm(32)", "lstm")
    Self.expect("lstm(…) needs its number of units: lstm(32)", "lstm(sequences)")
    Self.expect("lstm(…) does not take \"relu\"", "lstm(3, relu)")
    Self.expect("lstm(…) does not take \"4\"", "lstm(3, 4)")
    Self.expect("lstm(…) does not take \"dropout=high\"", "lstm(3, dropout=high)")
    Self.expect("lstm(…) does not take \"rate=1\"", "lstm(3, rate=1)")
    Self.expect("lstm(…) does not take dense(…)", "lstm(dense(3))")
    Self.expect("bidirectional(…) needs an lstm(…): bidirectional(lstm(32))", "bidirectional")
    Self.expect("bidirectional(…) does not take \"max\"", "bidirectional(lstm(3), max)")
    Self.expect("bidirectional(…) does not take dense(…)", "bidirectional(dense(3))")
    Self.expect("dense(…) does not take \"swish\"", "dense(swish)")
    Self.expect("dense(…) does not take \"units=3\"", "dense(units=3)")
    Self.expect("dropout(): expected the rate, a number", "dropout")
    Self.expect("dropout(\"often\"): expected the rate, a number", "dropout(often)")
    Self.expect("masking(\"1\", \"2\"): expected the mask value, a number", "masking(1, 2)")
    Self.expect("embedding(…) needs tokens, the data has 2 features per timestep", "embedding(3) lstm(3)")
    Self.expect("embedding(\"3.5\"): expected units, a number", "embedding(3.5)", Self.words)
  }

  @Test func dataWithoutATargetIsRefused() {
    #expect(throws: TrainingError(.dataMismatch, "the data has no target to train on")) {
      try ModelDescription("lstm(3)").layers(for: SequenceSignature(input: .features(["x"]), target: .none))
    }
  }

  /// Nesting without an end is an error, not the end of the stack.
  @Test func deepNestingIsRefused() {
    Self.expect(
      "the model's description has \"(\" at character 10, expected layers at most 4 deep",
      String(repeating: "a(", count: 200_000))
  }
}
