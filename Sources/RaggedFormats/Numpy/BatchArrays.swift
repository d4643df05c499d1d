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
    let cells = [count, paddedLength]
    return [input.array(cells), ("mask", NPYArray(shape: cells, .bool(mask.elements))), ("lengths", NPYArray(lengths))]
      + targets.arrays(cells, count: count) + NPYArray.named(weights: weights, ids: ids)
  }
}

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
    let cells = [rowCount, rowLength]
    return [
      input.array(cells), ("mask", NPYArray(shape: cells, .bool(mask.elements))),
      ("resets", NPYArray(shape: cells, .bool(resets.elements))),
      ("rows", NPYArray(lanes.map(\.row))), ("starts", NPYArray(lanes.map(\.start))),
      ("lengths", NPYArray(lanes.map(\.length))),
    ] + targets.arrays(cells, count: count) + NPYArray.named(weights: weights, ids: ids)
  }
}

extension NPYArray {
  /// `[n]` whole numbers.
  fileprivate init(_ numbers: [Int]) { self.init(shape: [numbers.count], .int64(numbers.map(Int64.init))) }

  fileprivate static func named(weights: [Float]?, ids: [Int]) -> [(name: String, array: NPYArray)] {
    (weights.map { [("weights", NPYArray(shape: [$0.count], .float32($0)))] } ?? []) + [("ids", NPYArray(ids))]
  }
}

extension BatchInput {
  fileprivate func array(_ cells: [Int]) -> (name: String, array: NPYArray) {
    switch self {
    case .values(let values, let width): ("values", NPYArray(shape: cells + [width], .float32(values)))
    case .tokens(let tokens): ("tokens", NPYArray(shape: cells, .int32(tokens)))
    }
  }
}

extension BatchTargets {
  fileprivate func arrays(_ cells: [Int], count: Int) -> [(name: String, array: NPYArray)] {
    let array =
      switch self {
      case .none: NPYArray?.none
      case .classPerSequence(let classes): NPYArray(shape: [count], .int32(classes))
      case .classPerTimestep(let classes): NPYArray(shape: cells, .int32(classes))
      case .valuesPerSequence(let values, let width): NPYArray(shape: [count, width], .float32(values))
      case .valuesPerTimestep(let values, let width): NPYArray(shape: cells + [width], .float32(values))
      }
    return array.map { [("targets", $0)] } ?? []
  }
}
