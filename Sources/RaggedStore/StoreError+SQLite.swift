import GRDB

extension StoreError {
  /// What an error of SQLite's means for a store.
  /// - Parameters:
  ///   - seconds: how long another process was waited for.
  ///   - watch: whoever waits for this one.
  init(
    _ error: DatabaseError, path: String, isCreating: Bool = false, waited seconds: Double, _ watch: StoreWatch
  ) {
    let detail = error.message ?? "error \(error.extendedResultCode.rawValue)"
    let isUnwanted = watch.isCancelled?() == true
    switch error.resultCode.primaryResultCode {
    case .SQLITE_NOTADB: self.init(.notAStore, "\(path): not an SQLite database, so not a Ragged store")
    case .SQLITE_INTERRUPT,
      .SQLITE_BUSY where isUnwanted, .SQLITE_LOCKED where isUnwanted:
      self.init(.cancelled, "\(path) is as it was before")
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      let holder = LockHolder.name(of: path)
      let time = seconds == seconds.rounded() ? "\(Int(seconds))" : "\(seconds)"
      self.init(
        .busy,
        (seconds > 0
          ? "\(path): waited \(time) s for \(holder), which is writing to it" : "\(path): \(holder) is writing to it")
          + "; try again when it has ended, or wait longer with --busy-timeout")
    // The statements are ours: what fails in them is what they find.
    case .SQLITE_ERROR, .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG:
      self.init(.damaged, "\(path): the file is not as a store is: \(detail)")
    case .SQLITE_CORRUPT, .SQLITE_FORMAT: self.init(.damaged, "\(path): the file is damaged: \(detail)")
    case .SQLITE_FULL: self.init(.inputOutput, "\(path): the disk is full; the store is as it was before")
    case .SQLITE_READONLY: self.init(.cannotCreate, "\(path): cannot be written: it or its folder is read-only")
    case .SQLITE_CANTOPEN where isCreating: self.init(.cannotCreate, "\(path): cannot be created: \(detail)")
    default: self.init(.inputOutput, "\(path): \(detail)")
    }
  }
}
