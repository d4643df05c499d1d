public import RaggedFormats

extension FileFormat {
  /// The rows of a query of any SQLite database, read as those of a long table.
  ///
  /// It stands here rather than among `FormatRegistry.all`, since this module alone touches SQLite:
  /// ``FormatRegistry/allWithDatabases`` has both.
  public static let sqlite = FileFormat.table(
    "sqlite", extensions: ["sqlite", "sqlite3", "db"],
    summary: "the rows of a query, a row per timestep, of any database"
  ) { (source: InputSource, options: SQLiteOptions) in try QueriedRows(source, options) }
}

extension FormatRegistry {
  /// Every format that sequences can be read from, databases among them.
  public static let allWithDatabases: [FileFormat] = all + [.sqlite]
}

/// How the rows of an SQLite database are read: which they are, and which of their columns mean what.
///
/// A column is what SQLite says of its values: numbers or text, and text that is a time throughout is a time. The database is
/// never written.
public struct SQLiteOptions: TableFormatOptions {
  /// A statement that gives rows, a SELECT: one row per timestep, with a column for the key. nil is an error that says which
  /// tables there are.
  public var query: String?
  /// What is asked of the columns.
  public var table: TableOptions

  /// Every option at its default.
  public init() { table = TableOptions() }

  /// A query, and options as those of a table.
  public init(query: String, _ table: TableOptions = TableOptions()) { (self.query, self.table) = (query, table) }

  /// The name under which each option can be set without knowing the format.
  public static var fields: [OptionField<SQLiteOptions>] { tableFields + [.text(.query, \.query)] }
}

extension SQLiteOptions: RowGroupingOptions {}
