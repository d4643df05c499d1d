public import RaggedCore

extension Trainer {
  /// The model's outputs for a batch: `[N, K]`, or `[B, K]` where the model gives one output per sequence.
  ///
  /// At invalid timesteps the last recurrent layer repeats its output before, or shows zeros before the first valid one;
  /// a ``Bidirectional`` layer shows zeros at all of them; the layers after it make of that what they make of it, all as
  /// in Keras.
  /// - Throws: ``TrainingError`` for a batch or states that do not fit.
  public func predict(_ batch: SequenceBatch, initialStates: [RecurrentState] = []) throws -> [Float] {
    var states = initialStates
    return try predict(batch, states: &states)
  }

  /// The model's outputs for a batch that goes on where other batches ended: each row begins with its states, which
  /// become those after it. Sequences may so be predicted piece by piece, as they arrive.
  /// - Parameters:
  ///   - batch: a piece of each row's sequence.
  ///   - states: those of ``initialStates(rows:)``. Empty means zeros, and then none
  ///     are given back.
  /// - Throws: ``TrainingError`` for a batch or states that do not fit.
  public func predict(_ batch: SequenceBatch, states: inout [RecurrentState]) throws -> [Float] {
    var figures = targetScale?.start(rows: batch.count) ?? []
    guard states.isEmpty || figures.isEmpty else {
      throw TrainingError(
        .dataMismatch,
        "the scale of a series goes on from batch to batch as the states do: expected its figures beside these")
    }
    return try predict(batch, states: &states, figures: &figures)
  }

  /// The same where targets have the scale of their own series: what is known of each goes on too.
  ///
  /// `figures` are those of ``initialFigures(rows:)``; they become those after the batch.
  /// - Throws: ``TrainingError`` for a batch, states or figures that do not fit.
  public func predict(
    _ batch: SequenceBatch, states: inout [RecurrentState], figures: inout [SeriesFigures]
  ) throws -> [Float] {
    let prepared = try prepare(batch, &figures)
    guard model.heads.isEmpty else {
      throw TrainingError(
        .invalidModel,
        "the model has the heads \(model.heads.map(\.name).quotedList): ask one of them for predictions, or all for an answer"
      )
    }
    try check(states, rows: batch.count)
    return try spread(engine.outputs(prepared.batch, parameters: state.parameters, states: &states), over: prepared)
  }

  /// What is known of each of a number of series before their first timestep, `[rows, scaled columns]`; nothing where targets
  /// have no scale of their series.
  public func initialFigures(rows: Int) -> [SeriesFigures] { targetScale?.start(rows: rows) ?? [] }

  /// The outputs of real timesteps at all timesteps of the batch as it came, in the data's units.
  /// - Parameter place: the head that they are of, where there are several.
  func spread(_ outputs: [Float], over prepared: PreparedBatch, head place: Int = 0) throws -> [Float] {
    var outputs = outputs
    prepared.scale?.restore(&outputs)
    guard !model.program.ends[place].isPerSequence, prepared.validity != nil else { return outputs }
    guard model.heads.isEmpty else { return try head(place).spread(outputs, over: prepared) }
    var blanks = engine.blankOutputs(prepared.batch, parameters: state.parameters)
    prepared.scale?.restoreBlanks(&blanks)
    return prepared.spread(
      outputs, blanks: blanks, width: model.outputWidth, repeats: !model.program.showsZerosWhereMasked)
  }

  /// Zeros for each direction of each recurrent layer, for a number of rows: what a sequence begins with.
  ///
  /// A model that fills missing numbers with the last ones, or has the time since these as an input, has a further state for
  /// what it carries of them; one whose columns per sequence make its first state another, which says of each row whether its
  /// sequence has begun: where it has not, the row's states are not looked at.
  public func initialStates(rows: Int) -> [RecurrentState] {
    model.program.states.map { $0.zeros(rows: rows) }
  }

  /// The model's outputs for a padded batch: `[B, T, K]` or `[B, K]`.
  /// - Throws: as for a ragged batch.
  public func predict(_ batch: PaddedBatch, initialStates: [RecurrentState] = []) throws -> [Float] {
    try predict(batch.grid, initialStates: initialStates)
  }
}
