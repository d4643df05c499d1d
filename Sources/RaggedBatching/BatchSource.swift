public import RaggedCore

/// Batches by epoch and step: what a model trains on.
///
/// Epochs count from 1, as people count them, and the steps of an epoch from 0, as indices do. Access is random, so a run
/// goes on at any step of any epoch without replaying those before it.
public protocol BatchSource: Sendable {
  /// What the sequences of every batch look like.
  var signature: SequenceSignature { get }
  /// A number that changes when any batch does: a resumed run compares it.
  var fingerprint: UInt64 { get }
  /// Steps in an epoch.
  func stepCount(epoch: Int) -> Int
  /// What a step takes, `0 ..< stepCount(epoch: epoch)`; the same whenever it is asked for.
  /// - Throws: where the data cannot be read or made, and for an epoch or step that does not exist.
  func step(epoch: Int, step: Int) throws -> Step
}

/// What one step of training takes.
public struct Step: Sendable, Equatable {
  /// The sequences.
  public var batch: SequenceBatch
  /// The rows that begin a sequence, `[B]`: their states are set back to zeros, those of the other rows go on from the
  /// batch before. nil where no states go from batch to batch.
  ///
  /// A source gives it at every step or at none, and then all batches of an epoch have the same number of rows. What a
  /// row's state was depends on all batches before, so these are used in their order; a run that stops in between keeps
  /// the states that it had.
  public var resets: [Bool]?

  /// A step on a batch.
  public init(batch: SequenceBatch, resets: [Bool]? = nil) {
    self.batch = batch
    self.resets = resets
  }
}

/// Batches whose sizes are known before any of them is read.
public protocol PlannedBatchSource: BatchSource {
  /// The size of every batch of an epoch, in the order of its steps.
  func batchSizes(epoch: Int) -> [BatchSize]
}

extension BatchSource {
  /// The batch of a step.
  /// - Throws: as ``step(epoch:step:)``.
  public func batch(epoch: Int, step: Int) throws -> SequenceBatch { try self.step(epoch: epoch, step: step).batch }

  func check(step: Int, epoch: Int) throws {
    guard epoch >= 1 else { throw BatchingError(.outOfRange, "epoch \(epoch), expected 1 or more") }
    let count = stepCount(epoch: epoch)
    guard step >= 0, step < count else {
      throw BatchingError(.outOfRange, "step \(step) of epoch \(epoch), which has \(count.counted("step"))")
    }
  }
}
