import Foundation
import Synchronization

/// Descriptors of store files, one a file and open until the process ends.
///
/// Closing any descriptor of a file would drop the locks that SQLite holds on it in this process.
enum OpenFiles {
  private static let descriptors = Mutex<[FileIdentity: Int32]>([:])

  private struct FileIdentity: Hashable {
    var device: UInt64
    var inode: UInt64
  }

  static func descriptor(_ path: String) -> Int32? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let identity = FileIdentity(
      device: UInt64(truncatingIfNeeded: status.st_dev), inode: UInt64(truncatingIfNeeded: status.st_ino))
    return descriptors.withLock { descriptors in
      if let known = descriptors[identity] { return known }
      let file = open(path, O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { return nil }
      descriptors[identity] = file
      return file
    }
  }
}
