/// What is wanted of a batch besides the sums of its losses.
public struct Wanted: OptionSet, Sendable {
  /// A bit for each thing.
  public let rawValue: Int

  /// From bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// The mean loss of each sequence.
  public static let losses = Wanted(rawValue: 1)
  /// The model's outputs.
  public static let outputs = Wanted(rawValue: 2)
  /// The gradients of the weights and of the initial states.
  public static let gradients = Wanted(rawValue: 4)
  /// The gradients of the input's numbers, along with ``gradients``. Categories have none.
  public static let inputGradient: Wanted = [Wanted(rawValue: 8), .gradients]
}

/// What one pass of a batch through a model gives.
public struct BatchAnswer: Sendable {
  /// Sums and counts of the losses.
  public var sum: LossSum
  /// The mean loss of each sequence over its real timesteps, or that of its one output, without its weight, `[B]`; nil
  /// where nothing has a loss.
  public var losses: [Double?]
  /// As `Trainer.predict` gives them.
  public var outputs: [Float]
  /// Loss and gradients; nil where they are not wanted.
  public var gradients: Gradients?
  /// Losses and outputs of each head of a model that has several, where those above are empty; none of an ordinary model.
  public var heads: [Head] = []

  /// What one of several heads gives.
  public struct Head: Sendable {
    /// The head's name.
    public var name: String
    /// The mean loss of each sequence, without weights, `[B]`; nil where nothing has a loss.
    public var losses: [Double?]
    /// `[N, K]`, or `[B, K]` for a head with one output per sequence.
    public var outputs: [Float]
  }
}

/// A loss and its gradients.
public struct Gradients: Sendable {
  /// What the gradients are those of: the loss by the trainer's reduction.
  public var loss: Double
  /// In the order and layout of ``Sequential/weights``.
  public var weights: [WeightTensor]
  /// That of the numbers per timestep as the first layer sees them, normalised: `[N, F]`, or `[B, T, F]` for a padded
  /// batch; where it was asked for. 0 for a number that was not observed; one that stands for others that were not has
  /// theirs too.
  public var input: [Float]?
  /// That of the numbers per sequence, likewise, `[B, F]`.
  public var statics: [Float]?
  /// As the initial states that were given.
  public var states: [RecurrentState]
}
