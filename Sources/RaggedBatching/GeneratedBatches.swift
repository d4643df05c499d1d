public import RaggedCore

/// Batches made by a function when they are asked for, without an end: as many epochs as one likes.
///
/// Keras' generators carry state from batch to batch; here a batch is a function of its epoch and step, so that a run
/// can be resumed. A `SeededRandom` with the epoch and step in its seed or stream gives fresh random data.
public struct GeneratedBatches: BatchSource {
  /// What the sequences of every batch look like.
  public let signature: SequenceSignature
  /// Batches in every epoch.
  public let stepsPerEpoch: Int
  /// The number given at the start.
  public let fingerprint: UInt64
  private let make: @Sendable (_ epoch: Int, _ step: Int) throws -> SequenceBatch

  /// Batches that `make` makes.
  /// - Parameters:
  ///   - signature: the shape of every batch.
  ///   - stepsPerEpoch: how many batches an epoch has.
  ///   - fingerprint: changes when the function does; its seed serves.
  ///   - make: the batch of an epoch, from 1, and a step, from 0, of the shape that the signature says.
  /// - Throws: ``BatchingError`` for less than one step per epoch.
  public init(
    signature: SequenceSignature, stepsPerEpoch: Int, fingerprint: UInt64,
    make: @escaping @Sendable (_ epoch: Int, _ step: Int) throws -> SequenceBatch
  ) throws {
    guard stepsPerEpoch >= 1 else {
      throw BatchingError(.invalidPolicy, "the number of steps per epoch is \(stepsPerEpoch), expected at least 1")
    }
    self.signature = signature
    self.stepsPerEpoch = stepsPerEpoch
    self.fingerprint = fingerprint
    self.make = make
  }

  /// ``stepsPerEpoch``, whatever the epoch.
  public func stepCount(epoch: Int) -> Int { stepsPerEpoch }

  /// Makes a batch.
  /// - Throws: what the function throws, and ``BatchingError`` for a step that does not exist or a batch that does not
  ///   have the signature's shape.
  public func step(epoch: Int, step: Int) throws -> Step {
    try check(step: step, epoch: epoch)
    let batch = try make(epoch, step)
    do {
      try signature.check(batch)
    } catch let error as RaggedCoreError {
      throw BatchingError(.brokenPromise, "the generator's batch at epoch \(epoch), step \(step): \(error.message)")
    }
    return Step(batch: batch)
  }
}
