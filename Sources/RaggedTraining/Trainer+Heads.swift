public import RaggedCore

extension Trainer {
  /// Checks that each head has a loss that it can have.
  static func check(_ losses: [HeadLoss], of model: Sequential, truncation: Int?) throws {
    let ends = model.program.ends
    guard losses.count == ends.count else {
      throw TrainingError(
        .invalidModel,
        "\(losses.count.counted("loss", "losses")) for a model with \(ends.count.counted("head"))"
          + (ends.count > 1 ? " (\(model.heads.map(\.name).quotedList))" : ""))
    }
    for (place, (judge, end)) in zip(losses, ends).enumerated() {
      func fail(_ problem: String) -> TrainingError {
        TrainingError(.invalidModel, (end.name.map { "the head \"\($0)\": " } ?? "") + problem)
      }
      let loss = judge.loss
      guard judge.weight >= 0, judge.weight <= HeadLoss.largestWeight else {
        throw fail("the weight of its loss is \(judge.weight), expected 0 to \(HeadLoss.largestWeight)")
      }
      let last = model.heads.isEmpty ? model.layers.last : model.heads[place].layers.last
      let endsInPaths = last?.layer is CRF
      guard endsInPaths == (loss == .crf) else {
        throw fail(
          endsInPaths
            ? "the last layer is a crf, whose loss is \(Loss.crf.rawValue), and not \(loss.rawValue)"
            : "\(loss.rawValue) is the loss of a crf: expected a last layer crf")
      }
      if loss == .ctc, truncation != nil {
        throw fail("truncated back-propagation needs a loss of each timestep: labels are aligned with whole sequences")
      }
      if !model.heads.isEmpty, end.isPerSequence, truncation != nil {
        throw fail("truncated back-propagation of several targets needs heads with an output per timestep")
      }
    }
    guard losses.contains(where: { $0.weight > 0 }) else {
      throw TrainingError(.invalidModel, "every head has weight 0: nothing can be learned")
    }
  }

  /// A trainer of one of several heads with the shared layers, alone, with the weights as they are now: it judges, predicts and
  /// is verified as any other.
  /// - Parameter place: the head's place among the model's.
  /// - Throws: ``TrainingError`` for a place that there is not.
  public func head(_ place: Int) throws -> Trainer {
    try Trainer(
      model: model.head(place), loss: losses[place].loss, reduction: reduction, optimizer: optimizer,
      normalization: normalization, seed: seed, threads: engine.workers.count, kernels: kernels)
  }

  /// The outputs of each head of a model that has several, at the cost of one pass: as `predict(_:initialStates:)` gives
  /// those of one; none for an ordinary model. No targets are needed.
  /// - Throws: ``TrainingError`` for a batch that does not fit.
  public func predictHeads(_ batch: SequenceBatch) throws -> [BatchAnswer.Head] {
    let prepared = try prepare(batch)
    let given = engine.answer(prepared.batch, parameters: state.parameters, EngineRequest(wantsOutputs: true))
    return try model.heads.enumerated().map { place, head in
      BatchAnswer.Head(
        name: head.name, losses: [], outputs: try spread(given.ends[place].outputs, over: prepared, head: place))
    }
  }

  /// What one batch's targets are held against at each end.
  struct JudgedOutput {
    var name: String?
    var loss: Loss
    var width: Int
    var isPerSequence: Bool
  }

  var judgedOutputs: [JudgedOutput] {
    zip(model.program.ends, losses).map {
      JudgedOutput(name: $0.name, loss: $1.loss, width: $0.width, isPerSequence: $0.isPerSequence)
    }
  }

  /// Calls `body` with each end and its target of a batch, and says in an error which head it is.
  /// - Throws: ``TrainingError`` where the batch has another number of targets than the model has heads; what `body` throws.
  func forEachEnd(of batch: SequenceBatch, _ body: (JudgedOutput, BatchTargets) throws -> Void) throws {
    let heads = model.heads
    guard batch.targets.parts.count == heads.count else {
      let held = max(1, batch.targets.parts.count)
      throw TrainingError(
        .dataMismatch,
        "the batch has \(held.counted("target")), the model \(max(1, heads.count).counted("head"))"
          + (heads.isEmpty ? "" : " (\(heads.map(\.name).quotedList))"))
    }
    for (place, end) in judgedOutputs.enumerated() {
      do {
        try body(end, batch.targets[head: place])
      } catch let error as TrainingError {
        throw end.name.map { TrainingError(error.code, "the head \"\($0)\": \(error.message)") } ?? error
      }
    }
  }

  /// Checks the outputs of each head against its target: see ``check(_:)``.
  func checkHeads(_ target: TargetSignature) throws {
    let (parts, heads) = (target.parts, model.heads)
    guard parts.count == heads.count, zip(parts, heads).allSatisfy({ $0.name.isExactly($1.name) }) else {
      let names = parts.map(\.name).quotedList
      throw TrainingError(
        .dataMismatch,
        parts.isEmpty
          ? "the model has the heads \(heads.map(\.name).quotedList), and the data's target is \(target.summary)"
          : heads.isEmpty
            ? "the model has one output, and there are \(parts.count) targets (\(names)): expected a head for each"
            : "the model has the heads \(heads.map(\.name).quotedList), the targets are \(names)")
    }
    for (place, part) in parts.enumerated() {
      do {
        try OutputCheck(model: model.head(place), loss: losses[place].loss, target: part.target).run()
      } catch let error as TrainingError {
        throw TrainingError(error.code, "the head \"\(part.name)\": \(error.message)")
      }
    }
  }
}
