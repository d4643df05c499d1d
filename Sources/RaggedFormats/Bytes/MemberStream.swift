import CZlib

/// The bytes of a member from its first to its last, decompressed as they are asked for.
///
/// What comes is appended to arrays that grow with it, so that no buffer is made for bytes that are not there.
final class MemberStream {
  private static let chunkSize = 64 << 10
  /// `data.npz: member "values.npy"`, for messages.
  private let place: String
  private let file: ByteFile
  private let member: ZipMember
  private var position = 0
  private var produced = 0
  private var checksum: UInt32 = 0
  private let inflater: Inflater?
  /// What has been read of a stored member and not been asked for yet, from `consumed` on.
  private var chunk: [UInt8] = []
  private var consumed = 0

  init(_ file: ByteFile, _ member: ZipMember) throws {
    self.file = file
    self.member = member
    place = "member \(member.name.quotedForMessage)"
    inflater = member.isDeflated ? try Inflater(file) : nil
  }

  /// The next `count` bytes.
  /// - Throws: a fatal ``InputError`` where fewer are there or their compression is broken.
  func read(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let before = bytes.count
      let wanted = min(count - before, MemberStream.chunkSize)
      if let inflater {
        try inflater.read(&bytes, wanted, place) { try self.nextChunk() }
      } else {
        if consumed == chunk.count { (chunk, consumed) = (try nextChunk(), 0) }
        let end = min(chunk.count, consumed + wanted)
        bytes.append(contentsOf: chunk[consumed..<end])
        consumed = end
      }
      guard bytes.count > before else {
        throw file.fault(
          "\(place) is cut short: it ends after \(produced + before) bytes of the \(member.size) that it claims")
      }
    }
    produced += bytes.count
    checksum = bytes.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress, buffer.count > 0 else { return checksum }
      return UInt32(truncatingIfNeeded: crc32_z(uLong(checksum), start, buffer.count))
    }
    return bytes
  }

  /// Checks that all has been read, and that it is what was written.
  /// - Throws: a fatal ``InputError``.
  func finish() throws {
    guard produced == member.size, let expected = member.checksum else { return }
    guard checksum == expected else {
      throw file.fault("\(place) is damaged: its checksum is \(checksum), but the archive says \(expected)")
    }
  }

  private func nextChunk() throws -> [UInt8] {
    let count = min(MemberStream.chunkSize, member.compressedSize - position)
    defer { position += count }
    return count > 0 ? try file.bytes(at: member.offset + position, count: count) : []
  }
}

/// Decompresses deflated bytes that come in chunks.
private final class Inflater {
  private let stream: UnsafeMutablePointer<z_stream>  // zlib keeps this address
  private let output: UnsafeMutablePointer<UInt8>  // [chunkSize]
  private static let chunkSize = 64 << 10
  private let file: ByteFile
  private var chunk: [UInt8] = []
  private var consumed = 0
  private var isDone = false

  init(_ file: ByteFile) throws {
    self.file = file
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    output = .allocate(capacity: Inflater.chunkSize)
    // A negative window: deflated data without a frame.
    guard inflateInit2_(stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw file.fault("cannot be decompressed: zlib does not start")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    output.deallocate()
  }

  /// Appends at most `limit` bytes, none at the end.
  func read(_ bytes: inout [UInt8], _ limit: Int, _ place: String, _ refill: () throws -> [UInt8]) throws {
    while !isDone {
      if consumed == chunk.count {
        chunk = try refill()
        consumed = 0
        if chunk.isEmpty { return }
      }
      stream.pointee.next_out = output
      let room = UInt32(min(limit, Inflater.chunkSize))
      stream.pointee.avail_out = room
      let code = chunk.withUnsafeMutableBufferPointer { buffer -> Int32 in
        stream.pointee.next_in = buffer.baseAddress.map { $0 + consumed }
        stream.pointee.avail_in = UInt32(buffer.count - consumed)
        let code = inflate(stream, Z_NO_FLUSH)
        consumed = buffer.count - Int(stream.pointee.avail_in)
        return code
      }
      isDone = code == Z_STREAM_END
      guard isDone || code == Z_OK || code == Z_BUF_ERROR else {
        let detail = stream.pointee.msg.map { ": " + String(cString: $0) } ?? ""
        throw file.fault("\(place) is corrupt: it cannot be decompressed\(detail)")
      }
      let got = Int(room - stream.pointee.avail_out)
      if got > 0 {
        bytes.append(contentsOf: UnsafeBufferPointer(start: output, count: got))
        return
      }
    }
  }
}
