import Foundation
import RaggedCore
import Testing

/// Lists of labels, one per sequence, come along with batches.
@Suite struct LabelListsTests {
  private static let lists = LabelLists([[3, 1], [], [2, 2, 1]] as [[Int32]])

  @Test func listsLieEndToEnd() {
    let lists = Self.lists
    #expect(lists.codes == [3, 1, 2, 2, 1] && lists.offsets == [0, 2, 2, 5])
    #expect(lists.count == 3 && lists.counts == [2, 0, 3])
    #expect((0..<3).map { Array(lists[$0]) } == [[3, 1], [], [2, 2, 1]])
    #expect(LabelLists().count == 0 && LabelLists().padded.shape == [0, 0])
  }

  @Test func paddingIsZeroBehindTheLastLabel() {
    let padded = Self.lists.padded
    #expect(padded.shape == [3, 3])
    #expect(padded.elements == [3, 1, 0, 0, 0, 0, 2, 2, 1])
    #expect(LabelLists([[], []] as [[Int32]]).padded.shape == [2, 0])
  }

  @Test func listsOfAnotherNumberDoNotFit() {
    var batch = SequenceBatch(input: .tokens([1, 2, 3]), labels: [Self.lists], offsets: [0, 1, 2, 3])
    #expect(batch.isConsistent)
    for wrong in [
      LabelLists(codes: [1], offsets: [0, 1]), LabelLists(codes: [1, 2], offsets: [0, 2, 1, 2]),
      LabelLists(codes: [1, 2], offsets: [0, 0, 0, 1]), LabelLists(codes: [], offsets: []),
      LabelLists(codes: [1], offsets: [1, 1, 1, 1]),
    ] {
      batch.labels = [wrong]
      #expect(!batch.isConsistent)
      #expect(throws: RaggedCoreError.self) {
        try PaddedBatch(
          count: 3, paddedLength: 1, input: .tokens([1, 2, 3]), labels: [wrong], mask: [true, true, true])
      }
      #expect(throws: RaggedCoreError.self) {
        try PackedBatch(
          rowCount: 1, rowLength: 3, input: .tokens([1, 2, 3]), labels: [wrong],
          lanes: (0..<3).map { PackedBatch.Lane(row: 0, start: $0, length: 1) })
      }
    }
  }

  @Test func aSignatureChecksColumnsAndCodes() throws {
    let batch = SequenceBatch(input: .tokens([1, 2, 3]), labels: [Self.lists], offsets: [0, 1, 2, 3])
    func message(_ labels: [CategoryColumn]) -> String? {
      let signature = SequenceSignature(
        input: .tokens(size: 4, vocabulary: nil), target: .none, labels: labels)
      do { try signature.check(batch) } catch { return (error as? RaggedCoreError)?.message }
      return nil
    }
    #expect(message([CategoryColumn("p", size: 4)]) == nil)
    #expect(message([CategoryColumn("p", size: 3)]) == #"label of "p": 3, expected 0 to 2"#)
    #expect(message([]) == "the batch holds 1 column of labels, expected 0 columns")
  }

  @Test func aSignatureIsReadWithLabelsAndWithout() throws {
    let plain = SequenceSignature(input: .features(["x"]), target: .none)
    let labelled = SequenceSignature(
      input: .features(["x"]), target: .classPerSequence(["a"]),
      labels: [CategoryColumn("p", Vocabulary(unit: .words, tokens: ["u", "v"]))])
    for signature in [plain, labelled] {
      let data = try JSONEncoder().encode(signature)
      #expect(try JSONDecoder().decode(SequenceSignature.self, from: data) == signature)
      #expect(String(decoding: data, as: UTF8.self).contains("labels") == (signature == labelled))
    }
    #expect(labelled.columns.map(\.extent) == [.timestep, .sequence, .labels])
    #expect(
      labelled.columns(classColumn: "kind", others: []).map(\.name) == ["x", "kind", "p"])
  }

  private static let columns = [
    Column("x", .number), Column("phones", .category, per: .labels, role: .input, size: 4),
    Column("tags", .category, per: .labels, role: .target, size: 9), Column("age", .number, per: .sequence),
  ]

  @Test func nobodyGetsLabelsWithoutAskingForThem() throws {
    let chosen = try ColumnChoice().columns(of: Self.columns)
    #expect(chosen.signature.labels.isEmpty && chosen.signature.input.timestep.names == ["x"])
    #expect(chosen.signature.input.statics.names == ["age"] && chosen.signature.target == .none)
  }

  @Test func labelsComeInTheOrderInWhichTheyAreNamed() throws {
    let chosen = try ColumnChoice(inputs: ["x"], labels: ["tags", "phones"]).columns(of: Self.columns)
    #expect(chosen.signature.labels == [CategoryColumn("tags", size: 9), CategoryColumn("phones", size: 4)])
    #expect(chosen.signature.input.timestep.names == ["x"])
  }

  @Test(arguments: [
    (
      ColumnChoice(inputs: ["x", "tags"]),
      #"column "tags" is a list of labels per sequence, which can be a target: it cannot be an input"#
    ),
    (
      ColumnChoice(weight: "tags"),
      #"column "tags" is a list of labels per sequence, expected a number per sequence or per timestep as weight"#
    ),
    (ColumnChoice(labels: ["age"]), #"column "age" is a number per sequence, expected a list of labels per sequence"#),
    (ColumnChoice(labels: ["phones", "phones"]), #"the labels name column "phones" twice"#),
    (ColumnChoice(labels: ["phonse"]), #"there is no column "phonse", did you mean "phones"?"#),
  ]) func whatIsNoSuchUseIsRefused(choice: ColumnChoice, message: String) {
    let error = #expect(throws: RaggedCoreError.self) { try choice.columns(of: Self.columns) }
    #expect(error?.message == message)
  }

  @Test func labelsCanBeTheTarget() throws {
    let chosen = try ColumnChoice(inputs: ["x"], target: ["phones"], labels: ["tags", "phones"]).columns(
      of: Self.columns)
    #expect(chosen.signature.target == .labels(["0", "1", "2", "3"]))
    #expect(chosen.signature.labels.map(\.name) == ["tags", "phones"])
    #expect(chosen.signature.target.outputCount == 5 && chosen.signature.target.needsOutputsPerTimestep)
    let signature = SequenceSignature(input: .features(["x"]), target: .labels(["a", "b", "c", "d"]))
    let batch = SequenceBatch(
      input: .values([1, 2, 3], featureCount: 1), offsets: [0, 1, 2, 3], targets: .labels(Self.lists))
    try signature.check(batch)
    #expect(throws: RaggedCoreError(.outOfRange, "label 3, expected 0 to 1")) {
      try SequenceSignature(input: .features(["x"]), target: .labels(["a", "b"])).check(batch)
    }
    // Each goes with its sequence, padded or not, and counts towards what a batch is.
    #expect(batch.selecting([2, 0]).targets == .labels(LabelLists([[2, 2, 1], [3, 1]] as [[Int32]])))
    #expect(try batch.padded().targets == batch.targets && batch.compacted() == batch)
    #expect(
      SequenceBatch.concatenating([batch.selecting([0, 1]), batch.selecting([2])], like: signature).targets
        == batch.targets)
    var other = batch
    other.targets = .labels(LabelLists([[3, 1], [], [2, 2, 2]] as [[Int32]]))
    #expect(other.contentHash != batch.contentHash)
    #expect(LabelLists(Self.lists.padded, counts: Self.lists.counts) == Self.lists)
    let copy = try JSONDecoder().decode(SequenceSignature.self, from: JSONEncoder().encode(signature))
    #expect(copy == signature)
  }

  @Test func aPartOfASequenceHasAllItsLabels() throws {
    let batch = SequenceBatch(input: .tokens([1, 2, 3]), labels: [Self.lists], offsets: [0, 1, 2, 3])
    let signature = SequenceSignature(
      input: .tokens(size: 4, vocabulary: nil), target: .none, labels: [CategoryColumn("p", size: 4)])
    let source = try InMemorySource(batch, signature: signature)
    let parts = try source.gather(slices: [
      SequenceSlice(position: 2, start: 1, count: 0), SequenceSlice(position: 0, start: 0, count: 1),
    ])
    #expect(parts.labels == [LabelLists([[2, 2, 1], [3, 1]] as [[Int32]])])
    var other = batch
    other.labels[0].codes[0] = 2
    #expect(batch.contentHash != other.contentHash)
    let plain = SequenceBatch(input: .tokens([1, 2, 3]), offsets: [0, 1, 2, 3])
    #expect(batch.byteCount == plain.byteCount + 4 * 5 + 8 * 4)
  }
}
