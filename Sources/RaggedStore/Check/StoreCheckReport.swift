/// Something that is wrong with a store.
public struct StoreProblem: Sendable, Equatable, Codable {
  /// What it is wrong with.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// The file: SQLite itself finds its pages, indexes or values in disorder.
    case file
    /// A table, index or view that is missing or other than it should be, or one that no store has.
    case structure
    /// A row that refers to one that is not there.
    case reference
    /// The rows that say what a dataset holds.
    case dataset
    /// A sequence, or data without one.
    case sequence
    /// A figure kept at import that is not that of the data.
    case figures
  }

  /// What it is wrong with.
  public var kind: Kind
  /// The dataset, where it is known.
  public var dataset: String?
  /// The key of the sequence, where it is one sequence's.
  public var key: String?
  /// What is wrong, in a sentence that names both sides.
  public var message: String

  init(_ kind: Kind, dataset: String? = nil, key: String? = nil, _ message: String) {
    self.kind = kind
    self.dataset = dataset
    self.key = key
    self.message = message
  }
}

/// What a check of a store found and what a repair did.
public struct StoreCheckReport: Sendable, Equatable, Codable {
  /// Datasets that were looked at.
  public var datasets = 0
  /// Sequences that were read.
  public var sequences = 0
  /// Their timesteps.
  public var timesteps = 0
  /// Everything that was wrong.
  public var problems: [StoreProblem] = []
  /// What a repair did, a sentence each; empty where none was asked for or needed.
  public var repairs: [String] = []
  /// What is still wrong: the same as ``problems`` without a repair.
  public var remaining: [StoreProblem] = []

  /// Whether nothing is wrong, or nothing is any more.
  public var isSound: Bool { remaining.isEmpty }
}
