import Foundation
import Ragged

/// Which version this is, and of what it is made.
enum RaggedVersion {
  static let number = "0.1.0"

  /// A line a part: the version, the kernels, SQLite, the threads.
  static var details: String {
    """
    ragged \(number)
    kernels \(availableKernels.joined(separator: ", "))
    threads \(ProcessInfo.processInfo.activeProcessorCount)
    SQLite \(SequenceStore.sqliteVersion), store version \(SequenceStore.schemaVersion)
    """
  }
}
