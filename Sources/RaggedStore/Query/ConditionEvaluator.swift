import Foundation
import GRDB
import GRDBSQLite
import RaggedCore

/// Evaluates SQL conditions that someone typed.
///
/// Conditions have a connection of their own, opened for reading, on which SQLite asks us before it compiles each
/// access: reading the columns above and calling the functions below is allowed, and nothing else is. A time limit and
/// SQLite's own limits bound what an allowed expression can cost to run. To compile, a SELECT with a name costs as much as
/// it is used, and each that uses it twice doubles that, in memory that no limit of a connection's bounds: there are none.
/// What it returns is only ever used to leave sequences out.
///
/// `@unchecked Sendable`: the connection is used by the thread that opens a snapshot and then inside the snapshot's
/// reads, which let one caller in at a time.
final class ConditionEvaluator: @unchecked Sendable {
  private let connection: OpaquePointer
  private let path: String
  private let monitor: ProgressMonitor
  /// SQLite's number for the state of the file when it was opened, which changes with every commit of another connection.
  private let version: Int64
  private let openedAt: Date
  /// The columns that a condition may use beside those of the view, and the dataset that has them.
  private var (further, shown): (Set<String>, Int64?) = ([], nil)
  /// Whether one of them is of labels, which stand in `sequence_data`.
  private var readsLabels = false
  /// Bytes of the longest text of a condition and of the metadata that it looks at. SQLite does not look at the clock inside
  /// of a function, and one that looks for a part of a text takes the product of both lengths.
  private static let longestText: Int32 = 1 << 18

  /// Opens a connection, which does not look at the data before ``begin()``.
  init(_ store: SequenceStore) throws {
    (path, openedAt, monitor) = (store.path, Date.now, store.monitor)
    var opened: OpaquePointer?
    let flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI
    let code = sqlite3_open_v2(store.location, &opened, flags, nil)
    guard code == SQLITE_OK, let opened else {
      let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      sqlite3_close_v2(opened)
      throw DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }
    sqlite3_busy_timeout(opened, Int32(1000 * store.busyTimeout))
    do {
      version = try ConditionEvaluator.dataVersion(opened)
    } catch {
      sqlite3_close_v2(opened)
      throw error
    }
    connection = opened
  }

  deinit { sqlite3_close_v2(connection) }

  /// Takes the file as it is now for all conditions that follow.
  /// - Returns: whether nothing was committed since the connection was opened, so that a snapshot which was made between
  ///   the two sees the same.
  func begin() throws -> Bool {
    let code = sqlite3_exec(connection, "PRAGMA trusted_schema = OFF; BEGIN", nil, nil, nil)
    guard code == SQLITE_OK else { throw DatabaseError(code, on: connection) }
    let isSame = try ConditionEvaluator.dataVersion(connection) == version
    restrict()
    return isSame || isAtRest
  }

  /// Whether nobody has written to the file for a while. Where the shared memory beside it may not be written, SQLite
  /// takes every look at the file for a look at another state.
  private var isAtRest: Bool {
    ["", "-wal"].allSatisfy { suffix in
      guard let found = try? FileManager.default.attributesOfItem(atPath: path + suffix) else { return suffix != "" }
      if suffix != "", found[.size] as? Int == 0 { return true }
      // The clock that stamps files may be some milliseconds late.
      return (found[.modificationDate] as? Date).map { $0 < openedAt - 0.1 } ?? false
    }
  }

  private static func dataVersion(_ connection: OpaquePointer) throws -> Int64 {
    let statement = try SQLStatement(connection, "PRAGMA data_version")
    guard try statement.step() else { throw DatabaseError(SQLITE_DONE, on: connection) }
    return statement.int64(0)
  }

  /// The ids of the dataset's sequences for which the condition is true, rising. O(sequences of the store), in at most 4
  /// bytes for each one that is left, and none where they follow one another.
  /// - Parameters:
  ///   - range: the ids of the caller's snapshot. What was added since is left out.
  ///   - job: told how far it has come, as one stage.
  /// - Throws: ``StoreError`` `invalidCondition` with SQLite's message; `Cancelled`.
  func ids(
    of dataset: StoredDataset, where condition: String, timeLimit: Double, in range: ClosedRange<Int64>,
    job: StoreJob? = nil
  ) throws -> PackedIntegers {
    let deadline = Deadline(seconds: timeLimit, monitor)
    guard !ConditionRules.hasWord("with", condition) else {
      throw StoreError(
        .invalidCondition,
        "condition \"\(condition)\": it has the word WITH, which a condition may not have; write the SELECT where it is used"
      )
    }
    try show(dataset, for: condition)
    job?.begin(range)
    return try withExtendedLifetime(deadline) {
      limit(to: deadline)
      defer { sqlite3_progress_handler(connection, 0, nil, nil) }
      // Text that closes the parenthesis and goes on with something else than an expression fits one depth of nesting
      // at most; what fits both can only be true or false for a row.
      sqlite3_finalize(try compile(condition, range, depth: 1, deadline))
      let name = dataset.name.utf8CString
      return try name.withUnsafeBufferPointer { bytes in
        var ids = PackedIntegers(capacity: 0, range: range)
        // What is selected inside a condition would be selected anew in each part.
        let hasSelection = condition.range(of: "select", options: .caseInsensitive) != nil
        for part in hasSelection ? [range] : range.parts {
          let handle = try compile(condition, part, depth: 2, deadline)
          defer { sqlite3_finalize(handle) }
          sqlite3_bind_text(handle, 1, bytes.baseAddress, Int32(clamping: bytes.count - 1), nil)
          while true {
            let code = sqlite3_step(handle)
            guard code == SQLITE_ROW else {
              guard code == SQLITE_DONE else { throw fault(condition, deadline) }
              break
            }
            ids.append(sqlite3_column_int64(handle, 0))
          }
          job?.reach(part.upperBound)
        }
        return ids
      }
    }
  }

  private func restrict() {
    // Otherwise a misspelt column in double quotes would be a text.
    _disableDoubleQuotedStringLiterals(connection)
    let limits: [(Int32, Int32)] = [
      (SQLITE_LIMIT_LENGTH, ConditionEvaluator.longestText), (SQLITE_LIMIT_SQL_LENGTH, 1 << 17),
      (SQLITE_LIMIT_EXPR_DEPTH, 200), (SQLITE_LIMIT_COMPOUND_SELECT, 10), (SQLITE_LIMIT_ATTACHED, 0),
      (SQLITE_LIMIT_TRIGGER_DEPTH, 1),
      (SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000), (SQLITE_LIMIT_VARIABLE_NUMBER, 1), (SQLITE_LIMIT_VDBE_OP, 1_000_000),
    ]
    for (kind, limit) in limits { sqlite3_limit(connection, kind, limit) }
    // Reads the schema while that is still allowed.
    sqlite3_exec(connection, "SELECT 1 FROM sequences LIMIT 0", nil, nil, nil)
    authorize()
  }

  private func authorize() {
    sqlite3_set_authorizer(
      connection,
      { pointer, action, first, second, _, _ in
        guard let pointer else { return SQLITE_DENY }
        let evaluator = Unmanaged<ConditionEvaluator>.fromOpaque(pointer).takeUnretainedValue()
        return ConditionRules.allows(
          action, first.map { String(cString: $0) } ?? "", second.map { String(cString: $0) } ?? "",
          further: evaluator.further, readsLabels: evaluator.readsLabels) ? SQLITE_OK : SQLITE_DENY
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Lets conditions see the columns per sequence and the labels of a dataset, by a view of this connection alone that stands in the place
  /// of the file's.
  /// - Throws: ``StoreError`` where a column that the condition names has the name of another one.
  private func show(_ dataset: StoredDataset, for condition: String) throws {
    let statics = dataset.columns.filter { $0.extent == .sequence }
    let labels = dataset.columns.filter { $0.extent == .labels }
    // SQL does not tell small letters from capitals.
    var taken = Set(SequenceStore.conditionColumns)
    var (query, names) = ("", Set<String>())
    for (index, column) in Array(statics.enumerated()) + Array(labels.enumerated()) {
      let name = column.name.lowercased()
      guard taken.insert(name).inserted, !column.name.utf8.contains(0) else {
        guard !ConditionRules.hasWord(name, condition), !condition.lowercased().contains("\"\(name)\"") else {
          throw StoreError(
            .invalidCondition,
            "condition \"\(condition)\": \"\(column.name)\" is a column of dataset \"\(dataset.name)\" and one that all "
              + "sequences have, so it is not clear which is meant; import the data again with another name for it")
        }
        continue
      }
      var cell = "json_extract(sequence.statics, '$[\(index)]')"
      if column.extent == .labels {
        cell = "\(LabelFunction.name)((SELECT labels FROM sequence_data WHERE sequence_id = sequence.id), \(index))"
      }
      if column.kind == .time { cell = "strftime('%Y-%m-%dT%H:%M:%SZ', \(cell) / 1000000, 'unixepoch')" }
      query +=
        ", CASE WHEN sequence.dataset_id = \(dataset.id) THEN \(cell) END AS \(column.name.quotedDatabaseIdentifier)"
      names.insert(column.name)
    }
    if shown == dataset.id || shown == nil && query.isEmpty { return }
    sqlite3_set_authorizer(connection, nil, nil)
    defer { authorize() }
    if !labels.isEmpty { try LabelFunction(labels).install(on: connection) }
    let code = sqlite3_exec(
      connection,
      "DROP VIEW IF EXISTS temp.sequences; CREATE TEMP VIEW sequences AS \(StoreSchema.sequencesQuery(query));"
        + "SELECT 1 FROM sequences LIMIT 0", nil, nil, nil)
    guard code == SQLITE_OK else { throw DatabaseError(code, on: connection) }
    (further, shown, readsLabels) = (names, dataset.id, !labels.isEmpty)
  }

  private func limit(to deadline: Deadline) {
    sqlite3_progress_handler(
      connection, 1000,
      { pointer in
        guard let pointer else { return 1 }
        return Unmanaged<Deadline>.fromOpaque(pointer).takeUnretainedValue().isOver() ? 1 : 0
      }, Unmanaged.passUnretained(deadline).toOpaque())
  }

  private func compile(
    _ condition: String, _ range: ClosedRange<Int64>, depth: Int, _ deadline: Deadline
  ) throws -> OpaquePointer {
    let (opening, closing) = (String(repeating: "(", count: depth), String(repeating: ")", count: depth))
    // The line break ends a comment in the condition before it reaches the parenthesis. The order is that of the table,
    // in which SQLite goes through it where it finds no better way.
    let sql = """
      SELECT id FROM sequences WHERE dataset = ?1 AND id BETWEEN \(range.lowerBound) AND \(range.upperBound)
      AND \(opening)\(condition)\n\(closing) ORDER BY id
      """
    return try sql.withCString { text in
      var handle: OpaquePointer?
      var tail: UnsafePointer<CChar>?
      let code = sqlite3_prepare_v2(connection, text, -1, &handle, &tail)
      guard code == SQLITE_OK, let handle, let tail, tail.pointee == 0 else {
        defer { sqlite3_finalize(handle) }
        throw fault(condition, deadline)
      }
      return handle
    }
  }

  private func fault(_ condition: String, _ deadline: Deadline) -> any RaggedError {
    let reason: String
    switch sqlite3_errcode(connection) {
    case SQLITE_INTERRUPT where monitor.isCancelled: return SequenceStore.unchanged(path)
    case SQLITE_INTERRUPT: reason = "it took longer than \(deadline.seconds) s"
    case SQLITE_AUTH:
      reason =
        "\(String(cString: sqlite3_errmsg(connection))): it may use the columns "
        + "\((SequenceStore.conditionColumns + further.sorted()).joined(separator: ", ")) and plain functions only"
    case SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB:
      let error = DatabaseError(sqlite3_extended_errcode(connection), on: connection)
      return SequenceStore.error(DatabaseError(ofReadingOn: connection) ?? error, path: path, waited: 0, .none)
    case SQLITE_OK: reason = "it is more than one condition"
    default:
      let message = String(cString: sqlite3_errmsg(connection))
      let start = "no such column: "
      let meant =
        message.hasPrefix(start)
        ? (SequenceStore.conditionColumns + further.sorted()).nearest(to: String(message.dropFirst(start.count))) : nil
      // Characters such as a colon mean something else outside of quotes.
      let bare = further.sorted().first { name in
        name.contains { !$0.isLetter && !$0.isNumber && $0 != "_" } && condition.contains(name)
          && !condition.contains("\"\(name)\"")
      }
      reason =
        bare.map { "\(message); a column with such a name stands in double quotes: \"\($0)\"" }
        ?? message + (meant.map { ", did you mean \"\($0)\"?" } ?? "")
    }
    return StoreError(.invalidCondition, "condition \"\(condition)\": \(reason)")
  }
}

/// When a condition has to be done, or nobody waits for it any more. Used from one thread.
private final class Deadline {
  let seconds: Double
  private let monitor: ProgressMonitor
  private let end: ContinuousClock.Instant

  init(seconds: Double, _ monitor: ProgressMonitor) {
    self.seconds = seconds
    self.monitor = monitor
    end = ContinuousClock.now + .seconds(seconds)
  }

  func isOver() -> Bool { ContinuousClock.now >= end || monitor.isCancelled }
}

extension SequenceStore {
  /// The columns that a condition may use: those of the view `sequences`. It may also use the dataset's columns per sequence,
  /// and its columns of labels, each a JSON array.
  public static let conditionColumns = [
    "id", "dataset", "key", "split", "length", "class", "weight", "group", "metadata",
  ]
}

/// What the compiled form of a condition may do.
enum ConditionRules {
  /// The columns of the view, and those that the view reads.
  static let columns: [String: Set<String>] = [
    "sequences": Set(SequenceStore.conditionColumns),
    "sequence": ["id", "dataset_id", "key", "split", "length", "class", "weight", "group", "metadata", "statics"],
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

  /// - Parameters:
  ///   - further: the columns of a dataset that are shown.
  ///   - readsLabels: whether one of these is of labels.
  static func allows(
    _ action: Int32, _ first: String, _ second: String, further: Set<String>, readsLabels: Bool = false
  ) -> Bool {
    switch action {
    case SQLITE_SELECT: true
    // An empty column stands for a table of which only the rows are counted.
    case SQLITE_READ where readsLabels && first == "sequence_data": ["sequence_id", "labels"].contains(second)
    case SQLITE_READ:
      columns[first].map { second.isEmpty || $0.contains(second) || first == "sequences" && further.contains(second) }
        ?? false
    case SQLITE_FUNCTION:
      functions.contains(second.lowercased()) || readsLabels && second.lowercased() == LabelFunction.name
    default: false
    }
  }
}
