import RaggedCore
public import RaggedFormats

/// A sequence that an import left out.
public struct Rejection: Sendable, Equatable {
  /// Where and why: `readings.csv:812: column "ax" is "n/a", expected a number`.
  public var error: InputError
  /// The message of the error.
  public var message: String { error.message }
}

/// What an import stored.
public struct ImportReport: Sendable, Equatable {
  /// The dataset.
  public var dataset: String
  /// Sequences stored.
  public var sequences = 0
  /// Their timesteps.
  public var timesteps = 0
  /// Sequences passed over because their keys were there.
  public var skipped = 0
  /// Sequences that took the place of others.
  public var replaced = 0
  /// Features of the dataset; 0 where a timestep is a token.
  public var features = 0
  /// Tokens of the dataset with the unknown one; 0 where a timestep holds features.
  public var tokens = 0
  /// Classes of the dataset; 0 where the target is no class.
  public var classes = 0
  /// Sequences left out.
  public var rejectedCount = 0
  /// The first of them, as many as ``ImportOptions/rejectionLimit`` says.
  public var rejected: [Rejection] = []
  /// Whether any of the timesteps stored is valid, or none was stored: without one nothing can be learned.
  public var hasValidTimestep = true
  /// Duration of the import.
  public var seconds = 0.0

  /// A report on nothing yet.
  public init(dataset: String) { self.dataset = dataset }
}

extension ImportReport: CustomStringConvertible {
  /// `stored 270 sequences, 4,274 timesteps, 12 features, 9 classes, 0 rejected`.
  public var description: String {
    let width = tokens > 0 ? counted(tokens, "token", "tokens") : counted(features, "feature", "features")
    return "stored \(counted(sequences, "sequence", "sequences")), \(counted(timesteps, "timestep", "timesteps")), "
      + "\(width), \(counted(classes, "class", "classes")), \(rejectedCount.grouped) rejected"
      + (skipped > 0 ? ", \(skipped.grouped) there already" : "")
      + (replaced > 0 ? ", \(replaced.grouped) replaced" : "")
  }

  private func counted(_ count: Int, _ one: String, _ many: String) -> String {
    "\(count.grouped) \(count == 1 ? one : many)"
  }
}
