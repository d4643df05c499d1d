/// Reads JSON Lines: an object a sequence, with the fields `id` or `key`, `features`, `tokens` or `text`, and if wanted
/// `target`, `weight`, `valid`, `split`, `group` and `metadata`; options give them other names.
///
/// `features` is an array of timesteps, each an array of numbers, or one number where there is one feature. `null` in
/// place of a number or a timestep is a missing value: the timestep is invalid; in place of a token that is text it is the
/// unknown token. Empty lines are passed over. The first
/// objects settle what a timestep and a target are; what follows must be alike.
struct JSONLinesReader: LineFormatReader {
  private static let maximumLinesAhead = 1000
  private static let maximumBytesAhead = 16 << 20
  let lines: LineReader
  private let options: ReaderOptions
  private let stem: String
  private var layout: JSONLayout?
  private var waiting: [(line: Int, bytes: [UInt8])] = []
  private var served = 0

  /// A reader of JSON Lines.
  /// - Throws: ``InputError`` where the options make no sense or the source cannot be opened.
  init(_ source: InputSource, options: ReaderOptions) throws {
    try options.validate(for: .jsonl, file: source.name)
    lines = LineReader(try InputBytes(source), maximumLineBytes: options.maximumLineBytes)
    self.options = options
    stem = source.stem
  }

  /// What the first objects say.
  mutating func description() throws -> InputDescription { try prepared().description(options: options) }

  /// Which field has which role, in words.
  /// - Throws: ``InputError``, always fatal.
  mutating func roles() throws -> String {
    let layout = try prepared()
    return layout.fields.summary(targetKind: layout.targetKind)
  }

  /// The next sequence, nil after the last.
  mutating func next() throws -> SequenceRecord? {
    let layout = try prepared()
    if served < waiting.count {
      let held = waiting[served]
      served += 1
      if served == waiting.count {
        waiting = []
        served = 0
      }
      return try withScanner(held) { try layout.record($0, options: options, stem: stem) }
    }
    guard let line = try nextLine() else { return nil }
    return try layout.record(try scanner(line, lines.line), options: options, stem: stem)
  }

  /// The next line that is not empty.
  private func nextLine() throws -> ByteSlice? {
    while let line = try lines.next() {
      if !line.trimmed.isEmpty { return line }
    }
    return nil
  }

  private func scanner(_ bytes: ByteSlice, _ line: Int) throws -> JSONScanner {
    if let position = bytes.firstInvalidUTF8 { throw bytes.invalidUTF8(at: position, file: lines.file, line: line) }
    return JSONScanner(bytes, file: lines.file, line: line)
  }

  private func withScanner<Result>(
    _ held: (line: Int, bytes: [UInt8]), _ body: (JSONScanner) throws -> Result
  ) throws -> Result {
    try held.bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { throw InputError(file: lines.file, line: held.line, problem: "empty") }
      return try body(try scanner(ByteSlice(base: base, count: buffer.count), held.line))
    }
  }

  /// Reads ahead until an object with timesteps settles the layout; the lines are kept to be read again.
  private mutating func prepared() throws -> JSONLayout {
    if let layout { return layout }
    var found: JSONLayout?
    var firstError: InputError?
    var bytesAhead = 0
    while waiting.count < JSONLinesReader.maximumLinesAhead, bytesAhead < JSONLinesReader.maximumBytesAhead {
      guard let line = try nextLine() else { break }
      waiting.append((lines.line, line.array))
      bytesAhead += line.count
      do {
        let scanner = try scanner(line, lines.line)
        var learned = try found ?? JSONLayout(scanner, options: options)
        try learned.learn(scanner, options: options)
        found = learned
        if learned.kind != .undecided { break }
      } catch let error as InputError {
        if error.isFatal { throw error }
        firstError = firstError ?? error
      }
    }
    guard var layout = found else {
      var error = firstError ?? InputError(file: lines.file, problem: "the file is empty")
      error.isFatal = true
      throw error
    }
    try settleWidth(&layout)
    self.layout = layout
    return layout
  }

  private func settleWidth(_ layout: inout JSONLayout) throws {
    let named = options.featureNames?.count
    if layout.kind == .undecided, layout.fields.input == "tokens" { layout.kind = .tokens }
    if layout.kind == .undecided, layout.fields.input == "text" { layout.kind = .text(options.unit ?? .words) }
    switch (layout.kind, named) {
    case (.values(let width), let named?) where width != named:
      throw InputError(
        file: lines.file, problem: "the first sequence has \(width) features, but \(named) feature names are given",
        isFatal: true)
    case (.undecided, let named?): layout.kind = .values(width: named)
    case (.undecided, nil):
      throw InputError(
        file: lines.file,
        problem: "no sequence has a timestep, so nothing says how many features there are; name them", isFatal: true)
    default: break
    }
  }
}
