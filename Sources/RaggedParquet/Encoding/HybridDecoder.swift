/// Runs of equal numbers mixed with bit-packed ones ("RLE"): levels, places in a dictionary, truth values.
struct HybridDecoder {
  private var cursor: ByteCursor
  private let width: Int
  /// What is left of a run, and its number.
  private var repeats = 0
  private var repeated: UInt32 = 0
  /// What is left of a bit-packed stretch, and where its next number begins.
  private var packed = 0
  private var bits: UnsafePointer<UInt8>
  private var bit = 0

  /// - Parameter width: Bits of a number, at most 32.
  init(_ cursor: ByteCursor, width: Int) throws {
    guard width >= 0, width <= 32 else {
      throw ParquetError.damaged("numbers of \(width) bits are encoded as RLE, and 32 bits are the most")
    }
    (self.cursor, self.width, bits) = (cursor, width, cursor.pointer)
  }

  /// The next `count` numbers.
  @inline(__always)
  mutating func read<Number: FixedWidthInteger & BitwiseCopyable>(
    _ count: Int, into target: UnsafeMutablePointer<Number>
  ) throws {
    var done = 0
    while done < count {
      if repeats > 0 {
        let part = min(repeats, count - done)
        (target + done).update(repeating: Number(truncatingIfNeeded: repeated), count: part)
        repeats -= part
        done += part
      } else if packed > 0 {
        let part = min(packed, count - done)
        unpack(part, into: target + done)
        packed -= part
        done += part
      } else {
        try startRun()
      }
    }
  }

  /// The number of the run of equal ones that comes next, where it has `count` of them at least; they are then read.
  mutating func takeRun(_ count: Int) throws -> UInt32? {
    if repeats == 0, packed == 0 { try startRun() }
    guard repeats >= count else { return nil }
    repeats -= count
    return repeated
  }

  @inline(__always)
  private mutating func unpack<Number: FixedWidthInteger & BitwiseCopyable>(
    _ count: Int, into target: UnsafeMutablePointer<Number>
  ) {
    let mask: UInt64 = (1 << UInt64(width)) - 1
    var at = bit
    let (start, step) = (bits, width)
    for i in 0..<count {
      // At most 32 bits and 7 before them; bytes beyond the end are read, not used.
      target[i] = Number(truncatingIfNeeded: word(start + at >> 3) >> UInt64(at & 7) & mask)
      at += step
    }
    bit = at
  }

  private mutating func startRun() throws {
    if width == 0, cursor.remaining == 0 {
      // Numbers of no bits: some writers leave the runs out.
      (repeats, repeated) = (Int.max, 0)
      return
    }
    let head = try cursor.varint("a run of numbers")
    guard head >> 1 <= UInt64(Int32.max) else {
      throw ParquetError.damaged("a run has \(head >> 1) numbers, more than a page can hold")
    }
    guard head >> 1 > 0 else { return }
    if head & 1 == 0 {
      var value: UInt32 = 0
      for shift in stride(from: 0, to: width, by: 8) {
        value |= UInt32(try cursor.byte("a run's number")) << UInt32(shift)
      }
      guard width == 32 || value >> UInt32(width) == 0 else {
        throw ParquetError.damaged("a run is of \(value), which does not fit its \(width) bits")
      }
      (repeats, repeated) = (Int(head >> 1), value)
    } else {
      // Writers may leave out the bytes that the last group of 8 does not use.
      let wanted = Int(head >> 1) * width
      let got = min(wanted, cursor.remaining)
      packed = width == 0 ? Int(head >> 1) * 8 : got * 8 / width
      guard packed > 0 else { throw ParquetError.damaged("the bytes end before \(head >> 1) groups of packed numbers") }
      bits = cursor.pointer
      bit = 0
      cursor.advance(got)
    }
  }
}
