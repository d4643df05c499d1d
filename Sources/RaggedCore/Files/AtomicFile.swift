package import Foundation

/// A file that appears under its name when it is whole, or not at all: it is written beside its place and moved there.
///
/// It takes the place of a file as that one's contents would: a link stays and what it leads to is replaced, and
/// permissions and, where the system allows it, the owner stay. What is there and is no regular file, such as a pipe or a
/// device, is written in place.
///
/// A class, because it owns a file descriptor. What is not committed is removed; what a killed process left is removed
/// when the next file is written to the folder: see ``TemporaryFile``.
package final class AtomicFile {
  private let path: String
  /// Where the file belongs: `path` with its links followed.
  private let place: String
  /// What is written meanwhile; nil where that is the place itself.
  private let temporary: TemporaryFile?
  private var descriptor: Int32

  /// Creates the temporary file in the folder where `path` leads to.
  /// - Throws: ``WriterError``.
  package init(path: String) throws {
    self.path = path
    place = try AtomicFile.followed(path)
    var status = stat()
    let exists = stat(place, &status) == 0
    if exists, status.st_mode & S_IFMT != S_IFREG {
      temporary = nil
      descriptor = open(place, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw WriterError.system("cannot write", path: path, .cannotCreate) }
      return
    }
    let made = try TemporaryFile(beside: place, named: path, replacing: exists ? status : nil)
    (temporary, descriptor) = (made, made.descriptor)
  }

  /// Whether there is something at a path that is no regular file, which ``AtomicFile`` writes in place.
  package static func isSpecial(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
  }

  /// Appends bytes.
  /// - Throws: ``WriterError``.
  package func write(_ bytes: UnsafeRawBufferPointer) throws {
    try AtomicFile.write(bytes, to: descriptor, path: path)
  }

  /// Puts a few bytes in the place of others that were written.
  /// - Throws: ``WriterError``.
  package func overwrite(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws {
    guard pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(offset)) == bytes.count else {
      throw WriterError.system("cannot write", path: path, .inputOutput)
    }
  }

  /// Writes all bytes, however many calls that takes.
  /// - Throws: ``WriterError``.
  package static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws {
    let code = bytes.writeAll(to: descriptor)
    guard code == 0 else { throw WriterError.system("cannot write", path: path, .inputOutput, code: code) }
  }

  /// Writes a whole file.
  /// - Throws: ``WriterError``.
  package static func write(_ bytes: some ContiguousBytes, to path: String) throws {
    let file = try AtomicFile(path: path)
    try bytes.withUnsafeBytes(file.write)
    try file.commit()
  }

  /// Makes sure that the bytes are on the disk, and moves the file to its place, where it replaces what was there.
  /// - Throws: ``WriterError``.
  package func commit() throws {
    guard let temporary else {
      let closed = close(descriptor)
      descriptor = -1
      guard closed == 0 else { throw WriterError.system("cannot write", path: path, .inputOutput) }
      return
    }
    guard fsync(descriptor) == 0 else { throw WriterError.system("cannot write", path: path, .inputOutput) }
    guard rename(temporary.path, place) == 0 else {
      throw WriterError.system("cannot write", path: path, .cannotCreate)
    }
    let closed = close(descriptor)
    descriptor = -1
    guard closed == 0, AtomicFile.syncFolder(of: place) else {
      throw WriterError.system("cannot write", path: path, .inputOutput)
    }
  }

  deinit {
    guard descriptor >= 0 else { return }
    if let temporary { unlink(temporary.path) }
    close(descriptor)
  }

  /// Where a chain of links ends, whether there is something or not.
  private static func followed(_ path: String) throws -> String {
    var place = path
    // As many as Linux follows.
    for _ in 0..<40 {
      var status = stat()
      guard lstat(place, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return place }
      // What the system itself leads elsewhere, such as /dev/stdout, has no path to follow.
      if isSpecial(place) { return place }
      var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
      let count = readlink(place, &buffer, buffer.count - 1)
      guard count >= 0 else { throw WriterError.system("cannot write", path: path, .cannotCreate) }
      let target = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let folder =
        target.hasPrefix("/")
        ? "" : String(place[..<(place.lastIndex(of: "/").map { place.index(after: $0) } ?? place.startIndex)])
      place = folder + target
    }
    throw WriterError.system("cannot write", path: path, .cannotCreate, code: ELOOP)
  }

  /// Makes sure that a power cut leaves the new name; false where the disk has a fault. Not every file system can.
  private static func syncFolder(of place: String) -> Bool {
    let folder = open(TemporaryFile.folder(of: place), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return true }
    let isDone = fsync(folder) == 0 || errno != EIO && errno != ENOSPC
    let code = errno
    close(folder)
    errno = code
    return isDone
  }
}

extension UnsafeRawBufferPointer {
  /// Writes all bytes, however many calls that takes.
  /// - Returns: 0, or the system's code for what went wrong.
  package func writeAll(to descriptor: Int32) -> Int32 {
    var rest = self[...]
    while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
      let written = Foundation.write(descriptor, start, Swift.min(rest.count, 1 << 30))
      if written >= 0 {
        rest = rest.dropFirst(written)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}

/// A fault in writing a file: which file, and what the system says.
public struct WriterError: RaggedError, Equatable {
  /// The file that was to be written.
  public var path: String
  /// What was tried and what the system says of it.
  public var problem: String
  /// Whether the file cannot be created, or writing it failed on the way.
  public var failureClass: FailureClass

  /// An error whose message begins with the path.
  public init(path: String, problem: String, failureClass: FailureClass) {
    self.path = path
    self.problem = problem
    self.failureClass = failureClass
  }

  /// `batches/0001.npz: cannot create: No such file or directory`.
  public var message: String { "\(path): \(problem)" }

  /// What the system says: `No space left on device`.
  package var reason: String { problem.firstRange(of: ": ").map { String(problem[$0.upperBound...]) } ?? problem }

  /// The error of a system call that has just failed.
  package static func system(_ action: String, path: String, _ failureClass: FailureClass, code: Int32 = errno)
    -> WriterError
  {
    WriterError(path: path, problem: "\(action): \(String(cString: strerror(code)))", failureClass: failureClass)
  }
}
