import GRDB
import RaggedCore

/// One import: any number of files into one dataset, in one transaction. See
/// ``SequenceStore/importing(into:options:progress:isCancelled:_:)``.
public final class ImportSession {
  private let db: Database
  private let path: String
  private let options: ImportOptions
  private let progress: (ImportProgress) -> Void
  private let isCancelled: () -> Bool
  private var report: ImportReport
  private var writer: SequenceWriter?
  private var figures: KeptFigures?
  private var firstID: Int64 = 0
  private var rejectedKeys = RejectedKeys()

  init(
    _ db: Database, dataset: String, path: String, options: ImportOptions,
    progress: @escaping (ImportProgress) -> Void, isCancelled: @escaping () -> Bool
  ) {
    self.db = db
    self.path = path
    self.options = options
    self.progress = progress
    self.isCancelled = isCancelled
    report = ImportReport(dataset: dataset)
  }

  /// Imports every sequence of one file.
  ///
  /// - Parameters:
  ///   - reader: the file.
  ///   - source: its name, for messages and for the table `source`.
  ///   - rowPerTimestep: whether a sequence is many rows of the file, so that a key which comes twice means rows that
  ///     do not stand together.
  /// - Throws: ``InputError`` for bad data that is not skipped, ``StoreError`` where the file does not fit the dataset
  ///   or the import was cancelled. The whole import is taken back then.
  public func add(_ reader: inout some SequenceReader, named source: String, rowPerTimestep: Bool = false) throws {
    let opening = try DatasetOpening(
      db, name: report.dataset, description: reader.description(), declared: options.classes, source: source,
      path: path)
    if writer == nil { try begin(opening.dataset) }
    var encoder = try RecordEncoder(db, opening: opening, extendsVocabulary: options.extendsVocabulary)
    let id = opening.dataset.id
    try db.execute(sql: "INSERT INTO source (dataset_id, name) VALUES (?, ?)", arguments: [id, source])
    let place = SourcePlace(id: db.lastInsertedRowID, name: source, rowPerTimestep: rowPerTimestep)
    rejectedKeys = RejectedKeys()
    var (countdown, shownBytes) = (0, 0)
    while true {
      if isCancelled() { throw StoreError(.cancelled, "the import was stopped; nothing of it was stored") }
      if countdown == 0 || reader.bytesRead - shownBytes >= 1 << 20 {
        (countdown, shownBytes) = (256, reader.bytesRead)
        showProgress(source, reader.bytesRead)
      }
      countdown -= 1
      do {
        guard let record = try reader.next() else { break }
        try store(record, place, &encoder)
      } catch let error as InputError where options.onError == .skip && !error.isFatal {
        try reject(error, place)
      }
    }
    showProgress(source, reader.bytesRead)
    if encoder.tokenSize > 0, case .tokens(_, nil) = opening.dataset.signature.input {
      try db.execute(sql: "UPDATE dataset SET token_size = ? WHERE id = ?", arguments: [encoder.tokenSize, id])
    }
  }

  private func begin(_ dataset: StoredDataset) throws {
    if options.split.needsAllSequences {
      guard case .classPerSequence = dataset.signature.target else {
        throw StoreError(
          .invalidOption,
          "a stratified split needs a class a sequence; the target of dataset \"\(dataset.name)\" is "
            + dataset.signature.target.kindSummary)
      }
    }
    let last = try Int64.fetchOne(db, sql: "SELECT max(id) FROM sequence") ?? 0
    guard last < Int64.max else {
      throw StoreError(.damaged, "\(path): a sequence has the number \(last), after which there is no other")
    }
    firstID = last + 1
    writer = try SequenceWriter(db, datasetID: dataset.id)
    figures = KeptFigures(shape: BlobShape(dataset.signature), datasetID: dataset.id)
  }

  private func showProgress(_ source: String, _ bytesRead: Int) {
    progress(
      ImportProgress(
        source: source, bytesRead: bytesRead, sequences: report.sequences, timesteps: report.timesteps,
        rejected: report.rejectedCount))
  }

  private func store(_ record: SequenceRecord, _ place: SourcePlace, _ encoder: inout RecordEncoder) throws {
    func fault(_ problem: String) -> InputError {
      InputError(file: place.name, line: record.line > 0 ? record.line : nil, problem: problem, key: record.key)
    }
    // A further piece of a sequence that was rejected.
    if rejectedKeys.contains(record.key) { return }
    do {
      let encoded = try encoder.encode(record)
      let split = options.split.split(of: record)
      let cell = FigureCell(split: split, classIndex: encoded.classIndex ?? -1)
      let isNew = try encoded.withBlobs { blobs in
        guard try writer?.insert(record, encoded, blobs, split: split, sourceID: place.id) == true else { return false }
        if !options.split.needsAllSequences {
          try figures?.add(blobs, to: cell, classCount: encoder.classes.names.count)
        }
        return true
      }
      guard isNew else { throw fault(try duplicateProblem(record.key, place)) }
      report.sequences += 1
      report.timesteps += encoded.length
    } catch let error as RecordFault {
      throw fault("key \"\(record.key)\": \(error.problem)")
    }
  }

  private func duplicateProblem(_ key: String, _ place: SourcePlace) throws -> String {
    guard let first = try writer?.find(key) else { return "key \"\(key)\" comes twice" }
    guard first.sourceID == place.id else {
      let location = first.line > 0 ? "\(first.source):\(first.line)" : first.source
      return "key \"\(key)\" is already in dataset \"\(report.dataset)\" (from \(location))"
    }
    let seen = first.line > 0 ? " (first seen on line \(first.line))" : ""
    return place.rowPerTimestep
      ? "id \"\(key)\" comes back after its rows ended\(seen)" : "key \"\(key)\" comes twice\(seen)"
  }

  /// Leaves a sequence out, with what the same file brought of it before.
  private func reject(_ error: InputError, _ place: SourcePlace) throws {
    if let key = error.key {
      guard rejectedKeys.insert(key) else { return }
      if let stored = try writer?.find(key), stored.sourceID == place.id {
        try writer?.delete(stored.id)
        figures?.remove(from: stored.cell)
        report.sequences -= 1
        report.timesteps -= stored.length
      }
    }
    report.rejectedCount += 1
    if report.rejected.count < options.rejectionLimit { report.rejected.append(Rejection(error: error)) }
  }

  /// Assigns the splits that needed all sequences, and keeps the figures.
  func finish() throws -> ImportReport {
    guard figures != nil else { return report }
    let dataset = try StoredDataset.fetch(db, named: report.dataset, path: path)
    let (input, target) = (dataset.signature.input, dataset.signature.target)
    if case .hashed(let fractions, let seed, by: .keyWithinClass) = options.split {
      try StratifiedSplit(fractions: fractions, seed: seed).assign(db, datasetID: dataset.id, firstID: firstID)
      figures?.removeAll()
    }
    try figures?.keep(db, firstID: firstID, classCount: target.names.count)
    switch input {
    case .features(let names): report.features = names.count
    case .tokens(let size, _): report.tokens = size
    }
    report.classes = target.isClass ? target.names.count : 0
    return report
  }
}

/// The file that a session is reading.
private struct SourcePlace {
  var id: Int64
  var name: String
  var rowPerTimestep: Bool
}
