import RaggedCore

/// What a step costs: an amount for each timestep and one for each batch, in seconds or in any other unit.
///
/// Two figures fit it to a machine: the time of a step on a large batch and on a small one. Only their ratio decides
/// which plan is best.
public struct CostModel: Sendable, Equatable, Codable {
  /// Which timesteps take time.
  public enum Counted: String, Sendable, Codable, CaseIterable {
    /// Padding takes as long as data: frameworks that compute a `[B, T]` grid.
    case padded
    /// Padding takes no time: Ragged's own trainer.
    case real
  }

  /// Which timesteps take time.
  public var counted: Counted
  /// The cost of a timestep.
  public var perTimestep: Double
  /// The cost that a batch has whatever its size.
  public var perBatch: Double

  /// A model in any unit; by default a timestep of the padded grid costs 1 and a batch nothing.
  public init(counted: Counted = .padded, perTimestep: Double = 1, perBatch: Double = 0) {
    self.counted = counted
    self.perTimestep = perTimestep
    self.perBatch = perBatch
  }

  /// The model that the times of two steps imply.
  /// - Parameters:
  ///   - counted: which timesteps the two counts are of.
  ///   - small: timesteps and time of a step on a small batch.
  ///   - large: those of a larger one.
  /// - Throws: ``BatchingError`` where the larger batch has no more timesteps or took no longer.
  public init(counted: Counted, small: (timesteps: Int, time: Double), large: (timesteps: Int, time: Double)) throws {
    guard large.timesteps > small.timesteps, large.time > small.time else {
      throw BatchingError(
        .invalidPolicy,
        "a step of \(large.timesteps) timesteps took \(large.time) and one of \(small.timesteps) took \(small.time), "
          + "expected more timesteps to take longer")
    }
    let slope = (large.time - small.time) / Double(large.timesteps - small.timesteps)
    self.init(counted: counted, perTimestep: slope, perBatch: max(0, small.time - slope * Double(small.timesteps)))
  }

  /// What an epoch costs.
  public func cost(of plan: BatchingCost) -> Double {
    let timesteps = counted == .padded ? plan.paddedTimesteps : plan.timesteps
    return perTimestep * Double(timesteps) + perBatch * Double(plan.batches)
  }

  /// A cost of which an epoch's worth is still a number.
  package static let limit = 1e100

  /// - Throws: ``BatchingError`` for a cost that is negative or no sensible number.
  func validate() throws {
    for (name, value) in [("timestep", perTimestep), ("batch", perBatch)] where !(0...CostModel.limit ~= value) {
      throw BatchingError(
        .invalidPolicy,
        "the cost of a \(name) is \(value), expected at \(value > 0 ? "most \(CostModel.limit)" : "least 0")")
    }
  }
}
