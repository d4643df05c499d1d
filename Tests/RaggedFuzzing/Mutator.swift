import Ragged

/// Changes bytes here and there, the same way for the same seed.
public struct Mutator {
  private var random: SeededRandom
  private let pool: [[UInt8]]

  /// Numbers and marks at which readers stumble.
  private static let extremes: [[UInt8]] =
    [
      "0", "-1", "-0", "1e39", "-1e-50", "1e999999999", "9223372036854775807", "-9223372036854775808",
      "18446744073709551616", "2147483648", "4294967295", "16777217", "0.1", "1.", ".5", "NaN", "inf", "null", "true",
      "\"", "\"\"", "'", ",", ";", "\t", "\n", "\r\n", ":", "[", "]", "{", "}", "[[", "]]", "\\", "\\u", "\\ud800", "(",
      ")", "?", "@data\n", "x'00'", "\u{FEFF}", "é", "\0",
    ].map { Array($0.utf8) } + [
      [0xFF], [0xC3], [0xED, 0xA0, 0x80], [0x1F, 0x8B], [0xFF, 0xFF, 0xFF, 0x7F], [0xFF, 0xFF, 0xFF, 0xFF],
      [0, 0, 0, 0x80], [0, 0, 0, 0, 0, 0, 0, 0],
    ]

  /// A mutator of these files.
  public init(seed: UInt64, pool: [[UInt8]]) {
    random = SeededRandom(seed: seed)
    self.pool = pool
  }

  /// One of the files with one to four changes.
  public mutating func next() -> [UInt8] {
    guard !pool.isEmpty else { return [] }
    var bytes = pool[random.below(pool.count)]
    for _ in 0...random.below(4) { change(&bytes) }
    return bytes
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    let place = random.below(bytes.count + 1)
    switch random.below(9) {
    case 0 where place < bytes.count: bytes[place] ^= 1 << UInt8(random.below(8))
    case 1 where place < bytes.count: bytes[place] = UInt8(truncatingIfNeeded: random.next())
    case 2: bytes.removeSubrange(place...)
    case 3: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(16)))
    case 4:
      let slice = bytes[place..<min(bytes.count, place + random.below(64))]
      bytes.insert(contentsOf: slice, at: random.below(bytes.count + 1))
    case 5:
      let other = pool[random.below(pool.count)]
      bytes.replaceSubrange(place..., with: other[random.below(other.count + 1)...])
    case 6: replaceNumber(&bytes, from: place)
    default: bytes.insert(contentsOf: Mutator.extremes[random.below(Mutator.extremes.count)], at: place)
    }
  }

  /// Puts an extreme in the place of the next digits.
  private mutating func replaceNumber(_ bytes: inout [UInt8], from place: Int) {
    func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
    let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
    bytes.replaceSubrange(start..<end, with: Mutator.extremes[random.below(Mutator.extremes.count)])
  }
}
