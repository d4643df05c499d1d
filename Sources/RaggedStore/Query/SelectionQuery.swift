import GRDB
import RaggedCore

/// A selection whose names have been found in the store.
struct SelectionQuery {
  let dataset: StoredDataset
  let selection: SequenceSelection
  var order: SequenceSelection.Order
  private let path: String
  private let classIndices: [Int32]
  /// The ids that the condition and the keys leave, rising; nil where there is neither.
  private let allowed: [Int64]?

  /// - Throws: ``StoreError`` for names that do not exist and for a condition that cannot be evaluated.
  init(_ db: Database, _ selection: SequenceSelection, store: SequenceStore) throws {
    self.selection = selection
    order = selection.order
    dataset = try StoredDataset.fetch(db, named: selection.dataset, path: store.path)
    let place = "dataset \"\(dataset.name)\""
    let id = dataset.id
    path = store.path
    if !selection.splits.isEmpty {
      for split in selection.splits {
        let exists = "SELECT 1 FROM length_count WHERE dataset_id = ? AND split = ? LIMIT 1"
        guard try Int.fetchOne(db, sql: exists, arguments: [id, split]) == nil else { continue }
        let known = try String.fetchAll(
          db, sql: "SELECT DISTINCT split FROM length_count WHERE dataset_id = ? ORDER BY split", arguments: [id])
        throw StoreError.unknown("split", split, in: place, known: known)
      }
    }
    var indices: [Int32] = []
    if !selection.classes.isEmpty {
      guard case .classPerSequence(let names) = dataset.signature.target else {
        throw StoreError(
          .invalidOption,
          "\(place) cannot be selected by class: its target is \(dataset.signature.target.kindSummary)")
      }
      for name in selection.classes {
        guard let index = names.firstIndex(of: name) else {
          throw StoreError.unknown("class", name, in: place, known: names)
        }
        indices.append(Int32(index))
      }
    }
    classIndices = indices
    var ids: [Int64]?
    if let condition = selection.condition {
      ids = try ConditionEvaluator(location: store.location)
        .ids(dataset: dataset.name, where: condition, timeLimit: selection.conditionTimeLimit)
    }
    if let keys = selection.keys {
      let statement = try SQLStatement(db, "SELECT id FROM sequence WHERE dataset_id = ? AND key = ?")
      var found: [Int64] = []
      for key in keys {
        statement.bind(id, at: 1)
        statement.bind(key, at: 2)
        guard try statement.step() else { throw try Self.unknownKey(key, db, id, in: place) }
        found.append(statement.int64(0))
        statement.reset()
      }
      let kept = ids.map(Set.init)
      ids = Set(found).filter { kept?.contains($0) ?? true }.sorted()
    }
    allowed = ids
  }

  /// Says which key was probably meant, of those beside it in the order of keys and the first of all.
  private static func unknownKey(_ key: String, _ db: Database, _ id: Int64, in place: String) throws -> StoreError {
    let near = [("key <= ?2", "DESC"), ("key >= ?2", "ASC"), ("?2 = ?2", "ASC")].map { condition, order in
      "SELECT * FROM (SELECT key FROM sequence WHERE dataset_id = ?1 AND \(condition) ORDER BY key \(order) LIMIT 5000)"
    }
    let known = try String.fetchAll(db, sql: near.joined(separator: " UNION "), arguments: [id, key])
    let end = known.nearest(to: key, limit: 15_000).map { ", did you mean \"\($0)\"?" }
    return StoreError(.unknownName, "\(place) has no key \"\(key)\"\(end ?? "")")
  }

  /// `dataset_id = ? AND …`, with its arguments.
  var filter: (sql: String, arguments: StatementArguments) {
    var sql = "dataset_id = ?"
    var arguments: StatementArguments = [dataset.id]
    if !selection.splits.isEmpty {
      sql += " AND split IN (\(databaseQuestionMarks(count: selection.splits.count)))"
      arguments += StatementArguments(selection.splits)
    }
    if !selection.classes.isEmpty {
      sql += " AND class IN (\(databaseQuestionMarks(count: classIndices.count)))"
      arguments += StatementArguments(classIndices)
    }
    return (sql, arguments)
  }

  /// How many rows ``forEachRow(_:columns:join:_:)`` visits at most.
  func countOfRows(_ db: Database) throws -> Int {
    if let allowed { return allowed.count }
    let (condition, arguments) = filter
    let counts = try SQLStatement(
      db, "SELECT length, count FROM length_count WHERE \(condition)", arguments: arguments)
    var limit = try CountLimit(db, dataset, path: path)
    while try counts.step() { _ = try limit.add(length: counts.int64(0), count: counts.int64(1)) }
    return limit.sequences
  }

  /// Calls `body` with a statement on each selected row of `sequence`, joined with what `join` names; column 0 is the
  /// id and the others are `columns`.
  func forEachRow(
    _ db: Database, columns: String, join: String = "", _ body: (SQLStatement) throws -> Void
  ) throws {
    // An index would deliver the rows in its own order, and SQLite would sort them, blobs and all, in memory.
    let (table, order) = order == .key ? ("sequence", "key") : ("sequence NOT INDEXED", "id")
    let (condition, arguments) = filter
    let sql = "SELECT id, \(columns) FROM \(table) \(join) WHERE \(condition) ORDER BY \(order)"
    let statement = try db.makeStatement(sql: sql)
    try statement.setArguments(arguments)
    let rows = SQLStatement(bound: statement)
    while try rows.step() {
      if let allowed, !allowed.containsInOrder(rows.int64(0)) { continue }
      try body(rows)
    }
  }
}

extension [Int64] {
  /// Binary search in a rising array. O(log n).
  fileprivate func containsInOrder(_ value: Int64) -> Bool {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == value
  }
}
