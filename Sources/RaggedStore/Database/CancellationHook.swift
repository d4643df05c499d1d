import GRDB
import GRDBSQLite

/// Ends statements of a connection that takes long, where its owner asks for that.
///
/// `@unchecked Sendable`: it holds one constant, a function that may be called from any thread.
final class CancellationHook: @unchecked Sendable {
  private let isCancelled: @Sendable () -> Bool
  /// Instructions of SQLite's machine between two questions: less than a millisecond.
  private static let interval: Int32 = 20_000

  init(_ isCancelled: @escaping @Sendable () -> Bool) { self.isCancelled = isCancelled }

  /// Takes effect for all that the connection does from now on. The hook must live as long as the connection.
  func install(on db: Database) {
    sqlite3_progress_handler(
      db.sqliteConnection, Self.interval,
      { pointer in
        guard let pointer else { return 0 }
        return Unmanaged<CancellationHook>.fromOpaque(pointer).takeUnretainedValue().isCancelled() ? 1 : 0
      }, Unmanaged.passUnretained(self).toOpaque())
  }
}
