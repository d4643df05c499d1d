import RaggedBatching
import RaggedCore

/// One random planning problem with any grouping, limits and order.
struct OrderCase {
  var lengths: [Int32]
  var policy: BatchPolicy
  var epoch: Int

  /// Lengths that are spread, tied, skewed, all zero or absent; every grouping, limit and order.
  init(number: Int) {
    var random = SeededRandom(seed: 12, stream: UInt64(number))
    let count = [0, 1, 2, 7, 40, 200][random.below(6)]
    let spread = [1, 2, 5, 30, 1000][random.below(5)]
    let skew = random.below(3) == 0
    lengths = (0..<count).map { _ in Int32(skew && random.below(8) > 0 ? 1 : random.below(spread)) }
    policy = BatchPolicy(batchSize: random.below(3) == 0 ? .max : 1 + random.below(9))
    switch random.below(6) {
    case 0: policy.grouping = .padded
    case 1: policy.grouping = .exactLength
    case 2: policy.grouping = .boundaries([1 + random.below(spread + 2)])
    case 3: policy.grouping = .buckets(1 + random.below(6))
    case 4: policy.grouping = .pool(1 + random.below(5))
    default: policy.grouping = .packed(spread + random.below(2 * spread))
    }
    // Every sequence alone fits every limit, as plans of sources ask for.
    if random.below(3) == 0 { policy.limits.timesteps = spread + random.below(4 * spread) }
    if random.below(3) == 0 { policy.limits.paddedTimesteps = spread + random.below(4 * spread) }
    if random.below(4) == 0 { policy.limits.bytes = OrderCase.bytes * (spread + random.below(4 * spread)) }
    if random.below(4) == 0 { policy.costModel = CostModel(perBatch: Double(random.below(50))) }
    policy.dropRemainder = random.below(3) == 0
    policy.shuffle =
      [.none, .full, .full, .blocks(size: 1 + random.below(20), pool: 1 + random.below(5))][
        random.below(4)]
    policy.largestFirst = random.below(2) == 0
    policy.seed = random.next()
    epoch = 1 + random.below(5)
  }

  static let bytes = 5

  var plan: BatchPlan { BatchPlan(lengths: lengths, policy: policy, epoch: epoch, bytesPerTimestep: OrderCase.bytes) }
}
