import RaggedCore

/// A format in which files hold sequences: what it is called, what there is to know of it, and how its reader and its
/// writer are made. Two are equal where their names are.
public struct FileFormat: Sendable, Hashable, CustomStringConvertible {
  /// What the user calls it.
  public let name: String
  /// The endings of its files' names, in lower case and without the dot.
  public let extensions: [String]
  /// Whether its files are text.
  public let isText: Bool
  /// Whether a sequence is many rows of the file, so that a key which comes twice means rows that do not stand together.
  public let hasRowPerTimestep: Bool
  /// Whether its files can come compressed by gzip and from standard input.
  public let isStreamed: Bool
  /// Whether its files can say what their features are called.
  public let namesFeatures: Bool
  /// What the format calls the place of a value: a column, field, array or feature.
  public let wordForColumn: String
  /// What its files hold, in a few words.
  public let summary: String
  /// What is written, in a few words; nil where the format is only read.
  public let writtenSummary: String?
  /// Its options, each at its default.
  public let defaults: any FormatOptions
  let writer: Writer?
  private let open: @Sendable (InputSource, any FormatOptions) throws -> any FormatReader

  /// How files of the format are written.
  enum Writer: Sendable {
    /// A sequence after the other, into one stream.
    case sequences(@Sendable (any ExportedSequences, ExportFacts, ExportSink) throws -> any ExportWriter)
    /// An array after the other, each over all sequences.
    case arrays
  }

  /// A format whose reader takes options of one type.
  init<Options: FormatOptions>(
    _ name: String, extensions: [String], isText: Bool = true, hasRowPerTimestep: Bool = false,
    isStreamed: Bool = true, namesFeatures: Bool = false, wordForColumn: String = "column", summary: String,
    writtenSummary: String? = nil, writer: Writer? = nil,
    reader: @escaping @Sendable (InputSource, Options) throws -> any FormatReader
  ) {
    self.name = name
    self.extensions = extensions
    self.isText = isText
    self.hasRowPerTimestep = hasRowPerTimestep
    self.isStreamed = isStreamed
    self.namesFeatures = namesFeatures
    self.wordForColumn = wordForColumn
    self.summary = summary
    self.writtenSummary = writtenSummary
    self.writer = writer
    defaults = Options()
    open = { source, given in
      guard let options = given as? Options else {
        throw source.fault("\(type(of: given)) are given for the format \(name), expected \(Options.self)", .usage)
      }
      return try reader(source, options)
    }
  }

  /// The name.
  public var description: String { name }

  /// Whether the names are equal.
  public static func == (left: FileFormat, right: FileFormat) -> Bool { left.name == right.name }

  /// Takes the name into a hash.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }

  /// Whether sequences can be written in it.
  public var isWritten: Bool { writer != nil }

  /// A reader of a source.
  /// - Throws: ``InputError`` where the options are another format's or do not fit each other, or the source cannot be opened.
  func reader(of source: InputSource, options: any FormatOptions) throws -> any FormatReader {
    try options.validate(for: self, file: source.name)
    return try open(source, options)
  }

  /// Whether the format has an option of this name.
  public func takes(_ setting: ReaderSetting) -> Bool { defaults.takes(setting) }

  /// The format's options as settings have them.
  /// - Parameters:
  ///   - settings: what is asked of the reader; the rest is at its default.
  ///   - file: what the message calls the input.
  /// - Throws: ``InputError`` of class `usage` for the first setting that the format has no field for.
  public func options(_ settings: ReaderSettings, file: String) throws -> any FormatOptions {
    var options = defaults
    try options.set(settings, format: self, file: file)
    return options
  }
}
