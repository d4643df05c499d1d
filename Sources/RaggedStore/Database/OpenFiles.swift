import Foundation
import Synchronization

/// Descriptors of store files, one a file and open until the process ends.
///
/// Closing any descriptor of a file would drop the locks that SQLite holds on it in this process.
enum OpenFiles {
  private static let descriptors = Mutex<[FileIdentity: Int32]>([:])

  static func descriptor(_ path: String) -> Int32? {
    guard let identity = FileIdentity(path) else { return nil }
    return descriptors.withLock { descriptors in
      if let known = descriptors[identity] { return known }
      let file = open(path, O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { return nil }
      descriptors[identity] = file
      return file
    }
  }
}

/// What tells a file from others, whatever its name.
struct FileIdentity: Hashable {
  private let device: UInt64
  private let inode: UInt64

  /// That of the file at a path; nil where there is none.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = UInt64(truncatingIfNeeded: status.st_dev)
    inode = UInt64(truncatingIfNeeded: status.st_ino)
  }
}
