import RaggedCore
import Testing

@Suite struct PaddingTests {
  static func options(_ number: Int, cuts: Bool) -> PaddingOptions {
    var random = SeededRandom(seed: 77, stream: UInt64(number))
    let multiple = 1 + random.below(5)
    func length() -> Int? {
      random.below(3) == 0 ? ((cuts ? 0 : 9) + random.below(8) + multiple - 1) / multiple * multiple : nil
    }
    let (fixed, other) = (length(), length())
    return PaddingOptions(
      side: random.below(2) == 0 ? .pre : .post, value: Float(random.below(3)) - 1,
      truncation: random.below(2) == 0 ? .pre : .post, fixedLength: fixed,
      maximumLength: other.map { max($0, fixed ?? 0) }, multiple: multiple)
  }

  @Test func paddingThenCompactingIsTheIdentity() throws {
    for (number, problem) in BatchCase.all.enumerated() {
      let padded = try problem.batch.padded(Self.options(number, cuts: false))
      #expect(padded.compacted() == problem.batch.compacted(), "case \(number)")
      #expect(padded.lengths == problem.batch.lengths, "case \(number)")
      #expect(padded.timesteps == problem.batch.compacted().timesteps, "case \(number)")
    }
  }

  /// Every cell, worked out from its row and column alone.
  @Test func everyCellIsWhereTheOptionsPutIt() throws {
    for (number, problem) in BatchCase.all.enumerated() {
      let options = Self.options(number, cuts: true)
      let batch = problem.batch
      let padded = try batch.padded(options)
      let cut = options.fixedLength ?? options.maximumLength ?? .max
      let longest = options.fixedLength ?? min(batch.lengths.max() ?? 0, cut)
      #expect(padded.paddedLength % options.multiple == 0, "case \(number)")
      #expect(padded.paddedLength >= longest && padded.paddedLength < longest + options.multiple, "case \(number)")
      #expect(padded.lengths == batch.lengths.map { min($0, cut) }, "case \(number)")
      let cells = padded.cells
      #expect(cells.isConsistent && padded.statics == batch.statics, "case \(number)")
      for b in 0..<batch.count {
        for t in 0..<padded.paddedLength {
          let place = t - (options.side == .pre ? padded.paddedLength - padded.lengths[b] : 0)
          let cell = b * padded.paddedLength + t
          guard place >= 0, place < padded.lengths[b] else {
            #expect(!padded.mask[cell], "case \(number)")
            var all = cells.input
            if let observed = all.observed {
              let columns = cell * all.featureCount..<(cell + 1) * all.featureCount
              #expect(!observed[columns].contains(true), "case \(number)")
            }
            all.observed = nil
            #expect(all.row(cell).allSatisfy { $0 == options.value }, "case \(number)")
            if batch.targets.isPerTimestep {
              #expect(cells.target(step: cell, row: b).allSatisfy { $0 == 0 }, "case \(number)")
            }
            continue
          }
          let n = batch.offsets[b] + place + (options.truncation == .pre ? batch.length(b) - padded.lengths[b] : 0)
          #expect(padded.mask[cell] == (batch.validity?[n] ?? true), "case \(number)")
          #expect(cells.step(cell) == batch.step(n), "case \(number)")
          #expect(cells.target(step: cell, row: b) == batch.target(step: n, row: b), "case \(number)")
        }
      }
    }
  }

  @Test func masksOfAnyShapeCompactToTheirRealTimesteps() throws {
    for (number, problem) in BatchCase.all.enumerated() {
      var random = SeededRandom(seed: 78, stream: UInt64(number))
      var padded = try problem.batch.padded()
      for cell in padded.mask.indices { padded.mask[cell] = random.below(3) > 0 }
      let cells = padded.cells
      let real = padded.mask.indices.filter { padded.mask[$0] }
      let compact = padded.compacted()
      #expect(compact.lengths == (0..<padded.count).map { b in real.count(where: { cells.range(b).contains($0) }) })
      #expect((0..<compact.timesteps).map(compact.step) == real.map(cells.step), "case \(number)")
    }
  }

  @Test func paddedTokensHoldTheRoundedValue() throws {
    let batch = SequenceBatch(input: .tokens([5, 6]), offsets: [0, 2, 2])
    for (value, expected) in [(Float(2.6), Int32(3)), (-1, -1), (.nan, 0), (1e20, 0)] {
      #expect(try batch.padded(PaddingOptions(value: value)).input == .tokens([5, 6, expected, expected]))
    }
  }

  @Test func noSequencesAndEmptyOnesArePadded() throws {
    let none = SequenceBatch(input: .values([], featureCount: 3), offsets: [0])
    #expect(try none.padded().mask.isEmpty)
    #expect(try none.padded(PaddingOptions(fixedLength: 4)).paddedLength == 4)
    let empty = SequenceBatch(input: .values([], featureCount: 3), offsets: [0, 0, 0])
    #expect(try empty.padded().paddedLength == 0)
    let padded = try empty.padded(PaddingOptions(fixedLength: 2))
    #expect(padded.mask.elements == [false, false, false, false])
    #expect(padded.compacted() == empty)
  }

  @Test func aPaddedBatchMadeByHandCountsItsLengths() throws {
    let padded = try PaddedBatch(
      count: 2, paddedLength: 3, input: .tokens([1, 2, 3, 4, 5, 6]), mask: [true, false, true, false, false, false])
    #expect(padded.lengths == [2, 0])
    #expect(padded.ids == [0, 1])
    #expect(padded.compacted().input == .tokens([1, 3]))
  }

  /// The last product is 6 where nobody looks whether it is too large.
  @Test(arguments: [(2, 3), (3, 2), (-1, -6), (Int.max, 4), (1_676_976_733_973_595_602, 11)])
  func buffersOfAnotherSizeAreRefused(count: Int, length: Int) {
    let sizes = Self.sizes(count, length)
    let error = #expect(throws: RaggedCoreError.self) {
      try PaddedBatch(count: count, paddedLength: length, input: .tokens(sizes.tokens), mask: sizes.mask)
    }
    #expect(error?.message == "the buffers of a padded batch do not have the sizes of [\(count), \(length)]")
  }

  private static func sizes(_ count: Int, _ length: Int) -> (tokens: [Int32], mask: [Bool]) {
    ([1, 2, 3, 4, 5, 6], count == 2 ? [true] : Array(repeating: true, count: count == 3 ? 5 : 6))
  }

  /// Wide features, or targets, times a great length times many rows is no number.
  @Test(arguments: [false, true]) func paddingBeyondAllNumbersIsAnError(isOfTargets: Bool) throws {
    let batch = SequenceBatch(
      input: .values([], featureCount: isOfTargets ? 1 : 20_000), offsets: Array(repeating: 0, count: 70_001),
      targets: isOfTargets ? .valuesPerTimestep([], width: 20_000) : .none)
    let error = #expect(throws: RaggedCoreError.self) {
      try batch.padded(PaddingOptions(fixedLength: Int(Int32.max)))
    }
    #expect(
      error?.message == "70,000 sequences padded to 2,147,483,647 timesteps take more than the memory of this machine")
  }
}
