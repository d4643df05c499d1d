public import RaggedCore

/// The sequences of files in memory, without a store between: files of any format that can be read, to train on or to
/// predict.
///
/// ```swift
/// let data = try RecordSource("readings.csv", options: TableOptions(id: "run", target: ["activity"]))
/// let batches = try PlannedBatches(data, policy: BatchPolicy(batchSize: 32, seed: 1))
/// ```
///
/// Any choice of the files' columns can be input and target: see ``columns`` and ``choosing(_:)``.
///
/// Memory is that of the numbers as they are computed with: four bytes per number, category or token and a target, eight
/// per time, one per timestep where any is invalid or a cell is missing, and the keys, groups and metadata; twice that for a
/// moment while they grow. A choice of other columns than a file's own adds what is chosen. Sequences, classes and tokens
/// stand and are numbered in the order in which an import meets them.
public struct RecordSource: KeyedSource {
  /// The columns that there are, whose roles say which are input and target unless a choice says otherwise.
  public let columns: [Column]
  /// What was taken for what, in words: an entry a file, or fewer where files agree. To be shown to the user.
  public let roles: [String]
  /// What is worth knowing of the files beside, each with the file's name. To be shown to the user.
  public private(set) var notes: [InputNote]
  private var memory: InMemorySource
  private let records: RecordPlanes
  /// Which of the sequences these are; nil for all of them.
  private var kept: [Int]?
  private let heads: RecordHeads
  private let files: [String]
  package let hasDeclaredClasses: Bool

  /// Reads a file to its end, or standard input where the path is `-`.
  /// - Parameters:
  ///   - path: the file; `-` for standard input.
  ///   - format: by default what the file's name says.
  ///   - options: columns, targets and the like; what they mean depends on the format.
  ///   - facts: what the path says of the sequences.
  ///   - choice: which columns are input and target; by default those that options and file say.
  /// - Throws: ``InputError`` where the file cannot be read, at its first bad sequence, and where a key comes twice;
  ///   `RaggedCoreError` for a choice of columns that are not there or no target.
  public init(
    _ path: String, format: FileFormat? = nil, options: (any FormatOptions)? = nil, facts: FileFacts = FileFacts(),
    choice: ColumnChoice = ColumnChoice()
  ) throws {
    try self.init([FileReader(path, format: format, options: options, facts: facts)], choice: choice)
  }

  /// Reads several files as one, in their order. They must agree in features and target; names decide, not positions.
  /// - Parameters:
  ///   - readers: the files, none of which has been read.
  ///   - choice: which columns are input and target; by default those that options and files say.
  ///   - note: called with each of ``notes`` as it comes, so that it is shown also where an error follows.
  ///   - monitor: informed of every few hundred sequences and of each MiB of a file; asked before each sequence, and while
  ///     a pipe is waited for.
  /// - Throws: as for one file; ``InputError`` also where two files do not agree; `Cancelled`.
  public init(
    _ readers: [FileReader], choice: ColumnChoice = ColumnChoice(), note: (InputNote) -> Void = { _ in },
    monitor: ProgressMonitor = .none
  ) throws {
    var records = CollectedRecords()
    var (roles, notes): ([String], [InputNote]) = ([], [])
    // The files that were begun anew with their rows grouped, and how many have said what was taken for what.
    var (readers, grouped, described) = (readers, Set<Int>(), 0)
    func take(_ found: InputNote, of file: String) {
      let said = InputNote("\(file): \(found.text)", remedy: found.remedy)
      // A file that was begun anew says what it said before.
      guard grouped.isEmpty || !notes.contains(said) else { return }
      notes.append(said)
      note(said)
    }
    func takeNotes(_ reader: inout FileReader) throws {
      for found in try reader.takeNotes() { take(found, of: reader.source.name) }
    }
    for index in readers.indices { readers[index].endWaits(for: monitor) }
    do {
      for found in try FileReader.decideTogether(&readers) {
        notes.append(found)
        note(found)
      }
    } catch  where monitor.isCancelled {
      throw Cancelled(Self.stopped(readers.map(\.source.name).joined(separator: ", ")))
    }
    var place = 0
    while place < readers.count {
      do { _ = try readers[place].description() } catch  where monitor.isCancelled {
        throw Cancelled(Self.stopped(readers[place].source.name))
      }
      let role = try readers[place].roles()
      if place >= described, role != roles.last { roles.append(role) }
      described = max(described, place + 1)
      try takeNotes(&readers[place])
      let file = readers[place].source.name
      do {
        try records.add(&readers[place], monitor: monitor) { take(InputNote($0), of: file) }
      } catch is ScatteredRows {
        // What was collected of the files is given up.
        grouped.insert(place)
        for index in 0...place { readers[index] = try readers[index].anew(grouping: grouped.contains(index)) }
        (records, place) = (CollectedRecords(), 0)
        continue
      }
      try takeNotes(&readers[place])
      place += 1
    }
    (self.roles, self.notes) = (roles, notes)
    (files, heads, hasDeclaredClasses) = (records.files, records.heads, records.isClosed)
    self.records = try records.planes()
    columns = self.records.columns
    memory = self.records.memory
    try choose(choice)
    self.notes.dropFirst(notes.count).forEach(note)
  }

  /// The same sequences with other columns for input and target. Sequences whose target is missing are left out, and a
  /// timestep whose target is missing has no loss and is not judged; both are said in ``notes``.
  /// - Throws: `RaggedCoreError` for a choice of columns that are not there or no target, and for a weight that is missing
  ///   or negative.
  public func choosing(_ choice: ColumnChoice) throws -> RecordSource {
    try choosing(choice, keepsUnlabelled: false)
  }

  /// - Parameter keepsUnlabelled: whether sequences stay whose one target is missing.
  package func choosing(_ choice: ColumnChoice, keepsUnlabelled: Bool) throws -> RecordSource {
    var source = self
    (source.memory, source.kept) = (records.memory, nil)
    try source.choose(choice, keepsUnlabelled: keepsUnlabelled)
    return source
  }

  private mutating func choose(_ choice: ColumnChoice, keepsUnlabelled: Bool = false) throws {
    guard let chosen = try records.choosing(choice, keepsUnlabelled: keepsUnlabelled) else { return }
    (memory, kept) = (chosen.source, chosen.kept)
    notes += chosen.notes.map { InputNote("\(files.joined(separator: ", ")): \($0)") }
  }

  /// What is said of a reading that was ended.
  fileprivate static func stopped(_ file: String) -> String { "\(file): the reading was stopped" }

  /// What the sequences look like, with the classes and tokens of all files.
  public var signature: SequenceSignature { memory.signature }
  /// The length of each sequence.
  public var lengths: [Int32] { memory.lengths }
  /// A hash of every value, length, target, weight and validity.
  public var fingerprint: UInt64 { memory.fingerprint }

  /// Parts of the sequences. O(timesteps gathered).
  /// - Throws: `RaggedCoreError` for timesteps that are not there.
  public func gather(slices: [SequenceSlice]) throws -> SequenceBatch {
    var batch = try memory.gather(slices: slices)
    if batch.validity?.contains(false) == false { batch.validity = nil }
    if batch.input.observed?.contains(false) == false { batch.input.observed = nil }
    if batch.statics.observed?.contains(false) == false { batch.statics.observed = nil }
    return batch
  }

  /// The keys of these sequences.
  /// - Throws: `RaggedCoreError` for a position outside the source.
  public func externalKeys(_ positions: [Int]) throws -> [String] { try memory.keys(positions) }

  /// The split of each of these sequences; `train` where the file names none, as an import has it.
  /// - Throws: `RaggedCoreError` for a position outside the source.
  public func splits(_ positions: [Int]) throws -> [String] { try heads(positions) { heads.splits[$0] } }

  /// The group of each of these sequences, nil where there is none.
  /// - Throws: `RaggedCoreError` for a position outside the source.
  public func groups(_ positions: [Int]) throws -> [String?] { try heads(positions) { heads.groups?[$0] } }

  /// The metadata of each of these sequences: the text of a JSON object, nil where there is none.
  /// - Throws: `RaggedCoreError` for a position outside the source.
  public func metadata(_ positions: [Int]) throws -> [String?] { try heads(positions) { heads.metadata?[$0] } }

  private func heads<Part>(_ positions: [Int], _ part: (Int) -> Part) throws -> [Part] {
    try positions.map { position in
      guard lengths.indices.contains(position) else { throw RaggedCoreError.noPosition(position, of: count) }
      return part(place(position))
    }
  }

  /// Where a sequence stands among all that were read.
  private func place(_ position: Int) -> Int { kept?[position] ?? position }

  /// The positions of the sequences of some splits and classes, in their order. O(sequences).
  /// - Parameters:
  ///   - splits: nil takes all, a list without a name none.
  ///   - classes: the same for the class of the sequence.
  /// - Throws: ``InputError`` of class `usage` for a split or a class that is not there.
  public func positions(splits: [String]? = nil, classes: [String]? = nil) throws -> [Int] {
    func codes(_ wanted: [String]?, among known: [String], _ kind: String) throws -> Set<Int32>? {
      guard let wanted else { return nil }
      let places = known.positions()
      return Set(
        try wanted.map { name in
          if let place = places[ExactName(name)] { return place }
          let end = known.nearest(to: name).map { ", did you mean \"\($0)\"?" } ?? "; there is \(known.quotedList)"
          throw selectionFault("there is no \(kind) \"\(name)\"\(end)")
        })
    }
    let wantedSplits = try codes(splits, among: heads.splits.names, "split")
    var wantedClasses: Set<Int32>?
    var classIndices: [Int32] = []
    if classes != nil {
      guard case .classPerSequence(let indices) = memory.batch.targets else {
        throw selectionFault("there is no class to select by: the target is \(signature.target.kindSummary)")
      }
      wantedClasses = try codes(classes, among: signature.target.names, "class")
      classIndices = indices
    }
    return lengths.indices.filter { position in
      wantedSplits?.contains(heads.splits.codes[place(position)]) ?? true
        && wantedClasses?.contains(classIndices[position]) ?? true
    }
  }

  private func selectionFault(_ problem: String) -> InputError {
    InputError(file: files.joined(separator: ", "), problem: problem, isFatal: true, failureClass: .usage)
  }
}

extension RecordSource {
  /// The sequences with the files' own input and target, whatever is chosen, as they are written.
  struct Stored: ExportedSequences {
    let records: RecordSource

    var signature: SequenceSignature { records.records.memory.signature }
    var lengths: [Int32] { records.lengths }
    var datasetName: String { records.datasetName }
    var furtherColumns: [Column] { records.furtherColumns }
    var classColumn: String { records.classColumn }
    var hasDeclaredClasses: Bool { records.hasDeclaredClasses }

    func hasInvalidTimesteps() -> Bool { records.hasInvalidTimesteps() }
    func forEachRecord(_ body: (SequenceRecord) throws -> Void) throws { try records.forEachRecord(body) }
    func forEachHead(_ body: (SequenceRecord) throws -> Void) throws { try records.forEachHead(body) }
  }
}

extension RecordSource: ExportedSequences {
  package var datasetName: String { files.first.map { InputSource($0).stem } ?? "" }
  package var furtherColumns: [Column] { records.further }
  package var classColumn: String { records.classColumn }

  package func hasInvalidTimesteps() -> Bool { records.memory.batch.validity?.contains(false) == true }

  package func forEachRecord(_ body: (SequenceRecord) throws -> Void) throws {
    let names = RecordNames(records.memory.signature, records.further)
    for position in lengths.indices {
      var record = try head(position)
      record.take(place(position), of: records.memory.batch, names)
      record.take(place(position), of: records.planes, records.further, names)
      try body(record)
    }
  }

  package func forEachHead(_ body: (SequenceRecord) throws -> Void) throws {
    for position in lengths.indices { try body(head(position)) }
  }

  private func head(_ position: Int) throws -> SequenceRecord {
    let place = place(position)
    return SequenceRecord(
      head: try externalKeys([position])[0], split: heads.splits[place],
      weight: heads.hasWeight?[place] == false ? nil : records.memory.batch.weights?[place],
      group: heads.groups?[place], metadata: heads.metadata?[place])
  }
}

/// Records of any number of files, laid end to end as numbers.
private struct CollectedRecords {
  private var signature: SequenceSignature?
  /// Whether the first file declared its classes, so that no others may come.
  private(set) var isClosed = false
  private var further: [Column]?
  private var classColumn = SequenceSignature.classColumn
  private var steps = BatchCells.none
  private var statics = BatchCells.none
  private var times: [Int64] = []  // [N, K]
  private var labels: [LabelLists] = []  // a column each
  private var values: [Float] = []  // [N, F]
  private var observed: [Bool]?  // [N, F]
  private var tokens: [Int32] = []  // [N]
  private var offsets = [0]  // [B + 1]
  private var classes: [Int32] = []  // [B] or [N]
  private var targetValues: [Float] = []  // [B, width] or [N, width]
  private var weights: [Float]?  // [B]
  private var validity: [Bool]?  // [N]
  private var keys: [String] = []  // [B]
  private var places: [ExactName: Place] = [:]
  /// Whether the key that was there before was in the file at hand.
  private var isOfThisFile = false
  /// Whether all files so far can be read once more.
  private var canReadAnew = true
  private(set) var files: [String] = []
  private(set) var heads = RecordHeads()

  /// Where a key came first.
  private struct Place {
    var file: Int32
    var line: Int32
  }

  /// Reads a file to its end. Its columns are brought into the order of the first file's.
  /// - Throws: `ScatteredRows` where all is to be read anew, with the rows of this file grouped.
  mutating func add(
    _ reader: inout FileReader, monitor: ProgressMonitor, note: (String) -> Void
  ) throws {
    let file = reader.source.name
    files.append(file)
    canReadAnew = canReadAnew && !reader.source.isStandardInput && reader.source.byteCount != nil
    let fit = try fit(reader.description(), file, shape: reader.shape)
    // What files that were decided together lack is said of all of them.
    if reader.shape == nil { fit.notes.forEach(note) }
    var encoder = RecordEncoder(fit)
    var shown = 0
    func show(_ reader: FileReader) {
      monitor.report(
        WorkProgress(
          .reading, bytes: reader.bytesRead, of: file, sequences: keys.count, timesteps: offsets[keys.count]))
    }
    show(reader)
    while true {
      try monitor.check(RecordSource.stopped(file))
      guard let record = try reader.next() else { break }
      func fault(_ problem: String, _ remedy: InputRemedy? = nil) -> InputError {
        InputError(
          file: file, line: record.line > 0 ? record.line : nil, problem: problem, key: record.key, remedy: remedy)
      }
      if let problem = duplicateProblem(record, reader.hasRowPerTimestep) {
        guard !isOfThisFile || !canReadAnew || !reader.canGroupAnew else { throw ScatteredRows() }
        throw fault(problem, isOfThisFile && reader.grouping != nil ? .groupRows : nil)
      }
      do {
        append(record, try encoder.encode(record))
      } catch let error as RecordFault {
        var fault = fault("key \"\(record.key)\": \(error.problem)")
        fault.remedy = error.remedy
        throw fault
      }
      if keys.count % 256 == 0 || reader.bytesRead - shown >= 1 << 20 {
        shown = reader.bytesRead
        show(reader)
      }
    }
    // A pipe whose wait was ended looks as if it had ended.
    try monitor.check(RecordSource.stopped(file))
    show(reader)
    (signature, further) = (encoder.signature, encoder.columns)
  }

  private mutating func fit(
    _ description: InputDescription, _ file: String, shape: InputDescription?
  ) throws -> RecordFit {
    let declared = description.target.declaredClasses
    func fault(_ problem: String) -> InputError { InputError(file: file, problem: problem, isFatal: true) }
    if let declared, declared.exactNames.count != declared.count {
      throw fault("the declared classes name one twice: \(declared.quotedList)")
    }
    guard let signature else {
      isClosed = declared != nil
      classColumn = description.classColumn
      do {
        let signature = try (shape ?? description).signature(declared: declared, named: "the data")
        return try RecordFit(
          description, into: signature, columns: shape?.columns, declared: declared, isClosed: isClosed)
      } catch let problem as RecordFault { throw fault(problem.problem) }
    }
    do {
      return try RecordFit(description, into: signature, columns: further, declared: declared, isClosed: isClosed)
    } catch let problem as RecordFault {
      var error = fault("does not fit \(files[0]): \(problem.problem)")
      error.remedy = problem.remedy
      throw error
    }
  }

  /// What is wrong where the record's key was there before; takes note of where it is otherwise.
  private mutating func duplicateProblem(_ record: SequenceRecord, _ rowPerTimestep: Bool) -> String? {
    let place = Place(file: Int32(files.count - 1), line: Int32(clamping: record.line))
    guard let first = places.updateValue(place, forKey: ExactName(record.key)) else { return nil }
    isOfThisFile = first.file == place.file
    guard isOfThisFile else {
      let file = files[Int(first.file)]
      return "key \"\(record.key)\" is already taken (from \(first.line > 0 ? "\(file):\(first.line)" : file))"
    }
    return SequenceRecord.duplicateProblem(
      record.key, firstLine: Int(first.line), rowPerTimestep: rowPerTimestep)
  }

  private mutating func append(_ record: SequenceRecord, _ encoded: EncodedSequence) {
    let before = offsets[keys.count]
    switch encoded.input {
    case .values(let numbers):
      if observed == nil, encoded.observed != nil { observed = Array(repeating: true, count: values.count) }
      if let bits = encoded.observed {
        observed?.append(contentsOf: bits)
      } else {
        observed?.append(contentsOf: repeatElement(true, count: numbers.count))
      }
      values += numbers
    case .tokens(let numbers): tokens += numbers
    }
    switch encoded.target {
    case .none:
      if case .classPerSequence = record.target {
        classes.append(encoded.classIndex ?? BatchTargets.unobservedClass)
      }
    case .classes(let indices): classes += indices
    case .values(let numbers): targetValues += numbers
    }
    if let valid = encoded.validity {
      if validity == nil { validity = Array(repeating: true, count: before) }
      validity? += valid.lazy.map { $0 != 0 }
    } else {
      validity?.append(contentsOf: repeatElement(true, count: encoded.length))
    }
    if let weight = record.weight {
      if weights == nil { weights = Array(repeating: 1, count: keys.count) }
      weights?.append(weight)
    } else {
      weights?.append(1)
    }
    steps.append(encoded.columns.steps)
    statics.append(encoded.columns.statics)
    times += encoded.columns.times
    if labels.isEmpty { labels = encoded.columns.labels.map { _ in LabelLists() } }
    for (column, list) in encoded.columns.labels.enumerated() { labels[column].append(list) }
    offsets.append(before + encoded.length)
    keys.append(record.key)
    heads.append(record)
  }

  /// What has been collected.
  func planes() throws -> RecordPlanes {
    let signature = signature ?? SequenceSignature(input: .features([]), target: .none)
    let width = signature.input.featureCount
    let targets: BatchTargets =
      switch signature.target {
      // A file's own target is none: its labels are columns beside it.
      case .none, .labels, .several: .none
      case .classPerSequence: .classPerSequence(classes)
      case .classPerTimestep: .classPerTimestep(classes)
      case .valuesPerSequence(let names): .valuesPerSequence(targetValues, width: names.count)
      case .valuesPerTimestep(let names): .valuesPerTimestep(targetValues, width: names.count)
      }
    let input =
      signature.input.isTokens
      ? BatchCells.tokens(tokens) : BatchCells(values: values, featureCount: width, observed: observed)
    let batch = SequenceBatch(
      input: input, offsets: offsets, targets: targets, weights: weights, validity: validity)
    // Without a sequence none of the columns has a list.
    let columns = (further ?? []).count { $0.extent == .labels }
    let lists = labels.isEmpty ? Array(repeating: LabelLists(), count: columns) : labels
    return RecordPlanes(
      memory: try InMemorySource(batch, signature: signature, keys: keys), further: further ?? [],
      classColumn: classColumn,
      planes: ColumnPlanes(
        offsets: offsets, steps: steps, times: times, statics: statics, labels: lists))
  }
}

extension BatchCells {
  /// Adds the rows of cells that have the same columns.
  fileprivate mutating func append(_ cells: BatchCells) {
    (featureCount, codeCount) = (cells.featureCount, cells.codeCount)
    if observed == nil, cells.observed != nil { observed = Array(repeating: true, count: values.count) }
    if let bits = cells.observed {
      observed?.append(contentsOf: bits)
    } else {
      observed?.append(contentsOf: repeatElement(true, count: cells.values.count))
    }
    values += cells.values
    codes += cells.codes
  }
}

/// What records say of their sequences beside the numbers; what no record says takes no memory.
private struct RecordHeads: Sendable {
  private(set) var splits = Categories([])
  private(set) var groups: [String?]?
  private(set) var metadata: [String?]?
  private(set) var hasWeight: [Bool]?
  private var codes: [ExactName: Int32] = [:]

  mutating func append(_ record: SequenceRecord) {
    let before = splits.count
    // As an import has it.
    let split = record.split.flatMap { $0.isEmpty ? nil : $0 } ?? "train"
    if let code = codes[ExactName(split)] {
      splits.append(code: code)
    } else {
      codes[ExactName(split)] = splits.append(naming: split)
    }
    func append<Part>(_ part: Part, to parts: inout [Part]?, default absent: Part, isAbsent: Bool) {
      if parts == nil, !isAbsent { parts = Array(repeating: absent, count: before) }
      parts?.append(part)
    }
    append(record.group, to: &groups, default: nil, isAbsent: record.group == nil)
    append(record.metadata, to: &metadata, default: nil, isAbsent: record.metadata == nil)
    append(record.weight != nil, to: &hasWeight, default: false, isAbsent: record.weight == nil)
  }
}
