/// Budgets of a batch, beside its number of sequences. All that are given hold at once, and none is ever overshot: a
/// sequence that would exceed one begins the next batch.
public struct BatchLimits: Sendable, Equatable, Codable {
  /// Real timesteps a batch, at most.
  public var timesteps: Int?
  /// Timesteps a batch with padding, at most: rows × the longest of them.
  public var paddedTimesteps: Int?
  /// Bytes a batch when padded, at most: padded timesteps × `SequenceSignature.bytesPerPaddedTimestep`.
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
    for (name, limit) in [
      ("timesteps", timesteps), ("padded timesteps", paddedTimesteps), ("bytes", bytes),
    ] {
      guard let limit, !(1...BatchLimits.largest).contains(limit) else { continue }
      throw BatchingError(
        .invalidPolicy,
        "the limit of \(name) a batch is \(limit), expected at \(limit < 1 ? "least 1" : "most \(BatchLimits.largest)")"
      )
    }
  }
}
