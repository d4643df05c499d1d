/// One sequence of a ``SequenceBatch``, read by timestep and feature. It shares the batch's buffers.
public struct SequenceView: Sendable {
  private let batch: SequenceBatch
  private let timesteps: Range<Int>
  /// The position of the sequence in its source.
  public let id: Int
  /// The weight of the sequence; 1 where the batch has none.
  public let weight: Float

  fileprivate init(_ batch: SequenceBatch, _ b: Int) {
    self.batch = batch
    timesteps = batch.range(b)
    id = batch.ids[b]
    weight = batch.weights?[b] ?? 1
  }

  /// The number of timesteps: `T`.
  public var count: Int { timesteps.count }
  /// Features per timestep: `F`, or 1 for tokens.
  public var featureCount: Int { if case .values(_, let featureCount) = batch.input { featureCount } else { 1 } }
  /// `[T, F]`, row-major, at the indices that they have in the batch; empty for tokens.
  public var values: ArraySlice<Float> {
    guard case .values(let values, let width) = batch.input else { return [] }
    return values[timesteps.lowerBound * width..<timesteps.upperBound * width]
  }
  /// `[T]`, at the indices that they have in the batch; empty for values.
  public var tokens: ArraySlice<Int32> { if case .tokens(let tokens) = batch.input { tokens[timesteps] } else { [] } }
  /// Which timesteps count, `[T]`.
  public var validity: [Bool] { batch.validity.map { Array($0[timesteps]) } ?? Array(repeating: true, count: count) }

  /// The value of a timestep and a feature. Traps where the sequence has none there.
  public subscript(t: Int, f: Int) -> Float {
    precondition(
      0..<count ~= t && 0..<featureCount ~= f,
      "timestep \(t), feature \(f) of a sequence of shape [\(count), \(featureCount)]")
    return values[(timesteps.lowerBound + t) * featureCount + f]
  }

  /// The token of a timestep. Traps where the sequence has none there.
  public subscript(t: Int) -> Int32 {
    precondition(0..<count ~= t, "timestep \(t) of a sequence of \(count)")
    return tokens[timesteps.lowerBound + t]
  }
}

extension SequenceBatch {
  /// The sequence of a row. O(1), copies nothing. Traps for a row that does not exist.
  public subscript(b: Int) -> SequenceView {
    precondition(0..<count ~= b, "row \(b) of a batch of \(count.counted("sequence"))")
    return SequenceView(self, b)
  }
}
