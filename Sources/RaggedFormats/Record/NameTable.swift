import Foundation

/// Names that get indices as they come, distinguished by their bytes.
package struct NameTable: Sendable {
  /// In the order of their indices.
  package private(set) var names: [String]
  private let firstIndex: Int32
  private var hashes: [UInt64] = []  // [names]
  /// Places among the names, -1 where there is none: open addressing, at most half of them taken, a power of two.
  private var slots: [Int32] = []
  /// Another in each process, so that nobody can make names that fall together.
  private static let seed = UInt64.random(in: .min ... .max)

  /// The names that have indices from `firstIndex` on. Of names that are the same the first one is found.
  package init(_ names: [String], firstIndex: Int32 = 0) {
    self.names = names
    self.firstIndex = firstIndex
    makeSlots()
  }

  /// The index of a name, nil where it is not in the table.
  package func index(_ name: String) -> Int32? {
    var name = name
    return name.withUTF8 { bytes in
      let place = slots[slot(of: bytes, NameTable.hash(bytes))]
      return place < 0 ? nil : firstIndex + place
    }
  }

  /// The index of a name, which is added where it is new.
  package mutating func index(adding name: String) -> Int32 {
    var text = name
    let (slot, hash) = text.withUTF8 { bytes -> (Int, UInt64) in
      let hash = NameTable.hash(bytes)
      return (self.slot(of: bytes, hash), hash)
    }
    if slots[slot] >= 0 { return firstIndex + slots[slot] }
    let new = Int32(names.count)
    names.append(name)
    hashes.append(hash)
    if 2 * names.count > slots.count { makeSlots() } else { slots[slot] = new }
    return firstIndex + new
  }

  /// Takes the names out again that were added after the first `count`. O(names).
  mutating func removeAll(behind count: Int) {
    names.removeLast(names.count - count)
    makeSlots()
  }

  /// Where a name is, or would be.
  @inline(__always)
  private func slot(of bytes: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> Int {
    let mask = slots.count &- 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] >= 0 {
      let place = Int(slots[slot])
      if hashes[place] == hash, NameTable.isSame(names[place], bytes) { return slot }
      slot = (slot &+ 1) & mask
    }
    return slot
  }

  private mutating func makeSlots() {
    var size = 16
    while size < 4 * names.count { size *= 2 }
    slots = Array(repeating: -1, count: size)
    hashes.removeLast(max(0, hashes.count - names.count))
    for place in names.indices {
      var name = names[place]
      name.withUTF8 { bytes in
        if place == hashes.count { hashes.append(NameTable.hash(bytes)) }
        let slot = self.slot(of: bytes, hashes[place])
        if slots[slot] < 0 { slots[slot] = Int32(place) }
      }
    }
  }

  private static func isSame(_ name: String, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var name = name
    return name.withUTF8 { others in
      guard others.count == bytes.count else { return false }
      guard let first = bytes.baseAddress, let second = others.baseAddress else { return true }
      return memcmp(first, second, bytes.count) == 0
    }
  }

  /// A number that spreads well over all bits. O(bytes).
  private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    func mixed(_ word: UInt64) -> UInt64 {
      let product = word.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
      return product.high ^ product.low
    }
    var (hash, rest) = (seed ^ UInt64(truncatingIfNeeded: bytes.count), UnsafeRawBufferPointer(bytes))
    while rest.count >= 8 {
      hash = mixed(hash ^ rest.loadUnaligned(as: UInt64.self))
      rest = UnsafeRawBufferPointer(rebasing: rest[8...])
    }
    var word: UInt64 = 0
    for byte in rest { word = word &<< 8 | UInt64(byte) }
    return mixed(mixed(hash ^ word))
  }
}
