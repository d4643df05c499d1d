import Foundation

/// Turns a text of another form into UTF-8 with line feeds, piece by piece, in memory that does not grow.
///
/// What is no character of the encoding comes out as bytes that are not UTF-8, so that the reader of the lines finds it
/// in its line.
final class TextDecoder {
  private static let chunkSize = 64 << 10
  /// A byte becomes three at most.
  private static let outputSize = 3 * chunkSize + 16
  let form: TextForm
  private let chunk: UnsafeMutablePointer<UInt8>  // [chunkSize]
  private let output: UnsafeMutablePointer<UInt8>  // [outputSize]
  /// Bytes of a character that is not whole yet, at the beginning of the chunk.
  private var pending = 0
  private var ready = 0..<0
  private var isAtEnd = false
  private var followsReturn = false

  init(_ form: TextForm) {
    self.form = form
    chunk = .allocate(capacity: TextDecoder.chunkSize)
    output = .allocate(capacity: TextDecoder.outputSize)
  }

  deinit {
    chunk.deallocate()
    output.deallocate()
  }

  /// Fills at most `count` bytes, 0 at the end; `refill` reads bytes of the encoding.
  func read(
    into target: UnsafeMutablePointer<UInt8>, count: Int, refill: (UnsafeMutablePointer<UInt8>, Int) throws -> Int
  ) throws -> Int {
    while ready.isEmpty {
      if isAtEnd { return 0 }
      let got = try refill(chunk + pending, TextDecoder.chunkSize - pending)
      isAtEnd = got == 0
      decode(pending + got)
    }
    let taken = min(count, ready.count)
    memcpy(target, output + ready.lowerBound, taken)
    ready = ready.lowerBound + taken..<ready.upperBound
    return taken
  }

  /// All of a text, line endings as they are.
  static func decoded(_ bytes: [UInt8], _ encoding: TextEncoding) -> [UInt8] {
    let decoder = TextDecoder(TextForm(encoding: encoding))
    var (result, rest) = ([UInt8](), bytes[...])
    var piece = [UInt8](repeating: 0, count: chunkSize)
    while true {
      let got = piece.withUnsafeMutableBufferPointer { buffer in
        buffer.baseAddress.flatMap { base in
          try? decoder.read(into: base, count: buffer.count) { target, count in
            let taken = rest.prefix(count)
            for (offset, byte) in taken.enumerated() { target[offset] = byte }
            rest = rest.dropFirst(taken.count)
            return taken.count
          }
        } ?? 0
      }
      if got == 0 { return result }
      result += piece[..<got]
    }
  }

  /// Decodes the first bytes of the chunk; those of a character that is cut off stay.
  private func decode(_ count: Int) {
    var written = 0
    let consumed: Int
    switch form.encoding {
    case .utf8:
      memcpy(output, chunk, count)
      written = count
      consumed = count
    case .latin1, .windows1252:
      for index in 0..<count { put(chunk[index], &written) }
      consumed = count
    case .utf16, .utf16le: consumed = decodeUnits(count, low: 0, &written)
    case .utf16be: consumed = decodeUnits(count, low: 1, &written)
    }
    pending = count - consumed
    if pending > 0 { memmove(chunk, chunk + consumed, pending) }
    ready = 0..<(form.endsWithReturns ? withLineFeeds(written) : written)
  }

  private func put(_ byte: UInt8, _ written: inout Int) {
    if byte < 0x80 {
      output[written] = byte
      written += 1
    } else if form.encoding == .latin1 || byte >= 0xA0 {
      put(UInt32(byte), &written)
    } else if TextDecoder.isUndefined(byte) {
      output[written] = byte
      written += 1
    } else {
      put(UInt32(TextDecoder.windowsCharacters[Int(byte) - 0x80]), &written)
    }
  }

  /// Writes a scalar, or half of a pair as if it were one, which is not valid UTF-8.
  private func put(_ scalar: UInt32, _ written: inout Int) {
    func put(_ value: UInt32) {
      output[written] = UInt8(truncatingIfNeeded: value)
      written += 1
    }
    switch scalar {
    case ..<0x80: put(scalar)
    case ..<0x800:
      put(0xC0 | scalar >> 6)
      put(0x80 | scalar & 0x3F)
    case ..<0x10000:
      put(0xE0 | scalar >> 12)
      put(0x80 | scalar >> 6 & 0x3F)
      put(0x80 | scalar & 0x3F)
    default:
      put(0xF0 | scalar >> 18)
      put(0x80 | scalar >> 12 & 0x3F)
      put(0x80 | scalar >> 6 & 0x3F)
      put(0x80 | scalar & 0x3F)
    }
  }

  /// - Parameter low: where the lower byte of a unit stands, 0 or 1.
  /// - Returns: how many bytes were taken.
  private func decodeUnits(_ count: Int, low: Int, _ written: inout Int) -> Int {
    func unit(_ at: Int) -> UInt32 { UInt32(chunk[at + low]) | UInt32(chunk[at + 1 - low]) << 8 }
    var index = 0
    while index + 1 < count {
      let first = unit(index)
      if first & 0xFC00 == 0xD800 {
        guard index + 3 < count || isAtEnd else { return index }
        let second = index + 3 < count ? unit(index + 2) : 0
        if second & 0xFC00 == 0xDC00 {
          put(0x10000 + (first & 0x3FF) << 10 + second & 0x3FF, &written)
          index += 4
          continue
        }
      }
      put(first, &written)
      index += 2
    }
    guard isAtEnd, index < count else { return index }
    // Half a unit.
    output[written] = 0xFF
    written += 1
    return count
  }

  /// Makes line feeds of the carriage returns in the output, and leaves out those that follow one.
  private func withLineFeeds(_ count: Int) -> Int {
    var written = 0
    for index in 0..<count {
      let byte = output[index]
      let isPair = byte == 0x0A && followsReturn
      followsReturn = byte == 0x0D
      if isPair { continue }
      output[written] = byte == 0x0D ? 0x0A : byte
      written += 1
    }
    return written
  }

  /// Whether Windows-1252 has no character for a byte.
  static func isUndefined(_ byte: UInt8) -> Bool {
    byte == 0x81 || byte == 0x8D || byte == 0x8F || byte == 0x90 || byte == 0x9D
  }

  /// What 0x80 to 0x9F are in Windows-1252.
  private static let windowsCharacters: [UInt16] = [
    0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
    0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E,
    0x0178,
  ]
}
