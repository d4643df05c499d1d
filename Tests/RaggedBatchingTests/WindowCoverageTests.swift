import RaggedBatching
import RaggedCore
import Testing

@Suite struct WindowCoverageTests {
  private func source(_ lengths: [Int]) throws -> GeneratedLengths {
    GeneratedLengths(lengths: lengths.map(Int32.init))
  }

  /// Lengths without data.
  private struct GeneratedLengths: SequenceSource {
    let lengths: [Int32]
    var signature: SequenceSignature { SequenceSignature(input: .features(["x"]), target: .none) }
    var fingerprint: UInt64 { 1 }
    func gather(slices: [SequenceSlice]) throws -> SequenceBatch { throw BatchingError(.outOfRange, "no data") }
  }

  /// Each timestep marked by the rule in words.
  @Test func coverageIsThatOfMarkedTimesteps() throws {
    for windowLength in 1...12 {
      for stride in 1...15 {
        for keepsTail in [false, true] {
          let windowing = Windowing(length: windowLength, stride: stride, keepsTail: keepsTail)
          let lengths = Array(0...40)
          var expected = WindowCoverage(windowing, of: [])
          for length in lengths {
            let windows = WindowedSourceTests.byHand(length, windowing)
            let marked = Set(windows.flatMap { Array($0) })
            expected.sequences += 1
            expected.timesteps += length
            expected.sequencesLeftOut += windows.isEmpty ? 1 : 0
            expected.timestepsLeftOut += length - marked.count
          }
          #expect(try source(lengths).windows(windowing).coverage == expected, "\(windowing)")
        }
      }
    }
  }
}
