import Foundation

/// Where a writer's bytes go, one after another. A class, since it moves on.
public protocol ParquetOutput: AnyObject {
  /// The name that errors give it.
  var name: String { get }
  /// Takes the next bytes.
  func write(_ bytes: [UInt8]) throws
}

/// Bytes kept in memory.
public final class ParquetMemory: ParquetOutput {
  /// Always `bytes`.
  public let name = "bytes"
  /// What was written.
  public private(set) var bytes: [UInt8] = []

  /// Memory in which nothing is written yet.
  public init() {}

  /// Keeps the next bytes.
  public func write(_ bytes: [UInt8]) { self.bytes += bytes }
}

/// A file that is made, or made anew.
public final class ParquetDiskOutput: ParquetOutput {
  /// The file's path.
  public let name: String
  private let descriptor: Int32

  /// - Throws: ``ParquetError`` where it cannot be made.
  public init(_ path: String) throws {
    name = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw ParquetError(.cannotCreate, "cannot be made: \(String(cString: strerror(errno)))", ParquetPlace(file: path))
    }
  }

  deinit { close(descriptor) }

  /// Writes all of the bytes, however many calls that takes.
  public func write(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count, let start = buffer.baseAddress {
        let put = Foundation.write(descriptor, start + done, buffer.count - done)
        if put >= 0 {
          done += put
        } else if errno != EINTR {
          throw ParquetError(
            .inputOutput, "cannot be written: \(String(cString: strerror(errno)))", ParquetPlace(file: name))
        }
      }
    }
  }
}
