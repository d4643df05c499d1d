package import RaggedCore

/// One sequence between a file and whatever holds it: what a reader found, or what a writer is given.
public struct SequenceRecord: Sendable, Equatable {
  /// The external key, unique within its dataset.
  public var key: String
  /// The timesteps.
  public var input: RecordInput
  /// What is to be predicted.
  public var target: RecordTarget
  /// The cells of further columns, in the order of ``InputDescription/columns``; mostly none.
  public var cells: [RecordCells] = []
  /// A sample weight; nil means 1.
  public var weight: Float?
  /// Which timesteps are valid, `[T]`; nil means all.
  public var validity: [Bool]?
  /// The split; nil where a file names none.
  public var split: String?
  /// Sequences of one group stay in one split.
  public var group: String?
  /// Free metadata: the text of a JSON object.
  public var metadata: String?
  /// The line on which the sequence begins, counted from 1; 0 where there are no lines.
  public var line: Int

  /// A record; what is left out is absent.
  public init(
    key: String, input: RecordInput, target: RecordTarget = .none, weight: Float? = nil, validity: [Bool]? = nil,
    split: String? = nil, group: String? = nil, metadata: String? = nil, line: Int = 0
  ) {
    (self.key, self.input, self.target) = (key, input, target)
    (self.weight, self.validity, self.split) = (weight, validity, split)
    (self.group, self.metadata, self.line) = (group, metadata, line)
  }
}

/// The timesteps of a record.
public enum RecordInput: Sendable, Equatable {
  /// `[T, F]`, row-major; NaN where a cell is missing.
  case values([Float], featureCount: Int)
  /// `[T]`, indices that mean nothing beyond themselves.
  case tokens([Int32])
  /// `[T]`, tokens with their texts. The unknown token is `Vocabulary.unknownText`.
  case texts(Categories)

  /// Tokens as text, `[T]`.
  public static func text(_ tokens: [String]) -> RecordInput { .texts(Categories(tokens)) }

  /// The number of timesteps.
  public var length: Int {
    switch self {
    case .values(let values, let featureCount): featureCount == 0 ? 0 : values.count / featureCount
    case .tokens(let tokens): tokens.count
    case .texts(let tokens): tokens.count
    }
  }
}

/// The cells of one column of a record beside its input and target: `[T]`, or one for a column per sequence.
public enum RecordCells: Sendable, Equatable {
  /// Numbers; NaN where a cell is missing.
  case numbers([Float])
  /// Names; an empty one where a cell is missing.
  case categories(Categories)
  /// Instants in microseconds since 1970; `ColumnPlanes.missingTime` where a cell is missing.
  case times([Int64])
}

/// The target of a record.
public enum RecordTarget: Sendable, Equatable {
  /// None.
  case none
  /// A class for the sequence: one.
  case classPerSequence(Categories)
  /// One class per timestep, `[T]`. An empty name at an invalid timestep names no class.
  case classPerTimestep(Categories)
  /// Real values for the sequence.
  case values([Float])
  /// Real values per timestep, `[T, width]`, row-major.
  case stepValues([Float], width: Int)

  /// A class for the sequence.
  public static func label(_ name: String) -> RecordTarget {
    .classPerSequence(Categories(codes: firstCode, names: [name]))
  }

  private static let firstCode: [Int32] = [0]

  /// One class per timestep, `[T]`.
  public static func labels(_ names: [String]) -> RecordTarget { .classPerTimestep(Categories(names)) }
}

/// Texts that are held as the places of their names in a list, so that a name which comes often is held once.
///
/// A name may stand in the list twice, or be used by no text: two are equal where their texts are, byte by byte.
public struct Categories: Sendable, Equatable, RandomAccessCollection {
  /// The place in ``names`` of each text, `[n]`.
  public private(set) var codes: [Int32]
  /// What the codes stand for.
  public private(set) var names: [String]

  /// Texts by their codes, each of which must be a place in `names`.
  public init(codes: [Int32] = [], names: [String]) {
    assert(codes.allSatisfy { names.indices.contains(Int($0)) }, "a code has no name")
    (self.codes, self.names) = (codes, names)
  }

  /// These texts, each with a name of its own. O(n).
  public init(_ texts: [String]) { (codes, names) = (Array(0..<Int32(texts.count)), texts) }

  /// 0.
  public var startIndex: Int { 0 }
  /// The number of texts.
  public var endIndex: Int { codes.count }
  /// A text.
  public subscript(index: Int) -> String { names[Int(codes[index])] }

  /// Adds a text whose name stands in the list.
  @inline(__always)
  mutating func append(code: Int32) { codes.append(code) }

  /// Adds a text with a name of its own.
  /// - Returns: the name's code.
  @discardableResult
  mutating func append(naming text: String) -> Int32 {
    let code = Int32(names.count)
    names.append(text)
    codes.append(code)
    return code
  }

  /// Whether the texts are the same.
  public static func == (left: Categories, right: Categories) -> Bool { left.areExactly(right) }
}

extension Vocabulary {
  /// Stands for the unknown token among tokens that are text. No text of a file may hold it.
  package static let unknownText = "\0"
}

/// What the codes of a dataset's records stand for: tokens are at their indices, behind the unknown one, and so are
/// classes.
package struct RecordNames: Sendable {
  package let tokens: [String]?
  package let classes: [String]

  /// The names of a signature.
  package init(_ signature: SequenceSignature) {
    tokens = signature.input.tokens?.vocabulary.map { [Vocabulary.unknownText] + $0.tokens }
    // Where no timestep is valid, there may be no class.
    classes = signature.target.names.isEmpty ? [""] : signature.target.names
  }
}

extension SequenceRecord {
  /// A record without timesteps and target.
  package init(
    head key: String, split: String? = nil, weight: Float? = nil, group: String? = nil, metadata: String? = nil
  ) {
    self.init(key: key, input: .tokens([]), weight: weight, split: split, group: group, metadata: metadata)
  }

  /// Takes over the numbers of sequence `b`: timesteps, target and validity.
  package mutating func take(_ b: Int, of batch: SequenceBatch, _ names: RecordNames) {
    let range = batch.range(b)
    func rows(_ values: [Float], _ rows: Range<Int>, _ width: Int) -> [Float] {
      Array(values[rows.lowerBound * width..<rows.upperBound * width])
    }
    if batch.input.isTokens {
      let tokens = Array(batch.input.codes[range])
      input = names.tokens.map { .texts(Categories(codes: tokens, names: $0)) } ?? .tokens(tokens)
    } else {
      let width = batch.input.featureCount
      input = .values(rows(batch.input.values, range, width), featureCount: width)
    }
    switch batch.targets {
    case .none: target = .none
    case .classPerSequence(let classes):
      target = .classPerSequence(Categories(codes: [classes[b]], names: names.classes))
    case .classPerTimestep(let classes):
      target = .classPerTimestep(Categories(codes: Array(classes[range]), names: names.classes))
    case .valuesPerSequence(let values, let width): target = .values(rows(values, b..<b + 1, width))
    case .valuesPerTimestep(let values, let width): target = .stepValues(rows(values, range, width), width: width)
    }
    validity = batch.validity.map { Array($0[range]) }
    if validity?.contains(false) == false { validity = nil }
  }

  /// Why a key that was there before in the same file is refused.
  /// - Parameters:
  ///   - line: where the key was first; 0 where there are no lines.
  ///   - rowPerTimestep: whether a sequence is many rows of the file, so that they do not stand together.
  package static func duplicateProblem(_ key: String, firstLine line: Int, rowPerTimestep: Bool) -> String {
    let seen = line > 0 ? " (first seen on line \(line))" : ""
    return rowPerTimestep
      ? "id \"\(key)\" comes back after its rows ended\(seen); sort the rows by id, then by time"
      : "key \"\(key)\" comes twice\(seen)"
  }
}
