import Foundation
import Ragged

/// A file that is there as a whole or not at all: written beside its place and moved when it is finished.
///
/// What is no regular file (a pipe, a device) is written in place.
struct FileSink {
  private let path: String
  private let target: String
  private let handle: FileHandle
  private var buffer = Data()

  init(_ path: String) throws {
    self.path = path
    var status = stat()
    let isSpecial = stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
    target = isSpecial ? path : path + ".part"
    let descriptor = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileSink.error(path, .cannotCreate) }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  mutating func write(_ text: String) throws {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= 1 << 16 { try flush() }
  }

  mutating func finish() throws {
    try flush()
    try? handle.close()
    guard target == path || rename(target, path) == 0 else { throw FileSink.error(path, .cannotCreate) }
  }

  /// Takes back what was written.
  func discard() {
    if target != path { unlink(target) }
  }

  private mutating func flush() throws {
    do {
      try handle.write(contentsOf: buffer)
      buffer.removeAll(keepingCapacity: true)
    } catch {
      throw FileSink.error(path, .inputOutput)
    }
  }

  /// The error of the system call that has just failed.
  private static func error(_ path: String, _ failureClass: FailureClass) -> WriterError {
    WriterError(
      path: path, problem: "cannot write: \(String(cString: strerror(errno)))", failureClass: failureClass)
  }
}
