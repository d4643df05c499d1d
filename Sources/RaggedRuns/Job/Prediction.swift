public import RaggedCore
public import RaggedTraining

/// The outputs of a model for one sequence.
public struct Prediction: Sendable, Equatable {
  /// The sequence's key.
  public var key: String
  /// `[width]`, or `[T, width]` where the model gives an output per timestep, row-major.
  public var outputs: [Float]
  /// Outputs per row.
  public var width: Int
  /// The names of the classes in index order; empty for a regression.
  public var classNames: [String]
  /// Whether there is a row for each timestep rather than one for the sequence.
  public var isPerTimestep: Bool
  /// What the outputs spell, for a target that is a list of labels.
  public var labels: LabelPrediction?
  /// The row that the first one is: its timestep, for an output per timestep.
  public var firstRow = 0
  /// What was to be predicted, where the data has it.
  public var actual: Actual?
  /// Columns of the data that were asked for, to stand beside the predictions.
  public var columns: [Column] = []

  /// What was to be predicted in each row.
  public enum Actual: Sendable, Equatable {
    /// The names of the classes, also of those that the model does not know; nil where there is none.
    case classes([String?])
    /// `[rows, width]`, NaN where there is none.
    case values([Float])
  }

  /// A class and the model's output for it.
  public struct Candidate: Sendable, Equatable, Codable {
    /// The name of the class.
    public var name: String
    /// Its probability.
    public var share: Float
  }

  /// A prediction from its parts.
  public init(key: String, outputs: [Float], width: Int, classNames: [String] = [], isPerTimestep: Bool = false) {
    (self.key, self.outputs, self.width) = (key, outputs, width)
    (self.classNames, self.isPerTimestep) = (classNames, isPerTimestep)
  }

  /// Rows of outputs: 1, or the number of timesteps.
  public var rows: Int { width == 0 ? 0 : outputs.count / width }

  /// `[width]`, or `[T, width]`.
  public var shape: [Int] { isPerTimestep ? [rows, width] : [width] }

  /// The outputs of a row.
  public func outputs(row: Int) -> ArraySlice<Float> { outputs[row * width..<(row + 1) * width] }

  /// The predicted class of the sequence; nil for a regression, where an output is NaN, and where each timestep has a
  /// class of its own.
  public var className: String? { isPerTimestep || rows == 0 ? nil : className(row: 0) }

  /// The predicted class of a row; nil for a regression and where an output is NaN.
  public func className(row: Int) -> String? {
    classNames.isEmpty ? nil : Self.className(of: outputs(row: row), among: classNames)
  }

  /// The likeliest classes of a row, the likeliest first and of equals the first; as many as `count` at most, none for a
  /// regression and where an output is NaN.
  public func likeliest(_ count: Int, row: Int) -> [Candidate] {
    let shares = Self.shares(outputs(row: row), among: classNames)
    guard !classNames.isEmpty, shares.count == classNames.count, !shares.contains(where: \.isNaN) else { return [] }
    return shares.indices.sorted { (shares[$1], $0) < (shares[$0], $1) }.prefix(max(0, count)).map {
      Candidate(name: classNames[$0], share: shares[$0])
    }
  }

  /// A probability per class, also where a single output stands for two classes.
  static func shares(_ outputs: ArraySlice<Float>, among names: [String]) -> [Float] {
    guard names.count == 2, outputs.count == 1, let share = outputs.first else { return Array(outputs) }
    return [1 - share, share]
  }

  /// Its last row alone, that of a case as it stands; without rows the prediction itself.
  public var last: Prediction {
    guard rows > 1 else { return self }
    var last = self
    last.firstRow = firstRow + rows - 1
    last.outputs = Array(outputs(row: rows - 1))
    switch actual {
    case .classes(let names): last.actual = .classes(Array(names.suffix(1)))
    case .values(let values): last.actual = .values(Array(values.suffix(width)))
    case nil: break
    }
    last.columns = columns.map { Column(name: $0.name, cells: Array($0.cells.suffix(1))) }
    return last
  }

  static func className(of outputs: ArraySlice<Float>, among names: [String]) -> String? {
    guard !outputs.contains(where: \.isNaN) else { return nil }
    let k = Trainer.predictedClass(outputs)
    return names.indices.contains(k) ? names[k] : String(k)
  }
}

extension TrainedModel {
  /// Predicts every sequence of a source in its order, in memory that does not grow with it.
  /// - Parameters:
  ///   - source: data that ``source(_:needsTargets:)`` has brought to the model; its targets stand beside the predictions.
  ///   - batchSize: sequences computed at once; less than 1 counts as 1.
  ///   - beam: prefixes that are kept where labels are read out of outputs; see `CTC`.
  ///   - columns: what of the data stands beside the predictions of some positions; see ``ColumnsBeside``.
  ///   - take: given one prediction after the other; returns false to end the work.
  /// - Returns: whether every sequence was predicted.
  /// - Throws: what the source, the model or `take` throws.
  @discardableResult
  public func predict(
    _ source: some SequenceSource, batchSize: Int = Trainer.usualBatchSize, beam: Int = TrainedModel.usualBeam,
    columns: ((_ positions: [Int]) throws -> [[Prediction.Column]])? = nil,
    _ take: (Prediction) throws -> Bool
  ) throws -> Bool {
    try predict(source, [self], batchSize: batchSize, beam: beam, columns: columns) {
      [try trainer.predict($0)]
    } take: {
      try take($0[0])
    }
  }

  /// Predicts every sequence of a source by several models that share a pass.
  /// - Parameters:
  ///   - models: one for each target.
  ///   - outputs: gives the outputs of each for a batch without targets.
  ///   - take: given the predictions of all for one sequence after the other.
  private func predict(
    _ source: some SequenceSource, _ models: [TrainedModel], batchSize: Int, beam: Int,
    columns: ((_ positions: [Int]) throws -> [[Prediction.Column]])?, outputs: (SequenceBatch) throws -> [[Float]],
    take: ([Prediction]) throws -> Bool
  ) throws -> Bool {
    for positions in batches(of: source, batchSize) {
      for predictions in try predictions(source, positions, models, beam: beam, columns: columns, outputs: outputs) {
        guard try take(predictions) else { return false }
      }
    }
    return true
  }

  /// The positions of the sequences that are computed at once.
  func batches(of source: some SequenceSource, _ batchSize: Int) -> [Range<Int>] {
    let batchSize = min(max(1, batchSize), max(1, source.count))
    return stride(from: 0, to: source.count, by: batchSize).map { $0..<min($0 + batchSize, source.count) }
  }

  /// The predictions of a batch: of each sequence those of all models.
  func predictions(
    _ source: some SequenceSource, _ range: Range<Int>, _ models: [TrainedModel], beam: Int,
    columns: ((_ positions: [Int]) throws -> [[Prediction.Column]])?, outputs: (SequenceBatch) throws -> [[Float]]
  ) throws -> [[Prediction]] {
    let (target, isOne, positions) = (source.signature.target, headNames.isEmpty, Array(range))
    let names = isOne ? [target.names] : target.parts.map(\.target.names)
    var batch = try source.gather(positions)
    let targets = batch.targets
    batch.targets = .none
    let found = try outputs(batch)
    let beside = try columns?(positions)
    return try source.keys(positions).enumerated().map { b, key in
      models.enumerated().map { place, model in
        var prediction = model.prediction(
          b, key, of: batch, found[place], beam: beam, truths: isOne ? targets : targets[head: place],
          names.indices.contains(place) ? names[place] : [], labels: source.signature.labels.first)
        if let beside { prediction.columns = beside[b] }
        return prediction
      }
    }
  }

  /// The prediction for sequence `b` of a batch, from the outputs of all.
  /// - Parameters:
  ///   - names: those of the classes of the truths.
  ///   - column: what the labels beside the input mean, where these are the truth.
  private func prediction(
    _ b: Int, _ key: String, of batch: SequenceBatch, _ outputs: [Float], beam: Int, truths: BatchTargets,
    _ names: [String], labels column: CategoryColumn?
  ) -> Prediction {
    let width = trainer.model.outputWidth
    let rows = trainer.model.isPerSequence ? b..<b + 1 : batch.range(b)
    var prediction = Prediction(
      key: key, outputs: Array(outputs[rows.lowerBound * width..<rows.upperBound * width]), width: width,
      classNames: classNames, isPerTimestep: !trainer.model.isPerSequence)
    if signature.target.isLabels {
      prediction.labels = labelPrediction(b, of: batch, outputs, beam: beam, truth: column)
    } else {
      prediction.actual = Prediction.Actual(truths, rows, names)
    }
    return prediction
  }

  /// Predicts every sequence of a source with each of several heads, at the cost of one pass: as for one target, but that `take`
  /// is given the predictions of all heads for one sequence after the other, each with the columns that stand beside.
  /// - Returns: whether every sequence was predicted.
  /// - Throws: what the source, the model or `take` throws.
  @discardableResult
  public func predictHeads(
    _ source: some SequenceSource, batchSize: Int = Trainer.usualBatchSize, beam: Int = TrainedModel.usualBeam,
    columns: ((_ positions: [Int]) throws -> [[Prediction.Column]])? = nil,
    _ take: ([Prediction]) throws -> Bool
  ) throws -> Bool {
    try predict(
      source, headNames.indices.map(head), batchSize: batchSize, beam: beam, columns: columns,
      outputs: { try trainer.predictHeads($0).map(\.outputs) }, take: take)
  }

  /// Predicts sequences of features that are in memory.
  /// - Parameters:
  ///   - sequences: a sequence each, `[T, F]`, row-major, with the features in the order in which the model learned them.
  ///   - keys: their names; by default "0", "1", ….
  /// - Returns: a prediction for each sequence, in their order.
  /// - Throws: `TrainingError` where the model takes more than features, or where a sequence does not divide into timesteps of `F`;
  ///   `RaggedCoreError` for another number of keys.
  public func predict(_ sequences: [[Float]], keys: [String]? = nil) throws -> [Prediction] {
    let names = signature.input.names
    guard signature.input.isFeatures, !names.isEmpty else {
      throw TrainingError(.dataMismatch, "the sequences hold features, the model takes \(trainer.model.input.summary)")
    }
    if let wrong = sequences.firstIndex(where: { !$0.count.isMultiple(of: names.count) }) {
      throw TrainingError(
        .dataMismatch,
        "sequence \(wrong) has \(sequences[wrong].count.counted("number")), "
          + "expected a multiple of \(names.count), the number of features of the model")
    }
    let offsets = sequences.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count / names.count) }
    let batch = SequenceBatch(input: .values(sequences.flatMap { $0 }, featureCount: names.count), offsets: offsets)
    let source = try InMemorySource(
      batch, signature: SequenceSignature(input: signature.input, target: .none), keys: keys)
    var predictions: [Prediction] = []
    try predict(source) {
      predictions.append($0)
      return true
    }
    return predictions
  }
}

extension Prediction.Actual {
  /// The targets of some rows of a batch; nil where it has none.
  fileprivate init?(_ targets: BatchTargets, _ rows: Range<Int>, _ names: [String]) {
    switch targets {
    // What labels should be stands beside them.
    case .none, .labels, .several: return nil
    case .classPerSequence(let classes), .classPerTimestep(let classes):
      self = .classes(classes[rows].map { names.indices.contains(Int($0)) ? names[Int($0)] : nil })
    case .valuesPerSequence(let values, let width), .valuesPerTimestep(let values, let width):
      self = .values(Array(values[rows.lowerBound * width..<rows.upperBound * width]))
    }
  }
}
