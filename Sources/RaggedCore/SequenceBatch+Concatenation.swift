extension SequenceBatch {
  /// The sequences of all parts, one after the other. Every part has the shape of `signature`; `ids` are numbered anew.
  public static func concatenating(_ parts: [SequenceBatch], like signature: SequenceSignature) -> SequenceBatch {
    var offsets = [0]
    for part in parts {
      for b in 0..<part.count { offsets.append(offsets[offsets.count - 1] + part.length(b)) }
    }
    let targets = BatchTargets.concatenating(parts.map(\.targets), like: signature.target)
    let weighted = parts.contains { $0.weights != nil }
    let holed = parts.contains { $0.validity != nil }
    return SequenceBatch(
      input: .concatenating(parts.map(\.input), like: signature.input.timestep),
      statics: .concatenating(parts.map(\.statics), like: signature.input.statics),
      labels: signature.labels.indices.map { column in .concatenating(parts.map { $0.labels[column] }) },
      offsets: offsets, targets: targets,
      weights: weighted ? parts.flatMap { $0.weights ?? Array(repeating: 1, count: $0.count) } : nil,
      stepWeights: parts.contains { $0.stepWeights != nil }
        ? parts.flatMap { $0.stepWeights ?? Array(repeating: 1, count: $0.timesteps) } : nil,
      validity: holed ? parts.flatMap { $0.validity ?? Array(repeating: true, count: $0.timesteps) } : nil)
  }
}

extension BatchTargets {
  fileprivate static func concatenating(_ parts: [BatchTargets], like target: TargetSignature) -> BatchTargets {
    switch target {
    case .none: .none
    case .classPerSequence: .classPerSequence(parts.flatMap(\.classes))
    case .classPerTimestep: .classPerTimestep(parts.flatMap(\.classes))
    case .valuesPerSequence(let names): .valuesPerSequence(parts.flatMap(\.values), width: names.count)
    case .valuesPerTimestep(let names): .valuesPerTimestep(parts.flatMap(\.values), width: names.count)
    case .labels: .labels(.concatenating(parts.compactMap(\.labelLists)))
    case .several(let targets):
      .several(
        targets.enumerated().map { place, target in
          concatenating(parts.map { $0[head: place] }, like: target.target)
        })
    }
  }

  /// The classes, a sequence or a timestep; none for other targets.
  public var classes: [Int32] {
    switch self {
    case .classPerSequence(let classes), .classPerTimestep(let classes): classes
    case .none, .valuesPerSequence, .valuesPerTimestep, .labels, .several: []
    }
  }

  /// The values, a sequence or a timestep; none for other targets.
  public var values: [Float] {
    switch self {
    case .valuesPerSequence(let values, _), .valuesPerTimestep(let values, _): values
    case .none, .classPerSequence, .classPerTimestep, .labels, .several: []
    }
  }
}
