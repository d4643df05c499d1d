import CZlib
import RaggedCore

/// The checksum of gzip and zip (ISO 3309), of bytes that come in pieces.
package struct CRC32: Sendable, Equatable {
  /// That of the bytes so far; 0 of none.
  package private(set) var value: UInt32

  /// Goes on from the checksum of what came before.
  package init(_ value: UInt32 = 0) { self.value = value }

  /// Adds bytes.
  package mutating func add(_ bytes: UnsafeRawBufferPointer) {
    // zlib answers a null pointer with the start value, which would forget what came before.
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    value = UInt32(truncatingIfNeeded: crc32_z(uLong(value), start.assumingMemoryBound(to: Bytef.self), bytes.count))
  }
}

/// Compresses to gzip as bytes come. No time is kept, so that the same bytes give the same file.
final class GzipDeflater {
  private static let chunkSize = 64 << 10
  private let path: String
  private let stream: UnsafeMutablePointer<z_stream>  // zlib keeps this address
  private let output: UnsafeMutablePointer<UInt8>  // [chunkSize]

  init(path: String) throws {
    self.path = path
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    output = .allocate(capacity: GzipDeflater.chunkSize)
    // 15 bits of window plus 16: gzip.
    let code = deflateInit2_(
      stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    guard code == Z_OK else {
      throw WriterError(path: path, problem: "cannot compress: zlib does not start", failureClass: .software)
    }
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
    output.deallocate()
  }

  /// Takes bytes, and gives what has been compressed by then.
  func write(_ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    guard let start = bytes.baseAddress else { return }
    var done = 0
    while done < bytes.count {
      let piece = min(bytes.count - done, 1 << 30)
      // zlib reads from this address, and does not write there.
      stream.pointee.next_in = UnsafeMutablePointer(mutating: start.assumingMemoryBound(to: UInt8.self) + done)
      stream.pointee.avail_in = UInt32(piece)
      while stream.pointee.avail_in > 0 { try step(Z_NO_FLUSH, body) }
      done += piece
    }
  }

  func finish(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    stream.pointee.avail_in = 0
    while try step(Z_FINISH, body) != Z_STREAM_END {}
  }

  @discardableResult
  private func step(_ flush: Int32, _ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Int32 {
    stream.pointee.next_out = output
    stream.pointee.avail_out = UInt32(GzipDeflater.chunkSize)
    let code = deflate(stream, flush)
    guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else {
      throw WriterError(path: path, problem: "cannot be compressed: zlib says \(code)", failureClass: .software)
    }
    let count = GzipDeflater.chunkSize - Int(stream.pointee.avail_out)
    if count > 0 { try body(UnsafeRawBufferPointer(start: output, count: count)) }
    return code
  }
}

/// Decompresses with zlib, a step at a time: the one place that asks it to.
final class Inflater {
  /// How deflated bytes are framed.
  enum Frame {
    /// A member of gzip.
    case gzip
    /// None, as in a zip archive.
    case bare
  }

  /// What a step came to.
  struct Step {
    /// Compressed bytes that were used.
    var consumed: Int
    var produced: Int
    /// Whether the deflated bytes are at their end.
    var isEnd = false
    /// What is wrong with the bytes, in zlib's words and after a colon where it has any.
    var fault: String?
  }

  private let stream: UnsafeMutablePointer<z_stream>  // zlib keeps this address

  /// Nil where zlib does not start.
  init?(_ frame: Frame) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    // A negative window has no frame; one with 16 added is gzip's.
    let bits: Int32 = frame == .gzip ? 15 + 16 : -15
    guard inflateInit2_(stream, bits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      stream.deallocate()
      return nil
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Decompresses until the input is used up, the output full or the end reached. Up to 1 GiB at once.
  func step(_ input: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>) -> Step {
    let (given, room) = (min(input.count, 1 << 30), min(output.count, 1 << 30))
    // zlib reads from this address, and does not write there.
    stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
    stream.pointee.avail_in = UInt32(given)
    stream.pointee.next_out = output.baseAddress
    stream.pointee.avail_out = UInt32(room)
    let code = inflate(stream, Z_NO_FLUSH)
    var step = Step(
      consumed: given - Int(stream.pointee.avail_in), produced: room - Int(stream.pointee.avail_out),
      isEnd: code == Z_STREAM_END)
    if !step.isEnd, code != Z_OK, code != Z_BUF_ERROR {
      step.fault = stream.pointee.msg.map { ": " + String(cString: $0) } ?? ""
    }
    return step
  }

  /// Begins anew, with the next member; false where zlib does not.
  func reset() -> Bool { inflateReset(stream) == Z_OK }
}
