import Foundation
import RaggedBatching
import RaggedCore
import RaggedTraining

/// The ranks that take a batch each at every step, as a checkpoint keeps them: a run that goes on in the middle of an epoch has to know
/// which batches are taken.
struct KeptRanks: Codable {
  static let key = "ranks"

  /// The number of ranks that went on to the checkpoint.
  var worldSize: Int
  /// What was done of an epoch before by other numbers of them.
  var history: RankHistory?

  /// The note of a checkpoint.
  var note: [String: String] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      return [Self.key: String(decoding: try encoder.encode(self), as: UTF8.self)]
    }
  }

  /// What was done by other numbers of ranks of the epoch in whose middle a checkpoint stands; nil where there is nothing of the
  /// kind.
  /// - Throws: `TrainingError` for a checkpoint that does not say it.
  static func history(of checkpoint: Checkpoint, worldSize: Int) throws -> RankHistory? {
    let progress = checkpoint.state.progress
    guard progress.step > 0 else { return nil }
    guard let text = checkpoint.context.notes[key],
      let kept = try? JSONDecoder().decode(KeptRanks.self, from: Data(text.utf8))
    else {
      throw TrainingError(
        .checkpointInvalid,
        "the checkpoint stands in the middle of an epoch and does not say how many ranks had a batch at each step")
    }
    let epoch = progress.epoch + 1
    let before = kept.history?.epoch == epoch ? kept.history?.segments ?? [] : []
    // As many ranks go on with what was dealt to them; to others what is left is dealt anew.
    guard kept.worldSize != worldSize else { return before.isEmpty ? nil : RankHistory(epoch: epoch, segments: before) }
    let steps = progress.step - before.reduce(0) { $0 + $1.steps }
    guard steps >= 0, kept.worldSize >= 1 else {
      throw TrainingError(.checkpointInvalid, "the checkpoint's ranks took more steps than the run")
    }
    return RankHistory(
      epoch: epoch, segments: before + (steps > 0 ? [.init(steps: steps, worldSize: kept.worldSize)] : []))
  }
}

/// Batches that can be dealt to ranks.
protocol ShardableBatches {
  /// The part of a rank.
  func sharded(rank: Int, worldSize: Int, history: RankHistory?) throws -> any BatchSource
}

extension PlannedBatches: ShardableBatches {
  func sharded(rank: Int, worldSize: Int, history: RankHistory?) throws -> any BatchSource {
    try ShardedBatches(self, rank: rank, worldSize: worldSize, history: history)
  }
}
