public import RaggedCore

/// A file format: yields one sequence after the other, in memory that does not grow with the file.
public protocol SequenceReader {
  /// What the file says of its sequences before the first of them. Reads the header if need be.
  /// - Throws: ``InputError``, always fatal.
  mutating func description() throws -> InputDescription
  /// The next sequence, nil after the last.
  ///
  /// After an ``InputError`` that is not fatal the next call goes on with the following sequence: a bad sequence is
  /// left out as a whole.
  /// - Throws: ``InputError``.
  mutating func next() throws -> SequenceRecord?
  /// Bytes of the file read so far (before decompression), for progress.
  var bytesRead: Int { get }
}

/// A reader of a file of any format.
///
/// A fatal error stays: every later call throws it again.
public struct FileReader: SequenceReader {
  /// The format that is read.
  public let format: FileFormat
  /// Where the bytes come from.
  public let source: InputSource
  // An existential, since it is changed in place: the payload of an enum would be copied out and back at every call.
  private var reader: any FormatReader
  let options: any FormatOptions
  /// What was asked for, of the file and of what lies beside it.
  let asked: ReaderSettings
  /// Whether the format was named, rather than told by the file's name.
  let isFormatGiven: Bool
  private let pathFacts: FileFacts
  /// What the sequences of all files look like that were decided together with this one; see ``decideTogether(_:)``.
  package internal(set) var shape: InputDescription?
  private var failure: InputError?
  private var missing = MissingCells()
  private var additions: FileAdditions
  private let join: JoinedTable?
  /// What was asked of the joined table rather than of the file.
  private let joinSettings: ReaderSettings
  /// Where the format is said by what the file holds, that it is.
  private var formatNotes: [InputNote] = []
  private var isDescribed = false
  private var hasEnded = false
  /// What the join has to say at the end.
  private var joinNotes: [InputNote] = []
  /// What the join knew before the first sequence, where the file may be begun anew.
  private var joinMark: JoinedTable.Mark?
  private var hasBegunJoin = false
  /// The same as ``additions`` before the first sequence.
  private let beginning: FileAdditions
  /// What the rows of several files hold, by which this one is read.
  private var evidence: TableSample?

  /// Opens a file, or standard input where the path is `-`.
  /// - Parameters:
  ///   - path: the file; `-` for standard input.
  ///   - format: by default what the file's name says.
  ///   - options: those of the format: ``TableOptions`` for CSV, and so on; by default ``FileFormat/defaults``.
  ///   - facts: what the path says of the sequences.
  ///   - place: where the file stands among others that are read with it, of ``FilePlace/places(of:)``; by default it is
  ///     one by itself.
  ///   - join: a table with what else is known of the sequences, of which this is the one file, or for which
  ///     ``JoinedTable/open(_:)`` says how many there are.
  /// - Throws: ``InputError`` where the format is unknown, the options are another format's or make no sense, or the
  ///   file cannot be opened.
  public init(
    _ path: String, format: FileFormat? = nil, options: (any FormatOptions)? = nil, facts: FileFacts = FileFacts(),
    place: FilePlace? = nil, join: JoinedTable? = nil
  ) throws {
    (self.join, joinSettings) = (join, [:])
    let source = InputSource(path, place: place, keyFrom: facts.keyFrom)
    let isGuessed = format == nil && FileFormat(fileName: path) == nil
    isFormatGiven = format != nil || isGuessed
    let format = try FileReader.format(format, of: source)
    if isGuessed { formatNotes = [FileReader.note(format)] }
    var options = options ?? format.defaults
    asked = facts.completed(options.settings)
    let declared = options.settings[.classes]
    if facts != FileFacts() {
      let settings = options.settings
      let rest = try source.namingOptions { try facts.settings(for: format, settings) }
      if rest != settings {
        let longest = options.maximumLineBytes
        options = try format.options(rest, file: source.name)
        options.maximumLineBytes = longest
      }
    }
    (self.source, self.format) = (source, format)
    (self.options, pathFacts) = (options, facts)
    reader = try format.reader(of: source, options: options)
    additions = try FileAdditions(facts, source, declared: declared)
    beginning = additions
  }

  /// Opens a file, or standard input where the path is `-`, of a format that is known only now.
  /// - Parameters:
  ///   - path: the file; `-` for standard input.
  ///   - format: by default what the file's name says.
  ///   - settings: what the format's options are made of, what the path says, and a table to join with.
  ///   - place: where the file stands among others that are read with it, of ``FilePlace/places(of:)``; by default it is
  ///     one by itself.
  ///   - formats: those among which the name chooses.
  /// - Throws: ``InputError`` where the format is unknown or has no option of that name, the options make no sense, or
  ///   the file cannot be opened.
  public init(
    _ path: String, format: FileFormat? = nil, settings: ReaderSettings, place: FilePlace? = nil,
    among formats: [FileFormat] = FormatRegistry.all
  ) throws {
    let source = InputSource(path)
    let join = try source.namingOptions { try JoinOptions(settings) }.map(JoinedTable.init)
    try self.init(path, format: format, settings: settings, place: place, join: join, among: formats)
  }

  private init(
    _ path: String, format: FileFormat?, settings: ReaderSettings, place: FilePlace?, join: JoinedTable?,
    among formats: [FileFormat]
  ) throws {
    self.join = join
    let source = InputSource(path)
    let facts = try source.namingOptions { try FileFacts(settings) }
    self.source = InputSource(path, place: place, keyFrom: facts.keyFrom)
    let isGuessed = format == nil && FileFormat(fileName: path, among: formats) == nil
    (asked, isFormatGiven) = (settings, format != nil || isGuessed)
    let format = try FileReader.format(format, of: source, among: formats)
    if isGuessed { formatNotes = [FileReader.note(format)] }
    self.format = format
    let rest = try source.namingOptions {
      let rest = try facts.settings(for: format, settings)
      return try join?.take(rest, format) ?? rest
    }
    joinSettings =
      join == nil
      ? [:] : settings.filter { rest[$0.key] != $0.value && !ReaderSetting.ofFiles.contains($0.key) }
    (options, pathFacts) = (try format.options(rest, file: source.name), facts)
    reader = try format.reader(of: self.source, options: options)
    additions = try FileAdditions(facts, self.source, declared: settings[.classes])
    beginning = additions
  }

  private init(again reader: FileReader, _ options: any FormatOptions) throws {
    (source, format, self.options) = (reader.source, reader.format, options)
    (asked, isFormatGiven) = (reader.asked, reader.isFormatGiven)
    (pathFacts, shape, join, joinSettings) = (reader.pathFacts, reader.shape, reader.join, reader.joinSettings)
    self.reader = try format.reader(of: source, options: options)
    (additions, beginning) = (reader.beginning, reader.beginning)
    if let evidence = reader.evidence { decide(by: evidence) }
  }

  /// Opens several files, in whose paths may stand what the sequences are called and what they are of.
  /// - Parameters:
  ///   - paths: the files; `-` for standard input.
  ///   - format: by default what each file's name says.
  ///   - formats: those among which a name chooses.
  ///   - settings: what is asked of a file.
  /// - Throws: as for each of them.
  public static func readers(
    of paths: [String], format: FileFormat? = nil, among formats: [FileFormat] = FormatRegistry.all,
    settings: (String) throws -> ReaderSettings
  ) throws -> [FileReader] {
    try readers(of: paths, formats: { _ in format }, among: formats, settings: settings)
  }

  /// Opens several files, each of a format of its own.
  /// - Parameters:
  ///   - paths: the files; `-` for standard input.
  ///   - format: that of a file; nil where its name says it.
  ///   - formats: those among which a name chooses.
  ///   - settings: what is asked of a file.
  /// - Throws: as for each of them.
  public static func readers(
    of paths: [String], formats format: (String) -> FileFormat?, among formats: [FileFormat] = FormatRegistry.all,
    settings: (String) throws -> ReaderSettings
  ) throws -> [FileReader] {
    // One table serves the files that name it.
    var joins: [ReaderSettings: (table: JoinedTable, files: Int)] = [:]
    let readers = try zip(paths, FilePlace.places(of: paths)).map { path, place in
      let settings = try settings(path)
      let asked = settings.filter { JoinOptions.settings.contains($0.key) }
      if joins[asked] == nil, let options = try InputSource(path).namingOptions({ try JoinOptions(settings) }) {
        joins[asked] = (try JoinedTable(options), 0)
      }
      joins[asked]?.files += 1
      return try FileReader(
        path, format: format(path), settings: settings, place: place, join: joins[asked]?.table, among: formats)
    }
    for (table, files) in joins.values { table.open(files) }
    return readers
  }

  private static func note(_ format: FileFormat) -> InputNote {
    InputNote(
      "its name does not tell the format, and its lines hold numbers, so that it is read as \(format.name)",
      remedy: .sayFormat)
  }

  private static func format(
    _ given: FileFormat?, of source: InputSource, among formats: [FileFormat] = FormatRegistry.all
  ) throws -> FileFormat {
    if let format = given ?? source.format(among: formats) { return format }
    let known = formats.map(\.name).joined(separator: ", ")
    var error = source.fault("the name does not tell the format, expected one of \(known) to be given", .usage)
    error.remedy = .sayFormat
    throw error
  }

  /// Bytes of the file read so far, before decompression; see ``InputSource/byteCount`` for how many there are.
  public var bytesRead: Int { reader.bytesRead }

  /// Whether a sequence is many rows of the file, as far as is known: some formats have files of either kind, and say which
  /// once they are opened.
  public var hasRowPerTimestep: Bool { reader.hasRowPerTimestep ?? format.hasRowPerTimestep }

  package var input: InputBytes { reader.input }

  /// How rows of a sequence that do not stand together are met; nil where the format has no such rows.
  package var grouping: RowGrouping? {
    hasRowPerTimestep ? (options as? any RowGroupingOptions)?.grouping : nil
  }

  /// Whether the file can be read from its beginning once more with its rows grouped.
  package var canGroupAnew: Bool { grouping == .auto && source.byteCount != nil && !source.isStandardInput }

  /// The same file from its beginning, with its rows grouped if that is asked for. What was noted of its first rows is not noted again.
  /// - Throws: ``InputError``.
  package func anew(grouping: Bool) throws -> FileReader {
    var options = options
    if grouping, var grouped = options as? any RowGroupingOptions {
      grouped.grouping = .always
      options = grouped
    }
    if let joinMark { join?.rewind(to: joinMark) }
    var reader = try FileReader(again: self, options)
    reader.input.monitor = input.monitor
    _ = try reader.takeNotes()
    return reader
  }

  /// Lets a wait for a pipe end early: what comes then is as if the pipe had ended. To be called before anything is read.
  /// - Parameter monitor: asked twenty times a second while the pipe has nothing.
  public func endWaits(for monitor: ProgressMonitor) { input.monitor = monitor }

  /// What the file says of its sequences.
  public mutating func description() throws -> InputDescription {
    let (additions, join, source) = (additions, join, source)
    let description = try keepingFailure {
      let found = additions.description(try $0.description())
      return try join?.description(found, source) ?? found
    }
    isDescribed = true
    return description
  }

  /// The next sequence, nil after the last.
  public mutating func next() throws -> SequenceRecord? {
    if let join {
      if !isDescribed { _ = try description() }
      if !hasBegunJoin, canGroupAnew { joinMark = join.mark() }
      hasBegunJoin = true
    }
    var additions = self.additions
    defer { self.additions = additions }
    let record: SequenceRecord?
    do {
      let found = try keepingFailure { try additions.next(of: &$0) }
      record = found.map { found in join?.completed(found) ?? found }
    } catch let error as InputError {
      join?.pass(error.key)
      throw error
    }
    if let record { missing.count(record) } else { try end() }
    return record
  }

  /// Notes that all is read.
  private mutating func end() throws {
    missing.isWhole = true
    guard let join, !hasEnded else { return }
    hasEnded = true
    let source = source
    joinNotes += try keepingFailure { _ in try join.finish(source) }
  }

  /// Which column or field was taken for what, in words, to be shown to the user.
  /// - Throws: ``InputError``, always fatal.
  public mutating func roles() throws -> String {
    if join != nil, !isDescribed { _ = try description() }
    let (additions, joined) = (additions, join?.roles ?? "")
    let own = try keepingFailure { additions.roles(try $0.roles(), try $0.description()) }
    return joined.isEmpty ? own : "\(own); \(joined)"
  }

  /// What is worth knowing and not yet taken: before the first sequence of what was guessed and left out, later of the
  /// sequences read by then. To be shown to the user, each with the file's name.
  /// - Throws: ``InputError``, always fatal.
  public mutating func takeNotes() throws -> [InputNote] {
    let notes = try takeOwnNotes()
    guard missing.hasNote else { return notes }
    return try notes + missing.takeTotals(description()).notes
  }

  /// The same with what is missing in figures, once the file is read to its end.
  mutating func takeNotesWithTotals() throws -> (notes: [InputNote], missing: MissingTotals?) {
    let notes = try takeOwnNotes()
    guard missing.isWhole else { return (notes, nil) }
    return (notes, try missing.takeTotals(description()))
  }

  private mutating func takeOwnNotes() throws -> [InputNote] {
    if join != nil, !isDescribed { _ = try description() }
    defer { (formatNotes, joinNotes) = ([], []) }
    return formatNotes + (try keepingFailure { try $0.input.takeNotes() + $0.takeNotes() }) + (join?.takeNotes() ?? [])
      + joinNotes
  }

  /// What is known of the file beside its sequences. To be asked before anything else.
  /// - Throws: ``InputError``, always fatal, where the file cannot be read; one whose sequences cannot be found has facts.
  public mutating func facts() throws -> InputFacts { try keepingFailure { try $0.facts() } }

  /// The options of its reader with what was found out from the file, so that others are read in the same way.
  /// - Throws: ``InputError``, always fatal.
  public mutating func decidedSettings() throws -> ReaderSettings {
    let decided = try keepingFailure { try $0.decided() }
    var settings = pathFacts.completed(options.settings.merging(decided) { _, decided in decided })
    if joinSettings[.target] != nil { settings[.noTarget] = nil }
    settings.merge(joinSettings) { _, asked in asked }
    return settings
  }

  /// Looks at the file with a reader that is given up then, so that no file stays open and nothing of it in memory; what
  /// cannot be opened twice is looked at by the reader at hand.
  mutating func looking<Result>(_ body: (inout any FormatReader) throws -> Result) throws -> Result {
    guard source.byteCount != nil, !source.isStandardInput else { return try keepingFailure(body) }
    var reader = try format.reader(of: source, options: options)
    return try body(&reader)
  }

  /// What a description that its reader gives says with what is added because of where the file lies.
  func completed(_ description: InputDescription) throws -> InputDescription {
    let found = additions.description(description)
    return try join?.description(found, source) ?? found
  }

  /// Has what was found out from several files decide how this one is read.
  mutating func decide(by evidence: TableSample) {
    self.evidence = evidence
    reader.decide(by: evidence)
  }

  private mutating func keepingFailure<Result>(_ body: (inout any FormatReader) throws -> Result) throws -> Result {
    if let failure { throw failure }
    do {
      return try body(&reader)
    } catch let error as InputError {
      if error.isFatal { failure = error }
      throw error
    }
  }
}

extension FileReader {
  /// Lets files that are read together have the same columns, where these are found in the rows of each: all files are read
  /// once before.
  /// - Returns: whether they were.
  /// - Throws: ``InputError``, always fatal.
  static func agreeOnVariables(_ readers: inout [FileReader]) throws -> Bool {
    guard readers.contains(where: { $0.options.settings[.pivot] != nil }) else { return false }
    var (all, places, found) = ([PivotVariable](), [ExactName: Int](), [Int]())
    for index in readers.indices {
      guard let variables = try readers[index].looking({ try $0.variables() }) else { continue }
      found.append(index)
      for variable in variables {
        if let place = places[ExactName(variable.name)] {
          all[place].isNumber = all[place].isNumber && variable.isNumber
        } else {
          places[ExactName(variable.name)] = all.count
          all.append(variable)
        }
      }
    }
    for index in found { readers[index].reader.agree(on: all) }
    return true
  }
}

/// A reader that can say which column or field it took for what.
protocol FormatReader: SequenceReader {
  /// Each role with its column or field, in words.
  mutating func roles() throws -> String
  /// What is worth knowing and not yet taken, in words.
  mutating func takeNotes() throws -> [InputNote]
  /// What it knows of its file beside the sequences, whether or not these can be found. Asked before anything is read.
  mutating func facts() throws -> InputFacts
  /// The options that name what was found out.
  mutating func decided() throws -> ReaderSettings
  /// What the first rows of a table hold; nil where the file is none. Asked before anything is read.
  mutating func evidence(rowCount: Int) throws -> TableSample?
  /// Has what the rows of several tables hold decide what the columns are.
  mutating func decide(by evidence: TableSample)
  /// What a table with these rows says of its sequences, where those of several decide.
  mutating func description(of evidence: TableSample, decidedBy shared: TableSample) throws -> InputDescription
  /// The bytes that it reads.
  var input: InputBytes { get }
  /// Whether a sequence is many rows, where the file says so rather than the format.
  var hasRowPerTimestep: Bool? { get }
  /// The columns that its rows name, where files that are read together must have the same; nil where there is nothing to
  /// agree on.
  mutating func variables() throws -> [PivotVariable]?
  /// Takes these for its columns.
  mutating func agree(on variables: [PivotVariable])
  /// The names of all columns, those that are not imported among them.
  mutating func columnNames() throws -> [String]
  /// The column of the key; nil where there is none, or where it is not known.
  mutating func keyName() throws -> String?
}

extension FormatReader {
  /// nil.
  var hasRowPerTimestep: Bool? { nil }

  /// nil.
  mutating func variables() throws -> [PivotVariable]? { nil }

  /// Nothing.
  mutating func agree(on variables: [PivotVariable]) {}

  /// Nothing.
  mutating func facts() throws -> InputFacts { InputFacts() }

  /// Nothing.
  mutating func decided() throws -> ReaderSettings { [:] }

  /// nil: it is no table.
  mutating func evidence(rowCount: Int) throws -> TableSample? { nil }

  /// Nothing, as it is no table.
  mutating func decide(by evidence: TableSample) {}

  /// Its own.
  mutating func description(of evidence: TableSample, decidedBy shared: TableSample) throws -> InputDescription {
    try description()
  }

  /// Those of the description.
  mutating func columnNames() throws -> [String] {
    let description = try description()
    return (description.input.featureNames ?? []) + description.columns.map(\.name)
  }

  /// nil.
  mutating func keyName() throws -> String? { nil }

  /// Nothing.
  mutating func takeNotes() throws -> [InputNote] { [] }

  var bytesRead: Int { input.bytesRead }
}

/// A reader of a format that is made of lines.
protocol LineFormatReader: FormatReader {
  var lines: LineReader { get }
}

extension LineFormatReader {
  var input: InputBytes { lines.source }
}
