public import RaggedCore

extension PackedBatch {
  /// The batch as named arrays, for ``NPZWriter``:
  ///
  /// | name | shape | type |
  /// |---|---|---|
  /// | `values`, or `tokens` | `[rows, T, F]`, or `[rows, T]` | float32, or int32 |
  /// | `mask` | `[rows, T]`, true = real | bool |
  /// | `resets` | `[rows, T]`, true where a sequence begins | bool |
  /// | `rows`, `starts`, `lengths` | `[B]`, where each sequence lies | int64 |
  /// | `targets`, where there are any | `[B]` or `[rows, T]` classes, `[B, width]` or `[rows, T, width]` values | int32, or float32 |
  /// | `weights`, where there are any | `[B]` | float32 |
  /// | `ids` | `[B]` | int64 |
  public var npzArrays: [(name: String, array: NPYArray)] {
    var arrays: [(name: String, array: NPYArray)] = []
    switch input {
    case .values(let values, let featureCount):
      arrays.append(("values", NPYArray(shape: [rowCount, rowLength, featureCount], .float32(values))))
    case .tokens(let tokens): arrays.append(("tokens", NPYArray(shape: [rowCount, rowLength], .int32(tokens))))
    }
    arrays.append(("mask", NPYArray(shape: [rowCount, rowLength], .bool(mask))))
    arrays.append(("resets", NPYArray(shape: [rowCount, rowLength], .bool(resets))))
    for (name, numbers) in [
      ("rows", lanes.map(\.row)), ("starts", lanes.map(\.start)), ("lengths", lanes.map(\.length)),
    ] {
      arrays.append((name, NPYArray(shape: [count], .int64(numbers.map(Int64.init)))))
    }
    if let targets = targetArray { arrays.append(("targets", targets)) }
    if let weights { arrays.append(("weights", NPYArray(shape: [count], .float32(weights)))) }
    arrays.append(("ids", NPYArray(shape: [count], .int64(ids.map(Int64.init)))))
    return arrays
  }

  private var targetArray: NPYArray? {
    switch targets {
    case .none: nil
    case .classPerSequence(let classes): NPYArray(shape: [count], .int32(classes))
    case .classPerTimestep(let classes): NPYArray(shape: [rowCount, rowLength], .int32(classes))
    case .valuesPerSequence(let values, let width): NPYArray(shape: [count, width], .float32(values))
    case .valuesPerTimestep(let values, let width): NPYArray(shape: [rowCount, rowLength, width], .float32(values))
    }
  }
}
