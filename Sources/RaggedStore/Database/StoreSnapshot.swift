import GRDB

/// A connection that sees a store as it was when the connection was opened.
///
/// It holds one read transaction for as long as it lives. That blocks no writer: what is written meanwhile goes to the
/// write-ahead log, which cannot shrink until the snapshot is gone.
final class StoreSnapshot: Sendable {
  private let store: SequenceStore
  private let snapshot: DatabaseSnapshot

  /// Bytes of the file that are read where they lie in memory: SQLite's own limit on most systems.
  private static let mappedBytes = 2_147_418_112

  /// - Throws: ``StoreError`` where the file cannot be read.
  init(_ store: SequenceStore) throws {
    self.store = store
    snapshot = try store.translatingErrors {
      let snapshot = try store.database.makeSnapshot()
      // A page that is read where it lies is looked at anew each time, and checking all of its cells would take longer
      // than reading the one that is wanted; SQLite still checks that one.
      try snapshot.read {
        try $0.execute(sql: "PRAGMA mmap_size = \(StoreSnapshot.mappedBytes); PRAGMA cell_size_check = OFF")
      }
      return snapshot
    }
  }

  /// Reads; one caller at a time, the others wait.
  func read<T>(_ body: (Database) throws -> T) throws -> T {
    try store.translatingErrors { try snapshot.read(body) }
  }
}
