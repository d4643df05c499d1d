import CZlib

/// Decompresses gzip as it comes, one member after the other.
final class GzipInflater {
  private static let chunkSize = 256 << 10
  private let file: String
  private let stream: UnsafeMutablePointer<z_stream>  // zlib keeps this address
  private let input: UnsafeMutablePointer<UInt8>  // [chunkSize]
  private var betweenMembers = false
  private var produced = 0
  private var isDone = false

  /// An inflater whose input begins with `head`.
  init(file: String, head: [UInt8]) throws {
    self.file = file
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    input = .allocate(capacity: GzipInflater.chunkSize)
    for (index, byte) in head.enumerated() { input[index] = byte }
    stream.pointee.next_in = input
    stream.pointee.avail_in = UInt32(head.count)
    // 15 bits of window plus 16: gzip alone.
    guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw InputError(file: file, problem: "cannot be decompressed: zlib does not start", isFatal: true)
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  /// Fills at most `count` bytes, 0 at the end; `refill` reads compressed bytes.
  func read(
    into target: UnsafeMutablePointer<UInt8>, count: Int, refill: (UnsafeMutablePointer<UInt8>, Int) throws -> Int
  ) throws -> Int {
    stream.pointee.next_out = target
    stream.pointee.avail_out = UInt32(min(count, 1 << 30))
    let room = stream.pointee.avail_out
    while !isDone, stream.pointee.avail_out == room {
      if stream.pointee.avail_in == 0 {
        let got = try refill(input, GzipInflater.chunkSize)
        stream.pointee.next_in = input
        stream.pointee.avail_in = UInt32(got)
        if got == 0 {
          guard betweenMembers else {
            throw failure("is cut short: the gzip data end in the middle, after \(produced) decompressed bytes")
          }
          isDone = true
          break
        }
      }
      if betweenMembers {
        try beginMember()
        continue
      }
      switch inflate(stream, Z_NO_FLUSH) {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END: betweenMembers = true
      default:
        let detail = stream.pointee.msg.map { ": " + String(cString: $0) } ?? ""
        throw failure("is corrupt: gzip data cannot be decompressed\(detail)")
      }
    }
    let got = Int(room - stream.pointee.avail_out)
    produced += got
    return got
  }

  /// Passes over the zeros that archives may be padded with; another byte must begin a member.
  private func beginMember() throws {
    while stream.pointee.avail_in > 0, stream.pointee.next_in[0] == 0 {
      stream.pointee.next_in += 1
      stream.pointee.avail_in -= 1
    }
    guard stream.pointee.avail_in > 0 else { return }
    guard stream.pointee.next_in[0] == 0x1f, inflateReset(stream) == Z_OK else {
      throw failure("is corrupt: other data follow the end of the gzip data")
    }
    betweenMembers = false
  }

  private func failure(_ problem: String) -> InputError { InputError(file: file, problem: problem, isFatal: true) }
}
