package import RaggedCore

/// Sequences on their way into files: what a writer asks of a store, or of anything else that holds some.
package protocol ExportedSequences {
  /// What the sequences look like.
  var signature: SequenceSignature { get }
  /// The length of each, in timesteps.
  var lengths: [Int32] { get }
  /// The name of the dataset.
  var datasetName: String { get }
  /// Whether its classes were declared, so that no others may come.
  var hasDeclaredClasses: Bool { get }
  /// Whether any of the sequences has an invalid timestep.
  func hasInvalidTimesteps() throws -> Bool
  /// Calls `body` with one sequence after the other.
  func forEachSequence(_ body: (StoredSequence) throws -> Void) throws
  /// Calls `body` with what is known of each sequence beside its numbers, of which none is read.
  func forEachTexts(_ body: (StoredTexts) throws -> Void) throws
}
