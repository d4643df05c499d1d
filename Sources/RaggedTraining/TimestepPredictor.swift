public import RaggedCore
import Synchronization

/// A model that is given sequences as they come, a timestep or a piece at a time, and answers at once.
///
/// What a sequence has been so far is a value, ``State``, of which there may be any number: one for each of many sequences
/// that come interleaved, or copies to try different continuations. However a sequence is cut into pieces, the outputs are those
/// of `Trainer.predict` for the whole, bit for bit.
///
/// ```swift
/// let predictor = try TimestepPredictor(trainer)
/// var state = predictor.start()
/// for reading in readings {  // [F]
///   let piece = SequenceBatch(input: .values(reading, featureCount: reading.count), offsets: [0, 1])
///   let outputs = try predictor.predict(piece, &state)[0]
/// }
/// ```
///
/// A predictor keeps the weights as they were when it was made, packed once, and its own working memory. It may be used from
/// several threads, which take turns.
public final class TimestepPredictor: Sendable {
  private let model: GuardedModel
  private let turn = Mutex(())
  private let beginning: State
  private let ends: [ProgramEnd]

  /// What is known of a sequence so far.
  public struct State: Sendable, Equatable {
    /// Those of the layers, of one row.
    var layers: [RecurrentState]
    /// What is known of the series where targets have the scale of their own; none otherwise.
    var figures: [SeriesFigures]
    /// The last output of each head, or those of no timestep at all; none before they were asked for.
    var outputs: [[Float]] = []
    /// The number of timesteps so far, valid or not.
    public private(set) var timesteps = 0

    fileprivate init(layers: [RecurrentState], figures: [SeriesFigures]) {
      (self.layers, self.figures) = (layers, figures)
    }

    fileprivate mutating func advance(by count: Int) { timesteps += count }

    /// Bytes that it takes, but for a few words. O(layers).
    public var byteCount: Int {
      let numbers = layers.reduce(0) { $0 + $1.parts.reduce(0) { $0 + $1.count } } + outputs.reduce(0) { $0 + $1.count }
      return numbers * MemoryLayout<Float>.stride + figures.reduce(0) { $0 + $1.byteCount }
    }
  }

  /// A predictor with the weights that the trainer has now.
  /// - Throws: ``TrainingError`` for a model that cannot answer before a sequence ends: one that reads it from its end, and one whose
  ///   outputs become labels or tags by a search over the whole sequence.
  public init(_ trainer: Trainer) throws {
    let model = trainer.model
    // First, since a crf reads backwards too.
    for end in trainer.judgedOutputs where end.loss.judgesWholeSequences {
      let name = end.name.map { "the head \"\($0)\"" } ?? "the model"
      throw TrainingError(
        .invalidModel,
        "the outputs of \(name) become \(end.loss == .ctc ? "labels" : "tags") by a search over the whole sequence "
          + "(\(end.loss.rawValue)), so that there is no answer before its last timestep")
    }
    guard !model.program.readsBackwards else {
      throw TrainingError(
        .invalidModel,
        "a layer of the model reads sequences from their ends, so that there is no answer before the last timestep: expected "
          + "layers that read forwards")
    }
    // A plain descent keeps nothing beside the weights.
    let own = try Trainer(
      model: model, losses: trainer.losses, optimizer: .sgd(), normalization: trainer.normalization,
      targetScale: trainer.targetScale, threads: 1, kernels: trainer.kernels)
    own.engine.keepsPacked = true
    self.model = GuardedModel(trainer: own)
    beginning = State(layers: own.initialStates(rows: 1), figures: own.initialFigures(rows: 1))
    ends = model.program.ends
  }

  /// Width of the output of each head, and whether there is one for the sequence.
  package var shapes: [(width: Int, isPerSequence: Bool)] { ends.map { ($0.width, $0.isPerSequence) } }

  /// A sequence of which nothing has come yet.
  public func start() -> State { beginning }

  /// The outputs of each head for the timesteps of a piece, at the cost of these timesteps.
  ///
  /// At an invalid timestep outputs are those before it, or before the first valid one those of no timestep, as
  /// `Trainer.predict` has them.
  /// - Parameters:
  ///   - piece: one row, whose columns per sequence are the same in all pieces of a sequence; its targets are not looked at.
  ///   - state: that of the sequence before the piece, which becomes that after it. It stays as it was where an error is thrown.
  /// - Returns: for each head, or for the one output of an ordinary model, `[T, K]`; or `[K]`, the answer so far, where it
  ///   gives one per sequence.
  /// - Throws: ``TrainingError`` for a piece that does not fit the model.
  public func predict(_ piece: SequenceBatch, _ state: inout State) throws -> [[Float]] {
    guard piece.count == 1 else {
      throw TrainingError(.dataMismatch, "a piece of \(piece.count.counted("sequence")), expected one")
    }
    return try turn.withLock { _ in try predict(piece, &state, model.trainer) }
  }

  private func predict(_ piece: SequenceBatch, _ state: inout State, _ trainer: Trainer) throws -> [[Float]] {
    var figures = state.figures
    let prepared = try trainer.prepare(piece, &figures)
    let validity = prepared.validity
    var (layers, given) = (state.layers, [[Float]]())
    if prepared.batch.timesteps > 0 {
      let answer = trainer.engine.answer(
        prepared.batch, parameters: trainer.state.parameters, EngineRequest(states: layers, wantsOutputs: true))
      (layers, given) = (answer.states, answer.ends.map(\.outputs))
      prepared.scale?.restore(&given[0])
    }
    // Only where something is masked before anything was valid.
    var before = state.outputs
    if before.isEmpty, given.isEmpty || validity?.first == false { before = try blanks(piece.statics, trainer) }
    var outputs: [[Float]] = []
    for (place, end) in ends.enumerated() {
      let all = given.isEmpty ? [] : given[place]
      let last = before.isEmpty ? [] : before[place]
      guard !end.isPerSequence else {
        outputs.append(given.isEmpty ? last : all)
        continue
      }
      guard let validity, validity.contains(false) else {
        outputs.append(all)
        continue
      }
      var (shown, spread, next) = (last, [Float](), 0)
      spread.reserveCapacity(validity.count * end.width)
      for isValid in validity {
        if isValid {
          shown = Array(all[next * end.width..<(next + 1) * end.width])
          next += 1
        }
        spread += shown
      }
      outputs.append(spread)
    }
    (state.layers, state.figures) = (layers, figures)
    state.advance(by: piece.timesteps)
    if given.isEmpty {
      state.outputs = before
    } else {
      state.outputs = zip(ends, given).map { Array($1.suffix($0.width)) }
    }
    return outputs
  }

  /// The outputs of each head for a sequence without a valid timestep.
  private func blanks(_ statics: BatchCells, _ trainer: Trainer) throws -> [[Float]] {
    let input = trainer.model.input
    let cells = BatchCells(
      values: Array(repeating: 0, count: input.featureCount), featureCount: input.featureCount,
      codes: Array(repeating: 0, count: input.categories.count), codeCount: input.categories.count)
    let masked = SequenceBatch(input: cells, statics: statics, offsets: [0, 1], validity: [false])
    return try trainer.model.heads.isEmpty ? [trainer.predict(masked)] : trainer.predictHeads(masked).map(\.outputs)
  }
}

/// `@unchecked Sendable`: it is used by one thread at a time, and nobody else has it.
private struct GuardedModel: @unchecked Sendable {
  let trainer: Trainer
}
