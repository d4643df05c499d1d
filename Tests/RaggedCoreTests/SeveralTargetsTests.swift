import RaggedCore
import Testing

/// Several targets of one choice of columns, and what becomes of them in a batch.
@Suite struct SeveralTargetsTests {
  private static let columns = [
    Column("activity", .category, size: 4, vocabulary: Vocabulary(unit: .words, tokens: ["a", "b", "c"])),
    Column("amount", .number), Column("when", .time),
    Column(
      "outcome", .category, per: .sequence, size: 3, vocabulary: Vocabulary(unit: .words, tokens: ["won", "lost"])),
    Column("age", .number, per: .sequence),
    Column("phones", .category, per: .labels, size: 3, vocabulary: Vocabulary(unit: .words, tokens: ["x", "y"])),
  ]

  private func target(_ names: String..., separates: Bool? = nil) throws -> TargetSignature {
    try ColumnChoice(inputs: ["amount"], target: names, separatesTargets: separates).columns(of: Self.columns).signature
      .target
  }

  @Test func namesThatAreNoOneTargetAreSeveral() throws {
    #expect(
      try target("activity@1", "when:log-delta@1")
        == .several([
          NamedTarget("activity@1", .classPerTimestep(["a", "b", "c"])),
          NamedTarget("when:log-delta@1", .valuesPerTimestep(["when:log-delta@1"])),
        ]))
    #expect(
      try target("outcome", "age", "amount@1..2", "phones")
        == .several([
          NamedTarget("outcome", .classPerSequence(["won", "lost"])), NamedTarget("age", .valuesPerSequence(["age"])),
          NamedTarget("amount@1..2", .valuesPerTimestep(["amount@1", "amount@2"])),
          NamedTarget("phones", .labels(["x", "y"])),
        ]))
    // Numbers of one extent are one target, unless each is to be one of its own.
    #expect(try target("amount", "when:delta") == .valuesPerTimestep(["amount", "when:delta"]))
    #expect(try target("amount", "when:delta", separates: true).parts.map(\.name) == ["amount", "when:delta"])
    #expect(try target("amount", separates: true) == .valuesPerTimestep(["amount"]))
    let several = try target("activity@1", "outcome")
    #expect(several.names.isEmpty && several.isPerTimestep && several.needsOutputsPerTimestep && !several.isClass)
    #expect(
      several.summary == "2 targets (activity@1: a class per timestep, of 3; outcome: a class per sequence, of 2)")
  }

  /// Each target's cells are those of the choice of it alone, holes and all.
  @Test func cellsAreThoseOfEachTargetAlone() throws {
    let planes = ColumnPlanes(
      offsets: [0, 3, 4],
      steps: BatchCells(
        values: [1, 2, 3, 4], featureCount: 1, codes: [1, 0, 2, 3], codeCount: 1, observed: [true, true, false, true]),
      times: [0, 5_000_000, 9_000_000, 0], firstTimes: [0, 0],
      earlierTimes: [ColumnPlanes.missingTime, ColumnPlanes.missingTime],
      statics: BatchCells(values: [7, 0], featureCount: 1, codes: [2, 0], codeCount: 1, observed: [true, false]))
    let names = ["activity@1", "when:delta@1", "outcome", "age", "outcome@every"]
    func batch(_ target: [String]) throws -> SequenceBatch {
      let chosen = try ColumnChoice(inputs: ["amount", "activity", "outcome", "age"], target: target).columns(
        of: Self.columns)
      // The planes hold one column of each kind, which all choices read.
      #expect(chosen.reads.numbers == [1] && chosen.reads.codes == [0])
      return try chosen.batch(planes, ids: [0, 1])
    }
    let all = try batch(names)
    #expect(all.targets.parts.count == names.count && all.isConsistent)
    for (part, name) in zip(all.targets.parts, names) {
      let alone = try batch([name]).targets
      #expect("\(part)" == "\(alone)", "\(name)")
    }
  }

  private static let signature = SequenceSignature(
    input: .features(["x"]),
    target: .several([
      NamedTarget("tag", .classPerTimestep(["a", "b"])), NamedTarget("sum", .valuesPerSequence(["s"])),
      NamedTarget("words", .labels(["x"])),
    ]))

  private static let batch = SequenceBatch(
    input: .values([1, 2, 3, 4, 5], featureCount: 1), offsets: [0, 2, 2, 5],
    targets: .several([
      .classPerTimestep([0, 1, 1, -1, 0]), .valuesPerSequence([1, .nan, 3], width: 1),
      .labels(LabelLists([[0], [], [0, 0]])),
    ]), validity: [true, false, true, true, false])

  /// Selecting, padding, compacting and joining do to each target what they do to it alone.
  @Test func everyTargetGoesTheWayOfOne() throws {
    let batch = Self.batch
    try Self.signature.check(batch)
    for place in 0..<3 {
      var alone = batch
      alone.targets = batch.targets.parts[place]
      func same(_ whole: BatchTargets, _ one: BatchTargets) -> Bool { "\(whole.parts[place])" == "\(one)" }
      #expect(same(batch.selecting([2, 0]).targets, alone.selecting([2, 0]).targets))
      #expect(same(batch.compacted().targets, alone.compacted().targets))
      #expect(try same(batch.padded().targets, alone.padded().targets))
      let one = Self.signature.targets(at: place)
      #expect(
        same(
          SequenceBatch.concatenating([batch, batch], like: Self.signature).targets,
          SequenceBatch.concatenating([alone, alone], like: one).targets))
      let source = try InMemorySource(batch, signature: Self.signature)
      let view = source.target(at: place)
      #expect(view.signature == one && view.fingerprint != source.fingerprint)
      #expect(try "\(view.gather([1, 2]).targets)" == "\(alone.selecting([1, 2]).targets)")
    }
    #expect(batch.byteCount > 0 && batch.contentHash != 0)
  }

  @Test func aBatchOfOtherTargetsIsRefused() throws {
    var batch = Self.batch
    batch.targets = .several(Array(batch.targets.parts.dropLast()))
    #expect(throws: RaggedCoreError.self) { try Self.signature.check(batch) }
    batch.targets = batch.targets.parts[0]
    #expect(throws: RaggedCoreError.self) { try Self.signature.check(batch) }
    batch.targets = .several([.classPerTimestep([0, 1, 2, 0, 0])] + Self.batch.targets.parts.dropFirst())
    #expect(throws: RaggedCoreError.self) { try Self.signature.check(batch) }
  }
}

extension SequenceSignature {
  fileprivate func targets(at place: Int) -> SequenceSignature {
    SequenceSignature(input: input, target: target.parts[place].target)
  }
}
