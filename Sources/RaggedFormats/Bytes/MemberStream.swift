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
  private var checksum = CRC32()
  private let inflater: MemberInflater?
  /// What has been read of a stored member and not been asked for yet, from `consumed` on.
  private var chunk: [UInt8] = []
  private var consumed = 0

  init(_ file: ByteFile, _ member: ZipMember) throws {
    self.file = file
    self.member = member
    place = "member \(member.name.quotedForMessage)"
    inflater = member.isDeflated ? try MemberInflater(file) : nil
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
    bytes.withUnsafeBytes { checksum.add($0) }
    return bytes
  }

  /// Checks that all has been read, and that it is what was written.
  /// - Throws: a fatal ``InputError``.
  func finish() throws {
    guard produced == member.size, let expected = member.checksum else { return }
    guard checksum.value == expected else {
      throw file.fault("\(place) is damaged: its checksum is \(checksum.value), but the archive says \(expected)")
    }
  }

  private func nextChunk() throws -> [UInt8] {
    let count = min(MemberStream.chunkSize, member.compressedSize - position)
    defer { position += count }
    return count > 0 ? try file.bytes(at: member.offset + position, count: count) : []
  }
}

/// Decompresses deflated bytes that come in chunks.
private final class MemberInflater {
  private static let chunkSize = 64 << 10
  private let inflater: Inflater
  private let output: UnsafeMutableBufferPointer<UInt8>  // [chunkSize]
  private let file: ByteFile
  private var chunk: [UInt8] = []
  private var consumed = 0
  private var isDone = false

  init(_ file: ByteFile) throws {
    guard let inflater = Inflater(.bare) else { throw file.fault("cannot be decompressed: zlib does not start") }
    self.file = file
    self.inflater = inflater
    output = .allocate(capacity: MemberInflater.chunkSize)
  }

  deinit { output.deallocate() }

  /// Appends at most `limit` bytes, none at the end.
  func read(_ bytes: inout [UInt8], _ limit: Int, _ place: String, _ refill: () throws -> [UInt8]) throws {
    while !isDone {
      if consumed == chunk.count {
        chunk = try refill()
        consumed = 0
        if chunk.isEmpty { return }
      }
      let room = output.extracting(..<min(limit, MemberInflater.chunkSize))
      let step = chunk.withUnsafeBufferPointer { inflater.step($0.extracting(consumed...), into: room) }
      consumed += step.consumed
      isDone = step.isEnd
      if let fault = step.fault { throw file.fault("\(place) is corrupt: it cannot be decompressed\(fault)") }
      if step.produced > 0 {
        bytes.append(contentsOf: room.extracting(..<step.produced))
        return
      }
    }
  }
}
