/// The repetition or definition levels of a page.
enum LevelDecoder {
  /// All are the same, which is not stored.
  case constant(UInt8)
  case hybrid(HybridDecoder, maximum: UInt8)
  /// The outdated BIT_PACKED, highest bit first.
  case packed(ByteCursor, width: Int, bit: Int, maximum: UInt8)

  static func width(_ maximum: Int) -> Int { Int.bitWidth - maximum.leadingZeroBitCount }

  /// Takes the levels of a page of the first version off the front of its bytes.
  static func version1(
    _ cursor: inout ByteCursor, encoding: Int, maximum: Int, count: Int, _ name: String
  ) throws -> LevelDecoder {
    guard maximum > 0 else { return .constant(0) }
    switch PageEncoding(rawValue: encoding) {
    case .rle:
      let size = try cursor.little32("the length of its \(name) levels")
      let bytes = try cursor.take(Int(size), "the block of its \(name) levels")
      return .hybrid(try HybridDecoder(bytes, width: width(maximum)), maximum: UInt8(maximum))
    case .bitPacked:
      let bytes = try cursor.take((count * width(maximum) + 7) / 8, "the block of its \(name) levels")
      return .packed(bytes, width: width(maximum), bit: 0, maximum: UInt8(maximum))
    default:
      throw ParquetError.unsupported(
        "\(name) levels are encoded as \(PageEncoding(rawValue: encoding)?.name ?? "\(encoding)"), expected RLE or "
          + "BIT_PACKED")
    }
  }

  /// Takes the levels of a page of the second version off the front of its bytes.
  static func version2(_ cursor: inout ByteCursor, bytes: Int, maximum: Int, _ name: String) throws -> LevelDecoder {
    let own = try cursor.take(bytes, "the block of its \(name) levels")
    guard maximum > 0 else { return .constant(0) }
    return .hybrid(try HybridDecoder(own, width: width(maximum)), maximum: UInt8(maximum))
  }

  /// The next `count` levels, each at most the maximum. Returns the level that all of them are, if it was stored as one.
  @discardableResult
  mutating func read(_ count: Int, into target: UnsafeMutablePointer<UInt8>) throws -> UInt8? {
    switch self {
    case .constant(let level):
      target.update(repeating: level, count: count)
      return level
    case .hybrid(var decoder, let maximum):
      defer { self = .hybrid(decoder, maximum: maximum) }
      if let level = try decoder.takeRun(count) {
        guard level <= UInt32(maximum) else { throw tooHigh(Int(level), maximum) }
        target.update(repeating: UInt8(level), count: count)
        return UInt8(level)
      }
      try decoder.read(count, into: target)
      var highest: UInt8 = 0
      for i in 0..<count { highest = max(highest, target[i]) }
      guard highest <= maximum else { throw tooHigh(Int(highest), maximum) }
      return nil
    case .packed(let cursor, let width, var bit, let maximum):
      guard (bit + count * width + 7) / 8 <= cursor.remaining else {
        throw ParquetError.damaged("the bytes end before \(count) levels")
      }
      for i in 0..<count {
        var level: UInt8 = 0
        for _ in 0..<width {
          level = level << 1 | cursor.pointer[bit >> 3] >> UInt8(7 - bit & 7) & 1
          bit += 1
        }
        guard level <= maximum else { throw tooHigh(Int(level), maximum) }
        target[i] = level
      }
      self = .packed(cursor, width: width, bit: bit, maximum: maximum)
      return nil
    }
  }

  private func tooHigh(_ level: Int, _ maximum: UInt8) -> ParquetError {
    .damaged("a level is \(level), and the schema's highest is \(maximum)")
  }
}
