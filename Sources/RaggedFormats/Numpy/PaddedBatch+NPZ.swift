public import RaggedCore

extension PaddedBatch {
  /// The batch as named arrays, for ``NPZWriter``:
  ///
  /// | name | shape | type |
  /// |---|---|---|
  /// | `values`, or `tokens` | `[B, T, F]`, or `[B, T]` | float32, or int32 |
  /// | `mask` | `[B, T]`, true = real | bool |
  /// | `lengths` | `[B]` | int64 |
  /// | `targets`, where there are any | `[B]` or `[B, T]` classes, `[B, width]` or `[B, T, width]` values | int32, or float32 |
  /// | `weights`, where there are any | `[B]` | float32 |
  /// | `ids` | `[B]` | int64 |
  public var npzArrays: [(name: String, array: NPYArray)] {
    var arrays: [(name: String, array: NPYArray)] = []
    switch input {
    case .values(let values, let featureCount):
      arrays.append(("values", NPYArray(shape: [count, paddedLength, featureCount], .float32(values))))
    case .tokens(let tokens): arrays.append(("tokens", NPYArray(shape: [count, paddedLength], .int32(tokens))))
    }
    arrays.append(("mask", NPYArray(shape: [count, paddedLength], .bool(mask))))
    arrays.append(("lengths", NPYArray(shape: [count], .int64(lengths.map(Int64.init)))))
    if let targets = targetArray { arrays.append(("targets", targets)) }
    if let weights { arrays.append(("weights", NPYArray(shape: [count], .float32(weights)))) }
    arrays.append(("ids", NPYArray(shape: [count], .int64(ids.map(Int64.init)))))
    return arrays
  }

  private var targetArray: NPYArray? {
    switch targets {
    case .none: nil
    case .classPerSequence(let classes): NPYArray(shape: [count], .int32(classes))
    case .classPerTimestep(let classes): NPYArray(shape: [count, paddedLength], .int32(classes))
    case .valuesPerSequence(let values, let width): NPYArray(shape: [count, width], .float32(values))
    case .valuesPerTimestep(let values, let width):
      NPYArray(shape: [count, paddedLength, width], .float32(values))
    }
  }
}
