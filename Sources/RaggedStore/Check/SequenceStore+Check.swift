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
