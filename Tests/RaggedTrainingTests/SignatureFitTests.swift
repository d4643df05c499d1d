import RaggedCore
import RaggedTraining
import Testing

@Suite struct SignatureFitTests {
  static func tokens(_ tokens: [String], unit: Vocabulary.Unit = .characters) -> InputSignature {
    let vocabulary = Vocabulary(unit: unit, tokens: tokens)
    return .tokens(size: vocabulary.size, vocabulary: vocabulary)
  }

  static let features = InputSignature.features(["x", "y"])

  static func expect(
    _ message: String, _ data: SequenceSignature, _ model: SequenceSignature, needsTargets: Bool = true
  ) {
    #expect(throws: TrainingError(.dataMismatch, message)) {
      try SignatureFit(data: data, model: model, needsTargets: needsTargets)
    }
  }

  @Test func tokensAreMatchedByName() throws {
    let data = SequenceSignature(input: Self.tokens(["c", "a", "z", "b"]), target: .none)
    let model = SequenceSignature(input: Self.tokens(["a", "b", "c"]), target: .none)
    let batch = SequenceBatch(input: .tokens([0, 1, 2, 3, 4, 2]), offsets: [0, 4, 6])
    let source = try SignatureFit(data: data, model: model, needsTargets: false).source(
      InMemorySource(batch, signature: data, keys: ["one", "two"]))
    #expect(try source.gather([0, 1]).input == .tokens([0, 3, 1, 0, 2, 1]))
    #expect(try source.gather([1]).input == .tokens([2, 1]))
    #expect(source.signature == model)
    #expect(source.lengths == [4, 2])
    #expect(try source.keys([1]) == ["two"])
  }

  /// No model knows of them, and nobody loses them.
  @Test func labelsComeAlong() throws {
    let labels = [CategoryColumn("phones", size: 5)]
    let data = SequenceSignature(input: Self.tokens(["c", "a", "b"]), target: .none, labels: labels)
    let model = SequenceSignature(input: Self.tokens(["a", "b", "c"]), target: .none)
    let lists = LabelLists([[4, 1, 1], []] as [[Int32]])
    let batch = SequenceBatch(input: .tokens([1, 2, 3]), labels: [lists], offsets: [0, 2, 3])
    let source = try SignatureFit(data: data, model: model, needsTargets: false).source(
      InMemorySource(batch, signature: data))
    #expect(try source.gather([0, 1]).labels == [lists])
    #expect(source.signature.labels == labels && source.signature.input == model.input)
    try source.signature.check(source.gather([1, 0]))
  }

  @Test func classesAreMatchedByName() throws {
    for isPerTimestep in [false, true] {
      func target(_ names: [String]) -> TargetSignature {
        isPerTimestep ? .classPerTimestep(names) : .classPerSequence(names)
      }
      func classes(_ values: [Int32]) -> BatchTargets {
        isPerTimestep ? .classPerTimestep(values) : .classPerSequence(values)
      }
      let data = SequenceSignature(input: Self.features, target: target(["c", "a"]))
      let model = SequenceSignature(input: Self.features, target: target(["a", "b", "c"]))
      let batch = SequenceBatch(
        input: .values([1, 2, 3, 4, 5, 6], featureCount: 2), offsets: [0, 1, 2, 3], targets: classes([0, 1, 0]))
      let source = try InMemorySource(batch, signature: data)
      let fitted = try SignatureFit(data: data, model: model, needsTargets: true).source(source)
      #expect(try fitted.gather([0, 1, 2]).targets == classes([2, 0, 2]))
      #expect(try fitted.gather([0, 1, 2]).input == batch.input)
      #expect(fitted.signature == model)
      let blind = try SignatureFit(data: data, model: model, needsTargets: false).source(source)
      #expect(try blind.gather([0]).targets == .none)
      #expect(blind.signature == SequenceSignature(input: Self.features, target: .none))
    }
  }

  @Test func namesAreMatchedByTheirBytes() throws {
    let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
    let data = SequenceSignature(input: Self.features, target: .classPerSequence([decomposed]))
    let model = SequenceSignature(input: Self.features, target: .classPerSequence([composed]))
    #expect(throws: TrainingError.self) { try SignatureFit(data: data, model: model, needsTargets: true) }
    let (words, known) = (Self.tokens([decomposed], unit: .words), Self.tokens([composed], unit: .words))
    let batch = SequenceBatch(input: .tokens([1]), offsets: [0, 1])
    let text = SequenceSignature(input: words, target: .none)
    let source = try SignatureFit(
      data: text, model: SequenceSignature(input: known, target: .none), needsTargets: false
    ).source(InMemorySource(batch, signature: text))
    #expect(try source.gather([0]).input == .tokens([Vocabulary.unknownIndex]))
  }

  /// Classes that the model does not know come behind its own.
  @Test func unknownClassesAreNumberedBehindTheModels() throws {
    let data = SequenceSignature(input: Self.features, target: .classPerSequence(["y", "b", "z", "a"]))
    let model = SequenceSignature(input: Self.features, target: .classPerSequence(["a", "b", "c"]))
    let batch = SequenceBatch(
      input: .values([1, 2, 3, 4, 5, 6, 7, 8], featureCount: 2), offsets: [0, 1, 2, 3, 4],
      targets: .classPerSequence([0, 1, 2, 3]))
    let fit = try SignatureFit(data: data, model: model, needsTargets: true)
    let fitted = fit.source(try InMemorySource(batch, signature: data))
    #expect(fit.unknownClasses == ["y", "z"])
    #expect(fitted.signature.target == .classPerSequence(["a", "b", "c", "y", "z"]))
    #expect(try fitted.gather([0, 1, 2, 3]).targets == .classPerSequence([3, 1, 4, 0]))
    let blind = try SignatureFit(data: data, model: model, needsTargets: false)
    #expect(blind.unknownClasses.isEmpty)
  }

  @Test func equalSignaturesChangeNothing() throws {
    let source = try sampleSource(lengths: [3, 0, 2])
    let fitted = try SignatureFit(data: source.signature, model: source.signature, needsTargets: true).source(source)
    #expect(try fitted.gather([2, 0]) == source.gather([2, 0]))
    #expect(fitted.fingerprint == source.fingerprint)
  }

  @Test func wrongFeaturesAreRefused() {
    let model = SequenceSignature(input: Self.features, target: .none)
    Self.expect(
      "the data has no column \"y\", on which the model was trained: it has x",
      SequenceSignature(input: .features(["x"]), target: .none), model)
    Self.expect(
      "the data has no column \"y\", on which the model was trained: it has x, z",
      SequenceSignature(input: .features(["x", "z"]), target: .none), model)
    Self.expect(
      "the data has text of 2 tokens, the model was trained on 2 features per timestep",
      SequenceSignature(input: Self.tokens(["a", "b"]), target: .none), model)
    Self.expect(
      "the data has no column \"x\", on which the model was trained: "
        + "it has 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …",
      SequenceSignature(input: .features((0..<13).map(String.init)), target: .none), model)
  }

  /// Columns in another order and more of them, names that the model does not know, codes in another order.
  @Test func columnsAreMatchedByName() throws {
    func vocabulary(_ tokens: [String]) -> Vocabulary { Vocabulary(unit: .words, tokens: tokens) }
    let model = SequenceSignature(
      input: InputSignature(
        timestep: ColumnSet(
          numbers: ["x", "y"],
          categories: [CategoryColumn("activity", vocabulary(["a", "b"])), CategoryColumn("level", size: 4)]),
        statics: ColumnSet(numbers: ["age"], categories: [CategoryColumn("channel", vocabulary(["web", "shop"]))])),
      target: .none)
    let data = SequenceSignature(
      input: InputSignature(
        timestep: ColumnSet(
          numbers: ["y", "other", "x"],
          categories: [
            CategoryColumn("level", size: 3), CategoryColumn("more", size: 9),
            CategoryColumn("activity", vocabulary(["c", "b", "a"])),
          ]),
        statics: ColumnSet(
          numbers: ["size", "age"],
          categories: [
            CategoryColumn("more", size: 2), CategoryColumn("channel", vocabulary(["shop", "web", "phone"])),
          ])),
      target: .none)
    let batch = SequenceBatch(
      input: BatchCells(
        values: [1, 2, 3, 4, 5, 6], featureCount: 3, codes: [0, 8, 1, 2, 7, 3], codeCount: 3,
        observed: [true, true, false, false, true, true]),
      statics: BatchCells(
        values: [10, 20, 30, 40], featureCount: 2, codes: [0, 2, 1, 3], codeCount: 2,
        observed: [true, false, true, true]), offsets: [0, 1, 2])
    let source = try SignatureFit(data: data, model: model, needsTargets: false)
      .source(InMemorySource(batch, signature: data))
    #expect(source.signature == model)
    let fitted = try source.gather([0, 1])
    #expect(
      fitted.input
        == BatchCells(
          values: [3, 1, 6, 4], featureCount: 2, codes: [0, 0, 1, 2], codeCount: 2,
          observed: [false, true, true, false]))
    #expect(
      fitted.statics
        == BatchCells(values: [20, 40], featureCount: 1, codes: [1, 0], codeCount: 1, observed: [false, true]))
    #expect(throws: Never.self) { try model.check(fitted) }

    func lacking(_ change: (inout InputSignature) -> Void) -> SequenceSignature {
      var other = data
      change(&other.input)
      return other
    }
    let rest = "on which the model was trained: it has y, other, x, level, more"
    Self.expect(
      "the data has no column \"activity\", \(rest), size, age, more, channel",
      lacking { $0.timestep.categories.removeLast() }, model)
    Self.expect(
      "the data has no column \"channel\", \(rest), activity, size, age, more",
      lacking { $0.statics.categories.removeLast() }, model)
    Self.expect(
      "\"x\" is a category per timestep in the data, the model was trained on a number per timestep",
      lacking {
        $0.timestep.numbers.removeLast()
        $0.timestep.categories.append(CategoryColumn("x", size: 2))
      }, model)
    Self.expect(
      "\"age\" is a number per timestep in the data, the model was trained on a number per sequence",
      lacking {
        $0.statics.numbers.removeLast()
        $0.timestep.numbers.append("age")
      }, model)
    Self.expect(
      "the data's \"level\" has codes 0 to 4, the model knows 0 to 3",
      lacking { $0.timestep.categories[0].size = 5 }, model)
    Self.expect(
      "\"activity\" holds codes without names in the data, and names in the model's",
      lacking { $0.timestep.categories[2] = CategoryColumn("activity", size: 3) }, model)
  }

  /// One column of several may be all that a model takes.
  @Test func aModelOnOneColumnFindsItAmongSeveral() throws {
    let activity = CategoryColumn("activity", Vocabulary(unit: .words, tokens: ["a", "b"]))
    let model = SequenceSignature(input: InputSignature(timestep: ColumnSet(categories: [activity])), target: .none)
    let data = SequenceSignature(
      input: InputSignature(
        timestep: ColumnSet(numbers: ["x"], categories: [CategoryColumn("resource", size: 3), activity])),
      target: .none)
    let batch = SequenceBatch(
      input: BatchCells(values: [1, 2], featureCount: 1, codes: [2, 1, 0, 2], codeCount: 2), offsets: [0, 2])
    let source = try SignatureFit(data: data, model: model, needsTargets: false)
      .source(InMemorySource(batch, signature: data))
    #expect(try source.gather([0]).input == .tokens([1, 2]))
    let other = SequenceSignature(
      input: InputSignature(timestep: ColumnSet(categories: [CategoryColumn("resource", size: 3)])), target: .none)
    Self.expect(
      "the data has no column \"activity\", on which the model was trained: it has resource", other, model)
  }

  @Test func wrongTokensAreRefused() {
    let model = SequenceSignature(input: Self.tokens(["a"]), target: .none)
    Self.expect(
      "the data's text was cut into words, the model's into characters",
      SequenceSignature(input: Self.tokens(["a"], unit: .words), target: .none), model)
    Self.expect(
      "the data has tokens 0 to 8, the model was trained on text of 1 token",
      SequenceSignature(input: .tokens(size: 9, vocabulary: nil), target: .none), model)
    Self.expect(
      "the data has tokens 0 to 8, the model knows tokens 0 to 7",
      SequenceSignature(input: .tokens(size: 9, vocabulary: nil), target: .none),
      SequenceSignature(input: .tokens(size: 8, vocabulary: nil), target: .none))
    #expect(throws: Never.self) {
      try SignatureFit(
        data: SequenceSignature(input: .tokens(size: 7, vocabulary: nil), target: .none),
        model: SequenceSignature(input: .tokens(size: 8, vocabulary: nil), target: .none), needsTargets: false)
    }
  }

  @Test func wrongTargetsAreRefused() {
    func signature(_ target: TargetSignature) -> SequenceSignature {
      SequenceSignature(input: Self.features, target: target)
    }
    Self.expect(
      "the data's classes are y, z, and the model knows none of them: it knows a, b",
      signature(.classPerSequence(["y", "z"])), signature(.classPerSequence(["a", "b"])))
    Self.expect(
      "the data's target is none, the model's a class per sequence, of 2", signature(.none),
      signature(.classPerSequence(["a", "b"])))
    Self.expect(
      "the data's target is a class per timestep, of 2, the model's a class per sequence, of 2",
      signature(.classPerTimestep(["a", "b"])), signature(.classPerSequence(["a", "b"])))
    Self.expect(
      "the data's target is 1 value per sequence, the model's 2 values per sequence",
      signature(.valuesPerSequence(["a"])),
      signature(.valuesPerSequence(["a", "b"])))
    #expect(throws: Never.self) {
      try SignatureFit(data: signature(.none), model: signature(.classPerSequence(["a"])), needsTargets: false)
    }
  }

  @Test func dataOutsideItsOwnSignatureIsRefused() throws {
    let data = SequenceSignature(input: Self.tokens(["b", "a"]), target: .none)
    let model = SequenceSignature(input: Self.tokens(["a", "b"]), target: .none)
    struct Liar: SequenceSource {
      var signature: SequenceSignature
      var lengths: [Int32] = [1]
      var fingerprint: UInt64 = 0
      func gather(slices: [SequenceSlice]) -> SequenceBatch { SequenceBatch(input: .tokens([7]), offsets: [0, 1]) }
    }
    let fitted = try SignatureFit(data: data, model: model, needsTargets: false).source(Liar(signature: data))
    #expect(throws: RaggedCoreError.self) { try fitted.gather([0]) }
  }
}
