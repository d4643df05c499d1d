/// One batch of a plan: which sequences, not their data.
public struct PlannedBatch: Sendable, Equatable {
  /// The positions of its sequences in the source; row after row, where they are packed.
  public let positions: [Int]
  /// The bucket that it comes from.
  public let bucket: Int
  /// The length of its longest row: its longest sequence, unless several share a row.
  public let longest: Int
  /// How many sequences follow each other in each row, where they are packed: what `SequenceBatch.packed` takes.
  public let sequencesPerRow: [Int]?

  /// Sequences in the batch.
  public var count: Int { positions.count }
  /// Rows of the batch when padded: as many as sequences, unless several share a row.
  public var rows: Int { sequencesPerRow?.count ?? count }
  /// Timesteps of the batch, padding included.
  public var paddedTimesteps: Int { rows * longest }
}
