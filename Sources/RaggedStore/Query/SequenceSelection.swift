import GRDB
import RaggedCore
import RaggedFormats

/// Which sequences of a dataset, in which order. Whatever is given must hold at once.
public struct SequenceSelection: Sendable, Equatable {
  /// The order of the positions of a source.
  public enum Order: Sendable, Equatable {
    /// As they were imported.
    case stored
    /// By key, so that stores which were filled in another order give the same positions.
    case key
  }

  /// The name of the one dataset that is selected from.
  public var dataset: String
  /// Splits; nil means all, and a list without a name selects nothing.
  public var splits: [String]?
  /// Classes of the sequences; nil means all, and a list without a name selects nothing.
  public var classes: [String]?
  /// An SQL condition over the columns of the view `sequences`. See ``SequenceStore/conditionColumns``.
  public var condition: String?
  /// Keys; nil means all, and a list without a key selects nothing.
  public var keys: [String]?
  /// The order of the positions.
  public var order: Order
  /// Seconds that the condition may take.
  public var conditionTimeLimit: Double

  /// A selection; what is left out or nil selects everything. What is given and names nothing selects nothing: a list
  /// that turned out empty never widens a selection.
  public init(
    dataset: String, splits: [String]? = nil, classes: [String]? = nil, condition: String? = nil, keys: [String]? = nil,
    order: Order = .stored, conditionTimeLimit: Double = 30
  ) {
    self.dataset = dataset
    self.splits = splits
    self.classes = classes
    self.condition = condition
    self.keys = keys
    self.order = order
    self.conditionTimeLimit = conditionTimeLimit
  }

  /// Whether kept figures of whole splits and classes answer every question about it.
  var isUnionOfCells: Bool { condition == nil && keys == nil }
}

/// A selection whose names have been found in the store.
struct SelectionQuery {
  let dataset: StoredDataset
  let selection: SequenceSelection
  var order: SequenceSelection.Order
  let path: String
  private let classIndices: [Int32]
  /// The ids that the condition and the keys leave, rising; nil where there is neither.
  private let allowed: PackedIntegers?

  /// - Parameters:
  ///   - evaluator: evaluates the condition on what `db` sees; nil where `db` is a writer in a transaction, so that no other
  ///     connection can commit and a new one sees the same.
  ///   - job: told how far a condition has come, as one stage; nil where there is none.
  /// - Throws: ``StoreError`` for names that do not exist and for a condition that cannot be evaluated.
  init(
    _ db: Database, _ selection: SequenceSelection, store: SequenceStore, evaluator: ConditionEvaluator?,
    job: StoreJob? = nil
  ) throws {
    self.selection = selection
    order = selection.order
    dataset = try StoredDataset.fetch(db, named: selection.dataset, path: store.path)
    let place = "dataset \"\(dataset.name)\""
    let id = dataset.id
    path = store.path
    for split in selection.splits ?? [] {
      let exists = "SELECT 1 FROM length_count WHERE dataset_id = ? AND split = ? LIMIT 1"
      guard try Int.fetchOne(db, sql: exists, arguments: [id, split]) == nil else { continue }
      let known = try String.fetchAll(
        db, sql: "SELECT DISTINCT split FROM length_count WHERE dataset_id = ? ORDER BY split", arguments: [id])
      throw StoreError.unknown("split", split, in: place, known: known)
    }
    var indices: [Int32] = []
    if let classes = selection.classes {
      guard case .classPerSequence(let names) = dataset.signature.target else {
        throw StoreError(
          .invalidOption,
          "\(place) cannot be selected by class: its target is \(dataset.signature.target.kindSummary)")
      }
      let positions = names.positions()
      for name in classes {
        guard let index = positions[ExactName(name)] else {
          throw StoreError.unknown("class", name, in: place, known: names)
        }
        indices.append(index)
      }
    }
    classIndices = indices
    var ids: PackedIntegers?
    if let condition = selection.condition {
      func opened() throws -> ConditionEvaluator {
        let evaluator = try ConditionEvaluator(store)
        _ = try evaluator.begin()
        return evaluator
      }
      ids = try (evaluator ?? opened()).ids(
        of: dataset, where: condition, timeLimit: selection.conditionTimeLimit, in: Self.idRange(db),
        job: job)
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
      ids = PackedIntegers(Set(found).filter { ids?.containsInOrder($0) ?? true }.sorted())
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
    if let splits = selection.splits {
      sql += " AND split IN (\(databaseQuestionMarks(count: splits.count)))"
      arguments += StatementArguments(splits)
    }
    if selection.classes != nil {
      sql += " AND class IN (\(databaseQuestionMarks(count: classIndices.count)))"
      arguments += StatementArguments(classIndices)
    }
    return (sql, arguments)
  }

  /// The first and the last id of the store's sequences.
  static func idRange(_ db: Database) throws -> ClosedRange<Int64> {
    let lowest = try Int64.fetchOne(db, sql: "SELECT min(id) FROM sequence") ?? 0
    return try lowest...max(lowest, Int64.fetchOne(db, sql: "SELECT max(id) FROM sequence") ?? 0)
  }

  /// How many rows ``forEachRow(_:columns:join:_:)`` visits at most.
  func countOfRows(_ db: Database) throws -> Int {
    if let allowed { return allowed.count }
    let (condition, arguments) = filter
    let counts = try SQLStatement(db, "SELECT length, count FROM length_count WHERE \(condition)", arguments: arguments)
    var limit = try CountLimit(db, dataset, path: path)
    while try counts.step() { _ = try limit.add(length: counts.int64(0), count: counts.int64(1)) }
    return limit.sequences
  }

  /// Calls `body` with a statement on each selected row of `sequence`, joined with what `join` names; column 0 is the
  /// id and the others are `columns`.
  /// - Parameter job: told how far that has come, as one stage, where rows come in their stored order.
  func forEachRow(
    _ db: Database, columns: String, join: String = "", job: StoreJob? = nil, _ body: (SQLStatement) throws -> Void
  ) throws {
    try job?.begin(Self.idRange(db))
    // An index would deliver the rows in its own order, and SQLite would sort them, blobs and all, in memory.
    let isStored = order == .stored
    let (table, order) = !isStored ? ("sequence", "key") : ("sequence NOT INDEXED", "id")
    let (condition, arguments) = filter
    let rows = try SQLStatement(
      db, "SELECT id, \(columns) FROM \(table) \(join) WHERE \(condition) ORDER BY \(order)", arguments: arguments)
    while try rows.step() {
      if isStored { job?.reach(rows.int64(0)) }
      if let allowed, !allowed.containsInOrder(rows.int64(0)) { continue }
      try body(rows)
    }
  }
}

/// Adds up the sequences that a file claims, and refuses more than it can hold: no buffer is made, and no sum is taken,
/// for what is not there.
struct CountLimit {
  private(set) var sequences = 0
  /// Bytes of the file that what was added so far leaves.
  private var room: Int
  private let bytes: Int
  /// Bytes that a timestep and a sequence take at least.
  private let stepBytes, rowBytes: Int
  private let place: String

  init(_ db: Database, _ dataset: StoredDataset, path: String) throws {
    bytes = try db.fileBytes()
    room = bytes
    let shape = BlobShape(dataset)
    stepBytes = max(1, shape.stepBytes)
    rowBytes = 1 + shape.targetRowBytes
    place = "\(path): dataset \"\(dataset.name)\""
  }

  /// Adds `count` sequences of one length.
  /// - Returns: their timesteps.
  /// - Throws: ``StoreError`` where they do not fit into the file.
  mutating func add(length: Int64, count: Int64) throws -> Int {
    guard length >= 0, length <= Int64(Int32.max), count >= 0 else {
      throw StoreError(.damaged, "\(place) claims \(count) sequences of \(length) timesteps")
    }
    // Where one such sequence fits, its bytes are a number, and so are those of as many as fit.
    guard length <= Int64(room / stepBytes), count <= Int64(room) / (Int64(rowBytes) + length * Int64(stepBytes)) else {
      throw StoreError(
        .damaged,
        "\(place) claims \(count) sequences of \(length) timesteps, which do not fit into the file's \(bytes) bytes")
    }
    sequences += Int(count)
    room -= Int(count) * (rowBytes + Int(length) * stepBytes)
    return Int(length * count)
  }
}
