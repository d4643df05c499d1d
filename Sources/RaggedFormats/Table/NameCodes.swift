import RaggedCore

/// The names of a category column as they come in a table, each with a code: found by their bytes, without making a text of
/// a cell. Code 0 is the empty name's, of a cell that is missing.
struct NameCodes {
  /// Names beyond which a sequence begins with none: records share the list, which is copied as it grows.
  private static let usualCount = 512
  /// What the codes stand for.
  private(set) var names = [""]
  private var bytes: [UInt8] = []  // of all that is known, end to end
  private var known: [(start: Int32, count: Int32, code: Int32)] = []
  /// Places among what is known, -1 where there is none: open addressing, at most half of them taken.
  private var slots = [Int32](repeating: -1, count: 128)
  private var last = -1

  /// Forgets names where there are many.
  mutating func beginSequence() { if known.count > NameCodes.usualCount { self = NameCodes() } }

  /// The code of a cell that came before.
  @inline(__always)
  mutating func code(known cell: ByteSlice) -> Int32? {
    if last >= 0, equals(last, cell) { return known[last].code }
    var slot = hash(cell)
    while slots[slot] >= 0 {
      if equals(Int(slots[slot]), cell) {
        last = Int(slots[slot])
        return known[last].code
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
    known.append((Int32(bytes.count), Int32(cell.count), code))
    bytes.append(contentsOf: UnsafeBufferPointer(start: cell.base, count: cell.count))
    if known.count * 2 > slots.count {
      slots = Array(repeating: -1, count: slots.count * 4)
      for place in known.indices { insert(place) }
    } else {
      insert(known.count - 1)
    }
    return code
  }

  private mutating func insert(_ place: Int) {
    let (start, count) = (Int(known[place].start), Int(known[place].count))
    var slot = bytes.withUnsafeBufferPointer { bytes in
      bytes.baseAddress.map { hash(ByteSlice(base: $0 + start, count: count)) } ?? hash(nil)
    }
    while slots[slot] >= 0 { slot = (slot &+ 1) & (slots.count &- 1) }
    slots[slot] = Int32(place)
  }

  @inline(__always)
  private func equals(_ place: Int, _ cell: ByteSlice) -> Bool {
    let entry = known[place]
    guard Int(entry.count) == cell.count else { return false }
    return bytes.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return true }
      let mine = base + Int(entry.start)
      for index in 0..<cell.count where mine[index] != cell.base[index] { return false }
      return true
    }
  }

  /// A slot by the bytes of a cell (FNV-1a).
  @inline(__always)
  private func hash(_ cell: ByteSlice?) -> Int {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    if let cell { for index in 0..<cell.count { hash = (hash ^ UInt64(cell.base[index])) &* 0x100_0000_01B3 } }
    return Int(truncatingIfNeeded: hash ^ (hash >> 32)) & (slots.count &- 1)
  }
}
