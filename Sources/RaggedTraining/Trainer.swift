import Foundation
import Logging
import RaggedBatching
public import RaggedCore

/// A model with a loss and an optimiser: trains, evaluates and predicts.
///
/// Batches come ragged or padded with any mask; either way only real timesteps are computed, and the result is the same
/// bit for bit, for every padding of the same sequences and any number of threads.
public final class Trainer {
  /// Weights, optimiser and progress as the last step or fit left them.
  public internal(set) var state: TrainingState
  /// What is made small; of several heads that of the first.
  public var loss: Loss { losses[0].loss }
  /// The loss of each head, and its factor in the total; one of weight 1 for an ordinary model.
  public let losses: [HeadLoss]
  /// How losses become one number.
  public let reduction: Reduction
  /// How gradients become new weights.
  public let optimizer: Optimizer
  /// What is done to features before the model sees them.
  public let normalization: Normalization?
  /// What is done to values that are predicted; outputs are in the data's units whatever it is.
  public let targetScale: TargetScale?
  /// Decides which units dropout drops.
  public let seed: UInt64
  /// Timesteps that a gradient flows through at most; nil for all. See ``init(model:loss:reduction:optimizer:normalization:targetScale:seed:truncation:threads:kernels:exchange:)``.
  public let truncation: Int?
  /// The model without its weights, which are the state's.
  private let structure: Sequential
  package let exchange: any GradientExchange
  let engine: Engine
  /// Asked with each exchange between ranks whether this one wants to go on.
  var endMonitor = ProgressMonitor.none
  /// Whether ranks have agreed to end.
  var isEndAgreed = false
  var gradientBuffer: [Float]

  /// A trainer of a model.
  /// - Parameters:
  ///   - model: its layers and weights.
  ///   - loss: what is made small.
  ///   - reduction: what the loss is divided by.
  ///   - optimizer: how a gradient becomes a step.
  ///   - normalization: what every input is brought to first; nil leaves it.
  ///   - targetScale: what targets, and the inputs that these are later cells of, are brought to; nil leaves them.
  ///   - seed: decides dropout.
  ///   - truncation: long sequences are taken in pieces of this many timesteps (truncated back-propagation through time):
  ///     states go on from piece to piece, the gradient does not, and memory is that of a piece. nil takes sequences
  ///     whole.
  ///   - threads: how many work at once; nil takes every core. The result does not depend on it.
  ///   - kernels: `avx512`, `avx2` or `baseline`; nil takes the environment's `RAGGED_KERNELS`, or else the fastest
  ///     that the processor has.
  ///   - exchange: joins this trainer with those of other ranks, which take every step together: by default there are none.
  /// - Throws: ``TrainingError`` for options without a meaning.
  public convenience init(
    model: Sequential, loss: Loss, reduction: Reduction = .meanPerTimestep, optimizer: Optimizer = .adam(),
    normalization: Normalization? = nil, targetScale: TargetScale? = nil, seed: UInt64 = 0, truncation: Int? = nil,
    threads: Int? = nil, kernels: String? = nil, exchange: any GradientExchange = LocalExchange()
  ) throws {
    try self.init(
      model: model, losses: [HeadLoss(loss)], reduction: reduction, optimizer: optimizer, normalization: normalization,
      targetScale: targetScale, seed: seed, truncation: truncation, threads: threads, kernels: kernels,
      exchange: exchange)
  }

  /// A trainer of a model with several heads; or with one, as the other initialiser.
  ///
  /// The total loss is Σ weight · loss over the heads, each divided by its own denominator: the weights of the sequences or
  /// timesteps that have its target. A head of weight 0 is judged and leaves every gradient, bit for bit, as it is without the head.
  ///
  /// There is a loss for each head, in their order; everything else is as for one head. Targets of several heads have no scale.
  /// - Throws: ``TrainingError`` for options without a meaning, and for more or fewer losses than the model has heads.
  public init(
    model: Sequential, losses: [HeadLoss], reduction: Reduction = .meanPerTimestep, optimizer: Optimizer = .adam(),
    normalization: Normalization? = nil, targetScale: TargetScale? = nil, seed: UInt64 = 0, truncation: Int? = nil,
    threads: Int? = nil, kernels: String? = nil, exchange: any GradientExchange = LocalExchange()
  ) throws {
    try Self.check(losses, of: model, truncation: truncation)
    try optimizer.validate()
    if let truncation {
      guard (1...Int.largestCount).contains(truncation) else {
        throw TrainingError(
          .invalidModel,
          "back-propagation is cut after \(truncation.counted("timestep")), expected 1 to \(Int.largestCount)")
      }
      guard !model.program.readsBackwards else {
        throw TrainingError(
          .invalidModel, "truncated back-propagation needs layers that read forwards: this model reads backwards too")
      }
    }
    if let threads, !(1...Trainer.threadLimit).contains(threads) {
      throw TrainingError(
        .invalidModel,
        "\(threads.counted("thread")), expected at \(threads < 1 ? "least 1" : "most \(Trainer.threadLimit)")")
    }
    try normalization?.check(model.input)
    if let targetScale {
      try targetScale.check(model, losses)
    }
    var structure = model
    structure.parameters = []
    self.structure = structure
    state = TrainingState(
      parameters: model.parameters, optimizer: OptimizerState(optimizer.rule, parameterCount: model.parameterCount))
    self.losses = losses
    self.reduction = reduction
    self.optimizer = optimizer
    self.normalization = normalization
    self.targetScale = targetScale
    self.seed = seed
    self.truncation = truncation
    self.exchange = exchange
    gradientBuffer = Array(repeating: 0, count: model.parameterCount)
    engine = try Engine(
      program: model.program, normalization: normalization,
      threads: threads ?? min(ProcessInfo.processInfo.activeProcessorCount, Trainer.threadLimit),
      kernels: kernels ?? ProcessInfo.processInfo.environment["RAGGED_KERNELS"])
    TrainingLog.logger.debug(
      "kernels \(engine.kernelName), threads \(engine.workers.count), \(model.parameterCount) parameters")
  }

  /// Threads of a trainer at most: beyond the cores of any machine.
  public static let threadLimit = 1024

  /// The model as trained so far.
  public var model: Sequential {
    var model = structure
    model.parameters = state.parameters
    return model
  }
  /// Training steps taken so far.
  public var stepsTaken: Int { state.optimizer.step }
  /// The kernels in use: `avx512`, `avx2` or `baseline`.
  public var kernels: String { engine.kernelName }
  /// Bytes of working memory held between steps; it depends on the model and the longest sequence, not on the batch.
  public var workingBytes: Int { engine.workingBytes }

  /// Goes on from a state.
  /// - Throws: ``TrainingError`` for one of another model or optimiser; the trainer is then as before.
  func restore(_ state: TrainingState) throws {
    let (count, expected) = (structure.parameterCount, self.state.optimizer)
    for (name, other) in [
      ("", state.parameters), ("best ", state.bestParameters), ("latest ", state.latestParameters),
    ] as [(String, [Float]?)] where other.map({ $0.count != count }) ?? false {
      throw TrainingError(
        .checkpointInvalid, "the state has \(other?.count ?? 0) \(name)weights, expected the model's \(count)")
    }
    guard expected.first.count == state.optimizer.first.count, expected.second.count == state.optimizer.second.count
    else {
      throw TrainingError(.checkpointInvalid, "the optimiser's state does not have the size of the model's weights")
    }
    self.state = state
  }

  /// One step of training on a batch.
  /// - Returns: the loss before the step, as sums.
  /// - Throws: ``TrainingError`` for a batch that does not fit, or a loss, gradient or new weight that is no longer a
  ///   number; the weights are then as before.
  @discardableResult
  public func trainStep(_ batch: SequenceBatch) throws -> LossSum {
    let prepared = try prepare(batch)
    try checkTargets(prepared.batch)
    let request = EngineRequest(losses: losses, reduction: reduction, dropoutSeed: stepSeed)
    return try takeStep(prepared.batch, request) {
      try differentiate(prepared.batch, $0, into: &gradientBuffer, request)
    }.sum
  }

  /// Decides which units the next step drops.
  var stepSeed: UInt64 { StableHash.mix(seed ^ UInt64(stepsTaken) &* 0x9e37_79b9_7f4a_7c15) }

  /// One step of all ranks.
  /// - Parameters:
  ///   - batch: the one of all ranks, or this rank's own.
  ///   - differentiate: leaves the batch's gradients in the buffer, divided by the total of the weights that it is given.
  /// - Returns: what `differentiate` gave, with the sums of all ranks.
  func takeStep(
    _ batch: SequenceBatch, _ request: EngineRequest, differentiate: ([LossWeights]) throws -> EngineAnswer
  ) throws -> EngineAnswer {
    var weights = engine.weights(of: batch, request)
    let own = weights.map(\.total)
    let hasOwnBatch = exchange.worldSize > 1 && exchange.division == .batches
    if hasOwnBatch {
      for (place, total) in try exchange.sums(own).enumerated() { weights[place].total = total }
    }
    var answer = try differentiate(weights)
    answer.sum.weights = own
    if hasOwnBatch {
      let wish = try answer.sum.add(over: exchange, wish: endMonitor.isCancelled)
      isEndAgreed = isEndAgreed || wish
      try exchange.sum(&gradientBuffer)
    }
    try applyGradients(of: answer.sum)
    return answer
  }

  /// Applies the gradients in the buffer, with a look at the loss that they belong to, at them, and at what comes of
  /// them: finite gradients may still leave weights, or means of squares, that are not.
  private func applyGradients(of sum: LossSum) throws {
    func diverged(_ figure: String) -> TrainingError {
      TrainingError(
        .diverged,
        "\(figure) at step \(stepsTaken + 1), expected a number: "
          + "a smaller learning rate, normalised features or a clipped gradient may help")
    }
    guard sum.isFinite else { throw diverged("the loss is \(sum.heads.isEmpty ? sum.loss : sum.mean)") }
    let gradient = Magnitude.largest(gradientBuffer)
    guard gradient.isFinite else { throw diverged("a gradient is infinite or undefined") }
    let largest = Magnitude.largest(state.parameters, state.optimizer.first, state.optimizer.second)
    // Copies are made only where they may be needed, which in a run that goes well is never.
    let mayOverflow = optimizer.mayOverflow(largest: largest, gradient: gradient, step: stepsTaken)
    let before = mayOverflow ? state : nil
    guard state.step(&gradientBuffer, by: optimizer, on: engine.workers).isFinite else {
      let areWeights = !Magnitude.largest(state.parameters).isFinite
      if let before { state = before }
      throw diverged(
        areWeights ? "a weight becomes infinite or undefined" : "the optimiser's state becomes infinite or undefined")
    }
  }

  /// One step of training on a padded batch: its real timesteps alone count.
  /// - Throws: as for a ragged batch.
  @discardableResult
  public func trainStep(_ batch: PaddedBatch) throws -> LossSum { try trainStep(batch.grid) }

  /// The loss of a batch, without dropout, as sums.
  /// - Throws: ``TrainingError`` for a batch that does not fit.
  public func evaluate(_ batch: SequenceBatch) throws -> LossSum { try answer(batch).sum }

  /// The loss of a padded batch, without dropout, as sums.
  /// - Throws: ``TrainingError`` for a batch that does not fit.
  public func evaluate(_ batch: PaddedBatch) throws -> LossSum { try evaluate(batch.grid) }
}

/// What a user may want to know of training, under the label `ragged.training`; the ordinary is logged at `debug`.
enum TrainingLog {
  /// Made at each use, so that a handler that is set up late is heard too; none of the uses is in a loop over data.
  static var logger: Logger { Logger(label: "ragged.training") }
}
