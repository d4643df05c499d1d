import Foundation
import RaggedCore

/// A file that appears under its name when it is whole, or not at all: it is written next to its place and moved there.
///
/// A class, because it owns a file descriptor. What is not committed is removed.
package final class AtomicFile {
  private let path: String
  private let temporaryPath: String
  private var descriptor: Int32

  /// Creates the temporary file in the folder of `path`.
  /// - Throws: ``WriterError``.
  package init(path: String) throws {
    self.path = path
    temporaryPath = "\(path).\(String(UInt64.random(in: 0 ... .max), radix: 36)).part"
    descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw WriterError.system("cannot create", path: path, .cannotCreate) }
  }

  /// Appends bytes.
  /// - Throws: ``WriterError``.
  package func write(_ bytes: UnsafeRawBufferPointer) throws {
    try AtomicFile.write(bytes, to: descriptor, path: path)
  }

  /// Puts a few bytes in the place of others that were written.
  /// - Throws: ``WriterError``.
  func overwrite(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws {
    guard pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(offset)) == bytes.count else {
      throw WriterError.system("cannot write", path: path, .inputOutput)
    }
  }

  /// Writes all bytes, however many calls that takes.
  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws {
    var rest = bytes[...]
    while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
      let written = Foundation.write(descriptor, start, min(rest.count, 1 << 30))
      if written >= 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        throw WriterError.system("cannot write", path: path, .inputOutput)
      }
    }
  }

  /// Makes sure that the bytes are on the disk, and moves the file to its place, where it replaces what was there.
  /// - Throws: ``WriterError``.
  package func commit() throws {
    guard fsync(descriptor) == 0 else { throw WriterError.system("cannot write", path: path, .inputOutput) }
    let closed = close(descriptor)
    descriptor = -1
    let closingError = errno
    guard closed == 0, rename(temporaryPath, path) == 0 else {
      let code = closed == 0 ? errno : closingError
      unlink(temporaryPath)
      throw WriterError.system("cannot write", path: path, closed == 0 ? .cannotCreate : .inputOutput, code: code)
    }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unlink(temporaryPath)
  }
}
