/// A place in bytes of a page, which owns them: whoever holds a cursor holds the ``PageBytes`` too.
///
/// Each read is checked against the end. ``PageBytes/slack`` bytes beyond the end can be loaded.
struct ByteCursor {
  private(set) var pointer: UnsafePointer<UInt8>
  private(set) var remaining: Int

  init(_ pointer: UnsafePointer<UInt8>, count: Int) { (self.pointer, self.remaining) = (pointer, count) }

  /// Of a page's bytes, from `offset` on.
  init(_ page: PageBytes, from offset: Int = 0) {
    let bytes = page.bytes
    // The base of PageBytes is never nil.
    self.init(bytes.baseAddress!.assumingMemoryBound(to: UInt8.self) + offset, count: bytes.count - offset)
  }

  /// The next `count` bytes as a cursor of their own.
  mutating func take(_ count: Int, _ what: @autoclosure () -> String) throws -> ByteCursor {
    guard count >= 0, count <= remaining else {
      throw ParquetError.damaged("\(what()) has \(count) bytes, and only \(remaining) are left")
    }
    let part = ByteCursor(pointer, count: count)
    advance(count)
    return part
  }

  /// Leaves bytes out that are known to be there.
  mutating func advance(_ count: Int) {
    pointer += count
    remaining -= count
  }

  mutating func byte(_ what: @autoclosure () -> String) throws -> UInt8 {
    guard remaining > 0 else { throw ParquetError.damaged("the bytes end before \(what())") }
    let value = pointer[0]
    advance(1)
    return value
  }

  /// A little-endian number of 4 bytes.
  mutating func little32(_ what: @autoclosure () -> String) throws -> UInt32 {
    guard remaining >= 4 else { throw ParquetError.damaged("the bytes end before \(what())") }
    let value = UnsafeRawPointer(pointer).loadUnaligned(as: UInt32.self)
    advance(4)
    return UInt32(littleEndian: value)
  }

  /// An unsigned number in groups of 7 bits, lowest first (ULEB128).
  mutating func varint(_ what: @autoclosure () -> String) throws -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while shift < 64 {
      let next = try byte(what())
      value |= UInt64(next & 0x7f) << shift
      if next < 0x80 { return value }
      shift += 7
    }
    throw ParquetError.damaged("\(what()) is a number of more than 64 bits")
  }

  /// A signed number as a varint, folded (0, -1, 1, -2, …).
  mutating func zigzag(_ what: @autoclosure () -> String) throws -> Int64 {
    let folded = try varint(what())
    return Int64(bitPattern: folded >> 1) ^ -Int64(bitPattern: folded & 1)
  }
}

/// Loads 8 bytes, of which those beyond the end may be anything.
@inline(__always)
func word(_ pointer: UnsafePointer<UInt8>) -> UInt64 {
  UInt64(littleEndian: UnsafeRawPointer(pointer).loadUnaligned(as: UInt64.self))
}
