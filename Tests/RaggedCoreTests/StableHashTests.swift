import RaggedCore
import Testing

@Suite struct StableHashTests {
  /// The first output of SplitMix64 for the seed 1234567, as published with it.
  @Test func theFinaliserIsSplitMix64s() {
    #expect(StableHash.mix(1_234_567 &+ 0x9e37_79b9_7f4a_7c15) == 6_457_827_717_110_365_317)
  }

  @Test func textsThatDifferLittleHashApart() {
    let hashes = (0..<10_000).map { StableHash.of("key \($0)") }
    #expect(Set(hashes).count == 10_000)
    let low = hashes.count(where: { $0 < UInt64.max / 5 })
    #expect(abs(low - 2000) < 130)  // 3.2 standard deviations
  }

  @Test func oneChangedBitChangesHalfOfAll() {
    var flipped = 0
    for number in 0..<1000 {
      let word = StableHash.mix(UInt64(number))
      flipped += (StableHash.mix(word) ^ StableHash.mix(word ^ 1 << (number % 64))).nonzeroBitCount
    }
    #expect(abs(flipped - 32_000) < 400)
  }

  @Test func bytesAddUp() {
    var parts = StableHash(seed: 4)
    parts.add("ab".utf8)
    parts.add("c".utf8)
    #expect(parts.value == StableHash.of("abc", seed: 4))
    #expect(StableHash.of("abc", seed: 5) != parts.value)
    #expect(StableHash.of("") != StableHash.of("\0"))
  }
}
