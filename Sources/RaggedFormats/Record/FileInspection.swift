public import RaggedCore

/// What files hold, found out without storing anything: how they are written, their columns and what each is taken for, how many
/// sequences there are and how long, and how an import would read them.
///
/// ```swift
/// let inspection = try FileInspection([FileReader("readings.csv")])
/// for column in inspection.columns { print(column.name, column.kind, column.role ?? .none) }
/// ```
///
/// Files that cannot be read as sequences are looked at all the same: ``File/fault`` says why.
public struct FileInspection: Sendable {
  /// What is known of one file.
  public struct File: Sendable {
    /// Its name in messages.
    public var name: String
    /// The format that it was read as.
    public var format: FileFormat
    /// Bytes on disk; nil where that is not known.
    public var byteCount: Int?
    /// Whether it is compressed by gzip.
    public var isCompressed = false
    /// How it is written.
    public var traits: [FileTrait] = []
    /// What was taken for what, in words; nil where that could not be decided.
    public var roles: String?
    /// What is worth knowing of it.
    public var notes: [InputNote] = []
    /// Sequences that were looked at, and their timesteps.
    public var sequences = 0
    /// Timesteps of these sequences.
    public var timesteps = 0
    /// Whether these are all.
    public var isWhole = false
    /// The share of its bytes that was looked at; nil where that is not known.
    public var share: Double?
    /// The first sequences that are at fault, and how many there are.
    public var rejected: [InputError] = []
    /// How many sequences are at fault.
    public var rejectedCount = 0
    /// Why it cannot be read, or not to its end.
    public var fault: InputError?
  }

  /// The files in their order.
  public internal(set) var files: [File] = []
  /// Every column of the files, those that are not imported among them.
  public internal(set) var columns: [ColumnFacts] = []
  /// How long the sequences are that were looked at.
  public internal(set) var lengths = LengthStatistics(lengths: [Int]())
  /// Sequences whose key came again after others, so that their rows do not stand together.
  public internal(set) var scattered = 0
  /// How rows lie, where a sequence is many of them.
  public internal(set) var order: RowOrder?
  /// The first sequence that has timesteps.
  public internal(set) var first: SequenceRecord?
  /// What the sequences look like; nil where no file could be read.
  public internal(set) var description: InputDescription?
  /// How files that do not say the same differ, and what decides.
  public internal(set) var notes: [InputNote] = []
  /// The options that name what was found out.
  public internal(set) var settings: ReaderSettings = [:]
  /// Why the files cannot be read together.
  public internal(set) var fault: InputError?

  /// The columns of the first file that could be read, and whether those of all others are these.
  private var firstNames: [String]?
  private var isUniform = true

  /// Whether all sequences of all files were looked at.
  public var isWhole: Bool { files.allSatisfy(\.isWhole) }

  /// The first reason for which an import would end.
  public var firstFault: InputError? {
    fault ?? files.lazy.compactMap { $0.fault ?? $0.rejected.first }.first
  }

  /// About how many sequences there are in all files; nil where it is not known, and where all were looked at.
  public var estimatedSequences: Int? {
    guard !isWhole else { return nil }
    var total = 0.0
    for file in files {
      if file.isWhole {
        total += Double(file.sequences)
      } else {
        guard let share = file.share, share > 0 else { return nil }
        total += Double(file.sequences) / share
      }
    }
    return Int(exactly: total.rounded())
  }

  /// The most sequences and timesteps that are looked at in all files, and bytes in one, where not all are.
  static let (sequenceLimit, timestepLimit, byteLimit) = (1000, 500_000, 64 << 20)
  /// Files of no more bytes than this together are read to their ends, so that figures are exact.
  public static let wholeBytes = 8 << 20

  /// Looks at files that would be imported together.
  /// - Parameters:
  ///   - readers: the files, none of which has been read.
  ///   - full: whether every sequence is looked at rather than the first thousand, or some of each of many files.
  ///   - wholeBytes: files of no more bytes than this together are read to their ends.
  ///   - monitor: informed of every few hundred sequences and of each MiB of a file; asked before each sequence.
  /// - Throws: `Cancelled`.
  public init(
    _ readers: [FileReader], full: Bool = false, wholeBytes: Int = FileInspection.wholeBytes,
    monitor: ProgressMonitor = .none
  ) throws {
    var readers = readers
    for index in readers.indices { readers[index].endWaits(for: monitor) }
    do { notes = try FileReader.decideTogether(&readers) } catch let error as InputError { fault = error }
    var survey = RecordSurvey()
    let share = max(1, readers.count / 4)
    var left = wholeBytes
    for reader in readers where left >= 0 { left -= min(left + 1, reader.source.byteCount ?? .max) }
    let limits =
      full || left >= 0
      ? RecordSurvey.Limits(sequences: .max, timesteps: .max, bytes: .max)
      : RecordSurvey.Limits(
        sequences: max(10, FileInspection.sequenceLimit / share),
        timesteps: max(1000, FileInspection.timestepLimit / share), bytes: FileInspection.byteLimit)
    for index in readers.indices {
      try look(at: &readers[index], &survey, limits, monitor)
      if index == 0 || settings.isEmpty { settings = (try? readers[index].decidedSettings()) ?? settings }
    }
    // A look at the same files shows these again.
    for key in [ReaderSetting.timeFormat, .decimal] where readers.first?.options.settings[key] == nil {
      settings[key] = nil
    }
    nameWhatAllTake(readers)
    // A pipe whose wait was ended looks as if it had ended.
    try monitor.check("nothing was stored")
    lengths = survey.statistics
    scattered = survey.scattered
    first = survey.first
    if let description { survey.complete(&columns, description) }
  }

  /// Leaves out of the settings what was found in the first file and would be wrong for others: columns that these have
  /// not, and what their formats do not know.
  private mutating func nameWhatAllTake(_ readers: [FileReader]) {
    guard readers.count > 1, let given = readers.first?.options.settings else { return }
    let foreign = settings.keys.filter { key in given[key] == nil && !readers.allSatisfy { $0.format.takes(key) } }
    for key in foreign where ![.keyFrom, .classFrom, .splitFrom].contains(key) { settings[key] = nil }
    guard !isUniform || foreign.contains(.inputs) else { return }
    for key in [ReaderSetting.features, .inputs] where given[key] == nil { settings[key] = nil }
  }

  private mutating func look(
    at reader: inout FileReader, _ survey: inout RecordSurvey, _ limits: RecordSurvey.Limits,
    _ monitor: ProgressMonitor
  ) throws {
    var file = File(name: reader.source.name, format: reader.format, byteCount: reader.source.byteCount)
    defer { files.append(file) }
    do {
      let facts = try reader.facts()
      file.traits = facts.traits
      file.isCompressed = reader.input.isCompressed
      add(facts.columns)
      if let found = facts.order { if order == nil { order = found } else { order?.add(found) } }
      let found = try reader.description()
      let names = (found.input.featureNames ?? []) + found.columns.map(\.name)
      isUniform = isUniform && firstNames.map { names.exactNames == $0.exactNames } ?? true
      firstNames = firstNames ?? names
      if description == nil { description = reader.shape ?? found }
      file.roles = try reader.roles()
      file.notes = try reader.takeNotes()
      try survey.read(&reader, found, limits, monitor, &file)
      file.isCompressed = reader.input.isCompressed
      file.notes += try reader.takeNotes()
    } catch let error as InputError {
      file.fault = error
    }
  }

  /// Adds the columns of a file to those of the files before.
  private mutating func add(_ more: [ColumnFacts]) {
    guard !columns.isEmpty else {
      columns = more
      return
    }
    var used: Set<Int> = []
    for column in more {
      guard let place = columns.indices.first(where: { columns[$0].name.isExactly(column.name) && !used.contains($0) })
      else {
        used.insert(columns.count)
        columns.append(column)
        continue
      }
      used.insert(place)
      columns[place].cells += column.cells
      columns[place].missing += column.missing
      columns[place].distinct = max(columns[place].distinct ?? 0, column.distinct ?? 0)
      for example in column.examples where columns[place].examples.count < 3 {
        if !columns[place].examples.contains(example) { columns[place].examples.append(example) }
      }
      if columns[place].role == nil { columns[place].role = column.role }
    }
  }
}
