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
  /// Numbers per timestep: `F`.
  public var featureCount: Int { batch.input.featureCount }
  /// `[T, F]`, row-major, at the indices that they have in the batch.
  public var values: ArraySlice<Float> {
    batch.input.values[timesteps.lowerBound * featureCount..<timesteps.upperBound * featureCount]
  }
  /// `[T, C]`, row-major, at the indices that they have in the batch: for tokens `[T]`.
  public var codes: ArraySlice<Int32> {
    let width = batch.input.codeCount
    return batch.input.codes[timesteps.lowerBound * width..<timesteps.upperBound * width]
  }
  /// Which timesteps count, `[T]`.
  public var validity: [Bool] { batch.validity.map { Array($0[timesteps]) } ?? Array(repeating: true, count: count) }

  /// The value of a timestep and a feature. Traps where the sequence has none there.
  public subscript(t: Int, f: Int) -> Float {
    precondition(
      0..<count ~= t && 0..<featureCount ~= f,
      "timestep \(t), feature \(f) of a sequence of shape [\(count), \(featureCount)]")
    return values[(timesteps.lowerBound + t) * featureCount + f]
  }

  /// The token of a timestep, of an input with one category column. Traps where the sequence has none there.
  public subscript(t: Int) -> Int32 {
    precondition(batch.input.codeCount == 1, "\(batch.input.codeCount) codes per timestep, expected one")
    precondition(0..<count ~= t, "timestep \(t) of a sequence of \(count)")
    return codes[timesteps.lowerBound + t]
  }
}

extension SequenceBatch {
  /// The sequence of a row. O(1), copies nothing. Traps for a row that does not exist.
  public subscript(b: Int) -> SequenceView {
    precondition(0..<count ~= b, "row \(b) of a batch of \(count.counted("sequence"))")
    return SequenceView(self, b)
  }
}
