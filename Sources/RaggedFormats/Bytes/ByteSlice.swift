import Foundation

/// Bytes inside a reader's buffer, valid until the buffer moves on to its next line.
struct ByteSlice {
  let base: UnsafePointer<UInt8>
  let count: Int

  init(base: UnsafePointer<UInt8>, count: Int) {
    assert(count >= 0)
    self.base = base
    self.count = count
  }

  var isEmpty: Bool { count == 0 }

  subscript(index: Int) -> UInt8 {
    assert(index >= 0 && index < count)
    return base[index]
  }

  /// The bytes in `range`, which must lie inside.
  func slice(_ range: Range<Int>) -> ByteSlice {
    assert(range.lowerBound >= 0 && range.upperBound <= count)
    return ByteSlice(base: base + range.lowerBound, count: range.count)
  }

  /// The position of the first `byte` at or after `start`.
  func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
    guard start < count, let found = memchr(base + start, Int32(byte), count - start) else { return nil }
    return UnsafeRawPointer(found) - UnsafeRawPointer(base)
  }

  /// Without spaces and tabs at both ends.
  var trimmed: ByteSlice {
    var lower = 0
    var upper = count
    while lower < upper, base[lower] == 0x20 || base[lower] == 0x09 { lower += 1 }
    while upper > lower, base[upper - 1] == 0x20 || base[upper - 1] == 0x09 { upper -= 1 }
    return ByteSlice(base: base + lower, count: upper - lower)
  }

  /// Whether a space or tab stands at an end.
  @inline(__always)
  var hasBlankEnd: Bool {
    guard count > 0 else { return false }
    let (first, last) = (base[0], base[count - 1])
    return first == 0x20 || last == 0x20 || first == 0x09 || last == 0x09
  }

  /// Whether these are exactly `bytes`.
  func equals(_ bytes: [UInt8]) -> Bool {
    count == bytes.count && bytes.withUnsafeBytes { memcmp(base, $0.baseAddress ?? UnsafeRawPointer(base), count) == 0 }
  }

  /// Whether these are `text`, the case of ASCII letters aside; `text` must be lower case.
  func equalsIgnoringCase(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    for index in 0..<count where base[index] | 0x20 != text.utf8Start[index] { return false }
    return true
  }

  var array: [UInt8] { Array(UnsafeBufferPointer(start: base, count: count)) }

  /// As text; what is not UTF-8 becomes U+FFFD.
  var text: String { String(decoding: UnsafeBufferPointer(start: base, count: count), as: UTF8.self) }

  /// In quotes for a message; long text is cut.
  var quoted: String { slice(0..<min(count, 160)).text.quotedForMessage }

  /// The position of the first byte that is not part of valid UTF-8, or is NUL; nil where all is well.
  ///
  /// NUL is valid, but C's strings, and with them much that reads a database, end there.
  var firstInvalidUTF8: Int? {
    var index = 0
    while index < count {
      while index + 8 <= count, isPlainWord(at: index) { index += 8 }
      guard index < count else { break }
      let width = scalarWidth(at: index)
      if width == 0 { return index }
      index += width
    }
    return nil
  }

  /// Whether eight bytes are all ASCII and none is NUL: a byte's high bit is set, or borrowed into by taking one away.
  @inline(__always)
  private func isPlainWord(at index: Int) -> Bool {
    let word = UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self)
    return (word | (word &- 0x0101_0101_0101_0101)) & 0x8080_8080_8080_8080 == 0
  }

  /// Bytes of the scalar at `index`, 0 where none is well formed (Unicode 15, table 3-7).
  func scalarWidth(at index: Int) -> Int {
    let first = base[index]
    if first < 0x80 { return first == 0 ? 0 : 1 }
    let width = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
    guard first >= 0xC2, first <= 0xF4, index + width <= count else { return 0 }
    let lowest: UInt8 = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80
    let highest: UInt8 = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF
    guard base[index + 1] >= lowest, base[index + 1] <= highest else { return 0 }
    for offset in 2..<max(width, 2) where base[index + offset] & 0xC0 != 0x80 { return 0 }
    return width
  }
}

/// Bytes that stay where they are, for as long as this is held.
final class KeptBytes {
  private let storage: UnsafeMutablePointer<UInt8>
  /// All of them.
  let slice: ByteSlice

  init(_ text: String) {
    let bytes = Array(text.utf8)
    storage = .allocate(capacity: max(1, bytes.count))
    storage.update(repeating: 0, count: max(1, bytes.count))
    for (index, byte) in bytes.enumerated() { storage[index] = byte }
    slice = ByteSlice(base: storage, count: bytes.count)
  }

  deinit { storage.deallocate() }
}

extension String {
  /// Lends its bytes; nil for the empty text.
  func withByteSlice<Result>(_ body: (ByteSlice) -> Result) -> Result? {
    var text = self
    return text.withUTF8 { bytes in bytes.baseAddress.map { body(ByteSlice(base: $0, count: bytes.count)) } }
  }

  /// In double quotes, cut after 40 characters, with control characters made visible.
  package var quotedForMessage: String {
    var result = "\""
    for character in prefix(40) {
      for scalar in character.unicodeScalars {
        switch scalar {
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case _ where scalar.value < 0x20 || scalar.value == 0x7F:
          result += "\\u{\(String(scalar.value, radix: 16))}"
        default: result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + (dropFirst(40).isEmpty ? "\"" : "…\"")
  }
}

extension Collection<String> {
  /// As a list for a message: `"a", "b", "c"`; at most 20 are named.
  var listedForMessage: String {
    let named = prefix(20).map(\.quotedForMessage).joined(separator: ", ")
    return count > 20 ? named + " and \(count - 20) more" : named
  }
}
