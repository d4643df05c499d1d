import Foundation

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
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    guard let file = OpenFiles.descriptor(String(cString: resolved) + "-shm") else { return nil }
    var lock = flock()
    lock.l_type = Int16(F_WRLCK)
    lock.l_whence = Int16(SEEK_SET)
    lock.l_start = off_t(firstByte)
    lock.l_len = off_t(bytes)
    guard fcntl(file, F_GETLK, &lock) == 0, lock.l_type != Int16(F_UNLCK), lock.l_pid > 0 else { return nil }
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
