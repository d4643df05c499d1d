import RaggedCore
import Testing

@Suite struct SequenceBatchTests {
  @Test func selectionTakesEveryPartOfASequence() {
    for (number, problem) in BatchCase.all.enumerated() where problem.batch.count > 0 {
      var random = SeededRandom(seed: 21, stream: UInt64(number))
      let batch = problem.batch
      let rows = (0..<random.below(9)).map { _ in random.below(batch.count) }
      let selected = batch.selecting(rows)
      #expect(selected.isConsistent, "case \(number)")
      #expect(selected.lengths == rows.map(batch.length), "case \(number)")
      #expect(selected.ids == rows.map { batch.ids[$0] }, "case \(number)")
      #expect(selected.weights == batch.weights.map { weights in rows.map { weights[$0] } }, "case \(number)")
      for (b, row) in rows.enumerated() {
        #expect(selected.statics.row(b) == batch.statics.row(row), "case \(number)")
        #expect(selected.labels.map { Array($0[b]) } == batch.labels.map { Array($0[row]) }, "case \(number)")
        for (n, source) in zip(selected.range(b), batch.range(row)) {
          #expect(selected.step(n) == batch.step(source), "case \(number)")
          #expect(selected.validity?[n] == batch.validity?[source], "case \(number)")
          #expect(selected.target(step: n, row: b) == batch.target(step: source, row: row), "case \(number)")
        }
      }
    }
  }

  @Test func selectingAllRowsIsTheIdentity() {
    for problem in BatchCase.all {
      #expect(problem.batch.selecting(Array(0..<problem.batch.count)) == problem.batch)
      #expect(problem.batch.selecting([]).count == 0)
    }
  }

  @Test func selectionsChain() {
    for (number, problem) in BatchCase.all.enumerated() where problem.batch.count > 0 {
      var random = SeededRandom(seed: 22, stream: UInt64(number))
      let first = (0..<4).map { _ in random.below(problem.batch.count) }
      let second = (0..<3).map { _ in random.below(4) }
      let chained = problem.batch.selecting(first).selecting(second)
      #expect(chained == problem.batch.selecting(second.map { first[$0] }), "case \(number)")
    }
  }

  @Test func concatenatingTheSequencesOneByOneIsTheIdentity() {
    for (number, problem) in BatchCase.all.enumerated() {
      var expected = problem.batch
      expected.ids = Array(0..<expected.count)
      let parts = (0..<expected.count).map { problem.batch.selecting([$0]) }
      var joined = SequenceBatch.concatenating(parts, like: problem.signature)
      if parts.isEmpty {  // without parts nobody knows whether there were weights
        joined.weights = expected.weights
        joined.validity = expected.validity
        joined.input.observed = expected.input.observed
      }
      #expect(joined == expected, "case \(number)")
    }
  }

  @Test func missingWeightsAndValidityCountAsOneAndValid() {
    let plain = SequenceBatch(input: .tokens([1, 2]), offsets: [0, 1, 2])
    let full = SequenceBatch(input: .tokens([3]), offsets: [0, 1], weights: [0.5], validity: [false])
    let signature = SequenceSignature(input: .tokens(size: 4, vocabulary: nil), target: .none)
    let joined = SequenceBatch.concatenating([plain, full], like: signature)
    #expect(joined.weights == [1, 1, 0.5])
    #expect(joined.validity == [true, true, false])
    #expect(SequenceBatch.concatenating([plain, plain], like: signature).weights == nil)
  }

  @Test func compactionLeavesOutInvalidTimestepsAndNothingElse() {
    for (number, problem) in BatchCase.all.enumerated() {
      let batch = problem.batch
      let compact = batch.compacted()
      let valid = (0..<batch.timesteps).filter { batch.validity?[$0] ?? true }
      #expect(compact.isConsistent && compact.count == batch.count, "case \(number)")
      #expect(compact.compacted() == compact, "case \(number)")
      #expect((0..<compact.timesteps).map(compact.step) == valid.map(batch.step), "case \(number)")
      #expect(compact.lengths == (0..<batch.count).map { b in valid.count(where: batch.range(b).contains) })
      #expect(compact.weights == batch.weights && compact.ids == batch.ids, "case \(number)")
      for b in 0..<batch.count {
        for (n, source) in zip(compact.range(b), valid.filter(batch.range(b).contains)) {
          #expect(compact.target(step: n, row: b) == batch.target(step: source, row: b), "case \(number)")
        }
      }
      if batch.validity == nil { #expect(compact == batch, "case \(number)") }
    }
  }

  @Test func everyBufferOfTheWrongSizeIsFound() {
    let batch = SequenceBatch(
      input: .values([1, 2, 3, 4], featureCount: 2), offsets: [0, 1, 2], targets: .classPerTimestep([0, 1]),
      weights: [1, 1], validity: [true, true])
    #expect(batch.isConsistent)
    let faults: [(inout SequenceBatch) -> Void] = [
      { $0.offsets = [] }, { $0.offsets = [1, 1, 2] }, { $0.offsets = [0, 3, 2] }, { $0.offsets = [0, 1] },
      { $0.input = .values([1, 2, 3], featureCount: 2) }, { $0.input = .tokens([1]) },
      { $0.targets = .classPerTimestep([0]) }, { $0.targets = .classPerSequence([0]) },
      { $0.targets = .valuesPerSequence([1, 2], width: 2) }, { $0.targets = .valuesPerTimestep([1], width: 1) },
      { $0.weights = [1] }, { $0.validity = [true] }, { $0.ids = [1] },
    ]
    for (number, fault) in faults.enumerated() {
      var broken = batch
      fault(&broken)
      #expect(!broken.isConsistent, "fault \(number)")
    }
  }

  @Test func theContentHashFollowsEveryPart() {
    let batch = SequenceBatch(
      input: .values([1, 2, 3], featureCount: 1), offsets: [0, 1, 3], targets: .classPerSequence([0, 1]),
      weights: [1, 1], validity: [true, true, true])
    let changes: [(inout SequenceBatch) -> Void] = [
      { _ in }, { $0.input = .values([1, 2, 4], featureCount: 1) }, { $0.offsets = [0, 2, 3] },
      { $0.targets = .classPerSequence([1, 1]) }, { $0.weights = [1, 2] }, { $0.validity = [true, true, false] },
    ]
    let hashes = changes.map { change in
      var other = batch
      change(&other)
      return other.contentHash
    }
    #expect(Set(hashes).count == changes.count)
    #expect(batch.contentHash == hashes[0])
  }
}
