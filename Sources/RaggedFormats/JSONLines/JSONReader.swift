import RaggedCore

/// Reads JSON by how its objects stand and what they are: sequences are given to the reader of lines, timesteps of which
/// each is an object to the reader of tables, so that roles, notes and errors are theirs.
///
/// Objects may stand one a line, in one array, or one after the other over several lines. Timesteps may be lists in a
/// field each, lists in an object of channels, a list of records, or objects of their own, grouped by id. The first
/// thousand objects settle which it is.
struct JSONReader: FormatReader {
  let input: InputBytes
  private let source: InputSource
  private let options: JSONLinesOptions
  private var inner: Inner?
  private var feed: JSONFeed?
  private var hasNotedStrange = false

  private struct Inner {
    // An existential, since it is changed in place.
    var reader: any FormatReader
    let hasRowPerTimestep: Bool

    mutating func with<Result>(_ body: (inout any FormatReader) throws -> Result) rethrows -> Result {
      try body(&reader)
    }
  }

  init(_ source: InputSource, options: JSONLinesOptions) throws {
    input = try InputBytes(source)
    input.readAsText(options.encoding)
    (self.source, self.options) = (source, options)
  }

  /// A reader of objects that were made of another file.
  init(_ bytes: InputBytes, of source: InputSource, options: JSONLinesOptions) {
    (input, self.source, self.options) = (bytes, source, options)
  }

  var hasRowPerTimestep: Bool? { inner?.hasRowPerTimestep ?? false }

  mutating func description() throws -> InputDescription { try withReader { try $0.description() } }

  mutating func columnNames() throws -> [String] { try withReader { try $0.columnNames() } }

  mutating func facts() throws -> InputFacts { try withReader { try $0.facts() } }

  mutating func decided() throws -> ReaderSettings {
    try withReader { try $0.decided() }.filter { options.takes($0.key) }
  }

  mutating func evidence(rowCount: Int) throws -> TableSample? {
    try withReader { try $0.evidence(rowCount: rowCount) }
  }

  mutating func decide(by evidence: TableSample) {
    // What several files hold is found out by reading each, so that the reader is there.
    _ = try? withReader { $0.decide(by: evidence) }
  }

  mutating func description(of evidence: TableSample, decidedBy shared: TableSample) throws -> InputDescription {
    try withReader { try $0.description(of: evidence, decidedBy: shared) }
  }

  mutating func keyName() throws -> String? { try withReader { try $0.keyName() } }

  mutating func roles() throws -> String { try withReader { try $0.roles() } }

  mutating func takeNotes() throws -> [InputNote] {
    var found = try withReader { try $0.takeNotes() }
    if let strange = feed?.strange, !hasNotedStrange {
      hasNotedStrange = true
      found.append(
        InputNote(
          "field \(strange.name.quotedForMessage), first on line \(strange.line.grouped), is not imported, as none of the "
            + "first \(JSONSample.objectCount.grouped) objects has it"))
    }
    return found
  }

  mutating func next() throws -> SequenceRecord? {
    var record = try withReader { try $0.next() }
    if let feed, let line = record?.line, line > 0 { record?.line = feed.line(ofWritten: line) }
    return record
  }

  private mutating func withReader<Result>(_ body: (inout any FormatReader) throws -> Result) throws -> Result {
    do {
      if inner == nil { inner = try opened() }
      guard let result = try inner?.with(body) else { throw source.fault("cannot be opened") }
      return result
    } catch var error as InputError {
      if let feed, let line = error.line, !feed.isOwn(error) {
        if let fault = feed.fault(ofWritten: line) {
          // With what the reader of tables says of the rows around it.
          let mark = "; the row may be one of sequence "
          let end = error.problem.firstRange(of: mark).map { String(error.problem[$0.lowerBound...]) } ?? ""
          (error.problem, error.remedy) = (fault.problem + end, fault.remedy)
        }
        error.line = feed.line(ofWritten: line)
      }
      throw error
    }
  }

  private mutating func opened() throws -> Inner {
    let sample = try JSONSample(of: input, options)
    var options = self.options
    let timed = [options.numbers, options.categories, options.times, options.skipped].flatMap { $0 }
    for name in sample.times where !timed.containsExactly(name) && !options.channels.containsExactly(name) {
      options.times.append(name)
    }
    guard let writer = sample.writer else {
      return Inner(reader: JSONLinesReader(input, stem: source.keyStem, options: options), hasRowPerTimestep: false)
    }
    let feed = JSONFeed(input, sample.shape, writer, maximumBytes: options.maximumLineBytes)
    self.feed = feed
    // What the feed writes is UTF-8.
    options.encoding = nil
    let bytes = try InputBytes(source) { try feed.fill($0, $1) }
    guard case .rows(let rows) = writer else {
      return Inner(reader: JSONLinesReader(bytes, stem: source.keyStem, options: options), hasRowPerTimestep: false)
    }
    var table = try source.namingOptions { try options.table }
    (table.fileKey, table.isFileKeyAsked) = (source.sequenceKey, source.keyFrom != nil)
    table.isJoined = source.isJoined
    table.typed = rows.columns
    return Inner(reader: TableReader(bytes, options: table, delimiter: 0x2C), hasRowPerTimestep: true)
  }
}

extension JSONLinesOptions {
  /// The same for objects that are timesteps.
  /// - Throws: ``OptionProblem`` for what has a meaning in an object per sequence alone.
  var table: TableOptions {
    get throws {
      if featureNames != nil {
        throw OptionProblem("names of features are given, but each object is a timestep, whose fields have names")
      }
      if unit != nil {
        throw OptionProblem("a unit of text is given, but each object is a timestep, and none holds text to be cut")
      }
      let features = channels.isEmpty ? input.map { [$0] } : channels
      return TableOptions(
        id: roles.id, features: features, target: roles.target, targetKind: roles.targetKind,
        targetValueNames: roles.targetValueNames, weight: roles.weight, time: times.first, valid: roles.valid,
        split: roles.split, group: roles.group, metadata: metadata, hasHeader: false, classes: roles.classes,
        times: Array(times.dropFirst()),
        numbers: numbers, categories: categories, labels: labels, inputs: inputs, skipped: skipped,
        maximumLineBytes: maximumLineBytes)
    }
  }
}

/// What the first objects of a JSON file say of how it is to be read.
struct JSONSample {
  /// The number of objects that are looked at, if there are that many.
  static let objectCount = 1000
  private static let maximumBytes = 16 << 20
  let shape: JSONShape
  /// How objects are written anew; nil where they can be read as they stand.
  private(set) var writer: JSONFeed.Writer?
  /// Channels of records that are called as times are.
  private(set) var times: [String] = []

  /// Whether each object is a timestep, to be read as a row of a table.
  var hasRowPerTimestep: Bool { if case .rows? = writer { true } else { false } }

  private struct Field {
    var name: String
    var lists = 0
    var objects = 0
    /// Lists whose elements are objects, and objects with a list.
    var records = 0
    var channels = 0
    var numbers = 0
    var texts = 0
    /// The names in it.
    var inner: [String] = []
  }

  /// Looks at the objects that a file begins with, which stay to be read.
  /// - Throws: ``InputError`` where it cannot be read; what is wrong with objects is for their reader to say.
  init(of input: InputBytes, _ options: JSONLinesOptions) throws {
    let (bytes, isAll) = try input.lookAhead(lines: JSONSample.objectCount, limit: JSONSample.maximumBytes)
    shape = JSONShape(bytes, isAll: isAll)
    let whole = isAll || shape != .lines ? bytes : Array(bytes[..<((bytes.lastIndex(of: 0x0A) ?? -1) + 1)])
    let feed = JSONFeed(InputBytes(whole, named: ""), shape, .copy, maximumBytes: options.maximumLineBytes)
    var (fields, places): ([Field], [ExactName: Int]) = ([], [:])
    var count = 0
    // The last object may be cut short by the limit.
    try? feed.forEach(atMost: JSONSample.objectCount) { bytes, line in
      var scanner = JSONScanner(bytes: bytes, file: "", line: line)
      guard bytes.firstInvalidUTF8 == nil, scanner.peek() == 0x7B else { return }
      var found = fields
      do {
        try scanner.eachField { scanner, range in
          let name = scanner.string(range)
          let place = places[ExactName(name)] ?? found.count
          if place == found.count {
            found.append(Field(name: name))
            places[ExactName(name)] = place
          }
          try JSONSample.look(&scanner, &found[place])
        }
        count += 1
        fields = found
      } catch {
        for name in found.dropFirst(fields.count).map(\.name) { places[ExactName(name)] = nil }
      }
    }
    guard count > 0 else {
      if shape != .lines { writer = .copy }
      return
    }
    let kept =
      (options.metadata.isEmpty ? [options.metadataField].compactMap(\.self) : options.metadata) + options.skipped
    let data = fields.filter { !kept.containsExactly($0.name) }
    let nested = data.filter { $0.channels > 0 && $0.lists == 0 || $0.records > 0 && $0.records == $0.lists }
    if !nested.isEmpty {
      let names = nested.map(\.name)
      let others = fields.map(\.name).filter { !names.containsExactly($0) }
      let inner = nested.flatMap(\.inner)
      let twice = inner.filter { name in inner.count { $0.isExactly(name) } > 1 }
      writer = .columns(JSONFlattening(fields: names.exactNames, others: (others + twice).exactNames))
      times = TableOptions.timeNames.compactMap { time in
        inner.first { $0.lowercased() == time && !others.containsExactly($0) && !twice.containsExactly($0) }
      }.prefix(1).map { $0 }
      return
    }
    let hasList = data.contains { $0.lists > 0 || $0.objects > 0 }
    let input = options.input.map { [$0] } ?? ["features", "tokens", "text"]
    // A text may be that of a whole sequence, and of what is null nothing is known.
    let hasInput = data.contains { $0.numbers == 0 && input.containsExactly($0.name) }
    if !hasList, !hasInput, data.contains(where: { $0.numbers + $0.texts > 0 }) {
      let kinds = fields.map { $0.numbers > 0 && $0.texts == 0 ? Column.Kind.number : .category }
      writer = .rows(JSONRows(TypedColumns(names: fields.map(\.name), kinds: kinds)))
    } else if shape != .lines {
      writer = .copy
    }
  }

  private static func look(_ scanner: inout JSONScanner, _ field: inout Field) throws {
    func take(_ name: String) {
      if field.inner.count < 1000, !field.inner.containsExactly(name) { field.inner.append(name) }
    }
    switch scanner.peek() {
    case 0x7B:
      var (hasList, hasOther) = (false, false)
      field.objects += 1
      try scanner.eachField { scanner, range in
        take(scanner.string(range))
        if scanner.peek() == 0x5B { hasList = true } else if scanner.peek() == 0x7B { hasOther = true }
        _ = try scanner.skipValue()
      }
      if hasList, !hasOther { field.channels += 1 }
    case 0x5B:
      var (objects, others) = (0, 0)
      try scanner.eachElement { scanner in
        if scanner.peek() == 0x7B {
          objects += 1
          try scanner.eachField { scanner, range in
            take(scanner.string(range))
            _ = try scanner.skipValue()
          }
        } else {
          if try scanner.skipNull() { return }
          others += 1
          _ = try scanner.skipValue()
        }
      }
      // An empty list says nothing.
      if objects + others > 0 { field.lists += 1 } else { field.objects += 1 }
      if objects > 0, others == 0 { field.records += 1 }
    case 0x22:
      field.texts += 1
      _ = try scanner.skipValue()
    case 0x74, 0x66:
      field.texts += 1
      _ = try scanner.skipValue()
    default:
      if try scanner.skipNull() { return }
      field.numbers += 1
      _ = try scanner.skipValue()
    }
  }
}
