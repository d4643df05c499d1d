/// TFRecord's framing: length (64 bits, little-endian), its checksum, the record, its checksum. Checksums are CRC-32C
/// (Castagnoli), rotated and shifted so that those of data that hold checksums are no trivial ones.
package enum TFRecordFraming {
  /// A record as it stands in a file.
  package static func framed(_ record: [UInt8]) -> [UInt8] {
    let length = bytes(UInt64(record.count))
    return length + bytes(masked(checksum(length))) + record + bytes(masked(checksum(record)))
  }

  /// The CRC-32C of bytes.
  package static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }

  /// A checksum as it is kept.
  package static func masked(_ checksum: UInt32) -> UInt32 { (checksum >> 15 | checksum << 17) &+ 0xa282_ead8 }

  /// The remainder of each byte by the polynomial 0x1EDC6F41, bits reflected.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { rest, _ in rest & 1 == 1 ? rest >> 1 ^ 0x82f6_3b78 : rest >> 1 }
  }

  private static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}
