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

  static func className(of outputs: ArraySlice<Float>, among names: [String]) -> String? {
    guard !outputs.contains(where: \.isNaN) else { return nil }
    let k = Trainer.predictedClass(outputs)
    return names.indices.contains(k) ? names[k] : String(k)
  }
}

extension TrainedModel {
  /// Predicts every sequence of a source in its order, in memory that does not grow with it.
  /// - Parameters:
  ///   - source: data that ``source(_:needsTargets:)`` has brought to the model.
  ///   - batchSize: sequences computed at once; less than 1 counts as 1.
  ///   - take: given one prediction after the other; returns false to end the work.
  /// - Returns: whether every sequence was predicted.
  /// - Throws: what the source, the model or `take` throws.
  @discardableResult
  public func predict(
    _ source: some SequenceSource, batchSize: Int = Trainer.usualBatchSize, _ take: (Prediction) throws -> Bool
  ) throws -> Bool {
    let batchSize = min(max(1, batchSize), max(1, source.count))
    let width = trainer.model.outputWidth
    for start in stride(from: 0, to: source.count, by: batchSize) {
      let positions = Array(start..<min(start + batchSize, source.count))
      let batch = try source.gather(positions)
      let outputs = try trainer.predict(batch)
      for (b, key) in try source.keys(positions).enumerated() {
        let rows = trainer.model.isPerSequence ? b..<b + 1 : batch.range(b)
        let part = Array(outputs[rows.lowerBound * width..<rows.upperBound * width])
        let prediction = Prediction(
          key: key, outputs: part, width: width, classNames: classNames, isPerTimestep: !trainer.model.isPerSequence)
        guard try take(prediction) else { return false }
      }
    }
    return true
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
