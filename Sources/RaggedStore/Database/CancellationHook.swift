import GRDB
import GRDBSQLite

/// Asks from time to time, while statements of a connection run, whether to end them.
///
/// `@unchecked Sendable`: it holds one constant, a function that is called on the thread that uses the connection.
final class CancellationHook: @unchecked Sendable {
  private let isCancelled: () -> Bool

  init(_ isCancelled: @escaping () -> Bool) { self.isCancelled = isCancelled }

  /// Takes effect for all that the connection does from now on. The hook must live as long as it is installed.
  /// - Parameter interval: instructions of SQLite's machine between two questions; 20,000 take less than a millisecond.
  func install(on db: Database, every interval: Int32 = 20_000) {
    sqlite3_progress_handler(
      db.sqliteConnection, interval,
      { pointer in
        guard let pointer else { return 0 }
        return Unmanaged<CancellationHook>.fromOpaque(pointer).takeUnretainedValue().isCancelled() ? 1 : 0
      }, Unmanaged.passUnretained(self).toOpaque())
  }
}
