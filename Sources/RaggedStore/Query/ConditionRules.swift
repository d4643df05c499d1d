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

  /// Whether a word stands in the text outside of strings, quoted names and comments, as SQLite reads it.
  static func hasWord(_ word: String, _ text: String) -> Bool {
    func isWord(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...:
        true
      default: false
      }
    }
    let bytes = Array(text.utf8)
    var at = 0
    /// Goes behind the next of these bytes, or to the end.
    func pass(_ end: [UInt8], from start: Int) -> Int {
      var at = start
      while at < bytes.count, !bytes[at...].starts(with: end) { at += 1 }
      return min(bytes.count, at + end.count)
    }
    while at < bytes.count {
      switch bytes[at] {
      // A quote that is doubled ends one text and begins the next.
      case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "`"): at = pass([bytes[at]], from: at + 1)
      case UInt8(ascii: "["): at = pass([UInt8(ascii: "]")], from: at + 1)
      case UInt8(ascii: "-") where bytes[at...].starts(with: "--".utf8): at = pass([UInt8(ascii: "\n")], from: at + 2)
      case UInt8(ascii: "/") where bytes[at...].starts(with: "/*".utf8): at = pass(Array("*/".utf8), from: at + 2)
      case let byte where isWord(byte):
        let start = at
        while at < bytes.count, isWord(bytes[at]) { at += 1 }
        if String(decoding: bytes[start..<at], as: UTF8.self).lowercased() == word { return true }
      default: at += 1
      }
    }
    return false
  }

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
