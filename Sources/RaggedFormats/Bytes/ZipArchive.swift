/// The records of a zip archive whose members are stored as they are (PKWARE's APPNOTE 6.3, sections 4.3 and 4.5).
struct ZipArchive {
  private struct Member {
    var name: [UInt8]
    var size: UInt64
    var checksum: UInt32
    var offset: UInt64
  }

  /// Sizes and offsets from here on do not fit the 32-bit fields.
  static let zip64Limit: UInt64 = 0xffff_ffff

  private let limit: UInt64
  private var members: [Member] = []
  private var names: Set<String> = []
  private var position: UInt64 = 0

  init(zip64From limit: UInt64) { self.limit = limit }

  /// Where a member's own record has its checksum.
  static let checksumOffset: UInt64 = 14

  /// Bytes of records and members so far.
  var byteCount: UInt64 { position }

  /// Gives the last member the checksum that was not known before its bytes were.
  mutating func setChecksum(_ checksum: UInt32) {
    guard !members.isEmpty else { return }
    members[members.count - 1].checksum = checksum
  }

  func contains(_ name: String) -> Bool { names.contains(name) }

  /// Takes note of a member of `size` bytes, and gives the record to write before them.
  mutating func append(_ name: String, size: UInt64, checksum: UInt32) -> [UInt8] {
    let member = Member(name: Array(name.utf8), size: size, checksum: checksum, offset: position)
    members.append(member)
    names.insert(name)
    var record = ZipRecord(signature: 0x0403_4b50)
    let extra = size >= limit ? ZipRecord.extra([size, size]) : []
    describe(member, isWide: size >= limit, extra: extra, in: &record)
    record.bytes += member.name + extra
    position += UInt64(record.bytes.count) + size
    return record.bytes
  }

  /// The fields that a member's own record and its entry in the directory share.
  private func describe(_ member: Member, isWide: Bool, extra: [UInt8], in record: inout ZipRecord) {
    let size = member.size >= limit ? 0xffff_ffff : UInt32(member.size)
    record.add(UInt16(isWide ? 45 : 20))  // version needed
    record.add(UInt16(0x0800))  // names in UTF-8
    record.add(UInt16(0))  // stored
    record.add(UInt16(0))  // midnight
    record.add(UInt16(0x0021))  // 1 January 1980, the earliest date there is
    record.add(member.checksum)
    record.add(size)
    record.add(size)
    record.add(UInt16(member.name.count))
    record.add(UInt16(extra.count))
  }

  /// What to write after the last member.
  func directory() -> [UInt8] {
    var bytes: [UInt8] = []
    for member in members { bytes += entry(member) }
    let (start, size) = (position, UInt64(bytes.count))
    let count = UInt64(members.count)
    let isWide = start >= limit || size >= limit || count >= 0xffff
    if isWide { bytes += wideEnd(count: count, size: size, start: start) }
    var end = ZipRecord(signature: 0x0605_4b50)
    end.add(UInt16(0))
    end.add(UInt16(0))
    end.add(UInt16(isWide ? 0xffff : count))
    end.add(UInt16(isWide ? 0xffff : count))
    end.add(UInt32(isWide ? 0xffff_ffff : size))
    end.add(UInt32(isWide ? 0xffff_ffff : start))
    end.add(UInt16(0))
    return bytes + end.bytes
  }

  private func entry(_ member: Member) -> [UInt8] {
    var record = ZipRecord(signature: 0x0201_4b50)
    let isWide = member.size >= limit || member.offset >= limit
    let sizes = member.size >= limit ? [member.size, member.size] : []
    let extra = isWide ? ZipRecord.extra(sizes + (member.offset >= limit ? [member.offset] : [])) : []
    record.add(UInt16(45))  // version made by
    describe(member, isWide: isWide, extra: extra, in: &record)
    record.add(UInt16(0))  // comment
    record.add(UInt16(0))  // disk
    record.add(UInt16(0))  // internal attributes
    record.add(UInt32(0))  // external attributes
    record.add(member.offset >= limit ? 0xffff_ffff : UInt32(member.offset))
    return record.bytes + member.name + extra
  }

  /// The 64-bit end of the directory and the record that says where it is.
  private func wideEnd(count: UInt64, size: UInt64, start: UInt64) -> [UInt8] {
    var record = ZipRecord(signature: 0x0606_4b50)
    record.add(UInt64(44))  // bytes that follow
    record.add(UInt16(45))
    record.add(UInt16(45))
    record.add(UInt32(0))
    record.add(UInt32(0))
    for value in [count, count, size, start] { record.add(value) }
    var locator = ZipRecord(signature: 0x0706_4b50)
    locator.add(UInt32(0))
    locator.add(start + size)
    locator.add(UInt32(1))
    return record.bytes + locator.bytes
  }
}

/// Bytes with little-endian numbers.
struct ZipRecord {
  var bytes: [UInt8] = []

  init(signature: UInt32) { add(signature) }

  mutating func add<Number: FixedWidthInteger>(_ number: Number) {
    Swift.withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// The extra field that holds 64-bit sizes and offsets.
  static func extra(_ values: [UInt64]) -> [UInt8] {
    var record = ZipRecord()
    record.add(UInt16(1))
    record.add(UInt16(values.count * 8))
    for value in values { record.add(value) }
    return record.bytes
  }

  private init() {}
}
