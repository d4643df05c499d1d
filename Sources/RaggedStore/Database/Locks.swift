import Foundation
import GRDB
import Logging
import RaggedCore
import Synchronization

/// How long connections wait for another process's write.
final class Patience: Sendable {
  private let limit: Mutex<Double>
  /// Seconds between two tries, as SQLite has them; then always the last.
  private static let pauses: [Double] = [0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.025, 0.025, 0.025, 0.05, 0.05, 0.1]

  init(_ seconds: Double) { limit = Mutex(seconds) }

  /// Seconds, from the next wait on.
  var seconds: Double {
    get { limit.withLock { $0 } }
    set { limit.withLock { $0 = newValue } }
  }

  /// Waits with longer and longer pauses, and says so; not where nobody waits for it any more.
  func mode(path: String, _ monitor: ProgressMonitor) -> Database.BusyMode {
    .callback { [self] tries in
      let (pauses, seconds) = (Patience.pauses, seconds)
      let before = pauses.prefix(tries).reduce(0, +) + Double(max(0, tries - pauses.count)) * 0.1
      guard before < seconds, !monitor.isCancelled else { return false }
      if tries == pauses.count {
        StoreLog.logger.notice("\(path): another process is writing to it; waiting up to \(seconds) s")
      }
      Thread.sleep(forTimeInterval: pauses[min(tries, pauses.count - 1)])
      return true
    }
  }
}

/// Finds out which process keeps others from writing to a store.
///
/// SQLite says no more than that the file is locked. Its locks are those of POSIX on a byte each, and the system says of such
/// a lock which process has it. Which bytes they are is part of SQLite's documented file format; a build that locks others
/// would make this find nobody.
enum LockHolder {
  /// Where SQLite locks the shared memory of a file in WAL mode for its writer, for who copies the log into the file and
  /// for who recovers it: a byte each (www.sqlite.org/walformat.html, "WAL Locks").
  private static let (firstByte, bytes) = (120, 3)

  /// `process 4711 (ragged import)`; `another connection` where it is one of this process, or the system does not tell.
  static func name(of path: String) -> String {
    guard let id = process(path) else { return "another connection" }
    return "process \(id)" + (command(of: id).map { " (\($0))" } ?? "")
  }

  private static func process(_ path: String) -> Int32? {
    // SQLite follows links before it names the files beside its own.
    guard let resolved = WholeFile.resolved(path),
      let lock = OpenFiles.lock(on: resolved + "-shm", from: firstByte, bytes: bytes),
      lock.l_type != Int16(F_UNLCK), lock.l_pid > 0
    else { return nil }
    return lock.l_pid
  }

  /// The name of its program, and where that is ours its subcommand.
  private static func command(of process: Int32) -> String? {
    #if os(Linux)
      guard let file = FileHandle(forReadingAtPath: "/proc/\(process)/cmdline"),
        let bytes = try? file.read(upToCount: 4096)
      else { return nil }
      let arguments = bytes.split(separator: 0, maxSplits: 2).map { String(decoding: $0, as: UTF8.self) }
      func isPlain(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.count <= 40
          && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
      }
      guard let name = arguments.first?.split(separator: "/").last, isPlain(name) else { return nil }
      guard name == "ragged", arguments.count > 1, isPlain(arguments[1][...]) else { return String(name) }
      return "\(name) \(arguments[1])"
    #else
      return nil
    #endif
  }
}

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

  /// What keeps this process from locking bytes of a file for itself; nil where the system does not say.
  static func lock(on path: String, from first: Int, bytes: Int) -> flock? {
    guard let file = descriptor(path) else { return nil }
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    lock.l_start = off_t(first)
    lock.l_len = off_t(bytes)
    return fcntl(file, F_GETLK, &lock) == 0 ? lock : nil
  }
}

/// What distinguishes a file from others, whatever its name.
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
