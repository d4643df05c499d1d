import Foundation
import RaggedCore

/// A file whose bytes are read at any place. A class, since it owns a descriptor.
final class ByteFile {
  private let source: InputSource
  let size: Int
  /// Bytes taken from it so far.
  private(set) var bytesRead = 0
  private let descriptor: Int32

  /// - Throws: a fatal ``InputError`` where it cannot be opened or is no regular file.
  init(_ source: InputSource) throws {
    self.source = source
    descriptor = open(source.path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw source.fault("cannot be opened: \(String(cString: strerror(errno)))", .noInput)
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw source.fault("is no regular file; arrays are read at several places at once", .noInput)
    }
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Bytes from `offset` on, which must be there.
  /// - Throws: a fatal ``InputError`` where the file ends before.
  func bytes(at offset: Int, count: Int) throws -> [UInt8] {
    guard offset >= 0, count >= 0, count <= size, offset <= size - count else { throw cutShort(offset) }
    var got = 0
    let bytes = try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while got < count, let start = buffer.baseAddress {
        let read = pread(descriptor, start + got, count - got, off_t(offset + got))
        if read > 0 {
          got += read
        } else if read == 0 {
          break
        } else if errno != EINTR {
          throw source.fault("cannot be read: \(String(cString: strerror(errno)))", .inputOutput)
        }
      }
      initialized = got
    }
    bytesRead += got
    guard got == count else { throw cutShort(offset + got) }
    return bytes
  }

  private func cutShort(_ offset: Int) -> InputError {
    fault("is cut short: it has \(size) bytes, and more are wanted at byte \(offset)")
  }

  /// A fatal error of this file.
  func fault(_ problem: String) -> InputError { source.fault(problem) }
}

extension [UInt8] {
  /// The little-endian number of `width` bytes at `offset`, 0 beyond the end.
  func little(_ offset: Int, _ width: Int) -> UInt64 {
    guard offset >= 0, offset <= count - width else { return 0 }
    return self[offset..<offset + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

extension Float {
  /// The number of a float16 (IEEE 754 binary16), which float32 holds exactly. Swift's own type is not on every Mac.
  package init(half bits: UInt16) {
    let sign = UInt32(bits & 0x8000) << 16
    let (exponent, fraction) = (UInt32(bits >> 10 & 0x1f), UInt32(bits & 0x3ff))
    switch exponent {
    case 0: self.init(bitPattern: (Float(fraction) * 0x1p-24).bitPattern | sign)
    case 0x1f: self.init(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default: self.init(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
