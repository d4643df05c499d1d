import CZlib
import RaggedCore

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

  /// Gives what is left.
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
