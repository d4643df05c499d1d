/// A text of at most 16 bytes in two words, so that one is found equal to another without a loop.
struct ShortText: Equatable {
  private let low: UInt64
  private let high: UInt64
  /// The number of bytes.
  let count: Int

  /// nil for a longer text.
  @inline(__always)
  init?(_ text: ByteSlice) { self.init(text.base, text.count) }

  /// The `count` bytes at `base`, no other of which is read; nil where they are more than 16.
  @inline(__always)
  init?(_ base: UnsafePointer<UInt8>, _ count: Int) {
    guard count <= 16 else { return nil }
    self.count = count
    let bytes = UnsafeRawPointer(base)
    if count >= 8 {
      low = bytes.loadUnaligned(as: UInt64.self)
      high = (bytes + (count &- 8)).loadUnaligned(as: UInt64.self)
    } else if count >= 4 {
      low = UInt64(bytes.loadUnaligned(as: UInt32.self))
      high = UInt64((bytes + (count &- 4)).loadUnaligned(as: UInt32.self))
    } else if count > 0 {
      // The first, the middle and the last are all that up to three have.
      low = UInt64(base[0]) | UInt64(base[count &>> 1]) &<< 8
      high = UInt64(base[count &- 1])
    } else {
      (low, high) = (0, 0)
    }
  }

  /// nil for a longer text.
  init?(_ bytes: [UInt8]) {
    guard
      let text = bytes.withUnsafeBufferPointer({ bytes in
        bytes.baseAddress.flatMap { ShortText($0, bytes.count) }
      })
    else { return nil }
    self = text
  }

  /// A number that spreads well over the highest bits.
  @inline(__always)
  var hash: UInt64 {
    let mixed = (low ^ (UInt64(truncatingIfNeeded: count) &* 0x9E37_79B9_7F4A_7C15)) &* 0xFF51_AFD7_ED55_8CCD
    return ((mixed ^ (mixed &>> 32)) ^ high) &* 0xC4CE_B9FE_1A85_EC53
  }
}

/// A text that is looked for in many rows.
struct KnownText {
  let bytes: [UInt8]
  private let short: ShortText?

  init(_ bytes: [UInt8]) { (self.bytes, short) = (bytes, ShortText(bytes)) }

  /// Passes over exactly these bytes.
  @inline(__always)
  func pass(_ row: ByteSlice, _ position: inout Int) -> Bool {
    guard let short else { return passLong(row, &position) }
    guard position &+ short.count <= row.count, ShortText(row.base + position, short.count) == short else {
      return false
    }
    position &+= short.count
    return true
  }

  @inline(never)
  private func passLong(_ row: ByteSlice, _ position: inout Int) -> Bool {
    guard position + bytes.count <= row.count, row.slice(position..<position + bytes.count).equals(bytes) else {
      return false
    }
    position += bytes.count
    return true
  }
}
