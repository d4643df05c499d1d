import RaggedBatching
import RaggedCore
import Testing

@Suite struct WindowedSourceTests {
  /// The windows of one length by the rule in words, one timestep at a time.
  static func byHand(_ length: Int, _ windowing: Windowing) -> [Range<Int>] {
    var (result, covered, start) = ([Range<Int>](), 0, 0)
    while start + windowing.length <= length {
      result.append(start..<start + windowing.length)
      covered = start + windowing.length
      start += windowing.stride
    }
    if windowing.keepsTail, result.isEmpty || (start < length && covered < length) { result.append(start..<length) }
    return result
  }

  @Test func windowsAreThoseOfTheRule() throws {
    for length in 0...40 {
      for windowLength in 1...12 {
        for stride in 1...14 {
          for keepsTail in [false, true] {
            let windowing = Windowing(length: windowLength, stride: stride, keepsTail: keepsTail)
            let windows = (0..<windowing.count(in: length)).map { windowing.range($0, in: length) }
            #expect(windows == Self.byHand(length, windowing), "\(length), \(windowing)")
          }
        }
      }
    }
  }

  /// With a kept tail and a stride of at most the length, every timestep is in a window; at the length, in exactly one.
  @Test func everyTimestepIsInAWindow() {
    for length in 0...60 {
      for windowLength in 1...20 {
        for stride in 1...windowLength {
          let windowing = Windowing(length: windowLength, stride: stride)
          var seen = Array(repeating: 0, count: length)
          for window in 0..<windowing.count(in: length) {
            for t in windowing.range(window, in: length) { seen[t] += 1 }
          }
          #expect(seen.allSatisfy { $0 >= 1 })
          if stride == windowLength { #expect(seen.allSatisfy { $0 == 1 }) }
        }
      }
    }
  }

  @Test func windowsHoldTheirTimesteps() throws {
    for number in 0..<200 {
      var random = SeededRandom(seed: 12, stream: UInt64(number))
      let lengths = (0..<random.below(8)).map { _ in random.below(25) }
      let source = try countingSource(lengths)
      let windowing = Windowing(
        length: 1 + random.below(9), stride: 1 + random.below(12), keepsTail: random.below(2) == 0)
      let windows = try source.windows(windowing)
      let expected = lengths.enumerated().flatMap { position, length in
        Self.byHand(length, windowing).map { (position, $0) }
      }
      #expect(windows.lengths == expected.map { Int32($0.1.count) })
      let order = (0..<2 * expected.count).map { _ in random.below(expected.count) }
      let batch = try windows.gather(order)
      #expect(batch.ids == order)
      #expect(batch.lengths == order.map { expected[$0].1.count })
      #expect(
        batch.input.values == order.flatMap { index in expected[index].1.map { Float(1000 * expected[index].0 + $0) } })
      #expect(batch.targets.classes == order.flatMap { index in expected[index].1.map { Int32($0 % 2) } })
      #expect(
        try windows.keys(order)
          == order.map { "key \(expected[$0].0)[\(expected[$0].1.lowerBound)..<\(expected[$0].1.upperBound)]" })
    }
  }

  @Test func whatASequenceHasGoesWithItsWindows() throws {
    let windows = try countingSource([5, 0, 1, 9]).windows(Windowing(length: 4, stride: 2, keepsTail: false))
    #expect(windows.map.spread(["a", "b", "c", "d"]) == ["a", "d", "d", "d"])
    #expect(windows.map.spread([Int]()) == [])
  }

  @Test func partsOfWindowsAndWindowsOfParts() throws {
    let source = try countingSource([20, 3, 9])
    let windows = try source.windows(Windowing(length: 8, stride: 4))
    let slices = [SequenceSlice(position: 1, start: 2, count: 3), SequenceSlice(position: 4, start: 0, count: 1)]
    let batch = try windows.gather(slices: slices)
    #expect(batch.input.values == [6, 7, 8, 1000])
    #expect(batch.ids == [1, 4])
    let part = try source.subset([2, 0]).windows(Windowing(length: 8))
    #expect(try part.gather([1, 2]).input.values == [2008, 0, 1, 2, 3, 4, 5, 6, 7])
    #expect(try part.keys([1, 2]) == ["key 2[8..<9]", "key 0[0..<8]"])
    #expect(throws: RaggedCoreError.self) {
      try windows.gather(slices: [SequenceSlice(position: 1, start: 7, count: 2)])
    }
  }

  /// Divided before they are cut, sequences do not share windows between the parts.
  @Test func windowsOfOneSequenceStayInOneSplit() throws {
    let source = try countingSource((0..<60).map { 5 + $0 })
    let (training, validation) = try source.split(validationFraction: 0.25, seed: 3)
    func sequences(_ part: SequenceSubset<InMemorySource>) throws -> Set<String> {
      let windows = try part.windows(Windowing(length: 7, stride: 3))
      return Set(try windows.keys(Array(0..<windows.count)).map { String($0.prefix { $0 != "[" }) })
    }
    let (left, right) = (try sequences(training), try sequences(validation))
    #expect(left.isDisjoint(with: right))
    #expect(left.count == 45 && right.count == 15)
  }

  @Test func theFingerprintFollowsTheWindows() throws {
    let source = try countingSource([20, 3, 9])
    let prints = try [
      source.fingerprint, source.windows(Windowing(length: 4)).fingerprint,
      source.windows(Windowing(length: 4, stride: 3)).fingerprint,
      source.windows(Windowing(length: 4, keepsTail: false)).fingerprint,
      source.windows(Windowing(length: 3, stride: 4)).fingerprint,
      countingSource([20, 3, 8]).windows(Windowing(length: 4)).fingerprint,
    ]
    #expect(Set(prints).count == prints.count)
    #expect(try source.windows(Windowing(length: 4, stride: 4)).fingerprint == prints[1])
  }

  static let faults = [
    (Windowing(length: 0), "the windows' length is 0, expected 1 to 2147483647"),
    (Windowing(length: 3, stride: 0), "the windows' stride is 0, expected 1 to 2147483647"),
    (Windowing(length: 3, stride: -2), "the windows' stride is -2, expected 1 to 2147483647"),
    (Windowing(length: .max, stride: 1), "the windows' length is 9223372036854775807, expected 1 to 2147483647"),
  ]

  @Test(arguments: faults) func windowsWithoutMeaningAreRefused(windowing: Windowing, message: String) throws {
    let error = #expect(throws: BatchingError.self) { try countingSource([3]).windows(windowing) }
    #expect(error?.message == message)
    #expect(error?.failureClass == .usage)
  }

  @Test func windowsThatDoNotExistAreNamed() throws {
    let windows = try countingSource([3]).windows(Windowing(length: 2))
    for position in [-1, 2] {
      let error = #expect(throws: RaggedCoreError.self) { try windows.gather([position]) }
      #expect(error?.message == "position \(position) in a source of 2 sequences")
    }
    let endless = GeneratedSource(
      signature: windows.signature, lengths: [.max, .max], fingerprint: 0
    ) { _ in throw RaggedCoreError(.outOfRange, "not needed") }
    let error = #expect(throws: BatchingError.self) { try endless.windows(Windowing(length: 1)) }
    #expect(error?.message == "windows of 1 timesteps at a stride of 1 are more than 2147483647")
  }
}

/// Sequences of one feature whose value at timestep t of sequence p is 1000 p + t, and whose class there is t mod 2.
func countingSource(_ lengths: [Int], isPerSequence: Bool = false) throws -> InMemorySource {
  let offsets = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
  let values = lengths.enumerated().flatMap { position, length in (0..<length).map { Float(1000 * position + $0) } }
  let classes = lengths.flatMap { length in (0..<length).map { Int32($0 % 2) } }
  let names = ["even", "odd"]
  return try InMemorySource(
    SequenceBatch(
      input: .values(values, featureCount: 1), offsets: offsets,
      targets: isPerSequence ? .classPerSequence(lengths.indices.map { Int32($0 % 2) }) : .classPerTimestep(classes)),
    signature: SequenceSignature(
      input: .features(["x"]), target: isPerSequence ? .classPerSequence(names) : .classPerTimestep(names)),
    keys: lengths.indices.map { "key \($0)" })
}
