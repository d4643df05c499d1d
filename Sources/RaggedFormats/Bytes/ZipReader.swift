/// A member of a zip archive, and where its bytes lie.
struct ZipMember {
  var name: String
  /// Whether its bytes are deflated; otherwise they are stored as they are.
  var isDeflated: Bool
  /// CRC-32 of its bytes; nil for what is no member of an archive.
  var checksum: UInt32?
  /// Bytes in the archive, which are inside the file.
  var compressedSize: Int
  /// Bytes that come of them, as the archive claims.
  var size: Int
  var offset: Int
}

/// The members of a zip archive (PKWARE's APPNOTE 6.3, sections 4.3 and 4.5), with or without 64-bit sizes. Nothing that
/// it claims is believed before it has been held against the size of the file.
struct ZipDirectory {
  /// The largest directory that is read: half a million members.
  private static let maximumBytes = 64 << 20
  /// Deflate makes at most 1032 bytes of one.
  private static let largestRatio = 1040
  private let file: ByteFile
  private(set) var members: [ZipMember] = []

  /// - Throws: a fatal ``InputError`` that says what does not fit.
  init(_ file: ByteFile) throws {
    self.file = file
    let end = try ZipDirectory.end(file)
    guard end.size <= ZipDirectory.maximumBytes, end.size <= file.size, end.start <= file.size - end.size else {
      throw file.fault(
        "its directory claims \(end.size) bytes at byte \(end.start), but the file has \(file.size) bytes")
    }
    let bytes = try file.bytes(at: end.start, count: end.size)
    var at = 0
    while at < bytes.count {
      guard bytes.little(at, 4) == 0x0201_4b50, at <= bytes.count - 46 else {
        throw file.fault("is no sound zip archive: its directory breaks off at byte \(end.start + at)")
      }
      members.append(try member(bytes, &at))
    }
    guard UInt64(members.count) == end.count else {
      throw file.fault("its directory claims \(end.count) members, but holds \(members.count)")
    }
    if let twice = members.map(\.name).firstRepeated {
      throw file.fault("has two members named \(twice.quotedForMessage)")
    }
  }

  /// Finds the end of the directory, which says where the directory is.
  private static func end(_ file: ByteFile) throws -> (start: Int, size: Int, count: UInt64) {
    let tail = min(file.size, 22 + 65_535)
    let bytes = try file.bytes(at: file.size - tail, count: tail)
    var at = tail - 22
    while at >= 0, bytes.little(at, 4) != 0x0605_4b50 || Int(bytes.little(at + 20, 2)) > tail - 22 - at { at -= 1 }
    guard at >= 0 else {
      throw file.fault("is no zip archive, or is cut short: there is no end of a directory in it")
    }
    var (count, size, start) = (bytes.little(at + 10, 2), bytes.little(at + 12, 4), bytes.little(at + 16, 4))
    if count == 0xffff || size == 0xffff_ffff || start == 0xffff_ffff {
      let place = file.size - tail + at - 20
      guard place >= 0 else { throw file.fault("is no sound zip archive: its 64-bit directory is not there") }
      let locator = try file.bytes(at: place, count: 20)
      guard locator.little(0, 4) == 0x0706_4b50, let wide = Int(exactly: locator.little(8, 8)), wide <= place else {
        throw file.fault("is no sound zip archive: nothing at byte \(place) says where its 64-bit directory is")
      }
      let record = try file.bytes(at: wide, count: 56)
      guard record.little(0, 4) == 0x0606_4b50 else {
        throw file.fault("is no sound zip archive: there is no 64-bit end of a directory at byte \(wide)")
      }
      (count, size, start) = (record.little(32, 8), record.little(40, 8), record.little(48, 8))
    }
    guard let size = Int(exactly: size), let start = Int(exactly: start) else {
      throw file.fault("its directory claims \(size) bytes at byte \(start), but the file has \(file.size) bytes")
    }
    return (start, size, count)
  }

  /// The member whose entry begins at `at`, which moves behind it.
  private func member(_ bytes: [UInt8], _ at: inout Int) throws -> ZipMember {
    let (flags, method) = (bytes.little(at + 8, 2), bytes.little(at + 10, 2))
    let (nameLength, extraLength) = (Int(bytes.little(at + 28, 2)), Int(bytes.little(at + 30, 2)))
    let extraStart = at + 46 + nameLength
    let next = extraStart + extraLength + Int(bytes.little(at + 32, 2))
    guard next <= bytes.count else { throw file.fault("is no sound zip archive: an entry of its directory breaks off") }
    let name = String(decoding: bytes[at + 46..<extraStart], as: UTF8.self)
    var sizes = [bytes.little(at + 24, 4), bytes.little(at + 20, 4), bytes.little(at + 42, 4)]
    let checksum = UInt32(bytes.little(at + 16, 4))
    ZipDirectory.widen(&sizes, by: bytes[extraStart..<extraStart + extraLength])
    at = next
    let place = "member \(name.quotedForMessage)"
    guard flags & 1 == 0 else { throw file.fault("\(place) is encrypted") }
    guard method == 0 || method == 8 else {
      throw file.fault("\(place) is compressed by method \(method), expected 0 (stored) or 8 (deflated)")
    }
    guard let size = Int(exactly: sizes[0]), let compressed = Int(exactly: sizes[1]), compressed <= file.size,
      let head = Int(exactly: sizes[2]), head <= file.size - 30
    else {
      throw file.fault("\(place) claims \(sizes[1]) bytes at byte \(sizes[2]), but the file has \(file.size) bytes")
    }
    guard method == 0 ? size == compressed : size / ZipDirectory.largestRatio <= compressed else {
      throw file.fault("\(place) claims \(size) bytes, which cannot come of the \(compressed) that it takes")
    }
    let local = try file.bytes(at: head, count: 30)
    let offset = head + 30 + Int(local.little(26, 2)) + Int(local.little(28, 2))
    guard local.little(0, 4) == 0x0403_4b50, offset <= file.size - compressed else {
      throw file.fault("\(place) is not where its entry says, at byte \(head)")
    }
    return ZipMember(
      name: name, isDeflated: method == 8, checksum: checksum, compressedSize: compressed, size: size, offset: offset)
  }

  /// Puts 64-bit numbers from the extra field in the place of those that do not fit into 32 bits.
  private static func widen(_ sizes: inout [UInt64], by extra: ArraySlice<UInt8>) {
    let extra = Array(extra)
    var at = 0
    while at + 4 <= extra.count {
      let (kind, length) = (extra.little(at, 2), Int(extra.little(at + 2, 2)))
      if kind == 1 {
        var field = at + 4
        for index in sizes.indices where sizes[index] == 0xffff_ffff && field + 8 <= at + 4 + length {
          sizes[index] = extra.little(field, 8)
          field += 8
        }
      }
      at += 4 + length
    }
  }
}

/// The bytes of a member from its first to its last, decompressed as they are asked for.
///
/// What comes is appended to arrays that grow with it, so that no buffer is made for bytes that are not there.
final class MemberStream {
  private static let chunkSize = 64 << 10
  /// `member "values.npy"`, for messages.
  private let place: String
  private let file: ByteFile
  private let member: ZipMember
  /// nil where the bytes are stored as they are.
  private let inflater: Inflater?
  private let inflated: UnsafeMutableBufferPointer<UInt8>  // [chunkSize]
  private var position = 0
  private var produced = 0
  private var checksum = CRC32()
  /// What has been read of the file and not been used yet, from `consumed` on.
  private var chunk: [UInt8] = []
  private var consumed = 0
  private var isDone = false

  init(_ file: ByteFile, _ member: ZipMember) throws {
    self.file = file
    self.member = member
    place = "member \(member.name.quotedForMessage)"
    inflater = member.isDeflated ? Inflater(.bare) : nil
    guard inflater != nil || !member.isDeflated else {
      throw file.fault("cannot be decompressed: zlib does not start")
    }
    inflated = .allocate(capacity: member.isDeflated ? MemberStream.chunkSize : 0)
  }

  deinit { inflated.deallocate() }

  /// The next `count` bytes.
  /// - Throws: a fatal ``InputError`` where fewer are there or their compression is broken.
  func read(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      let before = bytes.count
      try readSome(into: &bytes, limit: min(count - before, MemberStream.chunkSize))
      guard bytes.count > before else {
        throw file.fault(
          "\(place) is cut short: it ends after \(produced + before) bytes of the \(member.size) that it claims")
      }
    }
    produced += bytes.count
    bytes.withUnsafeBytes { checksum.add($0) }
    return bytes
  }

  /// Appends at most `limit` bytes, none at the end.
  private func readSome(into bytes: inout [UInt8], limit: Int) throws {
    while !isDone {
      if consumed == chunk.count { (chunk, consumed) = (try nextChunk(), 0) }
      if chunk.isEmpty { return }
      guard let inflater else {
        let end = min(chunk.count, consumed + limit)
        bytes.append(contentsOf: chunk[consumed..<end])
        consumed = end
        return
      }
      let room = inflated.extracting(..<limit)
      let step = chunk.withUnsafeBufferPointer { inflater.step($0.extracting(consumed...), into: room) }
      consumed += step.consumed
      isDone = step.isEnd
      if let fault = step.fault { throw file.fault("\(place) is corrupt: it cannot be decompressed\(fault)") }
      bytes.append(contentsOf: room.extracting(..<step.produced))
      if step.produced > 0 { return }
    }
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
