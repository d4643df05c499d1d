/// A column of a dataset: what each of its cells is, and whether there is one per timestep, one per sequence, or a list of them
/// per sequence.
///
/// What is input and what is target is decided when one trains: see ``ColumnChoice``.
public struct Column: Sendable, Equatable, Codable {
  /// What a cell is.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// A float32, which may be missing.
    case number
    /// One of the names of the column's dictionary, or none of them.
    case category
    /// An instant, in microseconds: it feeds a model through what is derived from it, see ``TimeDerivation``.
    case time
  }

  /// What a cell belongs to.
  public enum Extent: String, Sendable, Codable, CaseIterable {
    case timestep
    case sequence
    /// A list per sequence, of a length of its own: of names, so that its kind is ``Kind/category``.
    case labels
  }

  /// What a column is for unless a choice says otherwise.
  public enum Role: String, Sendable, Codable, CaseIterable {
    case input
    case target
    /// Neither, until it is chosen.
    case other
  }

  /// Unique within its dataset.
  public var name: String
  /// What a cell is.
  public var kind: Kind
  /// What a cell belongs to.
  public var extent: Extent
  /// What it is for unless a choice says otherwise.
  public var role: Role
  /// Of a category: codes are below this. Code 0 is that of a missing cell and of a name that is not known.
  public var size: Int
  /// Of a category that came from text: what the codes from 1 on mean.
  public var vocabulary: Vocabulary?

  /// A column; `size` and `vocabulary` are those of a category.
  public init(
    _ name: String, _ kind: Kind, per extent: Extent = .timestep, role: Role = .input, size: Int = 1,
    vocabulary: Vocabulary? = nil
  ) {
    (self.name, self.kind, self.extent, self.role) = (name, kind, extent, role)
    (self.size, self.vocabulary) = (vocabulary?.size ?? size, vocabulary)
  }

  /// Whether both are the same, names by their bytes.
  public static func == (left: Column, right: Column) -> Bool {
    left.kind == right.kind && left.extent == right.extent && left.role == right.role && left.size == right.size
      && left.vocabulary == right.vocabulary && left.name.isExactly(right.name)
  }

  /// In words, for messages: `a number per timestep`.
  package var summary: String {
    extent == .labels ? "a list of labels per sequence" : "a \(kind.rawValue) per \(extent.rawValue)"
  }
}

extension SequenceSignature {
  /// The columns that a dataset of this input and target has. A class is the column ``classColumn``.
  public var columns: [Column] {
    let parts = target.parts.flatMap { SequenceSignature(input: .features([]), target: $0.target).columns }
    func columns(_ set: ColumnSet, _ extent: Column.Extent) -> [Column] {
      set.numbers.map { Column($0, .number, per: extent) }
        + set.categories.map { Column($0.name, .category, per: extent, size: $0.size, vocabulary: $0.vocabulary) }
    }
    let extent: Column.Extent = target.isPerTimestep ? .timestep : .sequence
    let targets: [Column] =
      switch target {
      case .none: []
      case .several: parts
      case .classPerSequence(let names), .classPerTimestep(let names):
        [
          Column(
            Self.classColumn, .category, per: extent, role: .target, vocabulary: Vocabulary(unit: .words, tokens: names)
          )
        ]
      case .valuesPerSequence(let names), .valuesPerTimestep(let names):
        names.map { Column($0, .number, per: extent, role: .target) }
      case .labels(let names):
        [
          Column(
            "labels", .category, per: .labels, role: .target, vocabulary: Vocabulary(unit: .words, tokens: names))
        ]
      }
    let lists = labels.map {
      Column($0.name, .category, per: .labels, role: .other, size: $0.size, vocabulary: $0.vocabulary)
    }
    return columns(input.timestep, .timestep) + columns(input.statics, .sequence) + targets + lists
  }

  /// The columns of a dataset of this input and target that has others besides, which stand behind them.
  /// `classColumn` is the name of the column of classes, unless another column has it.
  package func columns(classColumn: String, others: [Column]) -> [Column] {
    var own = columns
    if target.isClass, let last = own.lastIndex(where: { $0.role == .target }),
      !(input.names + others.map(\.name)).containsExactly(classColumn)
    {
      own[last].name = classColumn
    }
    return own + others
  }

  /// The name of the column of classes.
  public static let classColumn = "class"
}

/// A number that is derived from a time column, as an input of a model or as what it is to predict.
public enum TimeDerivation: String, Sendable, Codable, CaseIterable {
  /// Seconds since the timestep before; 0 at the first one of a sequence.
  case delta
  /// log(1 + seconds) since the timestep before.
  case logDelta = "log-delta"
  /// Seconds since the sequence began.
  case elapsed
  /// The hour of the day in UTC, as sine and cosine of a full turn.
  case hour
  /// The day of the week in UTC, as sine and cosine of a full turn that begins on Monday at midnight.
  case weekday

  /// What its numbers are measured in; nil for places on a circle.
  package var unit: String? {
    switch self {
    case .delta, .elapsed: "seconds"
    case .logDelta: "log(1 + seconds)"
    case .hour, .weekday: nil
    }
  }

  /// Whether it is a time that has passed, any of which gives the others away over the timesteps of a sequence.
  var isDuration: Bool { unit != nil }

  /// What it is, in words, for who predicts it.
  package var words: String {
    switch self {
    case .delta: "seconds since the timestep before, 0 at the first of a sequence"
    case .logDelta: "log(1 + seconds) since the timestep before, 0 at the first of a sequence"
    case .elapsed: "seconds since the sequence began, 0 at its first timestep"
    case .hour: "the place in the day in UTC, as sine and cosine"
    case .weekday: "the place in the week in UTC, as sine and cosine"
    }
  }

  /// The names of the numbers that it makes of a column.
  package func names(of column: String) -> [String] {
    switch self {
    case .delta, .logDelta, .elapsed: ["\(column):\(rawValue)"]
    case .hour, .weekday: ["\(column):\(rawValue):sin", "\(column):\(rawValue):cos"]
    }
  }
}
