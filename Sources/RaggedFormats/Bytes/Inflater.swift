import CZlib

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
    /// Bytes that were written.
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
