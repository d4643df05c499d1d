import ArgumentParser
import Ragged

/// How sequences become batches.
struct BatchArguments: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "How sequences are put together: padded, exact, buckets:K or boundaries:A,B,….",
      discussion: """
        padded: any lengths, padded to the longest of the batch. exact: one length a batch, no padding. buckets:K: the \
        K ranges of length that need the least padding. boundaries:10,20,40: ranges up to these lengths, and one above.
        """))
  var batching: BatchPolicy.Grouping = .buckets(8)

  @Option(name: .shortAndLong, help: "Sequences a batch.")
  var batchSize = 32

  @Option(name: .long, help: "Sequences a batch for each bucket, shortest first, separated by commas.")
  var bucketBatchSizes: String?

  @Flag(name: .long, help: "Leave out batches that are not full.")
  var dropRemainder = false

  @Flag(name: .long, help: "Keep sequences in stored order, buckets by rising length.")
  var noShuffle = false

  func policy(seed: UInt64) throws -> BatchPolicy {
    let sizes = try bucketBatchSizes.map { _ in
      try bucketBatchSizes.list.map { text in
        guard let size = Int(text) else {
          throw ValidationError("--bucket-batch-sizes has \"\(text)\", expected whole numbers")
        }
        return size
      }
    }
    let policy = BatchPolicy(
      grouping: batching, batchSize: batchSize, bucketBatchSizes: sizes, dropRemainder: dropRemainder,
      shuffle: noShuffle ? .none : .full, seed: seed)
    try policy.validate()
    return policy
  }
}

extension BatchPolicy.Grouping: ExpressibleByArgument {
  /// The grouping with this description.
  public init?(argument: String) { self.init(argument) }
  /// The grouping's description.
  public var defaultValueDescription: String { description }
}
