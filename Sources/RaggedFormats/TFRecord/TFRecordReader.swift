import RaggedCore

/// Reads TensorFlow's records, each a `SequenceExample`: context features for key, split, weight, group, metadata and a
/// target of the sequence, feature lists for the input and a target per timestep; see the article "Leaving and arriving".
///
/// A record may also be a flat `Example`, whose features are lists that hold the timesteps end to end; how many numbers are
/// one is asked for then.
///
/// Plain or compressed by gzip. Checksums are held against the bytes: damaged data rejects its sequence, a damaged length
/// ends the reading.
struct TFRecordReader: FormatReader {
  private static let maximumRecordsAhead = 1000
  private static let maximumBytesAhead = 16 << 20
  let input: InputBytes
  private let frames: TFRecordFrames
  private let options: TFRecordOptions
  private let stem: String
  private var layout: TFRecordLayout?
  private var waiting: ArraySlice<Result<Record, InputError>> = []
  private var notes = ReaderNotes()
  private var isFinished = false

  /// A record and where it was.
  private struct Record {
    var place: String
    var number: Int
    var data: [UInt8]
  }

  init(_ source: InputSource, options: TFRecordOptions) throws {
    input = try InputBytes(source, plainHead: TFRecordFrames.plainHead)
    frames = TFRecordFrames(input, maximumBytes: options.maximumLineBytes)
    self.options = options
    stem = source.keyStem
  }

  mutating func description() throws -> InputDescription { try prepared().description }

  mutating func roles() throws -> String { try prepared().summary }

  /// What was rounded, and taken for values although it may be classes.
  mutating func takeNotes() throws -> [InputNote] {
    let rounded = notes.take()
    guard isFinished, let name = layout?.target?.name else { return rounded }
    return rounded
      + notes.guessed.takeNote(
        "feature \(name.quotedForMessage)", change: "written as an int64_list it is taken for classes")
  }

  /// The features that nothing is made of.
  mutating func facts() throws -> InputFacts {
    guard let layout = try? prepared() else { return InputFacts() }
    var facts = InputFacts()
    facts.traits = [FileTrait("keys", layout.id.map { "feature \($0.quotedForMessage)" } ?? "file and position", .id)]
    if let id = layout.id { facts.columns.append(ColumnFacts(id, .text, role: .id, extent: .sequence)) }
    facts.columns += layout.unused.map { ColumnFacts($0, .other, role: ColumnFacts.Role.none) }
    return facts
  }

  /// The target and its kind.
  mutating func decided() throws -> ReaderSettings {
    let layout = try prepared()
    var settings = options.settings
    if let target = layout.target {
      (settings[.target], settings[.targetKind]) = ([target.name], [target.kind.rawValue])
    }
    return settings
  }

  mutating func next() throws -> SequenceRecord? {
    let layout = try prepared()
    let record: Record
    if let first = waiting.popFirst() {
      if waiting.isEmpty { waiting = [] }
      record = try first.get()
    } else {
      guard let next = try nextRecord() else {
        isFinished = true
        return nil
      }
      record = next
    }
    var key: String?
    do {
      let result = try layout.record(
        SequenceExampleView(record.data), defaultKey: "\(stem)/\(record.number)", &key, &notes)
      if layout.target?.isGuessed == true, layout.target?.width == 1 { notes.guessed.look(at: result.target) }
      return result
    } catch let fault as RecordFault {
      throw error(fault, record.place, key: key)
    }
  }

  private func nextRecord() throws -> Record? {
    guard let data = try frames.next() else { return nil }
    return Record(place: frames.place, number: frames.number, data: data)
  }

  private func error(_ fault: RecordFault, _ place: String, key: String? = nil) -> InputError {
    InputError(file: input.file, problem: "\(place): \(fault.problem)", key: key, remedy: fault.remedy)
  }

  /// Reads ahead until a record settles what a timestep and a target are; the records are kept to be read again.
  private mutating func prepared() throws -> TFRecordLayout {
    if let layout { return layout }
    var found: TFRecordLayout?
    var firstError: InputError?
    var bytesAhead = 0
    while waiting.count < TFRecordReader.maximumRecordsAhead, bytesAhead < TFRecordReader.maximumBytesAhead {
      do {
        guard let record = try nextRecord() else { break }
        waiting.append(.success(record))
        bytesAhead += record.data.count
        do {
          let learned = try TFRecordLayout(SequenceExampleView(record.data), options)
          if found == nil || learned.isSettled { found = learned }
          if learned.isSettled { break }
        } catch let fault as RecordFault {
          firstError = firstError ?? error(fault, record.place)
        }
      } catch let error as InputError {
        if error.isFatal { throw error }
        waiting.append(.failure(error))
        firstError = firstError ?? error
      }
    }
    guard let layout = found else {
      var error = firstError ?? input.fault("the file is empty")
      error.isFatal = true
      throw error
    }
    guard layout.totalWidth != nil else {
      throw input.fault("no sequence has a timestep, so nothing says how many features there are; name them")
    }
    if let names = layout.featureNames, layout.tokens == nil, names.count != layout.totalWidth {
      throw input.fault("a timestep has \(layout.totalWidth ?? 0) features, but \(names.count) feature names are given")
    }
    self.layout = layout
    return layout
  }
}
