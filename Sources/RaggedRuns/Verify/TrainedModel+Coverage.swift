import RaggedBatching
import RaggedCore
import RaggedTraining

extension TrainedModel {
  /// Whether the plans of the policy that the model was trained with take every sequence of a source once, in two epochs,
  /// on one rank and on three. Windows are planned where it was trained on windows.
  /// - Throws: `Cancelled`; what the source throws.
  func coverage(_ source: some SequenceSource, monitor: ProgressMonitor = .none) throws -> [Verification.Coverage] {
    let policy = checkpoint.context.policy ?? BatchPolicy()
    guard let windowing = TrainingConfiguration(checkpoint)?.windowing else {
      return try Self.coverage(source, policy, "\(policy.grouping)", monitor)
    }
    return try Self.coverage(
      source.windows(windowing), policy, "\(policy.grouping), windows of \(windowing.length)", monitor)
  }

  private static func coverage<Source: SequenceSource>(
    _ source: Source, _ policy: BatchPolicy, _ name: String, _ monitor: ProgressMonitor
  ) throws -> [Verification.Coverage] {
    let batches: PlannedBatches<Source>
    do {
      batches = try PlannedBatches(source, policy: policy)
    } catch let error as BatchingError where error.code == .overLimit {
      return [
        Verification.Coverage(
          plan: name, sequences: source.count, batches: 0, leftOut: 0, refusal: error.message, problem: nil)
      ]
    }
    var result: [Verification.Coverage] = []
    for epoch in 1...2 {
      let plan = batches.plan(epoch: epoch)
      let sharded = try plan.sharded(worldSize: 3)
      let dealt = (0..<3 * sharded.stepCount).lazy.compactMap { sharded.batch(step: $0 / 3, rank: $0 % 3) }
      func add(_ ranks: String, _ batches: some Sequence<PlannedBatch>) throws {
        try monitor.check()
        var audit = PlanAudit(policy, source.lengths, source.signature, plan)
        for batch in batches { audit.add(batch) }
        result.append(
          Verification.Coverage(
            plan: "\(name), epoch \(epoch), \(ranks)", sequences: source.count, batches: audit.batches,
            leftOut: plan.dropped.count, refusal: nil, problem: audit.problem))
      }
      try add("one rank", plan)
      try add("three ranks", dealt)
    }
    return result
  }
}
