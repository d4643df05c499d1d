import RaggedCore
import Testing

@testable import RaggedStore

@Suite struct FeatureAccumulatorTests {
  private func accumulate(_ rows: [[Float]], validity: [UInt8] = []) -> FeatureAccumulator {
    var result = FeatureAccumulator(featureCount: rows.first?.count ?? 1)
    rows.flatMap { $0 }.withUnsafeBufferPointer { values in
      validity.withUnsafeBufferPointer { result.add(values, validity: $0) }
    }
    return result
  }

  @Test func itIsTheTextbooksMeanAndVariance() {
    let found = accumulate([[2, -1], [4, -1], [4, -1], [4, -1], [5, -1], [5, -1], [7, -1], [9, -1]])
    #expect(found.count == 8)
    #expect(found.mean == [5, -1])
    #expect(found.m2 == [32, 0])
    #expect(found.minimum == [2, -1])
    #expect(found.maximum == [9, -1])
  }

  @Test func partsMergeToTheWhole() {
    var random = SeededRandom(seed: 2)
    // Far from zero, where a running sum of squares loses everything.
    let rows = (0..<500).map { _ in [Float(1_000_000 + Int(random.next() % 64)), Float(random.next() % 1000)] }
    let whole = accumulate(rows)
    var merged = FeatureAccumulator(featureCount: 2)
    var start = 0
    while start < rows.count {
      let end = min(rows.count, start + Int(random.next() % 30))
      merged.merge(accumulate(Array(rows[start..<end])))
      start = end
    }
    #expect(merged.count == 500)
    for f in 0..<2 {
      let values = rows.map { Double($0[f]) }
      let mean = values.reduce(0, +) / 500
      let m2 = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      for figures in [whole, merged] {
        #expect(abs(figures.mean[f] - mean) <= 1e-12 * abs(mean))
        #expect(abs(figures.m2[f] - m2) <= 1e-9 * m2)
        #expect(figures.minimum[f] == values.min())
        #expect(figures.maximum[f] == values.max())
      }
    }
  }

  /// However many features stand side by side, each has the bits that it has alone.
  @Test(arguments: 1...9) func featuresDoNotDisturbEachOther(features: Int) {
    var random = SeededRandom(seed: UInt64(features))
    let rows = (0..<37).map { _ in (0..<features).map { _ in Float(Int(random.next() % 2001) - 1000) / 7 } }
    let found = accumulate(rows)
    for f in 0..<features {
      let alone = accumulate(rows.map { [$0[f]] })
      #expect(found.mean[f].bitPattern == alone.mean[0].bitPattern)
      #expect(found.m2[f].bitPattern == alone.m2[0].bitPattern)
      #expect(found.minimum[f] == alone.minimum[0])
      #expect(found.maximum[f] == alone.maximum[0])
      #expect(found.counts[f] == 37)
    }
  }

  @Test func invalidStepsAreNotSeen() {
    let found = accumulate([[1], [1000], [3]], validity: [1, 0, 1])
    #expect(found.count == 2)
    #expect(found.mean == [2])
    #expect(found.maximum == [3])
    #expect(accumulate([[1], [2]], validity: [0, 0]).count == 0)
  }
}
