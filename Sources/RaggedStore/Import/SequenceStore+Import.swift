import Foundation
import GRDB
public import RaggedCore
public import RaggedFormats

extension SequenceStore {
  /// Imports files into a dataset, which the first import makes: all of them, or nothing.
  ///
  /// ```swift
  /// let report = try store.importing(into: "vowels") { session in
  ///   try session.add(&reader, named: "train.ts")
  /// }
  /// ```
  ///
  /// - Parameters:
  ///   - dataset: its name.
  ///   - options: splits, what to do with bad sequences and with keys that are there, how often to commit.
  ///   - monitor: asked before each sequence, told of every few hundred and of each MiB of a file.
  ///   - body: adds the files.
  /// - Returns: what was stored. Where every sequence was left out, the store is as it was before.
  /// - Throws: what `body` throws, `Cancelled`, and ``StoreError``; the store is as it was before then or, where the options say that
  ///   the import commits on the way, as at the last commit.
  public func importing(
    into dataset: String, options: ImportOptions = ImportOptions(),
    monitor: ProgressMonitor = .none, _ body: (ImportSession) throws -> Void
  ) throws -> ImportReport {
    try options.split.validate()
    let start = ContinuousClock.now
    if options.commitsEvery != nil, options.split.needsAllSequences {
      throw StoreError(
        .invalidOption, "a stratified split needs all sequences at once, so its import cannot be resumable")
    }
    func work(_ db: Database) throws -> ImportReport {
      if options.ifExists == .fail, try StoredDataset.find(db, named: dataset, path: path) != nil {
        throw StoreError(.mismatch, "\(path): there is a dataset \"\(dataset)\" already")
      }
      let session = ImportSession(
        db, dataset: dataset, path: path, options: options, monitor: monitor)
      return try SequenceStore.withKeyCache(db) {
        try body(session)
        try session.checkCancellation()
        return try session.finish()
      }
    }
    var report: ImportReport
    do { report = try write(work) } catch let nothing as NothingStored { report = nothing.report }
    report.seconds = (ContinuousClock.now - start) / .seconds(1)
    return report
  }

  /// Imports one file. See ``importing(into:options:monitor:_:)``.
  public func importSequences(
    from reader: inout some SequenceReader, named source: String, into dataset: String,
    options: ImportOptions = ImportOptions(), rowPerTimestep: Bool = false, fingerprint: String? = nil,
    monitor: ProgressMonitor = .none
  ) throws -> ImportReport {
    try importing(into: dataset, options: options, monitor: monitor) { session in
      try session.add(&reader, named: source, rowPerTimestep: rowPerTimestep, fingerprint: fingerprint)
    }
  }
}
