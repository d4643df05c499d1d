import GRDB
import RaggedCore

extension SequenceStore {
  /// What an error of SQLite's means for a store.
  /// - Parameters:
  ///   - seconds: how long another process was waited for.
  ///   - monitor: whoever waits for this one.
  /// - Returns: ``StoreError``, or `Cancelled` where the work was no longer wanted.
  static func error(
    _ error: DatabaseError, path: String, isCreating: Bool = false, waited seconds: Double, _ monitor: ProgressMonitor
  ) -> any RaggedError {
    let detail = error.message ?? "error \(error.extendedResultCode.rawValue)"
    func fault(_ code: StoreError.Code, _ problem: String) -> StoreError { StoreError(code, "\(path): \(problem)") }
    let isUnwanted = monitor.isCancelled
    switch error.resultCode.primaryResultCode {
    case .SQLITE_NOTADB: return fault(.notAStore, "not an SQLite database, so not a Ragged store")
    case .SQLITE_INTERRUPT,
      .SQLITE_BUSY where isUnwanted, .SQLITE_LOCKED where isUnwanted:
      return unchanged(path)
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      let holder = LockHolder.name(of: path)
      let time = seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
      return fault(
        .busy,
        (seconds > 0 ? "waited \(time) s for \(holder), which is writing to it" : "\(holder) is writing to it")
          + "; try again when it has ended, or wait longer with --busy-timeout")
    // The statements are ours: what fails in them is what they find.
    case .SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG:
      return fault(.damaged, "the file is not as a store is: \(detail)")
    case .SQLITE_CORRUPT, .SQLITE_FORMAT: return fault(.damaged, "the file is damaged: \(detail)")
    case .SQLITE_FULL: return fault(.inputOutput, "the disk is full; the store is as it was before")
    case .SQLITE_READONLY: return fault(.cannotCreate, "cannot be written: it or its folder is read-only")
    case .SQLITE_CANTOPEN where isCreating: return fault(.cannotCreate, "cannot be created: \(detail)")
    default: return fault(.inputOutput, detail)
    }
  }

  /// How work ends that is no longer wanted, and that took nothing back which was there before.
  static func unchanged(_ path: String) -> Cancelled { Cancelled("\(path) is as it was before") }
}
