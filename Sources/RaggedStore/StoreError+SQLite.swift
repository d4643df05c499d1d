import GRDB

extension StoreError {
  /// What an error of SQLite's means for a store.
  init(_ error: DatabaseError, path: String, isCreating: Bool = false) {
    let detail = error.message ?? "error \(error.extendedResultCode.rawValue)"
    switch error.resultCode.primaryResultCode {
    case .SQLITE_NOTADB: self.init(.notAStore, "\(path): not an SQLite database, so not a Ragged store")
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self.init(.busy, "\(path): another process is writing to it; try again when it has ended")
    case .SQLITE_CORRUPT, .SQLITE_FORMAT: self.init(.damaged, "\(path): the file is damaged: \(detail)")
    case .SQLITE_INTERRUPT: self.init(.cancelled, "\(path) is as it was before")
    case .SQLITE_FULL: self.init(.inputOutput, "\(path): the disk is full; the store is as it was before")
    case .SQLITE_READONLY: self.init(.cannotCreate, "\(path): cannot be written: \(detail)")
    case .SQLITE_CANTOPEN where isCreating: self.init(.cannotCreate, "\(path): cannot be created: \(detail)")
    default: self.init(.inputOutput, "\(path): \(detail)")
    }
  }
}
