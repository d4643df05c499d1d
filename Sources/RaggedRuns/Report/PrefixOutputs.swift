import RaggedCore
import RaggedReport
import RaggedTraining

/// What a model says of a sequence as its timesteps come in.
struct PrefixOutputs {
  /// Timesteps seen before each output, rising.
  var counts: [Int]
  /// `[counts.count, width]`.
  var outputs: [Float]
  /// Outputs per row.
  var width: Int

  /// Timesteps that may be computed for one sequence.
  private static let timestepBudget = 4_000_000
  /// Timesteps that may be in memory at once.
  private static let memoryBudget = 500_000
  /// Outputs of one sequence.
  static let limit = 120

  func row(_ i: Int) -> ArraySlice<Float> { outputs[i * width..<(i + 1) * width] }

  /// The model's outputs for the first timesteps of a sequence alone: what it would have said then. Exact for every model;
  /// one that reads backwards reads from the last timestep of each prefix. Fewer prefixes are taken of a long sequence, the
  /// whole of it among them; none of one without timesteps.
  init(_ model: TrainedModel, _ source: some SequenceSource, position: Int) throws {
    let length = Int(source.lengths[position])
    width = model.trainer.model.outputWidth
    let most = min(PrefixOutputs.limit, max(2, 2 * PrefixOutputs.timestepBudget / max(1, length)))
    counts = Thinning.even(length, limit: most).map { $0 + 1 }
    outputs = []
    let together = max(1, PrefixOutputs.memoryBudget / max(1, length))
    for start in stride(from: 0, to: counts.count, by: together) {
      let slices = counts[start..<min(start + together, counts.count)].map {
        SequenceSlice(position: position, start: 0, count: $0)
      }
      outputs += try model.trainer.predict(source.gather(slices: slices))
    }
  }
}

/// A model's outputs as probabilities of classes, one output vector at a time.
struct OutputShares {
  /// The loss that it was trained with.
  let loss: Loss

  /// A probability per class: outputs divided by their sum where the loss does so, and two where one output stands for two
  /// classes.
  func shares(_ outputs: ArraySlice<Float>) -> [Double] {
    let values = outputs.map(Double.init)
    if values.count == 1 { return [1 - values[0], values[0]] }
    guard loss.outputs == .shares else { return values }
    let total = values.reduce(0, +)
    return total > 0 && values.allSatisfy { $0 >= 0 } ? values.map { $0 / total } : values
  }
}
