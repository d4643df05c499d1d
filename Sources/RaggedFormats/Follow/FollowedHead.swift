import RaggedCore

/// What stands before the second row of lines that are followed.
struct FollowedHead {
  /// A line with its number.
  struct Line {
    var bytes: [UInt8]
    var number: Int
    /// What is wrong with it as text.
    var fault: InputError?
  }

  /// The header and the rows of units behind it; none for JSON.
  private(set) var header: [Line] = []
  /// The first row or object.
  let first: Line
  /// The names of the columns or fields.
  private(set) var names: [String] = []
  /// Which lines are no rows.
  private(set) var comments: CommentLines?
  /// What separates cells; nothing for JSON.
  private(set) var delimiter: UInt8 = 0
  /// How objects are read; nil for a table.
  private(set) var objects: FollowedObjects?

  /// Reads up to the first row.
  /// - Returns: nil where the lines end before it.
  init?(_ lines: LineReader, source: InputSource, format: FileFormat, settings: ReaderSettings) throws {
    func line(_ comments: CommentLines?, _ delimiter: UInt8 = 0) throws -> Line? {
      while let line = try lines.next() {
        let text = line.trimmed
        if text.isEmpty { continue }
        if let comments, comments.begins(line, delimiter) { continue }
        return Line(bytes: line.array, number: lines.line, fault: lines.textFault(line))
      }
      return nil
    }
    guard format == .csv || format == .tsv else {
      // An object that is none says nothing of those behind it: its line is at fault alone.
      guard let first = try line(nil) else { return nil }
      self.first = first
      let objects = try FollowedObjects(first, source, format, settings)
      (self.objects, names) = (objects, objects.names)
      return
    }
    guard let table = try format.options(settings, file: source.name) as? TableOptions else { return nil }
    comments = table.comment.flatMap { $0.isEmpty ? nil : CommentLines(Array($0.utf8)) }
    delimiter = table.delimiter?.utf8.first ?? (format == .tsv ? 0x09 : 0x2C)
    for _ in 0..<(table.skippedLines ?? 0) { _ = try lines.next() }
    if table.hasHeader {
      for _ in 0...(table.unitsRows ?? 0) {
        guard let next = try line(comments, delimiter) else { return nil }
        if var fault = next.fault {
          fault.isFatal = true
          throw fault
        }
        header.append(next)
      }
    }
    guard let first = try line(comments, delimiter) else { return nil }
    self.first = first
    let head = try TableHead(
      of: InputBytes(Self.text(header + [first]), named: source.name, isDecoded: true),
      usual: format == .tsv ? 0x09 : 0x2C, options: Self.settled(table))
    names = head.names
  }

  /// Lines as a file holds them.
  static func text(_ lines: [Line]) -> [UInt8] { lines.flatMap { $0.bytes + [0x0A] } }

  /// A table of which all is said that the first rows would otherwise say, and of whose rows each stands for itself.
  static func settled(_ table: TableOptions) -> TableOptions {
    var table = table
    (table.skippedLines, table.unitsRows, table.comment) = (0, table.unitsRows ?? 0, "")
    (table.encoding, table.grouping, table.blankIDs, table.isFollowed) = (nil, .never, .refuse, true)
    table.maximumLineBytes = FollowedLines.longestLine
    return table
  }

  /// What reads the lines, settled by the header and a first row that can be read.
  /// - Throws: ``InputError``, with the line of the row where that is at fault.
  func parser(
    _ source: InputSource, format: FileFormat, settings: ReaderSettings, first: Line
  ) throws -> any LineParser {
    if let objects { return try objects.parser(source, settings: settings, first: first) }
    guard let table = try format.options(settings, file: source.name) as? TableOptions else {
      throw source.fault("no table can be read with these options", .usage)
    }
    let all = header + [first]
    let bytes = InputBytes(Self.text(all), named: source.name, isDecoded: true)
    bytes.origin = { line in all.indices.contains(line - 1) ? all[line - 1].number : line }
    let reader = TableReader(bytes, options: Self.settled(table), delimiter: format == .tsv ? 0x09 : 0x2C)
    return FollowedTable(reader: reader)
  }
}

/// The rows of a table, one at a time.
struct FollowedTable: LineParser {
  var reader: TableReader

  mutating func description() throws -> InputDescription { try reader.description() }
  mutating func roles() throws -> String { try reader.roles() }
  mutating func orderColumn() throws -> Int? { try reader.orderColumn() }
  mutating func takeNotes() throws -> [InputNote] { try reader.takeNotes() }
  mutating func record(of line: [UInt8], line number: Int) throws -> SequenceRecord? {
    try reader.follow(line, line: number)
  }
}
