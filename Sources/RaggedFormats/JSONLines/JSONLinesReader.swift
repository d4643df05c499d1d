import RaggedCore

/// Reads JSON Lines: an object per sequence, with the fields `id` or `key`, `features`, `tokens` or `text`, and if wanted
/// `target`, `weight`, `valid`, `split`, `group` and `metadata`; options give them other names.
///
/// `features` is an array of timesteps, each an array of numbers, or one number where there is one feature. `null` in
/// place of a number or a timestep is a missing value; in place of a token that is text it is the unknown token. Other
/// fields that are a list of a value per timestep, or one value, are further columns, `null` being a missing cell; lists of text
/// of which one has another length are the sequences' labels. Empty lines are passed over. The first thousand objects settle
/// which fields there are and what a timestep and a target are; what follows must be alike.
struct JSONLinesReader: LineFormatReader {
  private static let maximumLinesAhead = 1000
  private static let maximumBytesAhead = 16 << 20
  let lines: LineReader
  private var options: JSONLinesOptions
  private let stem: String
  private var layout: JSONLayout?
  private var waiting: ArraySlice<(line: Int, bytes: [UInt8])> = []
  private var hasNoted = false
  private var notes = ReaderNotes()

  init(_ source: InputSource, options: JSONLinesOptions) throws {
    self.init(try InputBytes(source), stem: source.keyStem, options: options)
  }

  init(_ bytes: InputBytes, stem: String, options: JSONLinesOptions) {
    lines = LineReader(bytes, maximumLineBytes: options.maximumLineBytes, encoding: options.encoding)
    self.options = options
    self.stem = stem
  }

  mutating func description() throws -> InputDescription { try prepared().description(options: options) }

  mutating func roles() throws -> String {
    let layout = try prepared()
    return layout.fields.summary(targetKind: layout.targetKind)
  }

  /// What was guessed, and what was rounded since.
  mutating func takeNotes() throws -> [InputNote] {
    let guessed = hasNoted ? [] : try prepared().notes
    hasNoted = true
    return guessed + notes.take()
  }

  /// The fields that are none of the columns of the sequences.
  mutating func facts() throws -> InputFacts {
    guard let fields = try? prepared().fields else { return InputFacts() }
    var facts = InputFacts()
    facts.traits = [FileTrait("keys", fields.id.map { "field \($0.quotedForMessage)" } ?? "file and line", .id)]
    if let id = fields.id { facts.columns.append(ColumnFacts(id, .text, role: .id, extent: .sequence)) }
    facts.columns += fields.unused.map { ColumnFacts($0, .other, role: ColumnFacts.Role.none) }
    return facts
  }

  /// The fields of key and target, and the kind of this.
  mutating func decided() throws -> ReaderSettings {
    let layout = try prepared()
    var settings = options.settings
    if let id = layout.fields.id { settings[.id] = [id] }
    if let kind = layout.targetKind, let target = layout.fields.target {
      settings[.targetKind] = [kind.rawValue]
      // The field of that name gives the column of classes no name of its own.
      if target != "target" { settings[.target] = [target] }
    }
    return settings
  }

  mutating func next() throws -> SequenceRecord? {
    let layout = try prepared()
    if let held = waiting.popFirst() {
      if waiting.isEmpty { waiting = [] }
      var rounded = notes.rounded
      defer { notes.rounded = rounded }
      return try withScanner(held) { try layout.record($0, options: options, stem: stem, rounded: &rounded) }
    }
    guard let line = try nextLine() else { return nil }
    return try layout.record(try scanner(line, lines.line), options: options, stem: stem, rounded: &notes.rounded)
  }

  /// The record of an object in memory, read as those that settled the layout.
  /// - Parameter number: its line, for messages.
  mutating func follow(_ object: [UInt8], line number: Int) throws -> SequenceRecord {
    let layout = try prepared()
    waiting = []
    var rounded = notes.rounded
    defer { notes.rounded = rounded }
    return try withScanner((number, object)) {
      try layout.record($0, options: options, stem: stem, rounded: &rounded)
    }
  }

  /// The next line that is not empty.
  private func nextLine() throws -> ByteSlice? {
    while let line = try lines.next() {
      if !line.trimmed.isEmpty { return line }
    }
    return nil
  }

  private func scanner(_ bytes: ByteSlice, _ line: Int) throws -> JSONScanner {
    if let fault = lines.textFault(bytes, line: line) { throw fault }
    return JSONScanner(bytes: bytes, file: lines.file, line: line)
  }

  private func withScanner<Result>(
    _ held: (line: Int, bytes: [UInt8]), _ body: (JSONScanner) throws -> Result
  ) throws -> Result {
    try held.bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { throw InputError(file: lines.file, line: held.line, problem: "empty") }
      return try body(try scanner(ByteSlice(base: base, count: buffer.count), held.line))
    }
  }

  /// Reads the first lines, which are kept to be read again, and settles the layout by their objects.
  private mutating func prepared() throws -> JSONLayout {
    if let layout { return layout }
    var bytesAhead = 0
    while waiting.count < JSONLinesReader.maximumLinesAhead, bytesAhead < JSONLinesReader.maximumBytesAhead {
      guard let line = try nextLine() else { break }
      waiting.append((lines.line, line.array))
      bytesAhead += line.count
    }
    var firstError: InputError?
    func attempt(_ body: () throws -> Void) throws {
      do { try body() } catch let error as InputError {
        if error.isFatal { throw error }
        firstError = firstError ?? error
      }
    }
    // Fields may be absent in some objects.
    var names: [String] = []
    var known: Set<ExactName> = []
    var firstObject: Int?
    for held in waiting {
      try attempt {
        for name in try withScanner(held, { try $0.fieldNames() }) where known.insert(ExactName(name)).inserted {
          names.append(name)
        }
        firstObject = firstObject ?? held.line
      }
    }
    func failure() -> InputError {
      var error = firstError ?? input.fault("the file is empty")
      error.isFatal = true
      return error
    }
    guard let firstObject else { throw failure() }
    if options.input == nil, options.channels.isEmpty, !JSONFields.usualInputs.contains(where: names.containsExactly) {
      options.foundInput = try onlyListOfLists(among: names)
    }
    var layout = try JSONLayout(names: names, options: options, file: lines.file, line: firstObject)
    try layout.findColumns(options: options) { look in
      for held in waiting { try? withScanner(held, look) }
    }
    var hasLearned = layout.isSettled
    for held in waiting where !layout.isSettled {
      try attempt {
        var learned = layout
        try withScanner(held) { try learned.learn($0, options: options) }
        layout = learned
        hasLearned = true
      }
    }
    guard hasLearned else { throw failure() }
    layout.settleTarget(options: options)
    if layout.targetKind != nil, layout.targetWidth == nil {
      for held in waiting where layout.targetWidth == nil {
        // What is wrong with an object is said when it is read.
        _ = try? withScanner(held) { try layout.learn($0, options: options) }
      }
    }
    try settleWidth(&layout)
    self.layout = layout
    return layout
  }

  /// The one field without a role of which the first lists that are not empty hold lists; nil where there are none or
  /// several.
  private func onlyListOfLists(among names: [String]) throws -> String? {
    var found: [String] = []
    let others =
      options.metadata + options.labels + options.skipped + (options.roles.target ?? [])
      + [options.metadataField].compactMap(\.self)
    for held in waiting {
      _ = try? withScanner(held) { line in
        var scanner = line
        try scanner.eachField { scanner, range in
          let name = scanner.string(range)
          var isNested = false
          if scanner.peek() == 0x5B {
            try scanner.eachElement { element in
              if element.peek() == 0x5B { isNested = true }
              _ = try element.skipValue()
            }
          } else {
            _ = try scanner.skipValue()
          }
          if isNested, !others.containsExactly(name), !found.containsExactly(name) { found.append(name) }
        }
      }
      if found.count > 1 { return nil }
    }
    return found.first
  }

  private func settleWidth(_ layout: inout JSONLayout) throws {
    let named = options.featureNames?.count
    if layout.kind == .undecided, layout.fields.input == "tokens" { layout.kind = .tokens }
    if layout.kind == .undecided, layout.fields.input == "text" { layout.kind = .text(options.unit ?? .words) }
    switch (layout.kind, named) {
    case (.values(let width), let named?) where width != named:
      throw input.fault("the first sequence has \(width) features, but \(named) feature names are given")
    case (.undecided, let named?): layout.kind = .values(width: named)
    case (.undecided, nil):
      throw input.fault("no sequence has a timestep, so nothing says how many features there are; name them")
    default: break
    }
  }
}
