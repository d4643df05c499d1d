import Foundation

/// Bytes that can be read at any place: a file, or an array in a test.
public protocol ParquetInput: Sendable {
  /// The name that errors give it.
  var name: String { get }
  /// How many bytes there are.
  var size: Int { get }
  /// Fills `buffer` with the bytes from `offset` on; the reader asks for none beyond ``size``.
  /// - Throws: ``ParquetError`` where they cannot be read.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws
}

/// Bytes in memory.
public struct ParquetBytes: ParquetInput {
  /// The name that was given.
  public let name: String
  private let bytes: [UInt8]

  /// Bytes in memory under a name.
  public init(_ bytes: [UInt8], name: String = "bytes") { (self.bytes, self.name) = (bytes, name) }

  /// How many bytes there are.
  public var size: Int { bytes.count }

  /// Copies bytes.
  public func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
    guard offset >= 0, offset <= bytes.count, buffer.count <= bytes.count - offset else {
      throw ParquetError(.inputOutput, "\(buffer.count) bytes are wanted at byte \(offset) of \(bytes.count)")
    }
    bytes.withUnsafeBytes {
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + buffer.count]))
    }
  }
}

/// A file on disk, read by `pread`, so that many readers can share it. A class, since it owns a descriptor.
public final class ParquetDiskFile: ParquetInput {
  /// The file's path.
  public let name: String
  /// How many bytes it had when it was opened.
  public let size: Int
  private let descriptor: Int32

  /// - Throws: ``ParquetError`` where it cannot be opened or is no regular file.
  public init(_ path: String) throws {
    name = path
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw ParquetError(
        .noInput, "cannot be opened: \(String(cString: strerror(errno)))", ParquetPlace(file: path))
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw ParquetError(
        .noInput, "is no regular file; Parquet is read at several places at once", ParquetPlace(file: path))
    }
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Reads bytes, however many calls that takes.
  public func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
    var done = 0
    while done < buffer.count, let start = buffer.baseAddress {
      let got = pread(descriptor, start + done, buffer.count - done, off_t(offset + done))
      if got > 0 {
        done += got
      } else if got == 0 {
        throw ParquetError(.inputOutput, "has become shorter than \(size) bytes while it is read")
      } else if errno != EINTR {
        throw ParquetError(.inputOutput, "cannot be read: \(String(cString: strerror(errno)))")
      }
    }
  }
}
