extension Snappy {
  /// Compresses bytes: greedily, by the last place of each 4 bytes, in blocks of 64 KiB.
  static func compress(_ input: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(input.count / 2 + 16)
    output.appendVarint(UInt64(input.count))
    var table = [UInt16](repeating: 0, count: 1 << 14)
    for start in stride(from: 0, to: input.count, by: 1 << 16) {
      let block = UnsafeBufferPointer(rebasing: input[start..<min(start + 1 << 16, input.count)])
      for i in table.indices { table[i] = 0 }
      compress(block, &table, &output)
    }
    return output
  }

  private static func compress(_ block: UnsafeBufferPointer<UInt8>, _ table: inout [UInt16], _ output: inout [UInt8]) {
    guard let start = block.baseAddress else { return }
    func load(_ at: Int) -> UInt32 { UnsafeRawPointer(start + at).loadUnaligned(as: UInt32.self) }
    var (literal, at, misses) = (0, 1, 32)
    let last = block.count - 4
    while at <= last {
      let word = load(at)
      let slot = Int((word &* 0x1e35_a7bd) >> 18)
      let candidate = Int(table[slot])
      table[slot] = UInt16(at)
      guard candidate < at, load(candidate) == word else {
        // Where nothing repeats, look less often.
        at += misses >> 5
        misses += 1
        continue
      }
      misses = 32
      appendLiteral(UnsafeBufferPointer(rebasing: block[literal..<at]), &output)
      var length = 4
      while at + length < block.count, start[candidate + length] == start[at + length] { length += 1 }
      appendCopy(length: length, distance: at - candidate, &output)
      at += length
      literal = at
    }
    appendLiteral(UnsafeBufferPointer(rebasing: block[literal...]), &output)
  }

  private static func appendLiteral(_ bytes: UnsafeBufferPointer<UInt8>, _ output: inout [UInt8]) {
    guard bytes.count > 0 else { return }
    let length = bytes.count - 1
    if length < 60 {
      output.append(UInt8(length) << 2)
    } else if length < 1 << 8 {
      output.append(contentsOf: [60 << 2, UInt8(length)])
    } else {
      output.append(contentsOf: [61 << 2, UInt8(length & 0xff), UInt8(length >> 8)])
    }
    output.append(contentsOf: bytes)
  }

  private static func appendCopy(length: Int, distance: Int, _ output: inout [UInt8]) {
    var left = length
    while left > 0 {
      // A copy has 64 bytes at most, and the last of several not less than 4.
      let part = left > 64 ? (left < 68 ? 60 : 64) : left
      output.append(contentsOf: [UInt8(part - 1) << 2 | 2, UInt8(distance & 0xff), UInt8(distance >> 8)])
      left -= part
    }
  }
}
