/// Batches whose rows go on where those of the batch before ended, for models whose states go on with them.
///
/// All batches of an epoch have the same number of rows. What a row's state was before a batch depends on all batches
/// before it, so the batches of an epoch are used in their order; a run that stops in between keeps the states it had.
public protocol StatefulBatchSource: BatchSource {
  /// The rows of a step's batch that begin a sequence, `[B]`: their states are set back to zeros before it.
  /// - Throws: for a step that does not exist.
  func resets(epoch: Int, step: Int) throws -> [Bool]
}
