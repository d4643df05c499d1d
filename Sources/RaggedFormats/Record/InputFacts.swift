public import RaggedCore

/// What a reader knows of its file beside the sequences.
public struct InputFacts: Sendable, Equatable {
  /// How the file is written.
  public var traits: [FileTrait] = []
  /// Its columns, fields, arrays or features in the order of the file, as far as they are not those of the sequences.
  public var columns: [ColumnFacts] = []
  /// How its rows lie, where a sequence is many of them.
  public var order: RowOrder?

  /// Nothing.
  public init() {}
}

/// A way in which a file is written: `delimiter: tab`.
public struct FileTrait: Sendable, Equatable {
  /// What is said of the file: `delimiter`.
  public var name: String
  /// How it is in this file: `tab`.
  public var value: String
  /// What says it otherwise; nil where nothing does.
  public var setting: ReaderSetting?

  /// A trait with what says it otherwise.
  public init(_ name: String, _ value: String, _ setting: ReaderSetting? = nil) {
    (self.name, self.value, self.setting) = (name, value, setting)
  }
}

/// What is known of a column, field, array or feature of a file.
public struct ColumnFacts: Sendable, Equatable {
  /// What its cells are.
  public enum Kind: String, Sendable, Encodable, CaseIterable {
    case number, text, time, labels, empty
    /// Something that no column of ours can hold.
    case other
  }

  /// What it was taken for.
  public enum Role: String, Sendable, Encodable, CaseIterable {
    case id, feature, tokens, target, weight, time, valid, split, group, metadata, input
    /// A column that is kept and that no model reads unless it is told to.
    case column
    /// Nothing: it is not imported.
    case none = "not imported"
  }

  /// Its name, as the file has it.
  public var name: String
  /// What its cells are.
  public var kind: Kind
  /// What it was taken for; nil where that could not be decided.
  public var role: Role?
  /// What has one cell; nil where it is not imported.
  public var extent: Column.Extent?
  /// Cells that were looked at, and those of them that are missing.
  public var cells = 0
  /// Cells that are missing.
  public var missing = 0
  /// Different cells among them, of a text or of a number in a table; nil where they were not counted.
  public var distinct: Int?
  /// The smallest and the largest number.
  public var least: Double?
  /// The largest number.
  public var greatest: Double?
  /// The first different cells.
  public var examples: [String] = []

  /// A column of which nothing else is known yet.
  public init(
    _ name: String, _ kind: Kind, role: Role? = nil, extent: Column.Extent? = nil, examples: [String] = []
  ) {
    (self.name, self.kind, self.role, self.extent, self.examples) = (name, kind, role, extent, examples)
  }

  /// The share of its cells that are missing; nil where no cell was looked at.
  public var missingShare: Double? { cells > 0 ? Double(missing) / Double(cells) : nil }
}

extension ColumnFacts.Kind {
  init(_ kind: Column.Kind) {
    switch kind {
    case .number: self = .number
    case .category: self = .text
    case .time: self = .time
    }
  }
}

/// How the rows of sequences lie in a file, as far as they were looked at.
public struct RowOrder: Sendable, Equatable {
  /// Rows.
  public var rows: Int
  /// Different ids.
  public var sequences: Int
  /// How often a row has another id than the one before, the first row among them.
  public var runs: Int
  /// Steps from a row of a sequence to its next at which the time is later.
  public var rises: Int
  /// Such steps at which it is earlier.
  public var falls: Int
  /// Such steps at which it is the same.
  public var ties: Int
  /// The column of the time; nil where none orders the rows.
  public var time: String?

  /// Whether the rows of each sequence stand together.
  public var isGrouped: Bool { runs <= sequences }
  /// Whether the times of each sequence never fall.
  public var isOrdered: Bool { falls == 0 }

  mutating func add(_ other: RowOrder) {
    (rows, sequences, runs) = (rows + other.rows, sequences + other.sequences, runs + other.runs)
    (rises, falls, ties) = (rises + other.rises, falls + other.falls, ties + other.ties)
    time = time ?? other.time
  }
}
