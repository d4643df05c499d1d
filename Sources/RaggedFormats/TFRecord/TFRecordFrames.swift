/// The records of a TFRecord file, one after the other, with their checksums held against their bytes.
final class TFRecordFrames {
  private static let pieceBytes = 256 << 10
  private let source: InputBytes
  private let maximumBytes: Int
  /// The number of the record last begun, from 1.
  private(set) var number = 0
  /// Where it begins, in decompressed bytes.
  private(set) var offset = 0
  private var position = 0
  /// What has been read of the source and not been asked for yet, from `consumed` on.
  private var piece: [UInt8] = []
  private var consumed = 0

  /// Records of at most `maximumBytes`.
  init(_ source: InputBytes, maximumBytes: Int) {
    self.source = source
    self.maximumBytes = maximumBytes
  }

  /// How a file shows that it begins with a record, though the first bytes may be those of gzip.
  static let plainHead = InputBytes.PlainHead(count: TFRecordFrame.headBytes) { TFRecordFrame.length($0) != nil }

  /// `record 3 (byte 1204)`.
  var place: String { "record \(number) (byte \(offset))" }

  /// The data of the next record, nil after the last.
  /// - Throws: ``InputError``: fatal where nobody knows where the next record begins, otherwise where the data is not
  ///   what was written.
  func next() throws -> [UInt8]? {
    (offset, number) = (position, number + 1)
    let head = try read(TFRecordFrame.headBytes)
    if head.isEmpty { return nil }
    guard head.count == TFRecordFrame.headBytes else { throw cutShort("its head has \(head.count) bytes of 12") }
    guard let length = TFRecordFrame.length(head) else {
      let claimed = head.little(0, 8)
      throw fault(
        "the checksum of its length, \(claimed), is wrong; this is no TFRecord, or it is damaged", isFatal: true)
    }
    guard length <= UInt64(maximumBytes) else {
      throw fault("claims \(length) bytes, expected at most \(maximumBytes)", isFatal: true)
    }
    let data = try read(Int(length))
    guard data.count == Int(length) else { throw cutShort("it has \(data.count) bytes of \(length)") }
    let tail = try read(TFRecordFrame.tailBytes)
    guard tail.count == TFRecordFrame.tailBytes else { throw cutShort("its checksum has \(tail.count) bytes of 4") }
    guard TFRecordFrame.sum(data) == tail else {
      throw fault("the checksum of its \(length) bytes of data is wrong; they are damaged", isFatal: false)
    }
    return data
  }

  private func cutShort(_ what: String) -> InputError { fault("is cut short: \(what)", isFatal: true) }

  private func fault(_ problem: String, isFatal: Bool) -> InputError {
    InputError(file: source.file, problem: "\(place): \(problem)", isFatal: isFatal)
  }

  /// The next bytes, fewer at the end of the file. What is not there takes no memory.
  private func read(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      if consumed == piece.count {
        consumed = 0
        piece = try [UInt8](unsafeUninitializedCapacity: TFRecordFrames.pieceBytes) { buffer, got in
          guard let start = buffer.baseAddress else { return }
          got = try source.read(into: start, count: buffer.count)
        }
        if piece.isEmpty { break }
      }
      let end = min(piece.count, consumed + count - bytes.count)
      bytes.append(contentsOf: piece[consumed..<end])
      consumed = end
    }
    position += bytes.count
    return bytes
  }
}

/// The frame of a TFRecord: 8 bytes of length, the masked CRC-32C of these, the data, the masked CRC-32C of the data; all
/// little-endian.
package enum TFRecordFrame {
  static let headBytes = 12
  static let tailBytes = 4

  /// What stands before data of this length.
  package static func head(length: Int) -> [UInt8] {
    let bytes = little(UInt64(length))
    return bytes + sum(bytes)
  }

  /// A record as it stands in a file.
  package static func framed(_ record: [UInt8]) -> [UInt8] { head(length: record.count) + record + sum(record) }

  /// The masked checksum of bytes, as it stands in a file.
  package static func sum(_ bytes: [UInt8]) -> [UInt8] { little(masked(CRC32C.checksum(bytes))) }

  /// The length that a head says; nil where its checksum is another.
  static func length(_ head: some Collection<UInt8>) -> UInt64? {
    let head = Array(head.prefix(headBytes))
    guard head.count == headBytes, sum(Array(head[..<8])) == Array(head[8...]) else { return nil }
    return head[..<8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// TensorFlow's mask, which keeps apart the checksums of data that hold checksums.
  package static func masked(_ sum: UInt32) -> UInt32 { (sum >> 15 | sum << 17) &+ 0xa282_ead8 }

  private static func little(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}

/// CRC-32C (Castagnoli), eight bytes at a time.
package enum CRC32C {
  /// `tables[k][b]`: what byte `b` adds `k` bytes before the end of eight.
  private static let tables: [[UInt32]] = {
    var tables = [[UInt32](repeating: 0, count: 256)]
    for byte in 0..<256 {
      var sum = UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0x82f6_3b78 : sum >> 1 }
      tables[0][byte] = sum
    }
    for k in 1..<8 { tables.append(tables[k - 1].map { $0 >> 8 ^ tables[0][Int($0 & 0xff)] }) }
    return tables
  }()
  private static let flat: [UInt32] = tables.flatMap { $0 }

  /// The checksum of bytes. O(bytes).
  package static func checksum(_ bytes: [UInt8]) -> UInt32 {
    flat.withUnsafeBufferPointer { table in
      bytes.withUnsafeBytes { bytes in
        var sum: UInt32 = 0xffff_ffff
        var index = 0
        while index + 8 <= bytes.count {
          let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian ^ UInt64(sum)
          sum = 0
          for k in 0..<8 { sum ^= table[(7 - k) << 8 | Int(word >> UInt64(8 * k) & 0xff)] }
          index += 8
        }
        while index < bytes.count {
          sum = sum >> 8 ^ table[Int((sum ^ UInt32(bytes[index])) & 0xff)]
          index += 1
        }
        return ~sum
      }
    }
  }
}
