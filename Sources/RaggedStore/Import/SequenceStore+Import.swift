import Foundation
import GRDB
import RaggedCore
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
  ///   - progress: called every few hundred sequences.
  ///   - isCancelled: asked before each sequence; true ends the import with ``StoreError`` `cancelled`.
  ///   - body: adds the files.
  /// - Returns: what was stored. Where every sequence was left out, the store is as it was before.
  /// - Throws: what `body` throws, and ``StoreError``; the store is as it was before then or, where the options say that
  ///   the import commits on the way, as at the last commit.
  public func importing(
    into dataset: String, options: ImportOptions = ImportOptions(),
    progress: @escaping (ImportProgress) -> Void = { _ in }, isCancelled: @escaping () -> Bool = { false },
    _ body: (ImportSession) throws -> Void
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
        db, dataset: dataset, path: path, options: options, progress: progress, isCancelled: isCancelled)
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

  /// Imports one file. See ``importing(into:options:progress:isCancelled:_:)``.
  public func importSequences(
    from reader: inout some SequenceReader, named source: String, into dataset: String,
    options: ImportOptions = ImportOptions(), rowPerTimestep: Bool = false, fingerprint: String? = nil,
    progress: @escaping (ImportProgress) -> Void = { _ in }, isCancelled: @escaping () -> Bool = { false }
  ) throws -> ImportReport {
    try importing(into: dataset, options: options, progress: progress, isCancelled: isCancelled) { session in
      try session.add(&reader, named: source, rowPerTimestep: rowPerTimestep, fingerprint: fingerprint)
    }
  }
}
