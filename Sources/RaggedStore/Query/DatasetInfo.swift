public import RaggedCore

/// A dataset of a store.
public struct DatasetInfo: Sendable, Equatable, Codable {
  /// One split of a dataset.
  public struct Split: Sendable, Equatable, Codable {
    /// Its name.
    public var name: String
    /// Its sequences.
    public var sequences: Int
    /// Their timesteps.
    public var timesteps: Int
  }

  /// Its name.
  public var name: String
  /// When it was first imported: ISO 8601, UTC.
  public var createdAt: String
  /// What its sequences look like.
  public var signature: SequenceSignature
  /// Its splits by name.
  public var splits: [Split]

  /// Its sequences.
  public var sequences: Int { splits.reduce(0) { $0 + $1.sequences } }
  /// Their timesteps.
  public var timesteps: Int { splits.reduce(0) { $0 + $1.timesteps } }
}
