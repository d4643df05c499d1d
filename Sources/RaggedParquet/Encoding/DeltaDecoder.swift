/// DELTA_BINARY_PACKED: whole numbers as differences, in blocks of miniblocks.
///
/// Numbers wrap around at 64 bits; those of 32 bits are cut off, which is the same as wrapping at 32.
struct DeltaDecoder {
  private var cursor: ByteCursor
  private let blockSize: Int
  private let miniblocks: Int
  /// How many numbers there are in all.
  let count: Int
  /// Numbers not read yet.
  private var left: Int
  private var last: Int64
  private var isFirst = true
  private var smallest: Int64 = 0
  /// Widths of the block's miniblocks, and which is next.
  private var widths: UnsafePointer<UInt8>
  private var miniblock: Int
  /// What is left of the miniblock, its width and its bits.
  private var inMiniblock = 0
  private var width = 0
  private var bits: UnsafePointer<UInt8>
  private var bit = 0

  init(_ cursor: ByteCursor) throws {
    var cursor = cursor
    let head = try (0..<3).map { _ in try cursor.varint("the head of DELTA_BINARY_PACKED numbers") }
    last = try cursor.zigzag("the first of DELTA_BINARY_PACKED numbers")
    guard head[0] > 0, head[0] <= 1 << 20, head[1] > 0, head[1] <= head[0], head[0] % (head[1] * 8) == 0 else {
      throw ParquetError.damaged(
        "DELTA_BINARY_PACKED blocks have \(head[0]) numbers in \(head[1]) miniblocks, expected a multiple of 8 in each "
          + "and at most \(1 << 20) in all")
    }
    guard head[2] <= UInt64(Int32.max) else {
      throw ParquetError.damaged("there are \(head[2]) DELTA_BINARY_PACKED numbers, more than a page can hold")
    }
    (blockSize, miniblocks, count) = (Int(head[0]), Int(head[1]), Int(head[2]))
    left = count
    miniblock = miniblocks
    widths = cursor.pointer
    bits = cursor.pointer
    self.cursor = cursor
  }

  /// The next `wanted` numbers.
  @inline(__always)
  mutating func read<Number: FixedWidthInteger & BitwiseCopyable>(
    _ wanted: Int, into target: UnsafeMutablePointer<Number>
  ) throws {
    guard wanted <= left else {
      throw ParquetError.damaged("a page needs more DELTA_BINARY_PACKED numbers than the \(count) it has")
    }
    var done = 0
    if isFirst, wanted > 0 {
      target[0] = Number(truncatingIfNeeded: last)
      (isFirst, done, left) = (false, 1, left - 1)
    }
    while done < wanted {
      if inMiniblock == 0 { try startMiniblock() }
      let part = min(inMiniblock, wanted - done)
      unpack(part, into: target + done)
      (inMiniblock, left, done) = (inMiniblock - part, left - part, done + part)
    }
  }

  @inline(__always)
  private mutating func unpack<Number: FixedWidthInteger & BitwiseCopyable>(
    _ part: Int, into target: UnsafeMutablePointer<Number>
  ) {
    let mask = width == 64 ? UInt64.max : (1 << UInt64(width)) - 1
    var (at, value) = (bit, last)
    for i in 0..<part {
      let shift = UInt64(at & 7)
      var delta = word(bits + at >> 3) >> shift
      if width > 56, shift > 0 { delta |= UInt64(bits[at >> 3 + 8]) << (64 - shift) }
      value &+= smallest &+ Int64(bitPattern: delta & mask)
      target[i] = Number(truncatingIfNeeded: value)
      at += width
    }
    (bit, last) = (at, value)
  }

  private mutating func startMiniblock() throws {
    if miniblock == miniblocks {
      smallest = try cursor.zigzag("a block of DELTA_BINARY_PACKED numbers")
      widths = try cursor.take(miniblocks, "a block's list of widths").pointer
      miniblock = 0
    }
    width = Int(widths[miniblock])
    guard width <= 64 else {
      throw ParquetError.damaged("DELTA_BINARY_PACKED numbers have \(width) bits, at most 64 are")
    }
    miniblock += 1
    inMiniblock = blockSize / miniblocks
    // Writers may leave out what the last miniblock does not use.
    let (whole, needed) = (inMiniblock * width / 8, (min(inMiniblock, left) * width + 7) / 8)
    guard needed <= cursor.remaining else {
      throw ParquetError.damaged(
        "a miniblock of DELTA_BINARY_PACKED numbers has \(needed) bytes, and only \(cursor.remaining) are left")
    }
    bits = cursor.pointer
    bit = 0
    cursor.advance(min(whole, cursor.remaining))
  }

  /// What comes behind all the numbers, which are passed over unread.
  func rest() throws -> ByteCursor {
    var copy = self
    if copy.isFirst { copy.left = max(0, copy.left - 1) }
    while copy.left > copy.inMiniblock {
      copy.left -= copy.inMiniblock
      copy.inMiniblock = 0
      try copy.startMiniblock()
    }
    return copy.cursor
  }
}
