import RaggedBatching
import RaggedCore

/// Goes through the batches of a plan and looks for what breaks its promises: a sequence that is not taken once, a limit
/// that is exceeded, a row that is not as it says.
struct PlanAudit {
  private let policy: BatchPolicy
  private let lengths: [Int32]
  private let bytesPerTimestep: Int
  private let buckets: LengthBuckets
  private var times: [UInt8]
  private var fault: String?
  private(set) var batches = 0

  /// An audit of a plan of sequences with these lengths.
  /// - Parameter plan: says which sequences are left out, and what the buckets are.
  init(_ policy: BatchPolicy, _ lengths: [Int32], _ signature: SequenceSignature, _ plan: BatchPlan) {
    self.policy = policy
    self.lengths = lengths
    bytesPerTimestep = signature.bytesPerPaddedTimestep
    buckets = plan.buckets
    times = Array(repeating: 0, count: lengths.count)
    if !policy.dropRemainder, !plan.dropped.isEmpty {
      fault = "\(plan.dropped.count.counted("sequence is", "sequences are")) left out, expected none"
    }
    for position in plan.dropped { times[position] = 1 }
  }

  /// What is wrong; nil where nothing is.
  var problem: String? {
    if let fault { return fault }
    guard let wrong = times.firstIndex(where: { $0 != 1 }) else { return nil }
    return "the sequence at position \(wrong) is taken \(times[wrong]) times, expected once"
  }

  mutating func add(_ batch: PlannedBatch) {
    batches += 1
    for position in batch.positions where times[position] < .max { times[position] += 1 }
    if fault == nil { fault = fault(of: batch) }
  }

  private func fault(of batch: PlannedBatch) -> String? {
    let members = batch.positions.map { Int(lengths[$0]) }
    var rowLengths = members
    if let counts = batch.sequencesPerRow {
      guard counts.reduce(0, +) == members.count else {
        return "the rows of a batch hold \(counts.reduce(0, +)) sequences, expected \(members.count)"
      }
      var rest = members[...]
      rowLengths = counts.map { count in
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count).reduce(0, +)
      }
    }
    guard let longest = rowLengths.max() else { return "a batch has no sequences, expected at least one" }
    guard batch.longest == longest else {
      return "a batch claims that its longest row has \(batch.longest) timesteps, expected \(longest)"
    }
    var rowLimit: Int?
    if case .packed(let limit) = policy.grouping { rowLimit = limit }
    let padded = rowLengths.count * longest
    for (count, what, limit) in [
      (rowLengths.count, "rows", policy.batchSize(bucket: batch.bucket)),
      (members.reduce(0, +), "real timesteps", policy.limits.timesteps),
      (padded, "padded timesteps", policy.limits.paddedTimesteps),
      (padded * bytesPerTimestep, "bytes", policy.limits.bytes), (longest, "timesteps in a row", rowLimit),
    ] {
      if let limit, count > limit { return "a batch has \(count) \(what), expected at most \(limit)" }
    }
    let range = buckets.lowerLimit(batch.bucket)...(buckets.upperLimit(batch.bucket) ?? .max)
    if let wrong = members.first(where: { !range.contains($0) }) {
      return "a batch of bucket \(batch.bucket) has a sequence of \(wrong) timesteps, expected \(range)"
    }
    return nil
  }
}
