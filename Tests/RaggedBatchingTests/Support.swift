import Foundation
import RaggedBatching
import RaggedCore

/// A file under `fixtures/reference`.
func reference<Value: Decodable>(_ name: String, file: String = #filePath) throws -> Value {
  let root = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  let data = try Data(contentsOf: root.appendingPathComponent("fixtures/reference/\(name)"))
  return try JSONDecoder().decode(Value.self, from: data)
}

/// One random planning problem.
struct PlanningCase {
  var lengths: [Int32]
  var policy: BatchPolicy
  var epoch: Int

  /// Lengths that are spread, tied, skewed, all zero or absent; every grouping; every option.
  init(number: Int) {
    var random = SeededRandom(seed: 2, stream: UInt64(number))
    let count = [0, 1, 2, 7, 40, 200][random.below(6)]
    let spread = [1, 2, 5, 30, 1000][random.below(5)]
    let skew = random.below(3) == 0
    lengths = (0..<count).map { _ in Int32(skew && random.below(8) > 0 ? 1 : random.below(spread)) }
    policy = BatchPolicy(batchSize: 1 + random.below(9))
    switch random.below(4) {
    case 0: policy.grouping = .padded
    case 1: policy.grouping = .exactLength
    case 2:
      var limits: Set<Int> = []
      for _ in 0...random.below(4) { limits.insert(random.below(spread + 2)) }
      policy.grouping = .boundaries(limits.sorted())
      if random.below(2) == 0 { policy.bucketBatchSizes = (0...limits.count).map { _ in 1 + random.below(9) } }
    default:
      let buckets = 1 + random.below(6)
      policy.grouping = .buckets(buckets)
      if random.below(2) == 0 { policy.bucketBatchSizes = (0..<buckets).map { _ in 1 + random.below(9) } }
    }
    policy.dropRemainder = random.below(3) == 0
    policy.shuffle = random.below(3) > 0 ? .full : .none
    policy.seed = random.next()
    epoch = 1 + random.below(5)
  }

  var plan: BatchPlan { BatchPlan(lengths: lengths, policy: policy, epoch: epoch) }
}

/// A source of sequences of one feature, whose value at every timestep is the sequence's position.
func numberedSource(_ lengths: [Int]) throws -> InMemorySource {
  let values = lengths.enumerated().flatMap { Array(repeating: Float($0), count: $1) }
  let offsets = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
  return try InMemorySource(
    SequenceBatch(input: .values(values, featureCount: 1), offsets: offsets),
    signature: SequenceSignature(input: .features(["x"]), target: .none),
    keys: lengths.indices.map { "key \($0)" })
}
