/// What a policy allows a batch of one bucket, with `Int.max` for what is not limited.
struct BatchCapacity {
  var rows: Int
  var timesteps: Int
  var paddedTimesteps: Int

  init(_ policy: BatchPolicy, bucket: Int, bytesPerTimestep: Int) {
    rows = max(1, policy.batchSize(bucket: bucket))
    timesteps = policy.limits.timesteps ?? .max
    paddedTimesteps = policy.limits.paddedBudget(bytesPerTimestep: bytesPerTimestep)
  }

  /// Whether a row of this length may stand alone.
  func admits(_ length: Int) -> Bool { length <= min(timesteps, paddedTimesteps) }

  /// Rows of this length in a batch: at least one, whatever the limits.
  func count(ofLength length: Int) -> Int {
    guard length > 0 else { return rows }
    return max(1, min(rows, timesteps / length, paddedTimesteps / length))
  }
}

/// A batch as it fills.
struct BatchFill {
  private(set) var rows = 0
  private(set) var longest = 0
  private var timesteps = 0

  /// Adds a row and says so, where it fits; an empty batch takes any row. What is too long for any batch is refused
  /// before a plan is made, so the exception only keeps a plan from losing sequences.
  @inline(__always)
  mutating func add(_ length: Int, to capacity: BatchCapacity) -> Bool {
    let widest = max(longest, length)
    guard
      rows == 0
        || (rows < capacity.rows && timesteps + length <= capacity.timesteps
          && (rows + 1) * widest <= capacity.paddedTimesteps)
    else { return false }
    rows += 1
    timesteps += length
    longest = widest
    return true
  }

  /// Whether one more row as long as the longest would not fit.
  func isFull(_ capacity: BatchCapacity) -> Bool {
    var fill = self
    return rows > 0 && !fill.add(longest, to: capacity)
  }
}
