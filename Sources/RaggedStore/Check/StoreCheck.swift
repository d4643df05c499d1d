import Foundation
import GRDB
public import RaggedCore

extension SequenceStore {
  /// Reads a whole store and compares everything in it with everything else: SQLite's own checks, the tables, the
  /// references, every blob with its length and its checksum, every row with its seal, the kept figures with the data.
  ///
  /// A repair builds anew what follows from the rest (indexes, the view, kept figures) and moves each damaged sequence,
  /// with whatever is left of it, to the table `quarantine`. It deletes nothing, and is one transaction. A file that
  /// SQLite itself finds damaged afterwards is left as it was. O(bytes of the store); memory is that of the figures.
  ///
  /// - Parameters:
  ///   - path: the file. It may be one that cannot be opened as a store because its tables are not as they should be.
  ///   - repair: whether to repair what can be repaired.
  ///   - busyTimeout: seconds to wait for another process's write.
  ///   - monitor: asked before each sequence and while SQLite works, told of every few hundred sequences. Where the check is
  ///     no longer wanted, nothing is repaired.
  /// - Throws: `Cancelled`; ``StoreError`` where the file is not there, is no store, or cannot be read or written at all.
  public static func check(
    path: String, repair: Bool = false, busyTimeout: Double = defaultBusyTimeout,
    monitor: ProgressMonitor = .none
  ) throws -> StoreCheckReport {
    _ = try checked(busyTimeout: busyTimeout)
    do {
      guard FileManager.default.fileExists(atPath: path) else {
        throw StoreError(.notFound, "\(path): there is no such file")
      }
      let mode: Mode = repair ? .readWrite : .readOnly
      let location = try identify(path, mode: mode, busyTimeout: busyTimeout, monitor)
      var configuration = Configuration()
      configuration.busyMode = Patience(busyTimeout).mode(path: path, monitor)
      // For a connection that cannot write SQLite forgets the rules of the tables, and so cannot say which are broken. A
      // file on media that cannot be written has such a connection all the same.
      configuration.readonly = location != absolute(path)
      let hook = CancellationHook { monitor.isCancelled }
      configuration.prepareDatabase { db in
        try prepare(db)
        hook.install(on: db)
      }
      let queue = try DatabaseQueue(path: location, configuration: configuration)
      if repair { return try repairing(queue, path: path, monitor) }
      var report: StoreCheckReport?
      do {
        try queue.read { db in
          var found = try StoreInspection(db, path: path, monitor).report
          found.remaining = found.problems
          report = found
        }
      } catch {
        // SQLite may refuse to end a look at a damaged file, which has been looked at all the same.
        guard let report else { throw error }
        return report
      }
      return report ?? StoreCheckReport()
    } catch let error as DatabaseError {
      throw SequenceStore.error(error, path: path, waited: busyTimeout, monitor)
    }
  }

  private static func repairing(
    _ queue: DatabaseQueue, path: String, _ monitor: ProgressMonitor
  ) throws -> StoreCheckReport {
    try queue.writeWithoutTransaction { db in
      // What is damaged may break any rule, and has to be moved all the same.
      try db.execute(sql: "PRAGMA foreign_keys = OFF")
      var report = StoreCheckReport()
      try db.inTransaction(.immediate) {
        let found = try StoreInspection(db, path: path, monitor)
        report = found.report
        report.remaining = report.problems
        if found.report.problems.isEmpty || !found.hasTables { return .commit }
        var repair = StoreRepair(db)
        // With the rules switched off for longer, SQLite's own look at the file would not look at them either.
        try db.execute(sql: "PRAGMA ignore_check_constraints = ON")
        try repair.run(found)
        try db.execute(sql: "PRAGMA ignore_check_constraints = OFF")
        let rest = try StoreInspection(db, path: path, monitor)
        report.remaining = rest.report.problems
        guard !rest.report.problems.contains(where: { $0.kind == .file }) else {
          report.remaining = report.problems
          return .rollback
        }
        report.repairs = repair.actions
        return .commit
      }
      return report
    }
  }
}

/// Something that is wrong with a store.
public struct StoreProblem: Sendable, Equatable, Codable {
  /// The part of the store that is at fault.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// The file: SQLite itself finds its pages, indexes or values in disorder.
    case file
    /// A table, index or view that is missing or other than it should be, or one that no store has.
    case structure
    /// A row that refers to one that is not there.
    case reference
    /// The rows that say what a dataset holds.
    case dataset
    /// A sequence, or data without one.
    case sequence
    /// A figure kept at import that is not that of the data.
    case figures
  }

  /// The part of the store that is at fault.
  public var kind: Kind
  /// The name of the dataset; nil where the fault is that of none, or not known.
  public var dataset: String?
  /// The key of the sequence, where it is one sequence's.
  public var key: String?
  /// What is wrong, in a sentence that names both sides.
  public var message: String

  init(_ kind: Kind, dataset: String? = nil, key: String? = nil, _ message: String) {
    self.kind = kind
    self.dataset = dataset
    self.key = key
    self.message = message
  }
}

/// What a check of a store found and what a repair did.
public struct StoreCheckReport: Sendable, Equatable, Codable {
  /// Datasets that were looked at.
  public var datasets = 0
  /// Sequences that were read, damaged ones among them.
  public var sequences = 0
  /// Timesteps of the sequences that are not damaged.
  public var timesteps = 0
  /// Everything that was wrong.
  public var problems: [StoreProblem] = []
  /// What a repair did, a sentence each; empty where none was asked for or needed.
  public var repairs: [String] = []
  /// What is still wrong: the same as ``problems`` without a repair.
  public var remaining: [StoreProblem] = []

  /// Whether nothing is wrong, or nothing is any more.
  public var isSound: Bool { remaining.isEmpty }
}
