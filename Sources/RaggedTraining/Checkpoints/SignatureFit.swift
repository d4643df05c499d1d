public import RaggedCore

/// How data of one signature is brought to a model that was trained on another: columns, tokens and classes are matched by
/// name.
///
/// The data's columns may stand in another order, and be more than the model's; one that the model has and the data lacks
/// is an error. Codes that the model has no name for become the unknown code. Classes that it does not know are numbered
/// behind its own, and a report counts them as errors: see ``unknownClasses``.
public struct SignatureFit: Sendable {
  private var timestep: ColumnMap
  private var statics: ColumnMap
  /// How each target is brought to the model's, mostly one; none where no targets are used.
  private var targets: [TargetFit] = []
  private let data: SequenceSignature
  private var signature: SequenceSignature
  /// The data's classes that the model does not know, as they are numbered from the model's own on.
  /// Of several targets each has its own, see `SequenceSource.target(at:)`, and there are none here.
  public private(set) var unknownClasses: [String] = []

  /// Compares the data's signature with the one that the model was trained on.
  /// - Parameters:
  ///   - data: the shape of the data at hand.
  ///   - model: the shape of the data that the model was trained on.
  ///   - needsTargets: whether the data's targets will be used.
  /// - Throws: ``TrainingError`` that says how the data differs.
  public init(data: SequenceSignature, model: SequenceSignature, needsTargets: Bool) throws {
    self.data = data
    // Labels come along as the data has them.
    signature = SequenceSignature(
      input: model.input, target: needsTargets ? model.target : .none, labels: data.labels)
    let match = ColumnMatch(data: data.input, model: model.input)
    (timestep, statics) = (try match.map(\.timestep), try match.map(\.statics))
    guard needsTargets else { return }
    let (parts, expected) = (data.target.parts, model.target.parts)
    guard !parts.isEmpty, parts.count == expected.count,
      zip(parts, expected).allSatisfy({ $0.name.isExactly($1.name) })
    else {
      let fit = try TargetFit(data: data.target, model: model.target)
      (targets, signature.target, unknownClasses) = ([fit], fit.signature, fit.unknownClasses)
      return
    }
    targets = try zip(parts, expected).map { part, expected in
      do {
        return try TargetFit(data: part.target, model: expected.target)
      } catch let error as TrainingError {
        throw TrainingError(error.code, "target \"\(part.name)\": \(error.message)")
      }
    }
    signature.target = .several(zip(expected, targets).map { NamedTarget($0.name, $1.signature) })
  }

  /// Whether the data is as the model takes it.
  package var isIdentity: Bool {
    timestep.isIdentity && statics.isIdentity && targets.allSatisfy(\.isIdentity)
      && (signature.target != .none || data.target == .none)
  }

  /// A source of the data as the model takes it.
  public func source<Base: SequenceSource>(_ base: Base) -> FittedSource<Base> {
    FittedSource(base, self, signature: signature)
  }
}

extension [String] {
  /// The first dozen, for messages.
  var listed: String {
    count <= 12 ? joined(separator: ", ") : prefix(12).joined(separator: ", ") + ", …"
  }
}

/// Finds a model's columns in data.
private struct ColumnMatch {
  let data: InputSignature
  let model: InputSignature

  private func fail(_ problem: String) -> TrainingError { TrainingError(.dataMismatch, problem) }

  /// Where each of the model's columns per timestep, or per sequence, stands in the data.
  func map(_ part: KeyPath<InputSignature, ColumnSet>) throws -> ColumnMap {
    let (columns, expected) = (data[keyPath: part], model[keyPath: part])
    if part == \.timestep, let column = data.tokens, let known = model.tokens, Self.areNameless(column, known) {
      return ColumnMap(ColumnSet(categories: [column]), numbers: [], categories: [0], codes: [try codes(column, known)])
    }
    let numbers = try expected.numbers.map { name in
      try columns.numbers.firstIndex(exactly: name) ?? { throw missing(name, "a number", part) }()
    }
    let categories = try expected.categories.map { known in
      try columns.categories.firstIndex { $0.name.isExactly(known.name) }
        ?? { throw missing(known.name, "a category", part) }()
    }
    return ColumnMap(
      columns, numbers: numbers, categories: categories,
      codes: try zip(categories, expected.categories).map { try codes(columns.categories[$0], $1) })
  }

  /// Whether one of two columns, each all that there is, is tokens without a name of their own.
  private static func areNameless(_ column: CategoryColumn, _ known: CategoryColumn) -> Bool {
    [column.name, known.name].contains(CategoryColumn.tokenName)
  }

  /// The model's code of each of the data's codes; nil where they are the same.
  private func codes(_ column: CategoryColumn, _ known: CategoryColumn) throws -> [Int32]? {
    let isAlone = data.tokens != nil && model.tokens != nil
    switch (column.vocabulary, known.vocabulary) {
    case (let vocabulary?, let kept?):
      guard vocabulary.unit == kept.unit else {
        throw fail(
          isAlone
            ? "the data's text was cut into \(vocabulary.unit.rawValue), the model's into \(kept.unit.rawValue)"
            : "the data's \"\(column.name)\" was cut into \(vocabulary.unit.rawValue), the model's into "
              + kept.unit.rawValue)
      }
      if vocabulary == kept { return nil }
      let index = kept.indexByToken()
      return [Vocabulary.unknownIndex] + vocabulary.tokens.map { index[ExactName($0)] ?? Vocabulary.unknownIndex }
    case (nil, nil):
      guard column.size <= known.size else {
        throw fail(
          isAlone
            ? "the data has \(data.summary), the model knows \(model.summary)"
            : "the data's \"\(column.name)\" has codes 0 to \(column.size - 1), the model knows 0 to \(known.size - 1)")
      }
      return nil
    default:
      guard !isAlone else { throw fail("the data has \(data.summary), the model was trained on \(model.summary)") }
      func kind(_ column: CategoryColumn) -> String { column.vocabulary == nil ? "codes without names" : "names" }
      throw fail("\"\(column.name)\" holds \(kind(column)) in the data, and \(kind(known)) in the model's")
    }
  }

  /// The error for a column that the data does not have, or has as something else.
  private func missing(_ name: String, _ kind: String, _ part: KeyPath<InputSignature, ColumnSet>) -> TrainingError {
    let row = part == \.timestep ? "timestep" : "sequence"
    for (columns, extent) in [(data.timestep, "timestep"), (data.statics, "sequence")] {
      let found =
        columns.numbers.containsExactly(name)
        ? "a number" : columns.categories.contains { $0.name.isExactly(name) } ? "a category" : nil
      if let found {
        return fail("\"\(name)\" is \(found) per \(extent) in the data, the model was trained on \(kind) per \(row)")
      }
    }
    if [data.tokens?.name, model.tokens?.name].contains(CategoryColumn.tokenName) {
      return fail("the data has \(data.summary), the model was trained on \(model.summary)")
    }
    let names = data.timestep.names + data.statics.names
    return fail(
      "the data has no column \"\(name)\", on which the model was trained: "
        + (names.isEmpty ? "it has no columns" : "it has \(names.listed)"))
  }
}

/// Where the columns of a model stand in data, and what its codes are there.
private struct ColumnMap: Sendable {
  /// Places of the model's number columns among the data's, and of its category columns; nil where they are the same.
  private let numbers: [Int]?
  private let categories: [Int]?
  /// The model's code of each code of a category column; nil where these are the same.
  private let codes: [[Int32]?]

  init(_ data: ColumnSet, numbers: [Int], categories: [Int], codes: [[Int32]?]) {
    self.numbers = numbers == Array(data.numbers.indices) ? nil : numbers
    self.categories = categories == Array(data.categories.indices) ? nil : categories
    self.codes = codes
  }

  var isIdentity: Bool { numbers == nil && categories == nil && codes.allSatisfy { $0 == nil } }

  /// The cells as the model takes them. The codes must be those of the data.
  func apply(to cells: BatchCells) -> BatchCells {
    var result = cells
    if let numbers {
      result.featureCount = numbers.count
      result.values = cells.values.columns(numbers, of: cells.featureCount)
      result.observed = cells.observed?.columns(numbers, of: cells.featureCount)
    }
    if let categories {
      result.codeCount = categories.count
      result.codes = cells.codes.columns(categories, of: cells.codeCount)
    }
    for (place, map) in codes.enumerated() {
      guard let map else { continue }
      for index in stride(from: place, to: result.codes.count, by: result.codeCount) {
        result.codes[index] = map[Int(result.codes[index])]
      }
    }
    return result
  }
}

extension Array {
  /// Some columns of a `[rows, width]` matrix, in this order.
  fileprivate func columns(_ places: [Int], of width: Int) -> [Element] {
    guard width > 0 else { return [] }
    return stride(from: 0, to: count, by: width).flatMap { first in places.map { self[first + $0] } }
  }
}

/// A source whose columns, tokens and classes are those of a model: its signature is the model's, with the classes that the
/// model does not know behind its own.
public typealias FittedSource<Base: SequenceSource> = MappedSource<Base, SignatureFit>

extension SignatureFit: SequenceMap {
  /// No sequence moves.
  public func place(_ position: Int) -> (position: Int, start: Int) { (position, 0) }
  /// The base's key.
  public func key(_ key: String, _ slice: SequenceSlice) -> String { key }
  /// The base's fingerprint.
  public func fingerprint(_ base: UInt64) -> UInt64 { base }

  /// A batch of the data as the model takes it.
  /// - Throws: `RaggedCoreError` for data outside its own signature.
  public func transform(_ batch: SequenceBatch) throws -> SequenceBatch {
    try data.check(batch)
    var result = batch
    (result.input, result.statics) = (timestep.apply(to: batch.input), statics.apply(to: batch.statics))
    switch (signature.target, batch.targets) {
    case (.none, _): result.targets = .none
    case (.several, .several(let parts)): result.targets = .several(zip(targets, parts).map { $0.transform($1) })
    default: if let only = targets.first { result.targets = only.transform(batch.targets) }
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
