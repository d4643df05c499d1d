import RaggedCore
import RaggedTraining

/// What a model says of one sequence.
public struct Prediction: Sendable, Equatable {
  /// The sequence's key.
  public var key: String
  /// Outputs: `[width]`, or `[T, width]` where the model gives one a timestep, row-major.
  public var outputs: [Float]
  /// Outputs a row.
  public var width: Int

  /// A prediction from its parts.
  public init(key: String, outputs: [Float], width: Int) {
    (self.key, self.outputs, self.width) = (key, outputs, width)
  }

  /// Rows of outputs: 1, or a timestep each.
  public var rows: Int { width == 0 ? 0 : outputs.count / width }

  /// The outputs of a row.
  public func outputs(row: Int) -> ArraySlice<Float> { outputs[row * width..<(row + 1) * width] }
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
    _ source: some SequenceSource, batchSize: Int = 256, _ take: (Prediction) throws -> Bool
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
        guard try take(Prediction(key: key, outputs: part, width: width)) else { return false }
      }
    }
    return true
  }
}
