import CZlib
import Foundation

/// A zip archive in memory whose members are stored or deflated (PKWARE's APPNOTE 6.3, sections 4.3 and 4.5).
///
/// Every place and size that the archive claims is checked against its bytes before it is used.
package struct ZipReader {
  private struct Member {
    var name: String
    var method: UInt16
    var checksum: UInt32
    var packed: UInt64
    var size: UInt64
    var offset: UInt64
  }

  private let data: Data
  private let members: [Member]
  private let places: [String: Int]

  /// The names of the members, in the order of the directory.
  package var names: [String] { members.map(\.name) }

  /// Reads an archive's directory.
  /// - Throws: ``ExchangeError``.
  package init(_ data: Data) throws {
    let bytes = LittleEndianBytes(data)
    guard let end = ZipReader.end(of: bytes) else {
      throw ExchangeError(.invalidFile, "not a zip archive, as an .npz file is: its end is missing")
    }
    var (count, start) = (
      UInt64(bytes.number(UInt16.self, at: end + 10) ?? 0), UInt64(bytes.number(UInt32.self, at: end + 16) ?? 0)
    )
    if end >= 20, bytes.number(UInt32.self, at: end - 20) == 0x0706_4b50,
      let place = bytes.number(UInt64.self, at: end - 12).flatMap({ Int(exactly: $0) }),
      bytes.number(UInt32.self, at: place) == 0x0606_4b50
    {
      count = bytes.number(UInt64.self, at: place + 32) ?? 0
      start = bytes.number(UInt64.self, at: place + 48) ?? 0
    }
    var members: [Member] = []
    var names: Set<String> = []
    var position = Int(clamping: start)
    while members.count < count {
      guard let (member, next) = ZipReader.member(bytes, at: position) else {
        throw ExchangeError(
          .invalidFile, "the archive's directory is damaged after \(members.count) of \(count) members")
      }
      guard names.insert(member.name).inserted else {
        throw ExchangeError(.invalidFile, "the archive has two members \"\(member.name)\"")
      }
      members.append(member)
      position = next
    }
    self.data = data
    self.members = members
    places = Dictionary(uniqueKeysWithValues: members.enumerated().map { ($0.element.name, $0.offset) })
  }

  /// A member's bytes.
  /// - Parameter limit: the most bytes that are wanted; a member that holds more is an error, and is not unpacked.
  /// - Throws: ``ExchangeError`` for a member that is not there, is damaged, or is packed in another way.
  package func bytes(of name: String, limit: Int) throws -> Data {
    func invalid(_ problem: String) -> ExchangeError { ExchangeError(.invalidFile, "member \"\(name)\" \(problem)") }
    guard let member = places[name].map({ members[$0] }) else { throw invalid("is not there") }
    guard member.size <= UInt64(max(0, limit)) else {
      throw invalid("holds \(member.size) bytes, expected at most \(limit)")
    }
    let bytes = LittleEndianBytes(data)
    guard let offset = Int(exactly: member.offset), bytes.number(UInt32.self, at: offset) == 0x0403_4b50,
      let nameLength = bytes.number(UInt16.self, at: offset + 26),
      let extraLength = bytes.number(UInt16.self, at: offset + 28)
    else { throw invalid("is not where the directory says") }
    let start = offset + 30 + Int(nameLength) + Int(extraLength)
    guard start <= data.count, member.packed <= UInt64(data.count - start) else { throw invalid("is cut short") }
    let packed = data.dropFirst(start).prefix(Int(member.packed))
    let result: Data
    switch member.method {
    case 0: result = Data(packed)
    case 8: result = try Inflation.inflated(packed, size: Int(member.size)) ?? { throw invalid("is damaged") }()
    default: throw invalid("is packed by method \(member.method), expected 0 (stored) or 8 (deflated)")
    }
    guard UInt64(result.count) == member.size, Inflation.checksum(result) == member.checksum else {
      throw invalid("is damaged: its bytes do not have the size and checksum that the directory gives")
    }
    return result
  }

  /// Where the record at the archive's end begins: a comment of up to 64 KiB may follow it.
  private static func end(of bytes: LittleEndianBytes) -> Int? {
    var place = bytes.count - 22
    while place >= max(0, bytes.count - 22 - 0xffff) {
      if bytes.number(UInt32.self, at: place) == 0x0605_4b50 { return place }
      place -= 1
    }
    return nil
  }

  private static func member(_ bytes: LittleEndianBytes, at place: Int) -> (Member, next: Int)? {
    guard bytes.number(UInt32.self, at: place) == 0x0201_4b50, let method = bytes.number(UInt16.self, at: place + 10),
      let checksum = bytes.number(UInt32.self, at: place + 16), let packed = bytes.number(UInt32.self, at: place + 20),
      let size = bytes.number(UInt32.self, at: place + 24), let nameLength = bytes.number(UInt16.self, at: place + 28),
      let extraLength = bytes.number(UInt16.self, at: place + 30),
      let commentLength = bytes.number(UInt16.self, at: place + 32),
      let offset = bytes.number(UInt32.self, at: place + 42),
      let name = bytes.text(at: place + 46, count: Int(nameLength))
    else { return nil }
    var member = Member(
      name: name, method: method, checksum: checksum, packed: UInt64(packed), size: UInt64(size),
      offset: UInt64(offset))
    // The 64-bit numbers that the record has no room for, in this order.
    var (extra, end) = (place + 46 + Int(nameLength), place + 46 + Int(nameLength) + Int(extraLength))
    while extra + 4 <= end, let kind = bytes.number(UInt16.self, at: extra),
      let length = bytes.number(UInt16.self, at: extra + 2)
    {
      if kind == 1 {
        var field = extra + 4
        for part in [\Member.size, \.packed, \.offset] where member[keyPath: part] == 0xffff_ffff {
          guard field + 8 <= extra + 4 + Int(length), let wide = bytes.number(UInt64.self, at: field) else {
            return nil
          }
          member[keyPath: part] = wide
          field += 8
        }
      }
      extra += 4 + Int(length)
    }
    end += Int(commentLength)
    return (member, end)
  }
}

/// Numbers and texts out of bytes; nil for what lies outside.
struct LittleEndianBytes {
  let data: Data

  init(_ data: Data) { self.data = data }

  var count: Int { data.count }

  func number<Number: FixedWidthInteger>(_ type: Number.Type, at offset: Int) -> Number? {
    guard offset >= 0, offset <= count - MemoryLayout<Number>.size else { return nil }
    return data.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: Number.self)) }
  }

  func text(at offset: Int, count length: Int) -> String? {
    guard offset >= 0, length >= 0, offset <= count - length else { return nil }
    return String(validating: data.dropFirst(offset).prefix(length), as: UTF8.self)
  }
}

/// zlib's part in reading archives.
enum Inflation {
  /// Bytes that are unpacked at a time.
  private static let step = 1 << 16

  /// What deflated bytes hold, which must be `size` bytes; nil where they are damaged or hold another number. Memory
  /// grows with what comes out, not with what is claimed.
  static func inflated(_ packed: Data, size: Int) throws -> Data? {
    var stream = z_stream()
    guard inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      return nil
    }
    defer { inflateEnd(&stream) }
    var input = [UInt8](packed)
    var result = Data()
    var chunk = [UInt8](repeating: 0, count: step)
    var status = Z_OK
    input.withUnsafeMutableBufferPointer { input in
      stream.next_in = input.baseAddress
      stream.avail_in = UInt32(clamping: input.count)
      while status == Z_OK, result.count <= size {
        let produced = chunk.withUnsafeMutableBufferPointer { chunk -> Int in
          stream.next_out = chunk.baseAddress
          stream.avail_out = UInt32(chunk.count)
          status = inflate(&stream, Z_NO_FLUSH)
          return chunk.count - Int(stream.avail_out)
        }
        result.append(contentsOf: chunk.prefix(produced))
      }
    }
    return status == Z_STREAM_END && result.count == size ? result : nil
  }

  /// The CRC-32 of bytes.
  static func checksum(_ data: Data) -> UInt32 {
    data.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return 0 }
      return UInt32(crc32_z(0, start.assumingMemoryBound(to: Bytef.self), bytes.count))
    }
  }
}
