import RaggedBatching
import RaggedCore
import RaggedTraining

extension TrainedModel {
  /// Whether the plans of the policy that the model was trained with take every sequence of these lengths once, in two
  /// epochs, on one rank and on three.
  func coverage(_ lengths: [Int32]) throws -> [Verification.Coverage] {
    let policy = checkpoint.context.policy ?? BatchPolicy()
    return try (0..<2).flatMap { epoch -> [Verification.Coverage] in
      let plan = BatchPlan(
        lengths: lengths, policy: policy, epoch: epoch, bytesPerTimestep: signature.bytesPerPaddedTimestep)
      let sharded = try plan.sharded(worldSize: 3)
      let dealt = (0..<sharded.stepCount).flatMap { step in
        (0..<3).compactMap { sharded.batch(step: step, rank: $0) }
      }
      return [("one rank", Array(plan)), ("three ranks", dealt)].map { ranks, batches in
        Verification.Coverage(
          plan: "\(policy.grouping), epoch \(epoch + 1), \(ranks)", sequences: lengths.count, batches: batches.count,
          problem: Self.problem(batches, leftOut: plan.dropped, policy, lengths))
      }
    }
  }

  /// What is wrong with batches that should take every sequence once but for those left out.
  static func problem(
    _ batches: [PlannedBatch], leftOut: [Int], _ policy: BatchPolicy, _ lengths: [Int32]
  ) -> String? {
    var times = [Int](repeating: 0, count: lengths.count)
    for position in leftOut { times[position] += 1 }
    for batch in batches {
      for position in batch.positions { times[position] += 1 }
      let real = batch.positions.reduce(0) { $0 + Int(lengths[$1]) }
      let limits = [
        ("sequences", batch.count, policy.grouping.isPacked ? nil : policy.batchSize(bucket: batch.bucket)),
        ("real timesteps", real, policy.limits.timesteps),
        ("padded timesteps", batch.paddedTimesteps, policy.limits.paddedTimesteps),
      ]
      for (name, count, limit) in limits {
        if let limit, count > limit { return "a batch has \(count) \(name), expected at most \(limit)" }
      }
    }
    guard let wrong = times.firstIndex(where: { $0 != 1 }) else { return nil }
    return "the sequence at position \(wrong) is taken \(times[wrong]) times, expected once"
  }
}

extension BatchPolicy.Grouping {
  fileprivate var isPacked: Bool { if case .packed = self { true } else { false } }
}
