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
  /// The number of timesteps where no feature says it.
  private var bareLength: Int

  /// A record; what is left out is absent.
  /// `length` is the number of timesteps, which is asked for where the input is no feature at all.
  public init(
    key: String, input: RecordInput, target: RecordTarget = .none, cells: [RecordCells] = [], weight: Float? = nil,
    validity: [Bool]? = nil, split: String? = nil, group: String? = nil, metadata: String? = nil, line: Int = 0,
    length: Int = 0
  ) {
    (self.key, self.input, self.target, self.cells) = (key, input, target, cells)
    (self.weight, self.validity, self.split) = (weight, validity, split)
    (self.group, self.metadata, self.line) = (group, metadata, line)
    bareLength = input.isBare ? length : 0
  }

  /// The number of timesteps.
  public var length: Int { input.isBare ? bareLength : input.length }
}

/// The timesteps of a record.
public enum RecordInput: Sendable, Equatable {
  /// `[T, F]`, row-major; NaN where a cell is missing.
  case values([Float], featureCount: Int)
  /// `[T]`, indices that mean nothing beyond themselves.
  case tokens([Int32])
  /// `[T]`, tokens with their texts. The unknown token is `Vocabulary.unknownText`.
  case texts(Categories)

  /// Whether both hold the same, missing cells as such.
  public static func == (left: RecordInput, right: RecordInput) -> Bool {
    switch (left, right) {
    case (.values(let mine, let width), .values(let theirs, let other)): width == other && mine.areSameCells(theirs)
    case (.tokens(let mine), .tokens(let theirs)): mine == theirs
    case (.texts(let mine), .texts(let theirs)): mine == theirs
    case (.values, _), (.tokens, _), (.texts, _): false
    }
  }

  /// Tokens as text, `[T]`.
  public static func text(_ tokens: [String]) -> RecordInput { .texts(Categories(tokens)) }

  /// Whether it is no feature at all, so that it does not say how many timesteps there are.
  fileprivate var isBare: Bool { if case .values(_, 0) = self { true } else { false } }

  /// The number of timesteps; 0 where there is no feature.
  public var length: Int {
    switch self {
    case .values(let values, let featureCount): featureCount == 0 ? 0 : values.count / featureCount
    case .tokens(let tokens): tokens.count
    case .texts(let tokens): tokens.count
    }
  }
}

/// The cells of one column of a record beside its input and target: `[T]`, one for a column per sequence, or as many as the
/// sequence has labels.
public enum RecordCells: Sendable, Equatable {
  /// Numbers; NaN where a cell is missing.
  case numbers([Float])
  /// Names; an empty one where a cell is missing, and for a label that is not known.
  case categories(Categories)
  /// Instants in microseconds since 1970; `ColumnPlanes.missingTime` where a cell is missing.
  case times([Int64])

  /// Whether both hold the same, missing cells as such.
  public static func == (left: RecordCells, right: RecordCells) -> Bool {
    switch (left, right) {
    case (.numbers(let mine), .numbers(let theirs)): mine.areSameCells(theirs)
    case (.categories(let mine), .categories(let theirs)): mine == theirs
    case (.times(let mine), .times(let theirs)): mine == theirs
    case (.numbers, _), (.categories, _), (.times, _): false
    }
  }

  /// The number of cells.
  var count: Int {
    switch self {
    case .numbers(let numbers): numbers.count
    case .categories(let names): names.count
    case .times(let times): times.count
    }
  }

  /// What its cells are.
  var kind: Column.Kind {
    switch self {
    case .numbers: .number
    case .categories: .category
    case .times: .time
    }
  }
}

extension [Float] {
  /// Whether these are the same numbers, NaN being the same as NaN.
  fileprivate func areSameCells(_ others: [Float]) -> Bool {
    self == others || elementsEqual(others) { $0 == $1 || $0.isNaN && $1.isNaN }
  }
}

extension Column.Kind {
  /// What a user calls it: `text` for a category, whose names a file has as text.
  var words: String { self == .category ? "text" : rawValue }
}

/// The target of a record.
public enum RecordTarget: Sendable, Equatable {
  /// None.
  case none
  /// A class for the sequence: one. An empty name is that of no class: it is missing.
  case classPerSequence(Categories)
  /// One class per timestep, `[T]`; an empty name where it is missing.
  case classPerTimestep(Categories)
  /// Real values for the sequence; NaN where one is missing.
  case values([Float])
  /// Real values per timestep, `[T, width]`, row-major; NaN where one is missing.
  case stepValues([Float], width: Int)

  /// Whether both hold the same, missing values as such.
  public static func == (left: RecordTarget, right: RecordTarget) -> Bool {
    switch (left, right) {
    case (.none, .none): true
    case (.classPerSequence(let mine), .classPerSequence(let theirs)),
      (.classPerTimestep(let mine), .classPerTimestep(let theirs)):
      mine == theirs
    case (.values(let mine), .values(let theirs)): mine.areSameCells(theirs)
    case (.stepValues(let mine, let width), .stepValues(let theirs, let other)):
      width == other && mine.areSameCells(theirs)
    case (.none, _), (.classPerSequence, _), (.classPerTimestep, _), (.values, _), (.stepValues, _): false
    }
  }

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

  /// Takes away the texts behind so many.
  mutating func cut(to count: Int) { if codes.count > count { codes.removeLast(codes.count - count) } }

  /// Whether the texts are the same.
  public static func == (left: Categories, right: Categories) -> Bool { left.areExactly(right) }
}

extension Vocabulary {
  /// Stands for the unknown token among tokens that are text. No text of a file may hold it.
  package static let unknownText = "\0"
}

/// What the codes of a dataset's records stand for: tokens are at their indices, behind the unknown one, and so are
/// classes, before the empty name that stands for a missing one.
package struct RecordNames: Sendable {
  package let tokens: [String]?
  package let classes: [String]
  /// Of each further column; empty for one that is no category. The empty name stands for a missing cell.
  package let columns: [[String]]

  /// The names of further columns alone.
  init(columns: [Column]) { self.init(SequenceSignature(input: .features([]), target: .none), columns) }

  /// The names of a signature and of further columns.
  package init(_ signature: SequenceSignature, _ further: [Column] = []) {
    columns = further.map { column in
      guard column.kind == .category else { return [] }
      return [""] + (column.vocabulary?.tokens ?? (1..<max(1, column.size)).map(String.init))
    }
    tokens = signature.input.tokens?.vocabulary.map { [Vocabulary.unknownText] + $0.tokens }
    classes = signature.target.isClass ? signature.target.names + [""] : []
  }
}

extension RecordNames {
  /// Classes with their names.
  package func categories(_ indices: some Sequence<Int32>) -> Categories {
    let missing = Int32(clamping: classes.count - 1)
    return Categories(codes: indices.map { $0 == BatchTargets.unobservedClass ? missing : $0 }, names: classes)
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
      var values = rows(batch.input.values, range, width)
      if let observed = batch.input.observed {
        for index in values.indices where !observed[range.lowerBound * width + index] { values[index] = .nan }
      }
      input = .values(values, featureCount: width)
      bareLength = width == 0 ? range.count : 0
    }
    switch batch.targets {
    case .none, .labels, .several: target = .none
    case .classPerSequence(let classes): target = .classPerSequence(names.categories(classes[b..<b + 1]))
    case .classPerTimestep(let classes): target = .classPerTimestep(names.categories(classes[range]))
    case .valuesPerSequence(let values, let width): target = .values(rows(values, b..<b + 1, width))
    case .valuesPerTimestep(let values, let width): target = .stepValues(rows(values, range, width), width: width)
    }
    validity = batch.validity.map { Array($0[range]) }
    if validity?.contains(false) == false { validity = nil }
  }

  /// Takes over the cells of sequence `b` in further columns, which are all that the planes hold.
  package mutating func take(_ b: Int, of planes: ColumnPlanes, _ columns: [Column], _ names: RecordNames) {
    let range = planes.offsets[b]..<planes.offsets[b + 1]
    let timeCount = columns.count { $0.kind == .time }
    var places = (number: 0, code: 0, time: 0, staticNumber: 0, staticCode: 0, list: 0)
    func next(_ place: inout Int) -> Int {
      defer { place += 1 }
      return place
    }
    func numbers(_ cells: BatchCells, _ rows: Range<Int>, _ place: Int) -> RecordCells {
      .numbers(rows.map { cells.isObserved($0, place) ? cells.values[$0 * cells.featureCount + place] : .nan })
    }
    func codes(_ cells: BatchCells, _ rows: Range<Int>, _ place: Int, _ names: [String]) -> RecordCells {
      .categories(Categories(codes: rows.map { cells.codes[$0 * cells.codeCount + place] }, names: names))
    }
    func times(_ place: Int) -> RecordCells { .times(range.map { planes.times[$0 * timeCount + place] }) }
    cells = zip(columns, names.columns).map { column, names in
      switch (column.kind, column.extent) {
      case (.number, .timestep): numbers(planes.steps, range, next(&places.number))
      case (.number, .sequence): numbers(planes.statics, b..<b + 1, next(&places.staticNumber))
      case (.category, .timestep): codes(planes.steps, range, next(&places.code), names)
      case (.category, .sequence): codes(planes.statics, b..<b + 1, next(&places.staticCode), names)
      case (.time, _): times(next(&places.time))
      case (_, .labels): .categories(Categories(codes: Array(planes.labels[next(&places.list)][b]), names: names))
      }
    }
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
