import RaggedBatching
import RaggedCore

/// How much of each batch of an epoch is padding.
struct PlanPadding {
  /// Timesteps of a batch.
  struct Batch: Equatable {
    var real: Int
    var padded: Int

    /// The part that is padding, 0…1.
    var share: Double { padded == 0 ? 0 : 1 - Double(real) / Double(padded) }
  }

  /// The batches in their order.
  var batches: [Batch] = []
  /// The longest length that each bucket of the plan holds, in rising order, with the share of padding in its batches;
  /// empty where there is but one.
  var byLength: [(length: Int, share: Double)] = []

  /// Real timesteps of all batches.
  var timesteps: Int { batches.reduce(0) { $0 + $1.real } }
  /// The part of all timesteps that is padding.
  var share: Double { Batch(real: timesteps, padded: batches.reduce(0) { $0 + $1.padded }).share }

  /// The padding of an epoch; nil for batches of another origin. O(sequences).
  init?(_ source: any BatchSource, epoch: Int) {
    if let planned = source as? PlannedBatches<TrainingSource> {
      let (plan, lengths) = (planned.plan(epoch: epoch), planned.source.lengths)
      var buckets: [Int: (longest: Int, batch: Batch)] = [:]
      for step in plan.indices {
        let batch = plan[step]
        let real = batch.positions.reduce(0) { $0 + Int(lengths[$1]) }
        batches.append(Batch(real: real, padded: batch.paddedTimesteps))
        var bucket = buckets[batch.bucket] ?? (0, Batch(real: 0, padded: 0))
        bucket.longest = max(bucket.longest, batch.longest)
        bucket.batch.real += real
        bucket.batch.padded += batch.paddedTimesteps
        buckets[batch.bucket] = bucket
      }
      guard buckets.count > 1 else { return }
      byLength = buckets.values.map { ($0.longest, $0.batch.share) }.sorted { $0.length < $1.length }
    } else if let stateful = source as? StatefulBatches<TrainingSource> {
      let plan = stateful.plan(epoch: epoch)
      for step in 0..<plan.stepCount {
        let lengths = plan.rows(step: step).map(\.slice.count)
        batches.append(Batch(real: lengths.reduce(0, +), padded: lengths.count * (lengths.max() ?? 0)))
      }
    } else {
      return nil
    }
  }
}
