public import RaggedBatching
public import RaggedCore

/// Everything that a trained model is: a training state, and a description of the model and of what it was trained on.
///
/// A run that goes on from a checkpoint gives bit for bit what the undisturbed run gives.
public struct Checkpoint: Sendable, Equatable {
  /// What the model takes.
  public var input: ModelInput
  /// From the input to the output.
  public var layers: [LayerSpec]
  /// The loss it was trained with.
  public var loss: Loss
  /// How losses became one number.
  public var reduction: Reduction
  /// The optimiser, whose memory is in ``state``.
  public var optimizer: Optimizer
  /// What is done to features before the model sees them.
  public var normalization: Normalization?
  /// What is done to values that are predicted.
  public var targetScale: TargetScale?
  /// The seed of dropout.
  public var seed: UInt64
  /// Timesteps that a gradient flows through at most.
  public var truncation: Int?
  /// The data and the command.
  public var context: CheckpointContext
  /// Weights, optimiser and progress.
  public var state: TrainingState
  /// The ends of a model that has several, and how each is judged; none for an ordinary one. The loss above is then that of the
  /// first.
  public var heads: [ModelHead] = []
  /// See ``heads``.
  public var headLosses: [HeadLoss] = []

  /// The loss of each end of the model.
  private var losses: [HeadLoss] { heads.isEmpty ? [HeadLoss(loss)] : headLosses }

  /// The model with its weights.
  /// - Throws: ``TrainingError`` where the file's layers and weights do not fit together.
  public func model() throws -> Sequential {
    try Sequential(input: input, specs: layers, heads: heads, parameters: state.parameters)
  }

  /// A trainer that predicts with the model, or goes on training it from its state.
  /// - Throws: ``TrainingError`` where the file's parts do not fit together.
  public func trainer(
    threads: Int? = nil, kernels: String? = nil, exchange: any GradientExchange = LocalExchange()
  ) throws -> Trainer {
    let trainer = try Trainer(
      model: model(), losses: losses, reduction: reduction, optimizer: optimizer, normalization: normalization,
      targetScale: targetScale, seed: seed, truncation: truncation, threads: threads, kernels: kernels,
      exchange: exchange)
    try checkOutputs(of: trainer)
    try trainer.restore(state)
    return trainer
  }

  /// The start of a run of the same model, loss, optimiser and data with other weights: no step is taken, no epoch done.
  /// - Throws: ``TrainingError`` where the weights do not have the model's shapes, or the normalisation is for another
  ///   number of features.
  public func starting(with weights: [WeightTensor], normalization: Normalization?) throws -> Checkpoint {
    var model = try model()
    try model.setWeights(weights)
    let trainer = try Trainer(
      model: model, losses: losses, reduction: reduction, optimizer: optimizer, normalization: normalization,
      targetScale: targetScale, seed: seed, truncation: truncation, threads: 1)
    try checkOutputs(of: trainer)
    return trainer.checkpoint(context: context)
  }

  /// Checks that all it holds are numbers: what is none in weights or in the optimiser's state stays there for ever.
  /// - Throws: ``TrainingError`` that names the first that is none.
  package func checkNumbers(_ code: TrainingFault = .checkpointInvalid) throws {
    let parts: [(String, [Float])] = [
      ("the weights", state.parameters), ("the best weights", state.bestParameters ?? []),
      ("the latest weights", state.latestParameters ?? []),
      ("the optimiser's means", state.optimizer.first), ("the optimiser's means of squares", state.optimizer.second),
      ("the states", carriedNumbers), ("the normalisation's means", normalization?.mean ?? []),
      ("the normalisation's deviations", normalization?.deviation ?? []),
      ("the normalisation's means per sequence", normalization?.staticMean ?? []),
      ("the normalisation's deviations per sequence", normalization?.staticDeviation ?? []),
      ("the target scale's means", targetScale?.mean ?? []),
      ("the target scale's deviations", targetScale?.deviation ?? []),
    ]
    for (name, values) in parts {
      guard let place = values.firstIndex(where: { !$0.isFinite }) else { continue }
      throw TrainingError(
        code, "\(name) hold \(values[place]) at element \(place) of \(values.count), expected numbers")
    }
  }

  /// Checks that the model's outputs are those of the target that it was trained on, where that is known.
  func checkOutputs(of trainer: Trainer) throws {
    guard let target = context.signature?.target, target != .none else { return }
    do {
      try trainer.check(target)
    } catch let error as TrainingError {
      throw TrainingError(.checkpointInvalid, error.message)
    }
  }

  /// The parts of each carried state one after the other, `[B, H]` each, as a file holds them.
  var carriedNumbers: [Float] { state.carriedStates.flatMap { $0.parts.joined() } }

  /// The carried states by recurrent layer and direction; none where there are none.
  static func states(_ carriedStates: [Float], of program: Program) throws -> [RecurrentState] {
    guard !carriedStates.isEmpty else { return [] }
    let numbersPerRow = program.states.reduce(0) { $0 + $1.partCount * $1.units }
    guard numbersPerRow > 0, carriedStates.count % numbersPerRow == 0 else {
      throw TrainingError(
        .checkpointInvalid,
        "the checkpoint has \(carriedStates.count.counted("number")) of states for a model of \(numbersPerRow) per row")
    }
    var rest = carriedStates[...]
    return program.states.map { info in
      let count = carriedStates.count / numbersPerRow * info.units
      return RecurrentState(
        parts: (0..<info.partCount).map { _ in
          defer { rest = rest.dropFirst(count) }
          return Array(rest.prefix(count))
        })
    }
  }
}

/// What a checkpoint knows of the data it was trained on and of the command that did it.
public struct CheckpointContext: Sendable, Equatable, Codable {
  /// The features, classes and vocabulary of the data.
  public var signature: SequenceSignature?
  /// The fingerprint of the batches: a resumed run must have the same.
  public var fingerprint: UInt64?
  /// How batches were made.
  public var policy: BatchPolicy?
  /// Anything that the command wants to find again.
  public var notes: [String: String]

  /// A context; what is left out is not known.
  public init(
    signature: SequenceSignature? = nil, fingerprint: UInt64? = nil, policy: BatchPolicy? = nil,
    notes: [String: String] = [:]
  ) {
    self.signature = signature
    self.fingerprint = fingerprint
    self.policy = policy
    self.notes = notes
  }
}

extension Trainer {
  /// The trainer's state as a checkpoint.
  public func checkpoint(context: CheckpointContext = CheckpointContext()) -> Checkpoint {
    Checkpoint(
      input: model.input, layers: model.layers, loss: loss, reduction: reduction, optimizer: optimizer,
      normalization: normalization, targetScale: targetScale, seed: seed, truncation: truncation, context: context,
      state: state, heads: model.heads, headLosses: model.heads.isEmpty ? [] : losses)
  }
}
