public import RaggedCore

extension PaddedBatch {
  /// The batch as named arrays, for ``NPZWriter``:
  ///
  /// | name | shape | type |
  /// |---|---|---|
  /// | `values`, where there are numbers | `[B, T, F]` | float32 |
  /// | `observed`, where a number is missing | `[B, T, F]`, true = observed | bool |
  /// | `codes`, or `tokens` where a timestep is one code and nothing else | `[B, T, C]`, or `[B, T]` | int32 |
  /// | `static_values`, `static_observed`, `static_codes`: the same of the sequences | `[B, F]`, `[B, C]` | as above |
  /// | `labels_0`, `labels_1`, …: those of each column, 0 behind the last | `[B, L]` | int32 |
  /// | `label_counts_0`, `label_counts_1`, …: how many there are | `[B]` | int64 |
  /// | `mask` | `[B, T]`, true = real | bool |
  /// | `lengths` | `[B]` | int64 |
  /// | `targets`, where there are any | `[B]` or `[B, T]` classes, `[B, width]` or `[B, T, width]` values | int32, or float32 |
  /// | `targets`, `target_lengths`, where they are labels: classes, 0 behind the last | `[B, L]`, `[B]` | int32, int64 |
  /// | `weights`, where there are any | `[B]` | float32 |
  /// | `step_weights`, where there are any, 0 on padding | `[B, T]` | float32 |
  /// | `ids` | `[B]` | int64 |
  public var npzArrays: [(name: String, array: NPYArray)] {
    let cells = [count, paddedLength]
    return input.arrays(cells) + [
      ("mask", NPYArray(shape: cells, .bool(mask.elements))), ("lengths", NPYArray(lengths)),
    ]
      + statics.arrays([count], prefix: "static_") + NPYArray.named(labels: labels)
      + targets.arrays(cells, count: count)
      + NPYArray.named(weights: weights, stepWeights: stepWeights, cells: cells, ids: ids)
  }
}

extension PackedBatch {
  /// The batch as named arrays, for ``NPZWriter``:
  ///
  /// | name | shape | type |
  /// |---|---|---|
  /// | `values`, `observed`, `codes` or `tokens` | `[rows, T, F]`, `[rows, T, C]` or `[rows, T]` | as padded |
  /// | `static_values`, `static_observed`, `static_codes` | `[B, F]`, `[B, C]` | as padded |
  /// | `labels_0`, `label_counts_0`, … | `[B, L]`, `[B]` | as padded |
  /// | `mask` | `[rows, T]`, true = real | bool |
  /// | `resets` | `[rows, T]`, true where a sequence begins | bool |
  /// | `rows`, `starts`, `lengths` | `[B]`, where each sequence lies | int64 |
  /// | `targets`, where there are any | `[B]` or `[rows, T]` classes, `[B, width]` or `[rows, T, width]` values | int32, or float32 |
  /// | `weights`, where there are any | `[B]` | float32 |
  /// | `step_weights`, where there are any, 0 on padding | `[rows, T]` | float32 |
  /// | `ids` | `[B]` | int64 |
  public var npzArrays: [(name: String, array: NPYArray)] {
    let cells = [rowCount, rowLength]
    return input.arrays(cells) + [
      ("mask", NPYArray(shape: cells, .bool(mask.elements))),
      ("resets", NPYArray(shape: cells, .bool(resets.elements))),
      ("rows", NPYArray(lanes.map(\.row))), ("starts", NPYArray(lanes.map(\.start))),
      ("lengths", NPYArray(lanes.map(\.length))),
    ] + statics.arrays([count], prefix: "static_") + NPYArray.named(labels: labels)
      + targets.arrays(cells, count: count)
      + NPYArray.named(weights: weights, stepWeights: stepWeights, cells: cells, ids: ids)
  }
}

extension NPYArray {
  /// `[n]` whole numbers.
  fileprivate init(_ numbers: [Int]) { self.init(shape: [numbers.count], .int64(numbers.map(Int64.init))) }

  fileprivate static func named(labels: [LabelLists]) -> [(name: String, array: NPYArray)] {
    labels.enumerated().flatMap { column, lists in
      let padded = lists.padded
      return [
        ("labels_\(column)", NPYArray(shape: padded.shape, .int32(padded.elements))),
        ("label_counts_\(column)", NPYArray(lists.counts)),
      ]
    }
  }

  fileprivate static func named(
    weights: [Float]?, stepWeights: [Float]?, cells: [Int], ids: [Int]
  ) -> [(name: String, array: NPYArray)] {
    (weights.map { [("weights", NPYArray(shape: [$0.count], .float32($0)))] } ?? [])
      + (stepWeights.map { [("step_weights", NPYArray(shape: cells, .float32($0)))] } ?? []) + [("ids", NPYArray(ids))]
  }
}

extension BatchCells {
  /// The planes that there are; where there is no column at all, numbers of none.
  fileprivate func arrays(_ rows: [Int], prefix: String = "") -> [(name: String, array: NPYArray)] {
    if isTokens, prefix.isEmpty { return [("tokens", NPYArray(shape: rows, .int32(codes)))] }
    var result: [(name: String, array: NPYArray)] = []
    if featureCount > 0 || codeCount == 0 && prefix.isEmpty {
      result.append((prefix + "values", NPYArray(shape: rows + [featureCount], .float32(values))))
    }
    if let observed { result.append((prefix + "observed", NPYArray(shape: rows + [featureCount], .bool(observed)))) }
    if codeCount > 0 { result.append((prefix + "codes", NPYArray(shape: rows + [codeCount], .int32(codes)))) }
    return result
  }
}

extension BatchTargets {
  fileprivate func arrays(_ cells: [Int], count: Int) -> [(name: String, array: NPYArray)] {
    if case .several(let parts) = self {
      // `targets_1`, `targets_2`, … in their order.
      return parts.enumerated().flatMap { place, part in
        part.arrays(cells, count: count).map { ("\($0.name)_\(place + 1)", $0.array) }
      }
    }
    if case .labels(let lists) = self {
      let padded = lists.padded
      return [
        ("targets", NPYArray(shape: padded.shape, .int32(padded.elements))), ("target_lengths", NPYArray(lists.counts)),
      ]
    }
    let array =
      switch self {
      case .none, .labels, .several: NPYArray?.none
      case .classPerSequence(let classes): NPYArray(shape: [count], .int32(classes))
      case .classPerTimestep(let classes): NPYArray(shape: cells, .int32(classes))
      case .valuesPerSequence(let values, let width): NPYArray(shape: [count, width], .float32(values))
      case .valuesPerTimestep(let values, let width): NPYArray(shape: cells + [width], .float32(values))
      }
    return array.map { [("targets", $0)] } ?? []
  }
}
