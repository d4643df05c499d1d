import GRDB
public import RaggedCore

/// A store as it was at one moment, whatever other connections and processes write to it meanwhile.
///
/// It holds one read transaction for as long as it, or a source made from it, lives. That blocks no writer: what is
/// written meanwhile goes to the write-ahead log, which cannot shrink until the snapshot is gone.
public final class StoreSnapshot: Sendable {
  private let snapshot: DatabaseSnapshot
  /// A second connection that sees the same, for conditions.
  private let evaluator: ConditionEvaluator?
  /// The last of them to go: a store whose file was replaced empties its log when it is closed, as nobody must read it then.
  let store: SequenceStore

  /// Bytes of the file that are read where they lie in memory: SQLite's own limit on most systems.
  private static let mappedBytes = 2_147_418_112
  /// How often two connections are opened until nothing was committed between the one and the other.
  private static let attempts = 100

  /// - Parameter conditions: whether selections with a condition will be asked for.
  /// - Throws: ``StoreError`` where the file cannot be read.
  init(_ store: SequenceStore, conditions: Bool) throws {
    self.store = store
    (snapshot, evaluator) = try store.translatingErrors {
      guard conditions else { return (try StoreSnapshot.opened(store), nil) }
      for _ in 0..<StoreSnapshot.attempts {
        let evaluator = try ConditionEvaluator(store)
        let snapshot = try StoreSnapshot.opened(store)
        if try evaluator.begin() { return (snapshot, evaluator) }
      }
      throw StoreError(.busy, "\(store.path): other processes change it faster than it can be read")
    }
  }

  private static func opened(_ store: SequenceStore) throws -> DatabaseSnapshot {
    let snapshot = try store.database.makeSnapshot()
    // A page that is read where it lies is looked at anew each time, and checking all of its cells would take longer
    // than reading the one that is wanted; SQLite still checks that one.
    try snapshot.read { try $0.execute(sql: "PRAGMA mmap_size = \(mappedBytes); PRAGMA cell_size_check = OFF") }
    return snapshot
  }

  /// Reads; one caller at a time, the others wait.
  func read<T>(_ body: (Database) throws -> T) throws -> T {
    try store.translatingErrors { try snapshot.read { try $0.tellingReadErrors(body) } }
  }

  /// Reads what a selection selects.
  /// - Parameter cost: how long `body` takes, where a condition takes 1.
  private func read<T>(
    _ selection: SequenceSelection, _ work: WorkProgress.Work, cost: Double,
    _ body: (Database, SelectionQuery, StoreJob) throws -> T
  ) throws -> T {
    try store.job(work, stages: selection.condition == nil ? [cost] : [1, cost]) { job in
      try read { db in
        try body(db, try SelectionQuery(db, selection, store: store, evaluator: evaluator, job: job), job)
      }
    }
  }
}

extension SequenceStore {
  /// The store as it is now: sources and figures that are taken from one snapshot fit each other, whatever other
  /// processes write.
  /// - Throws: ``StoreError`` where the file cannot be read.
  public func snapshot() throws -> StoreSnapshot { try StoreSnapshot(self, conditions: true) }
}

extension StoreSnapshot {
  /// One dataset. See ``SequenceStore/datasetInfo(_:)``.
  public func datasetInfo(_ name: String) throws -> DatasetInfo { try read { try store.info($0, name) } }

  /// A source of the selected sequences. See ``SequenceStore/source(_:choice:)``.
  public func source(
    _ selection: SequenceSelection, choice: ColumnChoice = ColumnChoice()
  ) throws -> StoreSource {
    try source(selection, choice: Optional(choice))
  }

  /// - Parameter choice: nil for the dataset's own input and target, without further columns.
  func source(_ selection: SequenceSelection, choice: ColumnChoice?) throws -> StoreSource {
    try read(selection, .selecting, cost: 1) { try StoreSource($0, $1, snapshot: self, choice: choice, $2) }
  }

  /// Figures on the selected sequences. See ``SequenceStore/statistics(_:by:)``.
  public func statistics(
    _ selection: SequenceSelection, by grouping: DatasetStatistics.Grouping = .none
  ) throws -> [DatasetStatistics] {
    try read(selection, .reading, cost: 4) {
      try DatasetStatistics.of($1, $0, by: grouping, path: store.path, job: $2)
    }
  }

  /// How many of the selected sequences have each name in a column. See ``SequenceStore/groups(_:by:)``.
  public func groups(_ selection: SequenceSelection, by column: String) throws -> [ColumnGroup] {
    try read(selection, .reading, cost: 1) { try $1.groups($0, by: column, job: $2) }
  }
}
