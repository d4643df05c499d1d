public import RaggedCore
public import RaggedTraining

/// The labels that a model reads out of a sequence.
public struct LabelPrediction: Sendable, Equatable {
  /// Their names.
  public var labels: [String]
  /// The logarithm of their likelihood, as the beam found it; nil without a beam.
  public var logLikelihood: Double?
  /// Those that the data says; nil where it says none.
  public var actual: [String]?

  /// A prediction from its parts.
  public init(labels: [String], logLikelihood: Double? = nil, actual: [String]? = nil) {
    (self.labels, self.logLikelihood, self.actual) = (labels, logLikelihood, actual)
  }
}

/// Errors in predicted labels: edits, over the sequences of a source.
public struct LabelErrors: Sendable, Equatable, Codable {
  /// Prefixes that the search kept.
  public var beam: Int
  /// Labels to insert, delete or replace.
  public var edits = 0
  /// Labels of the truth.
  public var labels = 0
  /// Sequences whose labels are all right.
  public var right = 0
  /// Sequences.
  public var sequences = 0

  /// No sequence yet.
  public init(beam: Int) { self.beam = beam }

  /// Σ edits / Σ labels; nil where there are no labels.
  public var rate: Double? { labels == 0 ? nil : Double(edits) / Double(labels) }
}

extension TrainedModel {
  /// Prefixes that a search keeps where nothing is said: 1, the likeliest output at each timestep.
  public static let usualBeam = 1

  /// The names of the labels in the order of the outputs behind the blank; empty for other targets.
  public var labelNames: [String] { signature.target.isLabels ? signature.target.names : [] }

  /// What the outputs of a sequence spell.
  /// - Parameters:
  ///   - outputs: `[T, width]`, of its valid timesteps.
  ///   - beam: prefixes to keep; 1 takes the likeliest output at each timestep.
  package func spell(_ outputs: ArraySlice<Float>, beam: Int) -> (labels: [Int32], logLikelihood: Double?) {
    let width = trainer.model.outputWidth
    guard beam > 1 else { return (CTC.greedyLabels(outputs, width: width), nil) }
    let best = CTC.beamSearch(outputs, width: width, beam: beam).first
    return (best?.labels ?? [], best?.logLikelihood)
  }

  /// The labels of sequence `b` of a batch with its outputs, `[N, width]`.
  func labels(_ b: Int, of batch: SequenceBatch, _ outputs: [Float], beam: Int) -> [Int32] {
    spell(validOutputs(b, of: batch, outputs), beam: beam).labels
  }

  /// The outputs of the valid timesteps of a sequence.
  private func validOutputs(_ b: Int, of batch: SequenceBatch, _ outputs: [Float]) -> ArraySlice<Float> {
    let (range, width) = (batch.range(b), trainer.model.outputWidth)
    guard let validity = trainer.validity(of: batch) else {
      return outputs[range.lowerBound * width..<range.upperBound * width]
    }
    return range.filter { validity[$0] }.flatMap { outputs[$0 * width..<($0 + 1) * width] }[...]
  }

  /// The prediction for sequence `b` of a batch.
  /// - Parameter column: what the labels beside the input mean, where these are the truth.
  func labelPrediction(
    _ b: Int, of batch: SequenceBatch, _ outputs: [Float], beam: Int, truth column: CategoryColumn?
  ) -> LabelPrediction {
    let (labels, logLikelihood) = spell(validOutputs(b, of: batch, outputs), beam: beam)
    let names = labelNames
    return LabelPrediction(
      labels: labels.map { names.indices.contains(Int($0)) ? names[Int($0)] : String($0) },
      logLikelihood: logLikelihood,
      actual: column.flatMap { column in batch.labels.first.map { $0[b].map(column.text(of:)) } })
  }

  /// Errors in the labels that a beam search reads out of every sequence of a source. Those of a beam of 1 are in the report of
  /// `judge`.
  /// - Parameters:
  ///   - source: data that ``source(_:needsTargets:)`` has brought to the model, with targets.
  ///   - beam: prefixes to keep.
  ///   - batchSize: sequences computed at once; less than 1 counts as 1.
  ///   - monitor: asked and told after every batch.
  ///   - exchange: other ranks, which have the same model and data and call this too: each searches some of the batches.
  /// - Throws: `TrainingError` for a target that is no list of labels; what the source throws; `Cancelled`; `RankError` where
  ///   another rank has ended.
  public func labelErrors(
    on source: some SequenceSource, beam: Int, batchSize: Int = Trainer.usualBatchSize,
    monitor: ProgressMonitor = .none, over exchange: any GradientExchange = LocalExchange()
  ) throws -> LabelErrors {
    guard source.signature.target.isLabels else {
      throw TrainingError(
        .dataMismatch, "a beam reads lists of labels, and the target is \(source.signature.target.summary)")
    }
    let size = max(1, batchSize)
    return try exchange.endingTogether {
      // Whole numbers, whose sums are exact.
      var counts: [Double] = [0, 0, 0, 0]
      for (number, start) in stride(from: 0, to: source.count, by: size).enumerated()
      where number % exchange.worldSize == exchange.rank {
        let end = start + min(size, source.count - start)
        let batch = try source.gather(Array(start..<end))
        let outputs = try trainer.predict(batch)
        for b in 0..<batch.count {
          let truth = batch.targets.labelLists?[b] ?? []
          let edits = CTC.edits(from: labels(b, of: batch, outputs, beam: beam), to: truth)
          for (place, found) in [edits, truth.count, edits == 0 ? 1 : 0, 1].enumerated() {
            counts[place] += Double(found)
          }
        }
        try monitor.check()
        monitor.report(WorkProgress(.evaluating, end, of: source.count, .sequences))
      }
      let whole = try exchange.sums(counts).map { Int($0) }
      var errors = LabelErrors(beam: beam)
      (errors.edits, errors.labels, errors.right, errors.sequences) = (whole[0], whole[1], whole[2], whole[3])
      return errors
    }
  }
}
