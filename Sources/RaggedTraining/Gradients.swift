/// A loss and its gradients.
public struct Gradients: Sendable {
  /// The reduced loss.
  public var loss: Double
  /// In the order and layout of ``Sequential/weights``.
  public var weights: [WeightTensor]
  /// `[N, F]`, or `[B, T, F]` for a padded batch; where it was asked for.
  public var input: [Float]?
  /// As the initial states that were given.
  public var states: [RecurrentState]
}
