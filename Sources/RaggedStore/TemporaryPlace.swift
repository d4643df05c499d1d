import Foundation
import Synchronization

/// The path of a store that is removed, with what SQLite keeps beside it, when this goes, or when the process ends before.
package final class TemporaryPlace: Sendable {
  private static let paths = Mutex<Set<String>>([])
  private static let atExit: Void = { atexit { TemporaryPlace.removeAll() } }()
  /// In the folder for temporary files; nothing is there yet.
  package let path: String

  package init() {
    _ = Self.atExit
    path = FileManager.default.temporaryDirectory.appending(path: "ragged-\(UUID().uuidString).sqlite").path
    let own = path
    Self.paths.withLock { _ = $0.insert(own) }
  }

  deinit {
    let own = path
    guard Self.paths.withLock({ $0.remove(own) }) != nil else { return }
    Self.remove(own)
  }

  private static func removeAll() {
    let left = paths.withLock { paths in
      defer { paths = [] }
      return paths
    }
    left.forEach(remove)
  }

  /// Removes a store's file and what SQLite keeps beside it.
  package static func remove(_ path: String) {
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
  }
}
