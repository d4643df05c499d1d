public import RaggedCore

/// Sequences that come line by line, of which each line is looked at before the next one is there: rows of a table with a
/// header, or JSON Lines whose objects are timesteps or pieces of sequences.
///
/// ```swift
/// var lines = try FollowedLines("-", format: .csv, settings: [:])
/// guard try lines.columnNames() != nil else { return }  // nothing came
/// lines.begin([.id: ["run"], .features: ["ax", "ay"]])
/// while let piece = try lines.next() { print(piece.key, piece.length) }
/// ```
///
/// How a table is written and what its columns are is settled by the header, the settings and the first row that can be read: there
/// are no thousand rows to look at. Keys may come in any order, and each record is the part of its sequence that its line holds. A cell
/// in quotes ends on its line. Memory is that of the longest line.
public struct FollowedLines {
  /// Where the lines come from.
  public let source: InputSource
  /// How they are written.
  public let format: FileFormat
  /// The formats whose lines can be followed.
  public static let formats: [FileFormat] = [.csv, .tsv, .jsonl]
  /// The longest line that is taken, in bytes.
  public static let longestLine = 16 << 20

  private let lines: LineReader
  private let settings: ReaderSettings
  private let monitor: ProgressMonitor
  private var head: FollowedHead?
  private var parser: (any LineParser)?
  private var asked: ReaderSettings = [:]
  /// The first row, which is yet to be given.
  private var held: FollowedHead.Line?
  private var hasEnded = false

  /// Lines of a file, a named pipe, or of standard input where the path is `-`.
  /// - Parameters:
  ///   - path: where the lines come from.
  ///   - format: one of ``formats``.
  ///   - settings: how lines are written: delimiter, header, encoding and the like.
  ///   - monitor: asked while lines are waited for; what is no longer wanted is the end of the lines.
  /// - Throws: ``InputError`` for another format, settings that it does not have and a file that is not there.
  public init(
    _ path: String, format: FileFormat, settings: ReaderSettings = [:], monitor: ProgressMonitor = .none
  ) throws {
    source = InputSource(path)
    (self.format, self.settings, self.monitor) = (format, settings, monitor)
    guard Self.formats.contains(format) else {
      throw source.fault(
        "lines can be followed in the formats \(Self.formats.map(\.name).joined(separator: ", ")), and the format is "
          + format.name, .usage)
    }
    let encoding: TextEncoding?
    switch try format.options(settings, file: source.name) {
    case let table as TableOptions:
      if let layout = table.layout, layout != .long, layout != .series {
        throw source.fault(
          "a row is to be a timestep of its sequence to be followed, and the layout is \(layout.rawValue)", .usage)
      }
      if table.pivot != PivotOptions() {
        throw source.fault("a row is to be a timestep of its sequence to be followed, and is a measurement", .usage)
      }
      encoding = table.encoding
    case let objects as JSONLinesOptions: encoding = objects.encoding
    default: encoding = nil
    }
    let bytes = try InputBytes(source)
    bytes.monitor = monitor
    lines = LineReader(bytes, maximumLineBytes: Self.longestLine, encoding: encoding, capacity: 64 << 10)
  }

  /// The names of the columns or fields, by the header and the first row; nil where the lines end before a row. Waits for these.
  /// - Throws: ``InputError`` for lines that cannot be read, and a header that is none; not fatal for a first object that is none, after
  ///   which the next call takes the one behind it.
  public mutating func columnNames() throws -> [String]? {
    if head == nil, !hasEnded {
      head = try FollowedHead(lines, source: source, format: format, settings: settings)
      if isCutShort { head = nil }
      held = head?.first
      hasEnded = head == nil
    }
    return head?.names
  }

  /// Whether each line is one timestep rather than a piece of a sequence. Waits as ``columnNames()``.
  public mutating func hasRowPerTimestep() throws -> Bool {
    _ = try columnNames()
    return head?.objects?.hasRowPerTimestep ?? true
  }

  /// Settles what the columns are. To be called before ``next()``, once there are names.
  /// - Parameter settings: all that is asked of the reader, in place of what the initialiser was given.
  public mutating func begin(_ settings: ReaderSettings) { asked = settings }

  /// What the lines say of their sequences; nil where no line could be read yet, or before ``begin(_:)``.
  public private(set) var description: InputDescription?
  /// Which column was taken for what, in words, once there is a ``description``.
  public private(set) var roles = ""
  /// The place among the columns of ``description`` of the one by which the rows of a sequence are ordered; nil where there is none.
  public private(set) var orderColumn: Int?

  /// The part of a sequence that the next line holds; nil where the lines end. Blank lines are passed over. Waits for a line.
  ///
  /// After an error that is not fatal the next call goes on with the line behind.
  /// - Throws: ``InputError``, with its line: not fatal where that line alone cannot be taken.
  public mutating func next() throws -> SequenceRecord? {
    guard try columnNames() != nil else { return nil }
    while let line = try nextLine() {
      if let record = try record(of: line) { return record }
    }
    return nil
  }

  private mutating func nextLine() throws -> FollowedHead.Line? {
    if let first = held {
      held = nil
      return first
    }
    while let line = try lines.next(), !isCutShort {
      if line.trimmed.isEmpty { continue }
      if let head, head.comments?.begins(line, head.delimiter) == true { continue }
      return FollowedHead.Line(bytes: line.array, number: lines.line, fault: lines.textFault(line))
    }
    hasEnded = true
    return nil
  }

  /// Whether the line last read ends in the middle, as nobody wants what comes next.
  private var isCutShort: Bool { monitor.isCancelled && !lines.isTerminated }

  private mutating func record(of line: FollowedHead.Line) throws -> SequenceRecord? {
    guard let head else { return nil }
    do {
      if let fault = line.fault { throw fault }
      if parser == nil {
        var opened = try head.parser(source, format: format, settings: asked, first: line)
        let found = try opened.description()
        (roles, orderColumn) = (try opened.roles(), try opened.orderColumn())
        (description, parser) = (found, opened)
      }
      return try parser?.record(of: line.bytes, line: line.number)
    } catch var error as InputError {
      // What is wrong with a header or with options is wrong with every line.
      error.isFatal = error.line != line.number
      throw error
    }
  }

  /// What is worth knowing and not yet taken.
  public mutating func takeNotes() throws -> [InputNote] {
    try lines.source.takeNotes() + (parser?.takeNotes() ?? [])
  }
}

/// What makes records of lines, one at a time.
protocol LineParser {
  mutating func description() throws -> InputDescription
  mutating func roles() throws -> String
  mutating func orderColumn() throws -> Int?
  mutating func takeNotes() throws -> [InputNote]
  /// The record of a line; nil where it holds none.
  mutating func record(of line: [UInt8], line number: Int) throws -> SequenceRecord?
}
