import RaggedCore

/// The names of a category column as they come in a table, each with a code: found by their bytes, without making a text of
/// a cell. Code 0 is the empty name's, of a cell that is missing.
struct NameCodes {
  /// Names beyond which a sequence begins with none: records share the list, which is copied as it grows.
  private static let usualCount = 512
  /// What the codes stand for.
  private(set) var names = [""]
  private var short: [Entry] = []
  /// Places among the short names, -1 where there is none: open addressing, at most half of them taken.
  private var slots = [Int32](repeating: -1, count: 128)
  /// The highest bits of a hash that count.
  private var shift: UInt64 = 57
  /// Codes of names that are longer.
  private var long: [[UInt8]: Int32] = [:]
  private var last = -1

  private struct Entry {
    let text: ShortText
    let code: Int32
  }

  /// Forgets names where there are many.
  mutating func beginSequence() { if short.count + long.count > NameCodes.usualCount { self = NameCodes() } }

  /// The code of a cell that came before.
  @inline(__always)
  mutating func code(known cell: ByteSlice) -> Int32? {
    guard let text = ShortText(cell) else { return long[cell.array] }
    if last >= 0, short[last].text == text { return short[last].code }
    var slot = Int(truncatingIfNeeded: text.hash &>> shift)
    while slots[slot] >= 0 {
      let place = Int(slots[slot])
      if short[place].text == text {
        last = place
        return short[place].code
      }
      slot = (slot &+ 1) & (slots.count &- 1)
    }
    return nil
  }

  /// The code of a cell, which is text.
  mutating func code(_ cell: ByteSlice, isMissing: (ByteSlice) -> Bool) -> Int32 {
    if let code = code(known: cell) { return code }
    var code: Int32 = 0
    if !isMissing(cell) {
      code = Int32(names.count)
      names.append(cell.text)
    }
    guard let text = ShortText(cell) else {
      long[cell.array] = code
      return code
    }
    short.append(Entry(text: text, code: code))
    if short.count * 2 > slots.count {
      slots = Array(repeating: -1, count: slots.count * 4)
      shift -= 2
      for place in short.indices { insert(place) }
    } else {
      insert(short.count - 1)
    }
    return code
  }

  private mutating func insert(_ place: Int) {
    var slot = Int(truncatingIfNeeded: short[place].text.hash &>> shift)
    while slots[slot] >= 0 { slot = (slot &+ 1) & (slots.count &- 1) }
    slots[slot] = Int32(place)
  }
}
