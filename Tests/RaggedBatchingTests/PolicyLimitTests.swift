import Foundation
import RaggedBatching
import RaggedCore
import Testing

/// The options of policies beyond grouping and batch size.
@Suite struct PolicyLimitTests {
  @Test(arguments: [
    (BatchPolicy.Shuffle.full, "full"), (.none, "none"), (.blocks(size: 100, pool: 3), "blocks:100,3"),
  ]) func ordersAreTexts(shuffle: BatchPolicy.Shuffle, text: String) {
    #expect(shuffle.description == text)
    #expect(BatchPolicy.Shuffle(text) == shuffle)
  }

  @Test func aPoolIsEightBlocksUnlessItIsNamed() {
    #expect(BatchPolicy.Shuffle("blocks:100") == .blocks(size: 100, pool: 8))
  }

  @Test(arguments: ["", "true", "blocks", "blocks:", "blocks:x", "blocks:1,", "blocks:1,2,3"])
  func otherTextsAreNoOrders(text: String) {
    #expect(BatchPolicy.Shuffle(text) == nil)
  }

  @Test(arguments: ["pool:8", "packed:512"]) func groupingsAreTexts(text: String) {
    #expect(BatchPolicy.Grouping(text)?.description == text)
  }

  @Test(arguments: ["pool", "pool:", "packed:x", "packed:1,2"]) func otherTextsAreNoGroupings(text: String) {
    #expect(BatchPolicy.Grouping(text) == nil)
  }

  @Test func encodingKeepsEverything() throws {
    for number in 0..<300 {
      let policy = OrderCase(number: number).policy
      #expect(try JSONDecoder().decode(BatchPolicy.self, from: JSONEncoder().encode(policy)) == policy)
    }
  }

  @Test func policiesOfTheFirstVersionAreRead() throws {
    let text = #"{"grouping":"buckets:8","batchSize":32,"dropRemainder":false,"shuffle":true,"seed":1}"#
    let policy = try JSONDecoder().decode(BatchPolicy.self, from: Data(text.utf8))
    #expect(policy == BatchPolicy(grouping: .buckets(8), batchSize: 32, shuffle: true, seed: 1))
    let other = text.replacing("true", with: "false")
    #expect(try JSONDecoder().decode(BatchPolicy.self, from: Data(other.utf8)).shuffle == .none)
  }

  @Test func anUnknownOrderIsNamed() {
    let error = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([BatchPolicy.Shuffle].self, from: Data(#"["sorted"]"#.utf8))
    }
    guard case .dataCorrupted(let context) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(context.debugDescription == #""sorted" is no order, expected full, none or blocks:10000"#)
  }

  static let faults: [(BatchPolicy, String)] = [
    (BatchPolicy(grouping: .pool(0)), "the pool has 0 batches, expected at least 1"),
    (BatchPolicy(grouping: .packed(0)), "a packed row has 0 timesteps, expected at least 1"),
    (
      BatchPolicy(limits: BatchLimits(timesteps: 0)), "the limit of timesteps per batch is 0, expected at least 1"
    ),
    (
      BatchPolicy(limits: BatchLimits(paddedTimesteps: -3)),
      "the limit of padded timesteps per batch is -3, expected at least 1"
    ),
    (BatchPolicy(limits: BatchLimits(bytes: 0)), "the limit of bytes per batch is 0, expected at least 1"),
    (
      BatchPolicy(shuffle: .blocks(size: 0, pool: 2)),
      "the order mixes 2 blocks of 0 sequences, expected at least 1 of at least 1"
    ),
    (BatchPolicy(costModel: CostModel(perBatch: -1)), "the cost of a batch is -1.0, expected at least 0"),
    (BatchPolicy(costModel: CostModel(perTimestep: .nan)), "the cost of a timestep is nan, expected at least 0"),
    (BatchPolicy(costModel: CostModel(perBatch: 1e308)), "the cost of a batch is 1e+308, expected at most 1e+100"),
    (
      BatchPolicy(costModel: CostModel(perTimestep: .infinity)),
      "the cost of a timestep is inf, expected at most 1e+100"
    ),
    (
      BatchPolicy(grouping: .pool(2), bucketBatchSizes: [1]),
      "batch sizes a bucket need boundaries or a number of buckets, but the grouping is pool:2"
    ),
  ]

  @Test(arguments: faults) func aPolicyWithoutMeaningIsRefused(policy: BatchPolicy, message: String) {
    let error = #expect(throws: BatchingError.self) { try policy.validate() }
    #expect(error?.message == message)
    #expect(error?.failureClass == .usage)
  }

  @Test func everyOptionChangesTheFingerprint() {
    var policies = [BatchPolicy()]
    for change in [
      { $0.limits.timesteps = 9 }, { $0.limits.paddedTimesteps = 9 }, { $0.limits.bytes = 9 },
      { $0.largestFirst = true }, { $0.shuffle = .blocks(size: 2, pool: 3) },
      { $0.shuffle = .blocks(size: 3, pool: 2) }, { $0.costModel = CostModel() },
      { $0.costModel = CostModel(counted: .real) }, { $0.costModel = CostModel(perBatch: 3) },
      { $0.grouping = .pool(8) }, { $0.grouping = .packed(8) },
    ] as [(inout BatchPolicy) -> Void] {
      var policy = BatchPolicy()
      change(&policy)
      policies.append(policy)
    }
    #expect(Set(policies.map(\.fingerprint)).count == policies.count)
  }

  static let tooLong: [(BatchPolicy, String)] = [
    (
      BatchPolicy(limits: BatchLimits(timesteps: 1000)),
      #"sequence "key 1" has 1,200 timesteps, more than the limit of 1,000 timesteps per batch"#
    ),
    (
      BatchPolicy(limits: BatchLimits(paddedTimesteps: 20)),
      #"sequence "key 1" has 1,200 timesteps, more than the limit of 20 padded timesteps per batch; so have 2 more, up to 30"#
    ),
    (
      BatchPolicy(limits: BatchLimits(timesteps: 5000, bytes: 5004)),
      #"sequence "key 1" has 1,200 timesteps, more than the 1,000 that the limit of 5,004 bytes per batch allows, at 5 bytes "#
        + "each"
    ),
    (
      BatchPolicy(grouping: .packed(1199)),
      #"sequence "key 1" has 1,200 timesteps, more than a packed row's 1,199"#
    ),
  ]

  @Test(arguments: tooLong) func aSequenceThatFitsNoBatchIsNamed(policy: BatchPolicy, message: String) throws {
    let source = try numberedSource([3, 1200, 30, 0, 21])
    let error = #expect(throws: BatchingError.self) { try PlannedBatches(source, policy: policy) }
    #expect(error?.message == message)
    #expect(error?.code == .overLimit)
  }

  @Test func aLimitMayBeReached() throws {
    let policy = BatchPolicy(
      grouping: .packed(30), limits: BatchLimits(timesteps: 30, paddedTimesteps: 30, bytes: 150), shuffle: false)
    let batches = try PlannedBatches(numberedSource([30, 10, 20]), policy: policy)
    #expect(batches.plan(epoch: 1).map(\.positions) == [[0], [2, 1]])
    #expect(throws: BatchingError.self) {
      var tighter = policy
      tighter.limits.bytes = 149
      _ = try PlannedBatches(numberedSource([30, 10, 20]), policy: tighter)
    }
  }

  @Test func aTimestepsBytesAreItsInputMaskAndTarget() {
    func bytes(_ input: InputSignature, _ target: TargetSignature) -> Int {
      SequenceSignature(input: input, target: target).bytesPerPaddedTimestep
    }
    #expect(bytes(.features(["a", "b", "c"]), .none) == 13)
    #expect(bytes(.features(["a"]), .classPerSequence(["x", "y"])) == 5)
    #expect(bytes(.tokens(size: 9, vocabulary: nil), .classPerTimestep(["x", "y"])) == 9)
    #expect(bytes(.features(["a"]), .valuesPerTimestep(["x", "y"])) == 13)
  }
}
