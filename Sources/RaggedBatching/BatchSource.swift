public import RaggedCore

/// Batches by epoch and step: what a model trains on.
///
/// Access is random, so a run goes on at any step of any epoch without replaying those before it.
public protocol BatchSource: Sendable {
  /// What the sequences of every batch look like.
  var signature: SequenceSignature { get }
  /// A number that changes when any batch does: a resumed run compares it.
  var fingerprint: UInt64 { get }
  /// Batches in an epoch. Epochs are numbered from 0.
  func stepCount(epoch: Int) -> Int
  /// The batch of a step, `0 ..< stepCount(epoch: epoch)`; the same one whenever it is asked for.
  /// - Throws: where the data cannot be read or made, and for a step that does not exist.
  func batch(epoch: Int, step: Int) throws -> SequenceBatch
}

extension BatchSource {
  func check(step: Int, epoch: Int) throws {
    let count = stepCount(epoch: epoch)
    guard step >= 0, step < count else {
      throw BatchingError(.outOfRange, "step \(step) of epoch \(epoch), which has \(count.counted("step"))")
    }
  }
}
