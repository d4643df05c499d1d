import GRDB
import GRDBSQLite
import RaggedCore

extension SequenceStore {
  /// The columns that a condition may use: those of the view `sequences`.
  public static let conditionColumns = [
    "id", "dataset", "key", "split", "length", "class", "weight", "group", "metadata",
  ]
}

/// Evaluates an SQL condition that someone typed.
///
/// The condition has a connection of its own, opened for reading, on which SQLite asks us before it compiles each
/// access: reading the columns above and calling the functions below is allowed, and nothing else is. A time limit and
/// SQLite's own limits bound what an allowed expression can cost. What it returns is only ever used to leave sequences
/// out.
struct ConditionEvaluator {
  let location: String

  /// The ids of the dataset's sequences for which the condition is true, rising.
  /// - Throws: ``StoreError`` `invalidCondition` with SQLite's message.
  func ids(dataset: String, where condition: String, timeLimit: Double) throws -> [Int64] {
    let connection = try open()
    defer { sqlite3_close_v2(connection) }
    let deadline = Deadline(seconds: timeLimit)
    return try withExtendedLifetime(deadline) {
      restrict(connection, deadline)
      // Text that closes the parenthesis and goes on with something else than an expression fits one depth of nesting
      // at most; what fits both can only be true or false for a row.
      sqlite3_finalize(try compile(condition, depth: 1, connection, deadline))
      let handle = try compile(condition, depth: 2, connection, deadline)
      defer { sqlite3_finalize(handle) }
      let name = dataset.utf8CString
      return try name.withUnsafeBufferPointer { bytes in
        sqlite3_bind_text(handle, 1, bytes.baseAddress, Int32(clamping: bytes.count - 1), nil)
        var ids: [Int64] = []
        while true {
          switch sqlite3_step(handle) {
          case SQLITE_ROW: ids.append(sqlite3_column_int64(handle, 0))
          case SQLITE_DONE: return ids.sorted()
          default: throw fault(connection, condition, deadline)
          }
        }
      }
    }
  }

  private func open() throws -> OpaquePointer {
    var connection: OpaquePointer?
    let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI
    let code = sqlite3_open_v2(location, &connection, flags, nil)
    guard code == SQLITE_OK, let connection else {
      let message = connection.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      sqlite3_close_v2(connection)
      throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }
    return connection
  }

  private func restrict(_ connection: OpaquePointer, _ deadline: Deadline) {
    sqlite3_busy_timeout(connection, 10_000)
    // Otherwise a misspelt column in double quotes would be a text.
    _disableDoubleQuotedStringLiterals(connection)
    let limits: [(Int32, Int32)] = [
      (SQLITE_LIMIT_LENGTH, 1 << 24), (SQLITE_LIMIT_SQL_LENGTH, 1 << 17), (SQLITE_LIMIT_EXPR_DEPTH, 200),
      (SQLITE_LIMIT_COMPOUND_SELECT, 10), (SQLITE_LIMIT_ATTACHED, 0), (SQLITE_LIMIT_TRIGGER_DEPTH, 1),
      (SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000), (SQLITE_LIMIT_VARIABLE_NUMBER, 1),
    ]
    for (kind, limit) in limits { sqlite3_limit(connection, kind, limit) }
    // Reads the schema while that is still allowed.
    sqlite3_exec(connection, "PRAGMA trusted_schema = OFF; SELECT 1 FROM sequences LIMIT 0", nil, nil, nil)
    sqlite3_set_authorizer(
      connection,
      { _, action, first, second, _, _ in
        ConditionRules.allows(
          action, first.map { String(cString: $0) } ?? "", second.map { String(cString: $0) } ?? "")
          ? SQLITE_OK : SQLITE_DENY
      }, nil)
    sqlite3_progress_handler(
      connection, 1000,
      { pointer in
        guard let pointer else { return 1 }
        return Unmanaged<Deadline>.fromOpaque(pointer).takeUnretainedValue().isOver() ? 1 : 0
      }, Unmanaged.passUnretained(deadline).toOpaque())
  }

  private func compile(
    _ condition: String, depth: Int, _ connection: OpaquePointer, _ deadline: Deadline
  ) throws -> OpaquePointer {
    let (opening, closing) = (String(repeating: "(", count: depth), String(repeating: ")", count: depth))
    // The line break ends a comment in the condition before it reaches the parenthesis.
    let sql = "SELECT id FROM sequences WHERE dataset = ?1 AND \(opening)\(condition)\n\(closing)"
    return try sql.withCString { text in
      var handle: OpaquePointer?
      var tail: UnsafePointer<CChar>?
      let code = sqlite3_prepare_v2(connection, text, -1, &handle, &tail)
      guard code == SQLITE_OK, let handle, let tail, tail.pointee == 0 else {
        defer { sqlite3_finalize(handle) }
        throw fault(connection, condition, deadline)
      }
      return handle
    }
  }

  private func fault(_ connection: OpaquePointer, _ condition: String, _ deadline: Deadline) -> StoreError {
    let reason: String
    switch sqlite3_errcode(connection) {
    case SQLITE_INTERRUPT: reason = "it took longer than \(deadline.seconds) s"
    case SQLITE_AUTH:
      reason =
        "\(String(cString: sqlite3_errmsg(connection))): it may use the columns "
        + "\(SequenceStore.conditionColumns.joined(separator: ", ")) and plain functions only"
    case SQLITE_OK: reason = "it is more than one condition"
    default:
      let message = String(cString: sqlite3_errmsg(connection))
      let start = "no such column: "
      let meant =
        message.hasPrefix(start)
        ? SequenceStore.conditionColumns.nearest(to: String(message.dropFirst(start.count))) : nil
      reason = message + (meant.map { ", did you mean \"\($0)\"?" } ?? "")
    }
    return StoreError(.invalidCondition, "condition \"\(condition)\": \(reason)")
  }
}

/// What the compiled form of a condition may do.
private enum ConditionRules {
  /// The columns of the view, and those that the view reads.
  static let columns: [String: Set<String>] = [
    "sequences": Set(SequenceStore.conditionColumns),
    "sequence": ["id", "dataset_id", "key", "split", "length", "class", "weight", "group", "metadata"],
    "dataset": ["id", "name"],
    "class": ["dataset_id", "position", "name"],
    "json_each": ["key", "value", "type", "atom", "id", "parent", "fullkey", "path"],
    "json_tree": ["key", "value", "type", "atom", "id", "parent", "fullkey", "path"],
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

/// When a condition has to be done. Used from one thread.
private final class Deadline {
  let seconds: Double
  private let end: ContinuousClock.Instant

  init(seconds: Double) {
    self.seconds = seconds
    end = ContinuousClock.now + .seconds(seconds)
  }

  func isOver() -> Bool { ContinuousClock.now >= end }
}
