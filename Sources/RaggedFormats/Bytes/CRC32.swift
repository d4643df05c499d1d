import CZlib

/// The checksum of gzip and zip (ISO 3309), of bytes that come in pieces.
package struct CRC32: Sendable, Equatable {
  /// That of the bytes so far; 0 of none.
  package private(set) var value: UInt32

  /// Goes on from the checksum of what came before.
  package init(_ value: UInt32 = 0) { self.value = value }

  /// Adds bytes.
  package mutating func add(_ bytes: UnsafeRawBufferPointer) {
    // zlib answers a null pointer with the start value, which would forget what came before.
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    value = UInt32(truncatingIfNeeded: crc32_z(uLong(value), start.assumingMemoryBound(to: Bytef.self), bytes.count))
  }
}
