import GRDBSQLite

extension SequenceStore {
  /// The columns that a condition may use: those of the view `sequences`.
  public static let conditionColumns = [
    "id", "dataset", "key", "split", "length", "class", "weight", "group", "metadata",
  ]
}

/// What the compiled form of a condition may do.
enum ConditionRules {
  /// The columns of the view, and those that the view reads.
  static let columns: [String: Set<String>] = [
    "sequences": Set(SequenceStore.conditionColumns),
    "sequence": ["id", "dataset_id", "key", "split", "length", "class", "weight", "group", "metadata"],
    "dataset": ["id", "name"],
    "class": ["dataset_id", "position", "name"],
  ]

  /// Functions that neither reach outside nor make much out of little.
  static let functions: Set<String> = [
    "abs", "avg", "ceil", "ceiling", "char", "coalesce", "count", "date", "datetime", "exp", "floor", "glob", "ifnull",
    "iif", "instr", "json", "json_array_length", "json_extract", "json_type", "json_valid", "julianday", "length",
    "like",
    "ln", "log", "log10", "log2", "lower", "ltrim", "max", "min", "mod", "nullif", "pow", "power", "round", "rtrim",
    "sign", "sqrt", "strftime", "substr", "substring", "sum", "time", "total", "trim", "trunc", "typeof", "unicode",
    "unixepoch", "upper", "->", "->>",
  ]

  static func allows(_ action: Int32, _ first: String, _ second: String) -> Bool {
    switch action {
    case SQLITE_SELECT: true
    // An empty column stands for a table of which only the rows are counted.
    case SQLITE_READ: columns[first].map { second.isEmpty || $0.contains(second) } ?? false
    case SQLITE_FUNCTION: functions.contains(second.lowercased())
    default: false
    }
  }
}
