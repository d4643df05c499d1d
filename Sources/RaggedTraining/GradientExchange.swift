/// Makes one step of the parts of a batch that several trainers ("ranks") have.
///
/// It stands between the gradients and the optimiser. All ranks have the same model, options and state, and take every
/// step together, each on its own part of the batch, which may be empty. A step calls ``total(_:)``, once for each head of the
/// model, and then ``sum(_:_:)`` once; either returns when all ranks have called it, with the same numbers on every rank, so that
/// clipping, divergence, the optimiser and early stopping come to the same everywhere.
///
/// An error ends the step: weights, optimiser and states are then as before.
public protocol GradientExchange: Sendable {
  /// The sum over all ranks of what their losses weigh. It is taken before the gradients are computed, because it is what
  /// every rank divides its gradients by; for ``Reduction/sum`` nothing is divided.
  /// - Parameter weight: that of this rank's part: Σ w.
  func total(_ weight: Double) throws -> Double

  /// Replaces gradients and sums by their sums over all ranks.
  /// - Parameters:
  ///   - gradients: of this rank's part, divided by the total weight, `[P]`.
  ///   - loss: of this rank's part.
  func sum(_ gradients: inout [Float], _ loss: inout LossSum) throws
}

/// One trainer alone: its part is the whole batch.
public struct LocalExchange: GradientExchange {
  /// The exchange of one rank.
  public init() {}

  /// One rank's weight is the total.
  public func total(_ weight: Double) -> Double { weight }
  /// Leaves gradients and sums as they are.
  public func sum(_ gradients: inout [Float], _ loss: inout LossSum) {}
}
