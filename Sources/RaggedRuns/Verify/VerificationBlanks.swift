import RaggedCore
import RaggedTraining

/// What stands in the cells of a layout that are not real, so that a model which looked at one would show it.
struct Blanks {
  /// A token below the model's number of them.
  let token: Int32
  /// A class that the model has.
  let targetClass: Int32

  /// The input with NaN, or with the token, wherever the mask is false.
  func fill(_ input: BatchCells, where mask: [Bool]) -> BatchCells {
    var result = input
    result.values = fill(input.values, mask, width: input.featureCount, .nan)
    result.codes = fill(input.codes, mask, width: input.codeCount, token)
    // As if it were read: what is not observed is not looked at anyway.
    result.observed = input.observed.map { fill($0, mask, width: input.featureCount, true) }
    return result
  }

  /// The targets, those a timestep with NaN or with the class wherever the mask is false.
  func fill(_ targets: BatchTargets, where mask: [Bool]) -> BatchTargets {
    switch targets {
    case .classPerTimestep(let classes): .classPerTimestep(fill(classes, mask, width: 1, targetClass))
    case .valuesPerTimestep(let values, let width):
      .valuesPerTimestep(fill(values, mask, width: width, .nan), width: width)
    case .none, .classPerSequence, .valuesPerSequence, .labels, .several: targets
    }
  }

  fileprivate func fill<Value>(_ values: [Value], _ mask: [Bool], width: Int, _ blank: Value) -> [Value] {
    var result = values
    for cell in mask.indices where !mask[cell] {
      for j in 0..<width { result[cell * width + j] = blank }
    }
    return result
  }
}

extension PaddedBatch {
  /// The batch with other cells wherever the mask is false.
  func filled(with blanks: Blanks) -> PaddedBatch {
    var result = self
    result.input = blanks.fill(input, where: mask.elements)
    result.targets = blanks.fill(targets, where: mask.elements)
    result.stepWeights = stepWeights.map { blanks.fill($0, mask.elements, width: 1, .nan) }
    return result
  }
}

extension PackedBatch {
  /// The batch with other cells wherever the mask is false.
  func filled(with blanks: Blanks) throws -> PackedBatch {
    try PackedBatch(
      rowCount: rowCount, rowLength: rowLength, input: blanks.fill(input, where: mask.elements), statics: statics,
      lanes: lanes, mask: mask.elements, targets: blanks.fill(targets, where: mask.elements), weights: weights,
      stepWeights: stepWeights.map { blanks.fill($0, mask.elements, width: 1, .nan) }, ids: ids)
  }
}

extension SequenceBatch {
  /// The batch with NaN in every cell that was not observed; nil where all were.
  var withMarkedMissing: SequenceBatch? {
    func marked(_ cells: BatchCells) -> BatchCells {
      guard let observed = cells.observed else { return cells }
      var result = cells
      for cell in observed.indices where !observed[cell] { result.values[cell] = .nan }
      return result
    }
    guard [input, statics].contains(where: { $0.observed?.contains(false) ?? false }) else { return nil }
    var result = self
    (result.input, result.statics) = (marked(input), marked(statics))
    return result
  }

  /// Every timestep of a sequence behind a masked one: `[B, 2 · longest]`.
  func withHoles() throws -> PaddedBatch {
    let padded = try padded()
    let (rows, length) = (padded.count, padded.paddedLength)
    // Cell 2t + 1 is timestep t.
    func spread<Value>(_ values: [Value], width: Int, _ blank: Value) -> [Value] {
      var result = [Value](repeating: blank, count: rows * 2 * length * width)
      for cell in 0..<rows * length {
        for j in 0..<width { result[(2 * cell + 1) * width + j] = values[cell * width + j] }
      }
      return result
    }
    var input = padded.input
    input.values = spread(input.values, width: input.featureCount, 0)
    input.codes = spread(input.codes, width: input.codeCount, 0)
    input.observed = input.observed.map { spread($0, width: input.featureCount, false) }
    let targets: BatchTargets =
      switch padded.targets {
      case .classPerTimestep(let classes): .classPerTimestep(spread(classes, width: 1, 0))
      case .valuesPerTimestep(let values, let width):
        .valuesPerTimestep(spread(values, width: width, 0), width: width)
      case .none, .classPerSequence, .valuesPerSequence, .labels, .several: padded.targets
      }
    return try PaddedBatch(
      count: rows, paddedLength: 2 * length, input: input, statics: padded.statics,
      mask: spread(padded.mask.elements, width: 1, false), targets: targets, weights: padded.weights,
      stepWeights: padded.stepWeights.map { spread($0, width: 1, 0) }, ids: padded.ids)
  }

  /// The batch with targets that a model which has learnt the data misses: the next class, values that are further on
  /// than the largest, and the opposite of a probability.
  ///
  /// At what it has learnt, a model's losses and gradients vanish, and with them the digits that could be compared.
  func withMissedTargets(_ loss: Loss, classes count: Int) -> SequenceBatch {
    func next(_ classes: [Int32]) -> [Int32] {
      classes.map { $0 == BatchTargets.unobservedClass ? $0 : ($0 + 1) % Int32(max(1, count)) }
    }
    func far(_ values: [Float]) -> [Float] {
      if loss.hasAccuracy { return values.map { 1 - $0 } }
      let step = values.reduce(1) { $1.isNaN ? $0 : max($0, abs($1)) }
      return values.map { $0 + step }
    }
    var result = self
    switch targets {
    // Others may not fit into the timesteps.
    case .none, .labels, .several: break
    case .classPerSequence(let classes): result.targets = .classPerSequence(next(classes))
    case .classPerTimestep(let classes): result.targets = .classPerTimestep(next(classes))
    case .valuesPerSequence(let values, let width): result.targets = .valuesPerSequence(far(values), width: width)
    case .valuesPerTimestep(let values, let width): result.targets = .valuesPerTimestep(far(values), width: width)
    }
    return result
  }
}
