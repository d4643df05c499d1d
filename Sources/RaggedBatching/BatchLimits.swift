public import RaggedCore

/// Budgets of a batch, beside its number of sequences. All that are given hold at once, and none is ever overshot: a
/// sequence that would exceed one begins the next batch.
public struct BatchLimits: Sendable, Equatable, Codable {
  /// Real timesteps per batch, at most.
  public var timesteps: Int?
  /// Timesteps per batch with padding, at most: rows × the longest of them.
  public var paddedTimesteps: Int?
  /// Bytes per batch when padded, at most: padded timesteps × `SequenceSignature.bytesPerPaddedTimestep`.
  public var bytes: Int?

  /// Budgets; nil means none.
  public init(timesteps: Int? = nil, paddedTimesteps: Int? = nil, bytes: Int? = nil) {
    self.timesteps = timesteps
    self.paddedTimesteps = paddedTimesteps
    self.bytes = bytes
  }

  /// Whether there is no budget.
  public var isEmpty: Bool { timesteps == nil && paddedTimesteps == nil && bytes == nil }

  /// The most padded timesteps that both the budget of timesteps and that of bytes allow.
  func paddedBudget(bytesPerTimestep: Int) -> Int {
    min(paddedTimesteps ?? .max, bytes.map { $0 / max(1, bytesPerTimestep) } ?? .max)
  }

  /// The largest budget, in timesteps or bytes: a petabyte.
  package static let largest = 1_000_000_000_000_000

  /// - Throws: ``BatchingError`` for a budget below 1 or above ``largest``.
  func validate() throws {
    for (name, limit) in [("timesteps", timesteps), ("padded timesteps", paddedTimesteps), ("bytes", bytes)] {
      guard let limit, !(1...BatchLimits.largest).contains(limit) else { continue }
      throw BatchingError(
        .invalidPolicy,
        "the limit of \(name) per batch is \(limit), expected at \(limit < 1 ? "least 1" : "most \(BatchLimits.largest)")"
      )
    }
  }
}

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

extension SequenceSignature {
  /// The bytes that a timestep takes in a padded batch: its values or token, its mask, and its target where there is
  /// one per timestep. What a sequence has once, such as its class, is not counted.
  public var bytesPerPaddedTimestep: Int {
    4 * input.timestep.names.count + 4 * target.widthPerTimestep + 1
  }
}

extension TargetSignature {
  /// Numbers that a padded timestep has of it.
  fileprivate var widthPerTimestep: Int {
    switch self {
    case .none, .classPerSequence, .valuesPerSequence, .labels: 0
    case .classPerTimestep: 1
    case .valuesPerTimestep(let names): names.count
    case .several(let parts): parts.reduce(0) { $0 + $1.target.widthPerTimestep }
    }
  }
}
