public import RaggedCore

/// Reads text: a line per sequence, cut into characters or words.
///
/// Without column options the whole line is the text, white space at its ends included. With a column of the class, of the
/// key or of labels the line is cut at the delimiter, by default the tab, and the text is one of its columns: the one named, else
/// the first without another role. There are no quotes. Empty lines are passed over, or are sequences without timesteps.
/// Without a column for it the key is `<file>:<line>`.
struct TextReader: LineFormatReader {
  let lines: LineReader
  private let options: TextOptions
  private let stem: String
  private let delimiter: UInt8
  private let unit: Vocabulary.Unit
  private let idColumn: Int?
  private let textColumn: Int?
  private let classColumn: Int?
  private let separator: [UInt8]
  private let classSet: Set<ExactName>?
  private var pending: ByteSlice?
  private var hasBegun = false
  /// Lines of blanks alone, and the first of them.
  private var (blankLines, firstBlankLine) = (0, 0)

  init(_ source: InputSource, _ bytes: InputBytes, options: TextOptions) {
    lines = LineReader(bytes, maximumLineBytes: options.maximumLineBytes, encoding: options.encoding)
    self.options = options
    stem = source.keyStem
    delimiter = options.delimiter?.utf8.first ?? 0x09
    unit = options.unit ?? .characters
    (idColumn, classColumn) = (options.idColumn, options.classColumn)
    classSet = options.classes?.exactNames
    separator = Array((options.labelSeparator ?? TableOptions.defaultLabelSeparator).utf8)
    let taken = [idColumn, classColumn].compactMap { $0 } + options.labelColumns
    textColumn = options.textColumn ?? (taken.isEmpty ? nil : (1...taken.count + 1).first { !taken.contains($0) })
  }

  mutating func description() throws -> InputDescription {
    try begin()
    return InputDescription(
      input: .text(unit), target: classColumn != nil ? .classPerSequence(declared: options.classes) : .none,
      columns: options.labelColumns.map {
        Column("c\($0)", .category, per: .labels, role: .other, vocabulary: Vocabulary(unit: .words, tokens: []))
      })
  }

  func roles() -> String {
    let text = textColumn.map { "column \($0)" } ?? "the line"
    let id = idColumn.map { "column \($0)" } ?? "file and line"
    let label = classColumn.map { "; class: column \($0)" }
    let lists = options.labelColumns.map { "column \($0)" }.joined(separator: ", ")
    let labels =
      lists.isEmpty ? "" : "; labels: \(lists), cut at \(String(decoding: separator, as: UTF8.self).quotedForMessage)"
    return "id: \(id); text: \(text), as \(unit.rawValue)\(label ?? "")\(labels)"
  }

  /// How lines are cut.
  func facts() -> InputFacts {
    var facts = InputFacts()
    facts.traits = [
      FileTrait("keys", idColumn.map { "column \($0)" } ?? "file and line", .id),
      FileTrait("text", textColumn.map { "column \($0)" } ?? "the line", .features),
      FileTrait("tokens", unit.rawValue, .unit),
    ]
    return facts
  }

  /// How many lines hold no word.
  mutating func takeNotes() -> [InputNote] {
    guard blankLines > 0 else { return [] }
    defer { blankLines = 0 }
    return [
      "\(blankLines.counted("line holds", "lines hold")) blanks alone, first line \(firstBlankLine): passed over as empty ones are"
    ]
  }

  mutating func next() throws -> SequenceRecord? {
    try begin()
    while let line = try pending ?? lines.next() {
      pending = nil
      if line.isEmpty, !options.keepsEmptyLines { continue }
      if unit == .words, textColumn == nil, !options.keepsEmptyLines, line.trimmed.isEmpty {
        if blankLines == 0 { firstBlankLine = lines.line }
        blankLines += 1
        continue
      }
      if let fault = lines.textFault(line) { throw fault }
      return try record(line)
    }
    return nil
  }

  private mutating func begin() throws {
    guard !hasBegun else { return }
    pending = try lines.next()
    guard pending != nil else { throw input.fault("the file is empty") }
    hasBegun = true
  }

  private func record(_ line: ByteSlice) throws -> SequenceRecord {
    let key = try idColumn.map { try cell($0, line).text } ?? "\(stem):\(lines.line)"
    if key.isEmpty { throw lines.fault("column \(idColumn ?? 1) is empty, expected an id") }
    var target = RecordTarget.none
    if let classColumn {
      let label = try cell(classColumn, line).text
      if label.isEmpty { throw lines.fault("column \(classColumn) is empty, expected a class") }
      try checkClass(label, "column \(classColumn)")
      target = .label(label)
    }
    let text = try textColumn.map { try cell($0, line) } ?? line
    let labels = try options.labelColumns.map { try self.labels($0, line) }
    return SequenceRecord(
      key: key, input: .texts(text.tokens(unit)), target: target, cells: labels, line: lines.line)
  }

  private func labels(_ column: Int, _ line: ByteSlice) throws -> RecordCells {
    let cell = try cell(column, line)
    if cell.isEmpty { return .categories(Categories([])) }
    let parts = cell.parts(between: separator)
    guard !parts.contains(where: \.isEmpty) else {
      throw lines.fault(
        "column \(column) is \(cell.quoted), which has an empty label: expected one on each side of every "
          + String(decoding: separator, as: UTF8.self).quotedForMessage)
    }
    return .categories(Categories(parts.map(\.text)))
  }

  /// The cell of a column, counted from 1.
  private func cell(_ column: Int, _ line: ByteSlice) throws -> ByteSlice {
    var start = 0
    var index = 1
    while index < column {
      guard let found = line.firstIndex(of: delimiter, from: start) else {
        throw lines.fault("the line has \(index.counted("column")), expected column \(column)")
      }
      start = found + 1
      index += 1
    }
    return line.slice(start..<(line.firstIndex(of: delimiter, from: start) ?? line.count))
  }

  private func checkClass(_ label: String, _ place: String) throws {
    guard let classSet, !classSet.contains(ExactName(label)) else { return }
    let declared = (options.classes ?? []).listedForMessage
    throw lines.fault("\(place) is \(label.quotedForMessage), expected one of the declared classes \(declared)")
  }
}

extension String {
  /// Cut into tokens: every grapheme cluster, white space too, or the runs of what is not white space. O(n).
  public func tokens(_ unit: Vocabulary.Unit) -> [String] {
    switch unit {
    case .characters: map(String.init)
    case .words: split(whereSeparator: \.isWhitespace).map(String.init)
    }
  }
}

extension ByteSlice {
  private static let asciiNames = (0..<128).map { String(UnicodeScalar(UInt8($0))) }

  /// As ``Swift/String/tokens(_:)`` of their text; what is ASCII is cut byte by byte.
  func tokens(_ unit: Vocabulary.Unit) -> Categories {
    switch unit {
    case .characters:
      // The one cluster of two ASCII characters is a return with a newline.
      guard isASCII, firstIndex(of: 0x0D) == nil else { return Categories(text.tokens(unit)) }
      return Categories(codes: (0..<count).map { Int32(base[$0]) }, names: ByteSlice.asciiNames)
    case .words:
      var words: [String] = []
      var start = 0
      var isPlain = true
      for index in 0..<count {
        let byte = base[index]
        if byte >= 0x80 { isPlain = false }
        // White space may share a cluster with what is not ASCII beside it.
        guard byte == 0x20 || (0x09...0x0D).contains(byte), index == 0 || base[index - 1] < 0x80,
          index + 1 == count || base[index + 1] < 0x80
        else { continue }
        slice(start..<index).appendWords(to: &words, isPlain: isPlain)
        start = index + 1
        isPlain = true
      }
      slice(start..<count).appendWords(to: &words, isPlain: isPlain)
      return Categories(words)
    }
  }

  /// - Parameter isPlain: whether it is one word of ASCII, or empty.
  private func appendWords(to words: inout [String], isPlain: Bool) {
    if !isPlain { words += text.tokens(.words) } else if count > 0 { words.append(text) }
  }

  private var isASCII: Bool { (0..<count).allSatisfy { base[$0] < 0x80 } }
}
