public import ArgumentParser
public import Ragged

struct BatchArguments: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "How sequences are put together: padded, exact, buckets:K, boundaries:A,B,…, pool:N, packed:T. "
        + "Default: \(BatchPolicy.Grouping.usual).",
      discussion: """
        padded: any lengths, padded to the longest of the batch. exact: one length a batch, no padding. buckets:K: the \
        K ranges of length that need the least padding. boundaries:10,20,40: ranges up to these lengths, and one above. \
        pool:N: sorted by length within shuffled pools of N batches. packed:T: several sequences end to end in a row of \
        T timesteps, where the batch size counts rows.
        """))
  var batching: BatchPolicy.Grouping?

  @OptionGroup var limits: LimitArguments

  @Option(name: .long, help: "Sequences per batch for each bucket, shortest first, separated by commas.")
  var bucketBatchSizes: [String] = []

  @Option(name: .long, help: "With buckets:K: make padding and this many timesteps per batch least, not padding alone.")
  var batchCost: Double?

  @OptionGroup var order: OrderArguments

  func validate() throws {
    try Limits.check("--batching") { try BatchPolicy(grouping: batching ?? .padded).validate() }
    try Limits.check { _ = try policy(seed: 0) }
  }

  func policy(seed: UInt64) throws -> BatchPolicy {
    var policy = try order.policy(limits, seed: seed)
    policy.grouping = batching ?? .usual
    policy.costModel = batchCost.map { CostModel(perBatch: $0) }
    policy.bucketBatchSizes = try bucketBatchSizes.joinedList.map { sizes in
      try Optional(sizes).list.map { text in
        guard let size = Int(text) else {
          throw ValidationError("--bucket-batch-sizes has \"\(text)\", expected whole numbers")
        }
        try Limits.check("--bucket-batch-sizes", size, Limits.count)
        return size
      }
    }
    try policy.validate()
    return policy
  }
}

/// How much a batch may hold. All limits hold at once.
struct LimitArguments: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help:
      "Sequences per batch at most. Default: \(BatchPolicy.usualBatchSize), or any number under one of the limits below."
  )
  var batchSize: Int?

  @Option(name: .long, help: "Real timesteps per batch at most.")
  var maxTimesteps: Int?

  @Option(name: .long, help: "Timesteps per batch at most, padding included.")
  var maxPaddedTimesteps: Int?

  @Option(name: .long, help: "Bytes of a padded batch at most: input, mask and targets per timestep.")
  var maxBytes: Int?

  func validate() throws {
    try Limits.check("--batch-size", batchSize, Limits.count)
    let budgets = 1...BatchLimits.largest
    try Limits.check("--max-timesteps", maxTimesteps, budgets)
    try Limits.check("--max-padded-timesteps", maxPaddedTimesteps, budgets)
    try Limits.check("--max-bytes", maxBytes, budgets)
  }

  var limits: BatchLimits {
    BatchLimits(timesteps: maxTimesteps, paddedTimesteps: maxPaddedTimesteps, bytes: maxBytes)
  }
}

/// In which order batches come, and which are left out.
struct OrderArguments: ParsableArguments {
  @Flag(name: .long, inversion: .prefixedNo, help: "Leave out batches that are not full.")
  var dropRemainder = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The order: full, none, or blocks:SIZE[,POOL] for a store larger than memory.",
      discussion: """
        none keeps stored order, buckets by rising length. blocks:10000,8 mixes 8 blocks of 10,000 neighbouring \
        sequences at a time; POOL is 8 where it is left out.
        """))
  var shuffle: BatchPolicy.Shuffle?

  @Flag(name: .long, help: "The same as --shuffle none.")
  var noShuffle = false

  @Flag(
    name: .long, inversion: .prefixedNo,
    help: "The batch with the most padded timesteps first, so that memory fails at once or never.")
  var largestFirst = false

  func validate() throws {
    if noShuffle, let shuffle, shuffle != .none {
      throw ValidationError("--no-shuffle and --shuffle \(shuffle) exclude each other")
    }
    try Limits.check("--shuffle") { try BatchPolicy(shuffle: shuffle ?? .full).validate() }
  }

  func policy(_ arguments: LimitArguments, seed: UInt64) throws -> BatchPolicy {
    let limits = arguments.limits
    let policy = BatchPolicy(
      batchSize: arguments.batchSize ?? BatchPolicy.usualBatchSize(under: limits), limits: limits,
      dropRemainder: dropRemainder,
      shuffle: noShuffle ? .none : shuffle ?? .full, largestFirst: largestFirst, seed: seed)
    try policy.validate()
    return policy
  }
}

extension BatchPolicy.Grouping: ExpressibleByArgument {
  /// The grouping with this description.
  public init?(argument: String) { self.init(argument) }
}

extension BatchPolicy.Shuffle: ExpressibleByArgument {
  /// The order with this description.
  public init?(argument: String) { self.init(argument) }
  /// The order's description.
  public var defaultValueDescription: String { description }
}
