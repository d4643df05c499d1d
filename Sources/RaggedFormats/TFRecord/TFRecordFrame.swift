/// The frame of a TFRecord: 8 bytes of length, the masked CRC-32C of these, the data, the masked CRC-32C of the data; all
/// little-endian.
package enum TFRecordFrame {
  /// Bytes before the data.
  static let headBytes = 12
  /// Bytes behind the data.
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
