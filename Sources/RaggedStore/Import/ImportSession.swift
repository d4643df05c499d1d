import Foundation
import GRDB
import Logging
import RaggedCore
public import RaggedFormats

/// One import: any number of files into one dataset, in one transaction. See
/// ``SequenceStore/importing(into:options:monitor:_:)``.
public final class ImportSession {
  private let db: Database
  private let path: String
  private let options: ImportOptions
  private let monitor: ProgressMonitor
  private var report: ImportReport
  private var writer: SequenceWriter?
  private var shape: BlobShape?
  private var figures: KeptFigures?
  private var firstID: Int64 = 0
  /// The keys of the file at hand that were rejected, so that a later piece of such a sequence is not taken for a whole one.
  private var rejectedKeys: Set<ExactName> = []
  /// Whether the dataset was made for what all files of the import have together.
  private var hasSharedShape = false
  /// Whether kept figures count sequences that are gone.
  private var hasReplaced = false
  /// The keys under which this import put sequences in the place of others.
  private var replacedKeys: Set<ExactName> = []
  /// Whether sequences were stored and taken out again, so that nobody may use their classes and tokens.
  private var hasWithdrawn = false
  /// The names that were there before the import, and the classes that files declared.
  private var namesBefore = NameCounts(classes: 0, tokens: 0, columns: [])
  private var declaredClasses: Set<ExactName> = []
  /// Whether it goes on after a part that is stored, and whether it has stored a part.
  private var (goesOn, hasCommitted) = (false, false)
  /// The first sequence since the last commit, and the bytes of those since.
  private var firstUncommitted: Int64 = 0
  private var uncommittedBytes = 0
  /// The last sequence that an import which ended early had stored, of those that came again.
  private var lastKnown = Int64.min
  /// The sequences of before that came in the file at hand and were passed over, where a sequence is many rows.
  private var knownIDs = IndexSet()
  /// Whether the file at hand is begun anew where its rows do not stand together.
  private var mayBeginAnew = false
  private var sources: [Int64] = []
  /// What had been read of the file when the sequence at hand was.
  private var bytesRead = 0
  private var mark: UnfinishedMark?

  init(
    _ db: Database, dataset: String, path: String, options: ImportOptions, monitor: ProgressMonitor
  ) {
    self.db = db
    self.path = path
    self.options = options
    self.monitor = monitor
    report = ImportReport(dataset: dataset)
  }

  /// Imports every sequence of one file.
  ///
  /// A `FileReader` is read on a thread of its own, ahead of what is stored; other readers are read in turn on this one.
  ///
  /// - Parameters:
  ///   - reader: the file.
  ///   - source: its name, for messages and for the table `source`.
  ///   - rowPerTimestep: whether a sequence is many rows of the file, so that a key which comes twice means rows that
  ///     do not stand together.
  ///   - fingerprint: what identifies the file's contents, for an import that commits on the way.
  ///   - reading: how what is read came about, where it is no file; a `FileReader` says it itself.
  /// A file whose rows turn out not to stand together is begun anew with its rows grouped, where it can be read again and the
  /// import does not commit on the way: what was stored of it is taken back first.
  ///
  /// - Throws: `InputError` for bad data that is not skipped, ``StoreError`` where the file does not fit the dataset,
  ///   `Cancelled`. The whole import is taken back then.
  public func add<Reader: SequenceReader>(
    _ reader: inout Reader, named source: String, rowPerTimestep: Bool = false, fingerprint: String? = nil,
    reading: FileReading? = nil
  ) throws {
    guard options.commitsEvery == nil, let file = reader as? FileReader, file.canGroupAnew else {
      do {
        return try addFile(
          &reader, named: source, rowPerTimestep: rowPerTimestep, fingerprint: fingerprint, reading: reading)
      } catch var error as InputError where reader is StoredDatasetReader {
        // Remedies are other ways to read a file, and this is none.
        error.remedy = nil
        throw error
      } catch let error as StoreError where reader is StoredDatasetReader {
        guard case .input? = error.remedy else { throw error }
        throw StoreError(error.code, error.message)
      }
    }
    let restore = checkpoint()
    try db.execute(sql: "SAVEPOINT file")
    do {
      mayBeginAnew = true
      defer { mayBeginAnew = false }
      try addFile(&reader, named: source, rowPerTimestep: rowPerTimestep, fingerprint: fingerprint)
      try db.execute(sql: "RELEASE file")
    } catch is ScatteredRows {
      try db.execute(sql: "ROLLBACK TO file; RELEASE file")
      restore()
      // What was read knows what to forget.
      guard let fresh = try (reader as? FileReader ?? file).anew(grouping: true) as? Reader else { return }
      reader = fresh
      try addFile(&reader, named: source, rowPerTimestep: rowPerTimestep, fingerprint: fingerprint, isAgain: true)
    }
  }

  /// What the session knows, to be known again where a file is taken back.
  private func checkpoint() -> () -> Void {
    let (report, writer, shape, figures, firstID) = (report, writer, shape, figures, firstID)
    let (hasReplaced, replacedKeys, hasWithdrawn) = (hasReplaced, replacedKeys, hasWithdrawn)
    let (namesBefore, declaredClasses) = (namesBefore, declaredClasses)
    let (firstUncommitted, uncommittedBytes, sources) = (firstUncommitted, uncommittedBytes, sources)
    return { [self] in
      (self.report, self.writer, self.shape, self.figures, self.firstID) = (report, writer, shape, figures, firstID)
      (self.hasReplaced, self.replacedKeys, self.hasWithdrawn) = (hasReplaced, replacedKeys, hasWithdrawn)
      (self.namesBefore, self.declaredClasses) = (namesBefore, declaredClasses)
      (self.firstUncommitted, self.uncommittedBytes, self.sources) = (firstUncommitted, uncommittedBytes, sources)
    }
  }

  private func addFile<Reader: SequenceReader>(
    _ reader: inout Reader, named source: String, rowPerTimestep: Bool, fingerprint: String?, isAgain: Bool = false,
    reading: FileReading? = nil
  ) throws {
    let opening = try DatasetOpening(
      db, name: report.dataset, description: description(of: &reader), shape: (reader as? FileReader)?.shape,
      declared: options.classes, source: source, path: path)
    if writer == nil { try begin(opening.dataset) }
    declaredClasses.formUnion(opening.fit.allowedClasses ?? [])
    hasSharedShape = hasSharedShape || opening.isNew && (reader as? FileReader)?.shape != nil
    // What files that were decided together lack is said of all of them.
    for note in opening.fit.notes where !hasSharedShape && !isAgain { StoreLog.logger.notice("\(source): \(note)") }
    var encoder = RecordEncoder(opening.fit, extendsVocabulary: options.extendsVocabulary)
    var names = try NameRows(db, opening.dataset)
    try names.write(encoder)
    let id = opening.dataset.id
    let grouping = (reader as? FileReader)?.grouping
    var place = SourcePlace(
      id: 0, name: source, path: (reader as? FileReader)?.source.path,
      rowPerTimestep: rowPerTimestep || grouping != nil, grouping: grouping)
    place.reading = try self.reading(of: reader) ?? reading
    place.id = try sourceID(id, place, fingerprint)
    lastKnown = .min
    knownIDs = IndexSet()
    sources.append(place.id)
    bytesRead = 0
    rejectedKeys = []
    if let file = reader as? FileReader, let ahead = ReadAhead(file, endsAtFault: options.onError == .fail) {
      defer { if let read = ahead.finish() as? Reader { reader = read } }
      try addAll(of: ahead, place, &encoder, &names)
    } else {
      try addAll(of: &reader, place, &encoder, &names)
    }
    try names.write(encoder)
    showProgress(source, reader.bytesRead)
    if encoder.tokenSize > 0, opening.dataset.signature.input.hasTokenNumbers {
      try db.execute(sql: "UPDATE dataset SET token_size = ? WHERE id = ?", arguments: [encoder.tokenSize, id])
    }
  }

  private func addAll(
    of ahead: ReadAhead, _ place: SourcePlace, _ encoder: inout RecordEncoder, _ names: inout NameRows
  ) throws {
    showProgress(place.name, 0)
    while let chunk = try ahead.take(whileWaiting: checkCancellation) {
      bytesRead = chunk.bytesRead
      for record in chunk.records {
        try checkCancellation()
        try rejectingFaults(place) { try store(record, place, &encoder, &names) }
      }
      if let fault = chunk.fault {
        try checkCancellation()
        try rejectingFaults(place) { throw fault }
      }
      showProgress(place.name, chunk.bytesRead)
    }
  }

  private func addAll(
    of reader: inout some SequenceReader, _ place: SourcePlace, _ encoder: inout RecordEncoder, _ names: inout NameRows
  ) throws {
    var (countdown, shownBytes, isEnd) = (0, 0, false)
    while !isEnd {
      try checkCancellation()
      if countdown == 0 || reader.bytesRead - shownBytes >= 1 << 20 {
        (countdown, shownBytes) = (256, reader.bytesRead)
        showProgress(place.name, reader.bytesRead)
      }
      countdown -= 1
      try rejectingFaults(place) {
        if let record = try reader.next() { try store(record, place, &encoder, &names) } else { isEnd = true }
      }
    }
  }

  /// What a file says of its sequences. A wait for its first rows ends where the import is cancelled.
  private func description<Reader: SequenceReader>(of reader: inout Reader) throws -> InputDescription {
    guard let input = (reader as? FileReader)?.input else { return try reader.description() }
    guard let description = try input.endingWaits(for: monitor, { try reader.description() }) else {
      throw cancellation
    }
    return description
  }

  /// How a file is read; nil for what is no file.
  private func reading(of reader: some SequenceReader) throws -> FileReading? {
    guard var file = reader as? FileReader else { return nil }
    return try file.reading()
  }

  func checkCancellation() throws { if monitor.isCancelled { throw cancellation } }

  private var cancellation: Cancelled {
    Cancelled(
      options.commitsEvery == nil
        ? "the import was stopped; nothing of it was stored"
        : "the import was stopped; the same command goes on after what it has stored")
  }

  /// The row of a file in `source`: a new one, or that of the import of this file that ended early.
  private func sourceID(_ datasetID: Int64, _ place: SourcePlace, _ fingerprint: String?) throws -> Int64 {
    mark = nil
    guard options.commitsEvery != nil else { return try newSource(datasetID, place) }
    guard let fingerprint else {
      throw StoreError(.invalidOption, "\(place.name): cannot be read again, so its import cannot be resumable")
    }
    let unfinished = try SQLStatement(
      db,
      """
      SELECT id, fingerprint FROM source JOIN unfinished_import ON source_id = id
      WHERE dataset_id = ? AND name = ? ORDER BY id DESC
      """, arguments: [datasetID, place.name])
    guard try unfinished.step() else {
      let id = try newSource(datasetID, place)
      let mark = UnfinishedMark(
        fingerprint: fingerprint, options: place.fingerprint(options), part: ConsumedPart(), names: namesBefore)
      try db.execute(sql: "INSERT INTO unfinished_import VALUES (?, ?)", arguments: [id, mark.text])
      self.mark = mark
      return id
    }
    let kept = UnfinishedMark(unfinished.text(1))
    var part = ConsumedPart()
    if let path = place.path, !part.extend(to: kept.part.bytes, of: path) { part = ConsumedPart() }
    guard kept.fingerprint == fingerprint, place.path == nil || part == kept.part else {
      throw StoreError(
        .mismatch,
        "\(place.name): was changed since a part of it was stored in dataset \"\(report.dataset)\"; put the old file back",
        remedy: .deleteUnfinished(dataset: report.dataset, store: path))
    }
    guard kept.options ?? place.fingerprint(options) == place.fingerprint(options) else {
      throw StoreError(
        .mismatch,
        "\(place.name): a part of it is in dataset \"\(report.dataset)\" with another split, other classes or another grouping "
          + "of rows; give the options of before", remedy: .deleteUnfinished(dataset: report.dataset, store: path))
    }
    mark = kept
    goesOn = true
    if let names = kept.names {
      namesBefore = NameCounts(
        classes: min(namesBefore.classes, names.classes), tokens: min(namesBefore.tokens, names.tokens),
        columns: zip(namesBefore.columns, names.columns).map(min))
    }
    StoreLog.logger.notice(
      "\(place.name): a part of it is in dataset \"\(report.dataset)\" already; the import goes on after it")
    return unfinished.int64(0)
  }

  private func newSource(_ datasetID: Int64, _ place: SourcePlace) throws -> Int64 {
    try db.execute(
      sql: "INSERT INTO source (dataset_id, name, reading) VALUES (?, ?, ?)",
      arguments: [datasetID, place.name, try place.reading?.text])
    return db.lastInsertedRowID
  }

  /// Commits what was stored, once there is enough of it. The amount counts from the last commit, so that an import that
  /// goes on commits at the same sequences as one that was not disturbed.
  private func commitIfDue(_ encoder: RecordEncoder, _ names: inout NameRows, _ place: SourcePlace) throws {
    guard let limit = options.commitsEvery, uncommittedBytes >= limit else { return }
    try names.write(encoder)
    let dataset = try StoredDataset.fetch(db, named: report.dataset, path: path)
    if encoder.tokenSize > 0, dataset.signature.input.hasTokenNumbers {
      try db.execute(
        sql: "UPDATE dataset SET token_size = ? WHERE id = ?", arguments: [encoder.tokenSize, dataset.id])
    }
    try keepFigures(dataset)
    figures = KeptFigures(dataset)
    firstUncommitted = writer?.nextID ?? 0
    uncommittedBytes = 0
    try keepMark(place)
    try SequenceStore.checkPlace(db, path: path)
    try db.commit()
    hasCommitted = true
    try db.beginTransaction(.immediate)
  }

  /// Keeps what had been read by now of the file; a file that cannot be read any more keeps the mark that it had.
  private func keepMark(_ place: SourcePlace) throws {
    guard let path = place.path, mark?.part.extend(to: bytesRead, of: path) == true, let mark else { return }
    try db.execute(
      sql: "UPDATE unfinished_import SET fingerprint = ? WHERE source_id = ?", arguments: [mark.text, place.id])
  }

  private func keepFigures(_ dataset: StoredDataset) throws {
    if hasReplaced {
      try figures?.makeAnew(db, dataset)
      hasReplaced = false
    } else {
      try figures?.keep(db, dataset, firstID: firstUncommitted)
    }
  }

  private func rejectingFaults(_ place: SourcePlace, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as InputError where options.onError == .skip && !error.isFatal {
      try reject(error, place)
    }
  }

  private func begin(_ dataset: StoredDataset) throws {
    if options.split.needsAllSequences {
      guard case .classPerSequence = dataset.signature.target else {
        throw StoreError(
          .invalidOption,
          "a stratified split needs a class per sequence; the target of dataset \"\(dataset.name)\" is "
            + dataset.signature.target.kindSummary)
      }
    }
    let last = try Int64.fetchOne(db, sql: "SELECT max(id) FROM sequence") ?? 0
    guard last < Int64(UInt32.max) << 16 else {
      throw StoreError(.damaged, "\(path): its last sequence has the number \(last), which leaves none for more")
    }
    firstID = last + 1
    firstUncommitted = firstID
    namesBefore = NameCounts(dataset)
    writer = try SequenceWriter(db, dataset, firstID: firstID)
    figures = KeptFigures(dataset)
    shape = BlobShape(dataset)
  }

  private func showProgress(_ source: String, _ bytesRead: Int) {
    monitor.report(
      WorkProgress(
        .importing, bytes: bytesRead, of: source, sequences: report.sequences, timesteps: report.timesteps))
  }

  private func store(
    _ record: SequenceRecord, _ place: SourcePlace, _ encoder: inout RecordEncoder, _ names: inout NameRows
  ) throws {
    func fault(_ problem: String, _ remedy: InputRemedy? = nil) -> InputError {
      InputError(
        file: place.name, line: record.line > 0 ? record.line : nil, problem: problem, key: record.key, remedy: remedy)
    }
    // A further piece of a sequence that was rejected.
    if !rejectedKeys.isEmpty, rejectedKeys.contains(ExactName(record.key)) {
      guard !mayBeginAnew else { throw ScatteredRows() }
      return
    }
    let mark = encoder.mark
    do {
      var encoded = try encoder.encode(record)
      let outcome = try insert(record, &encoded, place, encoder)
      // What is not stored leaves no class and no token behind.
      if outcome != .isNew { encoder.forgetNames(since: mark) }
      switch outcome {
      case .isNew:
        report.sequences += 1
        report.timesteps += encoded.length
        try names.write(encoder, waits: true)
        try commitIfDue(encoder, &names, place)
      case .isKnown: report.skipped += 1
      case .isPieceOfKnown: break
      case .comesTwice:
        let isOfThisFile = try writer?.find(record.key)?.sourceID == place.id
        if mayBeginAnew, isOfThisFile { throw ScatteredRows() }
        throw fault(try duplicateProblem(record.key, place), isOfThisFile && place.grouping != nil ? .groupRows : nil)
      }
    } catch let error as RecordFault {
      encoder.forgetNames(since: mark)
      throw fault("key \"\(record.key)\": \(error.problem)", error.remedy)
    }
  }

  private func insert(
    _ record: SequenceRecord, _ encoded: inout EncodedSequence, _ place: SourcePlace, _ encoder: RecordEncoder
  ) throws -> KeyOutcome {
    guard let shape else { return .comesTwice }
    var cells = StaticCells()
    var statics: String?
    if !shape.statics.isEmpty {
      cells = StaticCells(encoded.columns.statics, times: encoded.takeStaticTimes(shape))
      statics = StaticColumns.text(cells, shape) { encoder.names(ofColumn: $0) }
    }
    let entry = SequenceEntry(
      record, length: encoded.length, classIndex: encoded.classIndex, split: options.split.split(of: record),
      sourceID: place.id, statics: statics, cells: cells, classCount: encoder.classes.names.count)
    func insert() throws -> Bool { try encoded.withBlobs(shape) { try self.insert(entry, $0) } }
    if try insert() { return .isNew }
    switch try resolve(record.key, place) {
    case .isNew: return try insert() ? .isNew : .comesTwice
    case let other: return other
    }
  }

  /// Stores a sequence and counts it.
  /// - Returns: false where its key is there already.
  private func insert(_ entry: SequenceEntry, _ blobs: SequenceBlobs) throws -> Bool {
    guard try writer?.insert(entry, blobs) == true else { return false }
    if !options.split.needsAllSequences {
      try figures?.add(
        blobs, entry.cells, length: entry.length,
        to: FigureCell(split: entry.split, classIndex: entry.classIndex ?? -1), classCount: entry.classCount)
    }
    uncommittedBytes +=
      blobs.input.count + blobs.target.count + (blobs.numbers?.count ?? 0)
      + (blobs.codes?.count ?? 0) + (blobs.times?.count ?? 0) + (blobs.labels?.count ?? 0)
    return true
  }

  private enum KeyOutcome {
    case isNew, isKnown, comesTwice
    /// A further piece of a sequence that is there already.
    case isPieceOfKnown
  }

  /// What becomes of a sequence whose key is there: one of this import is never given up for another.
  private func resolve(_ key: String, _ place: SourcePlace) throws -> KeyOutcome {
    guard let first = try writer?.find(key), first.id < firstID else { return .comesTwice }
    if first.sourceID == place.id {
      // Stored before this import of the file ended early. They come in the order of then, so one behind comes twice.
      guard first.id > lastKnown else { return .comesTwice }
      lastKnown = first.id
      return .isKnown
    }
    switch options.ifKeyExists {
    case .fail: return .comesTwice
    case .skip:
      // What insert(_:) returns is always that it was not there.
      let isPiece = place.rowPerTimestep && knownIDs.contains(Int(first.id))
      knownIDs.insert(Int(first.id))
      guard isPiece else { return .isKnown }
      guard !mayBeginAnew else { throw ScatteredRows() }
      return .isPieceOfKnown
    case .replace:
      try writer?.delete(first.id)
      hasReplaced = true
      if options.onError == .skip { replacedKeys.insert(ExactName(key)) }
      report.replaced += 1
      return .isNew
    }
  }

  private func duplicateProblem(_ key: String, _ place: SourcePlace) throws -> String {
    guard let first = try writer?.find(key) else { return "key \"\(key)\" comes twice" }
    guard first.sourceID == place.id else {
      let location = first.line > 0 ? "\(first.source):\(first.line)" : first.source
      return "key \"\(key)\" is already in dataset \"\(report.dataset)\" (from \(location))"
    }
    return SequenceRecord.duplicateProblem(key, firstLine: first.line, rowPerTimestep: place.rowPerTimestep)
  }

  /// Leaves a sequence out, with what the same import brought of it before.
  private func reject(_ error: InputError, _ place: SourcePlace) throws {
    if let key = error.key {
      guard rejectedKeys.insert(ExactName(key)).inserted else { return }
      if let stored = try writer?.find(key), isPiece(stored, of: place) {
        if mayBeginAnew, stored.sourceID == place.id { throw ScatteredRows() }
        guard !replacedKeys.contains(ExactName(key)) else {
          var error = error
          error.problem += "; what it brought before has replaced the sequence of that key, so the import ends"
          error.isFatal = true
          throw error
        }
        try writer?.delete(stored.id)
        hasWithdrawn = true
        if stored.id < firstUncommitted { hasReplaced = true } else { figures?.remove(from: stored.cell) }
        report.sequences -= 1
        report.timesteps -= stored.length
      }
    }
    report.rejectedCount += 1
    if report.rejected.count < options.rejectionLimit { report.rejected.append(Rejection(error: error)) }
  }

  /// Whether what is stored may be a piece of a sequence of the file at hand: rows of one may stand in several files.
  private func isPiece(_ stored: SequenceWriter.Place, of place: SourcePlace) -> Bool {
    stored.sourceID == place.id || place.rowPerTimestep && sources.contains(stored.sourceID)
  }

  /// A stratified split orders the sequences of one import: one that comes in parts is divided otherwise.
  private func noteEarlierSequences(of dataset: StoredDataset) throws {
    let earlier = try SQLStatement(
      db, "SELECT count(*) FROM sequence WHERE dataset_id = ? AND id < ?", arguments: [dataset.id, firstID])
    guard report.sequences > 0, try earlier.step(), earlier.int64(0) > 0 else { return }
    StoreLog.logger.notice(
      "dataset \"\(dataset.name)\": \(Int(earlier.int64(0)).counted("sequence")) of before \(earlier.int64(0) == 1 ? "keeps its" : "keep their") split, and the new ones are divided by class among themselves, otherwise than one import of all would",
      metadata: StoreLog.resplits
    )
  }

  /// Assigns the splits that needed all sequences, and keeps the figures.
  /// - Throws: ``NothingStored`` where every sequence was left out, so that nothing of the import stays.
  func finish() throws -> ImportReport {
    guard figures != nil else { return report }
    var dataset = try StoredDataset.fetch(db, named: report.dataset, path: path)
    if hasWithdrawn {
      let unused = UnusedNames(
        db: db, dataset: dataset, before: namesBefore, declared: declaredClasses, firstID: goesOn ? .min : firstID)
      if try unused.remove() { hasReplaced = true }
      dataset = try StoredDataset.fetch(db, named: report.dataset, path: path)
    }
    if case .hashed(let fractions, let seed, by: .keyWithinClass) = options.split {
      try noteEarlierSequences(of: dataset)
      try StratifiedSplit(fractions: fractions, seed: seed).assign(db, datasetID: dataset.id, firstID: firstID)
      figures?.removeAll()
    }
    try keepFigures(dataset)
    for source in sources {
      try db.execute(sql: "DELETE FROM unfinished_import WHERE source_id = ?", arguments: [source])
    }
    let (input, target) = (dataset.signature.input, dataset.signature.target)
    if let tokens = input.tokens { report.tokens = tokens.size } else { report.features = input.featureCount }
    report.classes = target.isClass ? target.names.count : 0
    report.furtherColumns = dataset.columns.count { $0.kind != .time }
    if report.sequences == 0, report.skipped == 0, report.rejectedCount > 0, !hasCommitted {
      throw NothingStored(report: report)
    }
    report.hasValidTimestep = try report.sequences == 0 || hasValidTimestep(dataset.id)
    return report
  }
}

extension ImportSession {
  /// Whether a timestep is valid that this import brought; reads up to the first.
  private func hasValidTimestep(_ datasetID: Int64) throws -> Bool {
    try Bool.fetchOne(
      db,
      sql: """
        SELECT EXISTS (SELECT 1 FROM sequence JOIN sequence_data ON sequence_id = id WHERE dataset_id = ? AND id >= ?
          AND length > 0 AND (validity IS NULL OR instr(validity, x'01') > 0))
        """, arguments: [datasetID, firstID]) ?? true
  }
}

/// An import of which every sequence was left out.
struct NothingStored: Error {
  let report: ImportReport
}

/// The file that a session is reading.
private struct SourcePlace {
  var id: Int64
  var name: String
  /// Where its bytes lie, if it is a file.
  var path: String?
  var rowPerTimestep: Bool
  /// How rows that do not stand together are met; nil where there are none.
  var grouping: RowGrouping?
  /// What was asked of the reader, and what it found out.
  var reading: FileReading?

  /// What has to stay the same for an import that goes on.
  func fingerprint(_ options: ImportOptions) -> String { options.fingerprint + (grouping == .always ? "-grouped" : "") }
}
