import RaggedCore

/// The keys of one file that were rejected, so that a later piece of the same sequence is not taken for a whole one.
///
/// It holds the bad keys only.
struct RejectedKeys {
  private var keys: Set<ExactName> = []

  func contains(_ key: String) -> Bool { !keys.isEmpty && keys.contains(ExactName(key)) }

  /// - Returns: whether the key is new.
  mutating func insert(_ key: String) -> Bool { keys.insert(ExactName(key)).inserted }
}
