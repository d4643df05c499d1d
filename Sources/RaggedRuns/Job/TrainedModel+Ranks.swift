public import RaggedCore
public import RaggedTraining

extension TrainedModel {
  /// What all ranks need alike to predict or to judge together: the data, the batches, the weights and the kernels. See
  /// `GradientExchange.together(facts:_:)`.
  public func rankFacts(of source: some SequenceSource, batchSize: Int = Trainer.usualBatchSize) -> [RankFact] {
    [
      RankFact("data", "fingerprint \(String(source.fingerprint, radix: 16))"),
      RankFact("batches", batchSize.counted("sequence")),
    ] + trainer.rankFacts
  }

  /// Predicts every sequence of a source on several ranks, which have the same model and data and all call this: batches go to
  /// one after the other, which computes them and makes text of them, and the first is given the text in the order of the
  /// sequences. It is that of one rank alone, byte for byte.
  ///
  /// ```swift
  /// let exchange = try MPIExchange.world()
  /// try exchange.together(facts: { model.rankFacts(of: $0) }) { source }
  /// try model.predict(source, over: exchange) { "\($0[0].key) \($0[0].className ?? "")\n" } take: { text, _ in
  ///   print(text, terminator: "")
  /// }
  /// ```
  /// - Parameters:
  ///   - source: data that ``source(_:needsTargets:)`` has brought to the model; its targets stand beside the predictions.
  ///   - exchange: joins the ranks.
  ///   - batchSize: sequences computed at once; less than 1 counts as 1.
  ///   - beam: prefixes that are kept where labels are read out of outputs; see `CTC`.
  ///   - columns: what of the data stands beside the predictions of some positions; see ``ColumnsBeside``.
  ///   - monitor: asked before every batch on all ranks but the first, which may throw `Cancelled` when it is given text.
  ///   - text: what is written of a sequence, of which it is given a prediction for each target.
  ///   - take: given the text of one sequence after the other, of several ranks that of a batch, and the number of sequences;
  ///     called on the first rank alone.
  /// - Throws: what the source, the model, `text` or `take` throws; `RankError` where another rank has ended.
  public func predict(
    _ source: some SequenceSource, over exchange: any GradientExchange, batchSize: Int = Trainer.usualBatchSize,
    beam: Int = TrainedModel.usualBeam, columns: ((_ positions: [Int]) throws -> [[Prediction.Column]])? = nil,
    monitor: ProgressMonitor = .none, text: ([Prediction]) throws -> String,
    take: (_ text: String, _ sequences: Int) throws -> Void
  ) throws {
    let models = headNames.isEmpty ? [self] : try headNames.indices.map(head)
    let batches = batches(of: source, batchSize)
    func predicted(_ batch: Range<Int>) throws -> [[Prediction]] {
      try predictions(source, batch, models, beam: beam, columns: columns) {
        headNames.isEmpty ? [try trainer.predict($0)] : try trainer.predictHeads($0).map(\.outputs)
      }
    }
    guard exchange.worldSize > 1 else {
      for batch in batches { for predictions in try predicted(batch) { try take(text(predictions), 1) } }
      return
    }
    try exchange.deal(batches.count) { number in
      if exchange.rank > 0 { try monitor.check() }
      return try predicted(batches[number]).map(text).joined()
    } pack: {
      Array($0.utf8)
    } unpack: {
      String(decoding: $1, as: UTF8.self)
    } take: { number, text in
      try take(text, batches[number].count)
    }
  }
}
