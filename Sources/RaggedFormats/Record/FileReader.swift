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
  private var failure: InputError?
  private var missing = MissingCells()
  private var additions: FileAdditions

  /// Opens a file, or standard input where the path is `-`.
  /// - Parameters:
  ///   - path: the file; `-` for standard input.
  ///   - format: by default what the file's name says.
  ///   - options: those of the format: ``TableOptions`` for CSV, and so on; by default ``FileFormat/defaults``.
  ///   - facts: what the path says of the sequences.
  ///   - place: where the file stands among others that are read with it, of ``FilePlace/places(of:)``; by default it is
  ///     one by itself.
  /// - Throws: ``InputError`` where the format is unknown, the options are another format's or make no sense, or the
  ///   file cannot be opened.
  public init(
    _ path: String, format: FileFormat? = nil, options: (any FormatOptions)? = nil, facts: FileFacts = FileFacts(),
    place: FilePlace? = nil
  ) throws {
    let source = InputSource(path, place: place, keyFrom: facts.keyFrom)
    let format = try FileReader.format(format, of: source)
    var options = options ?? format.defaults
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
    reader = try format.reader(of: source, options: options)
    additions = try FileAdditions(facts, source, declared: declared)
  }

  /// Opens a file, or standard input where the path is `-`, of a format that is known only now.
  /// - Parameters:
  ///   - path: the file; `-` for standard input.
  ///   - format: by default what the file's name says.
  ///   - settings: what the format's options are made of, and what the path says.
  ///   - place: where the file stands among others that are read with it, of ``FilePlace/places(of:)``; by default it is
  ///     one by itself.
  /// - Throws: ``InputError`` where the format is unknown or has no option of that name, the options make no sense, or
  ///   the file cannot be opened.
  public init(
    _ path: String, format: FileFormat? = nil, settings: ReaderSettings, place: FilePlace? = nil
  ) throws {
    let source = InputSource(path)
    let facts = try source.namingOptions { try FileFacts(settings) }
    self.source = InputSource(path, place: place, keyFrom: facts.keyFrom)
    let format = try FileReader.format(format, of: source)
    self.format = format
    let rest = try source.namingOptions { try facts.settings(for: format, settings) }
    reader = try format.reader(of: self.source, options: try format.options(rest, file: source.name))
    additions = try FileAdditions(facts, self.source, declared: settings[.classes])
  }

  /// Opens several files, in whose paths may stand what the sequences are called and what they are of.
  /// - Parameters:
  ///   - paths: the files; `-` for standard input.
  ///   - format: by default what each file's name says.
  ///   - settings: what is asked of a file.
  /// - Throws: as for each of them.
  public static func readers(
    of paths: [String], format: FileFormat? = nil, settings: (String) throws -> ReaderSettings
  ) throws -> [FileReader] {
    try zip(paths, FilePlace.places(of: paths)).map { path, place in
      try FileReader(path, format: format, settings: settings(path), place: place)
    }
  }

  private static func format(_ given: FileFormat?, of source: InputSource) throws -> FileFormat {
    if let format = given ?? source.format { return format }
    let known = FormatRegistry.all.map(\.name).joined(separator: ", ")
    throw source.fault("the name does not tell the format, expected one of \(known) to be given", .usage)
  }

  /// Bytes of the file read so far, before decompression; see ``InputSource/byteCount`` for how many there are.
  public var bytesRead: Int { reader.bytesRead }

  /// Whether a sequence is many rows of the file, as far as is known: some formats have files of either kind, and say which
  /// once they are opened.
  public var hasRowPerTimestep: Bool { reader.hasRowPerTimestep ?? format.hasRowPerTimestep }

  package var input: InputBytes { reader.input }

  /// Lets a wait for a pipe end early: what comes then is as if the pipe had ended. To be called before anything is read.
  /// - Parameter monitor: asked twenty times a second while the pipe has nothing.
  public func endWaits(for monitor: ProgressMonitor) { input.monitor = monitor }

  /// What the file says of its sequences.
  public mutating func description() throws -> InputDescription {
    additions.description(try keepingFailure { try $0.description() })
  }

  /// The next sequence, nil after the last.
  public mutating func next() throws -> SequenceRecord? {
    var additions = self.additions
    defer { self.additions = additions }
    let record = try keepingFailure { try additions.next(of: &$0) }
    if let record { missing.count(record) } else { missing.isWhole = true }
    return record
  }

  /// Which column or field was taken for what, in words, to be shown to the user.
  /// - Throws: ``InputError``, always fatal.
  public mutating func roles() throws -> String {
    let additions = additions
    return try keepingFailure { additions.roles(try $0.roles(), try $0.description()) }
  }

  /// What is worth knowing and not yet taken: before the first sequence of what was guessed and left out, later of the
  /// sequences read by then. To be shown to the user, each with the file's name.
  /// - Throws: ``InputError``, always fatal.
  public mutating func takeNotes() throws -> [InputNote] {
    let notes = try keepingFailure { try $0.takeNotes() }
    guard missing.hasNote else { return notes }
    return try notes + missing.takeNote(description())
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

/// A reader that can say which column or field it took for what.
protocol FormatReader: SequenceReader {
  /// Each role with its column or field, in words.
  mutating func roles() throws -> String
  /// What is worth knowing and not yet taken, in words.
  mutating func takeNotes() throws -> [InputNote]
  /// The bytes that it reads.
  var input: InputBytes { get }
  /// Whether a sequence is many rows, where the file says so rather than the format.
  var hasRowPerTimestep: Bool? { get }
}

extension FormatReader {
  /// nil.
  var hasRowPerTimestep: Bool? { nil }

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
