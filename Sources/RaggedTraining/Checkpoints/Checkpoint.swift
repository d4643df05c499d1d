import Foundation
public import RaggedBatching
public import RaggedCore

/// Everything that a trained model is: layers, weights, what it was trained on and where its training stands.
///
/// A run that goes on from a checkpoint gives bit for bit what the undisturbed run gives.
public struct Checkpoint: Sendable, Equatable {
  /// What the model takes.
  public var input: ModelInput
  /// The layers.
  public var layers: [LayerSpec]
  /// The loss it was trained with.
  public var loss: Loss
  /// How losses became one number.
  public var reduction: Reduction
  /// The optimiser.
  public var optimizer: Optimizer
  /// What is done to features before the model sees them.
  public var normalization: Normalization?
  /// The seed of dropout.
  public var seed: UInt64
  /// Timesteps that a gradient flows through at most.
  public var truncation: Int?
  /// Where training stands.
  public var progress: TrainingProgress
  /// The data and the command.
  public var context: CheckpointContext
  var parameters: [Float]
  var bestParameters: [Float]?
  /// Where `parameters` are the best epoch's again: those that training goes on from.
  var latestParameters: [Float]?
  var optimizerState: OptimizerState
  /// h, then c, of each state, `[B, H]` each, where training stands in the middle of an epoch whose rows go on from batch
  /// to batch; else empty.
  var carriedStates: [Float]

  /// The model with its weights.
  /// - Throws: ``TrainingError`` where the file's layers and weights do not fit together.
  public func model() throws -> Sequential {
    try Sequential(input: input, specs: layers, parameters: parameters)
  }

  /// A trainer that predicts with the model, or goes on training it.
  /// - Throws: ``TrainingError`` where the file's parts do not fit together.
  public func trainer(threads: Int? = nil, kernels: String? = nil) throws -> Trainer {
    let trainer = try Trainer(
      model: model(), loss: loss, reduction: reduction, optimizer: optimizer, normalization: normalization, seed: seed,
      truncation: truncation, threads: threads, kernels: kernels)
    try checkOutputs(of: trainer)
    let expected = trainer.optimizerState
    guard expected.first.count == optimizerState.first.count, expected.second.count == optimizerState.second.count
    else {
      throw TrainingError(.checkpointInvalid, "the optimiser's state does not have the size of the model's weights")
    }
    for (name, other) in [("best", bestParameters), ("latest", latestParameters)] {
      guard let other, other.count != parameters.count else { continue }
      throw TrainingError(
        .checkpointInvalid, "the checkpoint has \(other.count) \(name) weights for a model of \(parameters.count)")
    }
    trainer.optimizerState = optimizerState
    trainer.bestParameters = bestParameters
    trainer.latestParameters = latestParameters
    trainer.carriedStates = try states(of: trainer.model.program)
    return trainer
  }

  /// Checks that all it holds are numbers: what is none in weights or in the optimiser's state stays there for ever.
  /// - Throws: ``TrainingError`` that names the first that is none.
  package func checkNumbers(_ code: TrainingError.Code = .checkpointInvalid) throws {
    let parts: [(String, [Float])] = [
      ("the weights", parameters), ("the best weights", bestParameters ?? []),
      ("the latest weights", latestParameters ?? []),
      ("the optimiser's means", optimizerState.first), ("the optimiser's means of squares", optimizerState.second),
      ("the states", carriedStates), ("the normalisation's means", normalization?.mean ?? []),
      ("the normalisation's deviations", normalization?.deviation ?? []),
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

  /// The carried states by direction and LSTM; none where there are none.
  private func states(of program: Program) throws -> [LSTMState] {
    guard !carriedStates.isEmpty else { return [] }
    let numbersPerRow = program.states.reduce(0) { $0 + 2 * $1.units }
    guard numbersPerRow > 0, carriedStates.count % numbersPerRow == 0 else {
      throw TrainingError(
        .checkpointInvalid,
        "the checkpoint has \(carriedStates.count.counted("number")) of states for a model of \(numbersPerRow) a row")
    }
    var rest = carriedStates[...]
    return program.states.map { info in
      let count = carriedStates.count / numbersPerRow * info.units
      defer { rest = rest.dropFirst(2 * count) }
      return LSTMState(h: Array(rest.prefix(count)), c: Array(rest.dropFirst(count).prefix(count)))
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
  public func checkpoint(
    progress: TrainingProgress = TrainingProgress(), context: CheckpointContext = CheckpointContext()
  ) -> Checkpoint {
    Checkpoint(
      input: model.input, layers: model.layers, loss: loss, reduction: reduction, optimizer: optimizer,
      normalization: normalization, seed: seed, truncation: truncation, progress: progress, context: context,
      parameters: model.parameters, bestParameters: bestParameters,
      latestParameters: latestParameters, optimizerState: optimizerState,
      carriedStates: carriedStates.flatMap { $0.h + $0.c })
  }
}
