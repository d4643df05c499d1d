/// A 64-bit hash that is the same on every machine and in every version: for splits, fingerprints and seeds.
///
/// FNV-1a over the bytes, then SplitMix64's finaliser, which spreads the last bytes over all 64 bits. It is no defence
/// against an adversary.
public struct StableHash: Sendable {
  private var state: UInt64

  /// A hash that starts from a seed.
  public init(seed: UInt64 = 0) { state = 0xcbf2_9ce4_8422_2325 ^ StableHash.mix(seed) }

  /// Adds bytes, one after the other: the same in one call or in several.
  public mutating func add(_ bytes: some Sequence<UInt8>) {
    for byte in bytes { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
  }

  /// Adds eight bytes at once.
  public mutating func add(_ word: UInt64) { state = StableHash.mix(state ^ word) &+ 0x9e37_79b9_7f4a_7c15 }

  /// The hash of what was added.
  public var value: UInt64 { StableHash.mix(state) }

  /// SplitMix64's finaliser: a bijection whose every output bit depends on every input bit.
  public static func mix(_ x: UInt64) -> UInt64 {
    var z = x
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// The hash of a text.
  public static func of(_ text: String, seed: UInt64 = 0) -> UInt64 {
    var hash = StableHash(seed: seed)
    hash.add(text.utf8)
    return hash.value
  }
}

extension SequenceBatch {
  /// A hash of the lengths, values, labels, targets, weights and validity.
  public var contentHash: UInt64 {
    var hash = StableHash()
    for offset in offsets { hash.add(UInt64(offset)) }
    for cells in [input, statics] {
      if let observed = cells.observed {
        for (value, isObserved) in zip(cells.values, observed) {
          hash.add(isObserved ? UInt64(value.bitPattern) : 1 << 32)
        }
      } else {
        for value in cells.values { hash.add(UInt64(value.bitPattern)) }
      }
      for code in cells.codes { hash.add(UInt64(UInt32(bitPattern: code))) }
    }
    for lists in labels {
      for offset in lists.offsets { hash.add(UInt64(offset)) }
      for code in lists.codes { hash.add(UInt64(UInt32(bitPattern: code))) }
    }
    for targets in [targets] + targets.parts {
      if let lists = targets.labelLists {
        for offset in lists.offsets { hash.add(UInt64(offset)) }
        for code in lists.codes { hash.add(UInt64(UInt32(bitPattern: code))) }
      }
      for value in targets.classes { hash.add(UInt64(UInt32(bitPattern: value))) }
      for value in targets.values { hash.add(UInt64(value.bitPattern)) }
    }
    for value in weights ?? [] { hash.add(UInt64(value.bitPattern)) }
    for value in stepWeights ?? [] { hash.add(UInt64(value.bitPattern) | 1 << 33) }
    for value in validity ?? [] { hash.add(value ? 1 : 0) }
    return hash.value
  }
}
