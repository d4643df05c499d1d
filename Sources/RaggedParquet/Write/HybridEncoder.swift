/// Writes numbers as runs of equal ones mixed with bit-packed ones ("RLE").
enum HybridEncoder {
  /// The runs of `numbers`, each of at most `width` bits.
  static func encode<Number: FixedWidthInteger & UnsignedInteger>(
    _ numbers: some RandomAccessCollection<Number>, width: Int
  ) -> [UInt8] {
    var output: [UInt8] = []
    // Numbers that wait to be packed.
    var waiting: [UInt32] = []
    var at = numbers.startIndex
    while at < numbers.endIndex {
      let number = numbers[at]
      var end = numbers.index(after: at)
      while end < numbers.endIndex, numbers[end] == number { end = numbers.index(after: end) }
      var count = numbers.distance(from: at, to: end)
      at = end
      // Packed stretches have groups of 8, so that a run gives some numbers to the stretch before it.
      let fill = min(count, (8 - waiting.count % 8) % 8)
      if count - fill >= 8 {
        waiting.append(contentsOf: repeatElement(UInt32(number), count: fill))
        count -= fill
        pack(&waiting, width, &output)
        output.appendVarint(UInt64(count) << 1)
        for shift in stride(from: 0, to: width, by: 8) {
          output.append(UInt8(truncatingIfNeeded: UInt32(number) >> shift))
        }
      } else {
        waiting.append(contentsOf: repeatElement(UInt32(number), count: count))
        if waiting.count >= 504, waiting.count % 8 == 0 { pack(&waiting, width, &output) }
      }
    }
    while waiting.count % 8 != 0 { waiting.append(0) }
    pack(&waiting, width, &output)
    return output
  }

  private static func pack(_ waiting: inout [UInt32], _ width: Int, _ output: inout [UInt8]) {
    guard !waiting.isEmpty else { return }
    output.appendVarint(UInt64(waiting.count / 8) << 1 | 1)
    var (bits, filled): (UInt64, Int) = (0, 0)
    for number in waiting {
      bits |= UInt64(number) << UInt64(filled)
      filled += width
      while filled >= 8 {
        output.append(UInt8(truncatingIfNeeded: bits))
        bits >>= 8
        filled -= 8
      }
    }
    waiting.removeAll(keepingCapacity: true)
  }
}
