import RaggedCore
public import RaggedTraining

extension TrainingConfiguration {
  /// The figure that decides which epoch is the best; nil where nothing is said.
  public var watched: WatchedFigure? {
    if let earlyStopping { return WatchedFigure(earlyStopping.monitor, head: earlyStopping.head) }
    return monitor.map { WatchedFigure($0, head: monitoredHead) }
  }

  /// The loss that is asked for of each target, in their order; nil for one that suits.
  /// - Throws: `TrainingError` for a name that no target has.
  func losses(of target: TargetSignature) throws -> [Loss?] {
    let named = try byTarget(headLosses ?? [:], of: target, "a loss")
    return named.map { $0 ?? loss }
  }

  /// The factor of each target's loss in the total.
  /// - Throws: `TrainingError` for a name that no target has.
  func weights(of target: TargetSignature) throws -> [Double] {
    try byTarget(targetWeights ?? [:], of: target, "a weight").map { $0 ?? 1 }
  }

  private func byTarget<Value>(
    _ values: [String: Value], of target: TargetSignature, _ what: String
  ) throws -> [Value?] {
    let names = target.parts.isEmpty ? columns?.target ?? [] : target.parts.map(\.name)
    if let wrong = values.keys.sorted().first(where: { !names.containsExactly($0) }) {
      throw TrainingError(
        .invalidModel,
        "\(what) is named for target \"\(wrong)\", and "
          + (names.isEmpty ? "the target has no name" : "the targets are \(names.quotedList)"))
    }
    let places = target.parts.isEmpty ? Array(names.prefix(1)) : names
    guard !places.isEmpty else { return [nil] }
    return places.map { name in values.first { $0.key.isExactly(name) }?.value }
  }

  /// What the model makes of the data's target, or of each of several: see `Loss.target(of:)`.
  func target(of target: TargetSignature) throws -> TargetSignature {
    let losses = try losses(of: target)
    guard case .several(let parts) = target else { return losses[0]?.target(of: target) ?? target }
    return .several(
      zip(parts, losses).map { part, loss in NamedTarget(part.name, loss?.target(of: part.target) ?? part.target) })
  }

  /// A new model for data of a signature, and the loss of each of its heads.
  func model(
    for signature: SequenceSignature, monitor: ProgressMonitor
  ) throws -> (model: Sequential, losses: [HeadLoss]) {
    let target = signature.target
    let description = try ModelDescription(model ?? ModelDescription.suited(to: target))
    let asked = try losses(of: target)
    let model = try Sequential(
      input: description.input(for: signature), layers: description.layers(for: signature, loss: asked[0]),
      heads: description.heads(for: signature, losses: asked), seed: seed, monitor: monitor)
    guard !target.parts.isEmpty else {
      return (model, [HeadLoss(asked[0] ?? Loss.suited(to: target, for: model))])
    }
    let losses = try target.parts.enumerated().map { place, part in
      try asked[place] ?? Loss.suited(to: part.target, for: model.head(place))
    }
    return (model, zip(losses, try weights(of: target)).map { HeadLoss($0, weight: $1) })
  }
}

extension SequenceSource {
  /// Checks that the labels of each target that is aligned with timesteps fit into them: of several targets no sequence is left
  /// out for one.
  func checkAligned(_ target: TargetSignature, _ losses: [HeadLoss], _ purpose: String) throws {
    for (place, part) in target.parts.enumerated() where losses[place].loss == .ctc {
      let found = try CTC.infeasible(in: self.target(at: place))
      guard let first = found.first else { continue }
      throw TrainingError(
        .dataMismatch,
        "target \"\(part.name)\": the labels of \(found.count.counted("sequence"))\(purpose) do not fit into their timesteps, "
          + "of \"\(try keys([first])[0])\" for one: train on it alone, or leave these out")
    }
  }
}
