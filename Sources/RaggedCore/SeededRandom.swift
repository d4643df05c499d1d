/// Random numbers that are the same on every machine: xoshiro256** seeded through SplitMix64
/// (Blackman and Vigna, 2018, public-domain reference).
///
/// Drawing is inlinable: a generic shuffle that other modules cannot specialise takes five times as long.
public struct SeededRandom: RandomNumberGenerator, Sendable {
  @usableFromInline var state: (UInt64, UInt64, UInt64, UInt64)

  /// A generator for a seed; `stream` picks one of many independent sequences of the same seed.
  public init(seed: UInt64, stream: UInt64 = 0) {
    var mix = StableHash.mix(seed) ^ StableHash.mix(stream &+ 0x9e37_79b9_7f4a_7c15)
    func next() -> UInt64 {
      mix &+= 0x9e37_79b9_7f4a_7c15
      return StableHash.mix(mix)
    }
    state = (next(), next(), next(), next())
  }

  /// The next 64 bits.
  @inlinable
  public mutating func next() -> UInt64 {
    let result = rotate(state.1 &* 5, 7) &* 9
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = rotate(state.3, 45)
    return result
  }

  @inlinable
  func rotate(_ x: UInt64, _ k: UInt64) -> UInt64 { (x << k) | (x >> (64 - k)) }

  /// A uniform number in `[0, 1)` with 24 random bits.
  @inlinable
  public mutating func uniform() -> Float { Float(next() >> 40) * 0x1p-24 }

  /// A uniform number in `[0, 1)` with 53 random bits.
  @inlinable
  public mutating func uniformDouble() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A uniform integer in `0 ..< bound`, without bias (Lemire's multiplication with rejection).
  @inlinable
  public mutating func below(_ bound: Int) -> Int {
    let bound = UInt64(bound)
    var (high, low) = next().multipliedFullWidth(by: bound)
    if low < bound {
      let threshold = (0 &- bound) % bound
      while low < threshold { (high, low) = next().multipliedFullWidth(by: bound) }
    }
    return Int(high)
  }

  /// Shuffles in place (Fisher–Yates). Spelled out, so that the order never depends on a library's version.
  @inlinable
  public mutating func shuffle<C: MutableCollection & RandomAccessCollection>(_ elements: inout C)
  where C.Index == Int {
    var i = elements.endIndex - 1
    while i > elements.startIndex {
      elements.swapAt(i, elements.startIndex + below(i - elements.startIndex + 1))
      i -= 1
    }
  }
}
