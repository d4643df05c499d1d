import RaggedBatching
import RaggedCore
import RaggedTraining

extension TrainingConfiguration {
  /// Checks that what is asked for can be had with states that go on.
  ///
  /// Windows must follow each other without gap or overlap, to the last timestep. Of the policy, the batch size and the
  /// seed are used, and whether sequences come in random order or in stored order: a row takes the next sequence when its
  /// own has ended, whatever its length.
  /// - Throws: `TrainingError` that names the option at fault.
  public func checkStateful() throws {
    func fail(_ problem: String) -> TrainingError { TrainingError(.invalidModel, "stateful training " + problem) }
    guard stateful else { return }
    guard let windowing else { throw fail("needs windows: the length of the pieces that sequences are taken in") }
    try windowing.validate()
    guard windowing.stride == windowing.length else {
      throw fail(
        "needs windows that follow each other: the stride is \(windowing.stride), expected the window's length, "
          + "\(windowing.length)")
    }
    guard windowing.keepsTail else { throw fail("takes every timestep: the last, shorter window must be kept") }
    guard policy.grouping == .padded else {
      throw fail("takes sequences of any length together: the batching is \(policy.grouping), expected padded")
    }
    guard policy.limits.isEmpty, policy.batchSize < .max else {
      throw fail("has batches of as many rows at each step: a limit of timesteps or bytes has no place there")
    }
    guard !policy.dropRemainder, !policy.largestFirst else {
      throw fail("keeps every sequence in the order of its row: nothing is dropped, and no batch comes first")
    }
    if case .blocks = policy.shuffle { throw fail("has no order \(policy.shuffle), expected full or none") }
    guard policy.bucketBatchSizes == nil, policy.costModel == nil else {
      throw fail("has no buckets: batch sizes and a cost for them have no place there")
    }
    guard truncation == nil else {
      throw fail("cuts the gradient after each window: leave the truncation after \(truncation ?? 0) timesteps out")
    }
  }

  /// How the sources of a run cut sequences: not at all where its batches do.
  var sourceWindowing: Windowing? { stateful ? nil : windowing }
  /// The timesteps that a row of a batch takes where states go on; nil where they do not.
  var statefulWindowLength: Int? { stateful ? windowing?.length : nil }
}
