public import RaggedCore

/// How data of one signature is brought to a model that was trained on another: tokens and classes are matched by name.
///
/// Features must be the same ones in the same order. Tokens that the model does not know become the unknown token. Classes
/// that it does not know are numbered behind its own, and a report counts them as errors: see ``unknownClasses``.
public struct SignatureFit: Sendable {
  private var tokens: [Int32]?
  private var classes: [Int32]?
  private let data: SequenceSignature
  private var signature: SequenceSignature
  /// The data's classes that the model does not know, as they are numbered from the model's own on.
  public private(set) var unknownClasses: [String] = []

  /// Compares the data's signature with the one that the model was trained on.
  /// - Parameters:
  ///   - data: the shape of the data at hand.
  ///   - model: the shape of the data that the model was trained on.
  ///   - needsTargets: whether the data's targets will be used.
  /// - Throws: ``TrainingError`` that says how the data differs.
  public init(data: SequenceSignature, model: SequenceSignature, needsTargets: Bool) throws {
    self.data = data
    signature = SequenceSignature(input: model.input, target: needsTargets ? model.target : .none)
    try matchInput(data.input, model.input)
    if needsTargets { try matchTarget(data.target, model.target) }
  }

  private mutating func matchInput(_ data: InputSignature, _ model: InputSignature) throws {
    func fail(_ problem: String) -> TrainingError { TrainingError(.dataMismatch, problem) }
    switch (data.tokens, model.tokens) {
    case (nil, nil):
      let (names, expected) = (data.names, model.names)
      guard names.count == expected.count else {
        throw fail(
          "the data has \(names.count.counted("feature")) (\(list(names))), "
            + "the model was trained on \(expected.count) (\(list(expected)))")
      }
      if let wrong = names.indices.first(where: { !names[$0].isExactly(expected[$0]) }) {
        throw fail("feature \(wrong + 1) of the data is \"\(names[wrong])\", of the model \"\(expected[wrong])\"")
      }
    case (let column?, let expected?):
      switch (column.vocabulary, expected.vocabulary) {
      case (let vocabulary?, let known?):
        guard vocabulary.unit == known.unit else {
          throw fail(
            "the data's text was cut into \(vocabulary.unit.rawValue), the model's into \(known.unit.rawValue)")
        }
        if vocabulary == known { return }
        let index = known.indexByToken()
        tokens = [Vocabulary.unknownIndex] + vocabulary.tokens.map { index[ExactName($0)] ?? Vocabulary.unknownIndex }
      case (nil, nil):
        guard column.size <= expected.size else {
          throw fail("the data has \(data.summary), the model knows \(model.summary)")
        }
      default: throw fail("the data has \(data.summary), the model was trained on \(model.summary)")
      }
    default: throw fail("the data has \(data.summary), the model was trained on \(model.summary)")
    }
  }

  private mutating func matchTarget(_ data: TargetSignature, _ model: TargetSignature) throws {
    func fail(_ problem: String) -> TrainingError { TrainingError(.dataMismatch, problem) }
    switch (data, model) {
    case (.classPerSequence(let names), .classPerSequence(let expected)),
      (.classPerTimestep(let names), .classPerTimestep(let expected)):
      if names.areExactly(expected) { return }
      let index = expected.positions()
      unknownClasses = names.filter { index[ExactName($0)] == nil }
      guard names.isEmpty || unknownClasses.count < names.count else {
        throw fail(
          "the data's classes are \(list(names)), and the model knows none of them: it knows \(list(expected))")
      }
      var next = Int32(expected.count)
      classes = names.map { name in
        if let known = index[ExactName(name)] { return known }
        defer { next += 1 }
        return next
      }
      let all = expected + unknownClasses
      signature.target = data.isPerTimestep ? .classPerTimestep(all) : .classPerSequence(all)
    case (.valuesPerSequence(let names), .valuesPerSequence(let expected)) where names.areExactly(expected): return
    case (.valuesPerTimestep(let names), .valuesPerTimestep(let expected)) where names.areExactly(expected): return
    default: throw fail("the data's target is \(data.summary), the model's \(model.summary)")
    }
  }

  private func list(_ names: [String]) -> String {
    names.count <= 12 ? names.joined(separator: ", ") : names.prefix(12).joined(separator: ", ") + ", …"
  }

  /// A source of the data as the model takes it.
  public func source<Base: SequenceSource>(_ base: Base) -> FittedSource<Base> {
    FittedSource(base, self, signature: signature)
  }
}

/// A source whose tokens and classes are numbered as a model numbers them: its signature is the model's, with the classes
/// that the model does not know behind its own.
public typealias FittedSource<Base: SequenceSource> = MappedSource<Base, SignatureFit>

extension SignatureFit: SequenceMap {
  /// No sequence moves.
  public func place(_ position: Int) -> (position: Int, start: Int) { (position, 0) }
  /// The base's key.
  public func key(_ key: String, _ slice: SequenceSlice) -> String { key }
  /// The base's fingerprint.
  public func fingerprint(_ base: UInt64) -> UInt64 { base }

  /// A batch of the data as the model numbers its tokens and classes.
  /// - Throws: `RaggedCoreError` for data outside its own signature.
  public func transform(_ batch: SequenceBatch) throws -> SequenceBatch {
    try data.check(batch)
    var result = batch
    if let tokens { result.input.codes = batch.input.codes.map { tokens[Int($0)] } }
    if case .none = signature.target { result.targets = .none }
    if let classes {
      switch result.targets {
      case .classPerSequence(let values): result.targets = .classPerSequence(values.map { classes[Int($0)] })
      case .classPerTimestep(let values): result.targets = .classPerTimestep(values.map { classes[Int($0)] })
      case .none, .valuesPerSequence, .valuesPerTimestep: break
      }
    }
    return result
  }
}

/// A source whose classes were matched with a model's by name.
protocol MatchedClasses {
  /// The classes that the model does not know, the last ones of the signature.
  var unknownClasses: [String] { get }
}

extension MappedSource: MatchedClasses {
  /// Of this view or of the one below it: parts and windows of matched data have the same classes.
  var unknownClasses: [String] {
    (map as? SignatureFit)?.unknownClasses ?? (base as? any MatchedClasses)?.unknownClasses ?? []
  }
}
