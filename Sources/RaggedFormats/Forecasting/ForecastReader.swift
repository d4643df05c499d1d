import RaggedCore

/// Reads `.tsf`, the Monash forecasting archive's format: a line a series, its attributes separated by `:`, then its values
/// by `,`.
///
/// `?` and `NaN` are missing values. A string attribute is a category per sequence, a numeric one a number, a date a time;
/// the one called `series_name` is the key, without which keys are `<file>/1`, `<file>/2`, …. What the header says of
/// frequency and horizon is metadata of each series.
struct ForecastReader: LineFormatReader {
  let lines: LineReader
  private let options: ForecastOptions
  private let source: InputSource
  private var layout: Layout?
  private var position = 0
  private var equalLength: Int?
  private var notes = ReaderNotes()
  private var capacity = 0

  /// Which attribute is what.
  private struct Layout {
    var header: ForecastHeader
    var id: Int?
    /// Attributes that are columns of the dataset.
    var further: [(index: Int, column: Column)]
    var value: String
    var metadata: String?
  }

  /// The name of the values where none is given.
  static let valueName = "value"
  /// The attribute of the key.
  static let keyName = "series_name"

  init(_ source: InputSource, options: ForecastOptions) throws {
    lines = LineReader(try InputBytes(source), maximumLineBytes: options.maximumLineBytes, encoding: options.encoding)
    self.options = options
    self.source = source
  }

  mutating func description() throws -> InputDescription {
    let layout = try prepared()
    return InputDescription(input: .features([layout.value]), target: .none, columns: layout.further.map(\.column))
  }

  mutating func roles() throws -> String {
    let layout = try prepared()
    let id = layout.id.map { layout.header.attributes[$0].name.quotedForMessage } ?? "file and position"
    var parts = ["id: \(id)", "features: the values, as \(layout.value.quotedForMessage)"]
    parts += layout.further.map { ($0.column.name, $0.column.kind, $0.column.extent) }.roleWords
    if let metadata = layout.metadata { parts.append("metadata: \(metadata)") }
    return parts.joined(separator: "; ")
  }

  mutating func takeNotes() -> [InputNote] { notes.take() }

  mutating func facts() -> InputFacts {
    guard let layout = try? prepared() else { return InputFacts() }
    var facts = InputFacts()
    facts.traits = [
      FileTrait("encoding", lines.source.textForm.encoding.rawValue, .encoding),
      FileTrait("delimiter", "\":\" behind each attribute, \",\" between values"),
      FileTrait("decimal mark", "."),
      FileTrait("missing values", "? and NaN"),
      FileTrait("keys", layout.id.map { layout.header.attributes[$0].name } ?? "file and position", .id),
    ]
    if let isEqual = layout.header.isEqualLength {
      facts.traits.append(FileTrait("equal lengths", isEqual ? "yes" : "no"))
    }
    return facts
  }

  mutating func next() throws -> SequenceRecord? {
    let layout = try prepared()
    while let line = try lines.next() {
      let text = line.trimmed
      if text.isEmpty || text[0] == 0x23 { continue }
      position += 1
      var key = "\(source.keyStem)/\(position)"
      do {
        if let fault = lines.textFault(line) { throw fault }
        return try record(text, &key, layout)
      } catch var error as InputError {
        error.key = key
        if !lines.isTerminated { error.problem += "; the file ends in the middle of this line, or without a newline" }
        throw error
      }
    }
    return nil
  }

  private mutating func record(_ line: ByteSlice, _ key: inout String, _ layout: Layout) throws -> SequenceRecord {
    var attributes: [ByteSlice] = []
    var start = 0
    for _ in layout.header.attributes {
      guard let end = line.firstIndex(of: 0x3A, from: start) else {
        throw lines.fault(
          "the line has \(attributes.count.counted("attribute")), expected \(layout.header.attributes.count), each "
            + "with \":\" behind it")
      }
      attributes.append(line.slice(start..<end))
      start = end + 1
    }
    if let id = layout.id {
      guard !attributes[id].trimmed.isEmpty else {
        throw lines.fault("attribute \(layout.header.attributes[id].name.quotedForMessage) is empty, expected an id")
      }
      key = attributes[id].text
    }
    let cells = try layout.further.map { index, column in try cell(attributes[index], column) }
    let values = try readValues(line.slice(start..<line.count), layout)
    let expected = equalLength ?? values.count
    if layout.header.isEqualLength == true {
      equalLength = expected
      guard values.count == expected else {
        throw lines.fault(
          "the series has \(values.count.counted("timestep")), but the header says @equallength true and the first "
            + "series has \(expected)")
      }
    }
    return SequenceRecord(
      key: key, input: .values(values, featureCount: 1), cells: cells, metadata: layout.metadata, line: lines.line)
  }

  private func cell(_ text: ByteSlice, _ column: Column) throws -> RecordCells {
    let trimmed = text.trimmed
    let isMissing = trimmed.isEmpty || trimmed.count == 1 && trimmed[0] == 0x3F
    func fault(_ expectation: String) -> InputError {
      lines.fault("attribute \(column.name.quotedForMessage) is \(text.quoted), expected \(expectation)")
    }
    switch column.kind {
    case .category: return .categories(Categories([text.text]))
    case .number:
      if isMissing { return .numbers([.nan]) }
      guard case .value(let value) = trimmed.parsedFloat else { throw fault("a number or ?") }
      return .numbers([value])
    case .time:
      if isMissing { return .times([ColumnPlanes.missingTime]) }
      guard let time = trimmed.forecastTime else { throw fault("a time such as 2020-12-31 08-30-00") }
      return .times([time])
    }
  }

  private mutating func readValues(_ part: ByteSlice, _ layout: Layout) throws -> [Float] {
    let mayMiss = layout.header.mayMiss
    var values: [Float] = []
    if part.trimmed.isEmpty { return values }
    values.reserveCapacity(capacity)
    var position = 0
    while true {
      while position < part.count, Self.isBlank(part.base[position]) { position += 1 }
      let start = position
      if let decimal = DecimalNumber(part, at: &position),
        position == part.count || part.base[position] == 0x2C || Self.isBlank(part.base[position])
      {
        if decimal.significand > 1 << 24, decimal.isInteger, notes.rounded == nil, !decimal.isHeld {
          notes.rounded = ReaderNotes.rounding(of: part.slice(start..<position).text, in: nil, line: lines.line)
        }
        guard
          case .value(let value) = decimal.quickFloat.map(ParsedFloat.value)
            ?? decimal.parsedFloat(of: part.slice(start..<position))
        else {
          throw lines.fault(
            "timestep \(values.count + 1) is \(part.slice(start..<position).quoted), which overflows float32")
        }
        values.append(value)
      } else {
        position = part.firstIndex(of: 0x2C, from: start) ?? part.count
        let cell = part.slice(start..<position).trimmed
        if part.firstIndex(of: 0x3A, from: start) != nil {
          throw lines.fault(
            "the line has more parts between \":\" than \(layout.header.attributes.count.counted("attribute")) and the values"
          )
        }
        guard cell.count == 1 && cell[0] == 0x3F || cell.equalsIgnoringCase("nan") else {
          let shown = cell.isEmpty ? "empty" : cell.quoted
          throw lines.fault("timestep \(values.count + 1) is \(shown), expected a number or ?")
        }
        if mayMiss == false {
          throw lines.fault("timestep \(values.count + 1) is \(cell.quoted), but the header says @missing false")
        }
        values.append(.nan)
      }
      while position < part.count, Self.isBlank(part.base[position]) { position += 1 }
      guard position < part.count else { break }
      guard part.base[position] == 0x2C else {
        throw lines.fault("timestep \(values.count) goes on, expected \",\"")
      }
      position += 1
    }
    capacity = min(values.count, 1 << 16)
    return values
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  private mutating func prepared() throws -> Layout {
    if let layout { return layout }
    let header = try ForecastHeader(lines)
    let names = header.attributes.map(\.name)
    func index(_ name: String) throws -> Int {
      guard let index = names.firstIndex(exactly: name) else {
        throw source.fault(
          "there is no attribute \(name.quotedForMessage)\(names.alternatives(to: name, called: "attributes"))", .usage)
      }
      return index
    }
    let usual = [Self.keyName] + TableOptions.idNames
    let skipped = Set(try options.skipped.map(index))
    let inputs = try options.inputs.map { Set(try $0.map(index)) }
    let id =
      try options.id.map(index)
      ?? usual.lazy.compactMap { name in names.firstIndex { $0.lowercased() == name } }.first { !skipped.contains($0) }
    let value = options.featureNames?.first ?? Self.valueName
    let further = names.indices.filter { $0 != id && !skipped.contains($0) }.map {
      place -> (index: Int, column: Column) in
      let attribute = header.attributes[place]
      let isInput = inputs?.contains(place) ?? (attribute.kind != .time)
      let vocabulary = attribute.kind == .category ? Vocabulary(unit: .words, tokens: []) : nil
      return (
        place,
        Column(
          attribute.name, attribute.kind, per: .sequence, role: isInput ? .input : .other, vocabulary: vocabulary)
      )
    }
    if further.contains(where: { $0.column.name.isExactly(value) }) {
      throw source.fault(
        "the values and an attribute are both called \(value.quotedForMessage), expected another feature name", .usage)
    }
    let layout = Layout(header: header, id: id, further: further, value: value, metadata: header.metadata)
    self.layout = layout
    return layout
  }
}

extension ByteSlice {
  /// A time as the archive writes it, `2020-12-31 08-30-00`, or in ISO 8601, in microseconds since 1970.
  fileprivate var forecastTime: Int64? {
    guard count >= 16, base[10] == 0x20, base[13] == 0x2D else { return CalendarTime(self)?.dated }
    var bytes = array
    bytes[13] = 0x3A
    if bytes.count > 16, bytes[16] == 0x2D { bytes[16] = 0x3A }
    return bytes.withUnsafeBufferPointer { buffer in
      buffer.baseAddress.flatMap { CalendarTime(ByteSlice(base: $0, count: buffer.count))?.dated }
    }
  }
}

extension CalendarTime {
  /// Microseconds since 1970; nil for a time of day.
  fileprivate var dated: Int64? { form == .clock ? nil : microseconds }
}
