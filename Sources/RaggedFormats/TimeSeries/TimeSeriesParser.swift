import RaggedCore

/// Turns the lines of a `.ts` file into records and holds each against the header.
struct TimeSeriesParser {
  let header: TimeSeriesHeader
  /// Dimensions of every series: `F`.
  let dimensions: Int
  /// The declared classes: those of the header, else those of the options.
  let classes: [String]?
  private let classSet: Set<ExactName>?
  private let file: String
  private var equalLength: Int?
  private var columns: [Float] = []  // [F, T]
  private var times: [[UInt8]] = []  // [T]
  var notes = ReaderNotes()

  init(header: TimeSeriesHeader, dimensions: Int, classes: [String]?, file: String) {
    self.header = header
    self.dimensions = dimensions
    let declared: [String]? = if case .classes(let names) = header.label { names } else { nil }
    self.classes = declared ?? classes
    classSet = self.classes?.exactNames
    self.file = file
    equalLength = header.seriesLength
  }

  /// Dimensions of a line, for a header that does not say.
  static func dimensions(of line: ByteSlice, _ header: TimeSeriesHeader) -> Int {
    var parts = 1
    var start = 0
    while let found = separator(line, from: start, hasTimestamps: header.hasTimestamps) {
      parts += 1
      start = found + 1
    }
    return max(1, parts - (header.label == .none ? 0 : 1))
  }

  /// The next `:`, those inside parentheses left out where there are timestamps (`(12:30:00,1.5)`).
  private static func separator(_ line: ByteSlice, from start: Int, hasTimestamps: Bool) -> Int? {
    guard hasTimestamps else { return line.firstIndex(of: 0x3A, from: start) }
    var isInside = false
    for index in start..<max(start, line.count) {
      switch line.base[index] {
      case 0x28: isInside = true
      case 0x29: isInside = false
      case 0x3A: if !isInside { return index }
      default: break
      }
    }
    return nil
  }

  /// The record of a line; the key is left to the reader.
  mutating func record(_ line: ByteSlice, _ number: Int) throws -> SequenceRecord {
    columns.removeAll(keepingCapacity: true)
    times.removeAll(keepingCapacity: true)
    let parts = dimensions + (header.label == .none ? 0 : 1)
    var start = 0
    var length = 0
    var label = ByteSlice(base: line.base, count: 0)
    for part in 0..<parts {
      let end = TimeSeriesParser.separator(line, from: start, hasTimestamps: header.hasTimestamps)
      guard (end == nil) == (part == parts - 1) else { throw wrongParts(line, number) }
      let slice = line.slice(start..<(end ?? line.count)).trimmed
      start = (end ?? line.count) + 1
      if part == dimensions {
        label = slice
        break
      }
      let before = columns.count
      try readDimension(slice, part, number)
      let count = columns.count - before
      if part == 0 { length = count }
      guard count == length else {
        throw fault(number, "dimension \(part + 1) has \(count.counted("value")), but dimension 1 has \(length)")
      }
    }
    let target = try self.target(label, number)
    try check(length: length, number)
    return SequenceRecord(
      key: "", input: .values(transposed(length), featureCount: dimensions), target: target,
      metadata: metadata, line: number)
  }

  private mutating func readDimension(_ part: ByteSlice, _ dimension: Int, _ number: Int) throws {
    if part.isEmpty { return }
    var position = 0
    var timestep = 0
    while true {
      if header.hasTimestamps {
        try readTime(part, &position, dimension, timestep, number)
      }
      try readValue(part, &position, dimension, timestep, number)
      timestep += 1
      if header.hasTimestamps {
        guard position < part.count, part[position] == 0x29 else {
          throw fault(number, "\(place(dimension, timestep - 1)) is not closed, expected \")\"")
        }
        position += 1
        skipSpaces(part, &position)
      }
      guard position < part.count else { return }
      guard part[position] == 0x2C else {
        throw fault(number, "\(place(dimension, timestep - 1)) goes on, expected \",\" or \":\"")
      }
      position += 1
    }
  }

  /// Reads `(time,` and compares the time with that of the first dimension.
  private mutating func readTime(
    _ part: ByteSlice, _ position: inout Int, _ dimension: Int, _ timestep: Int, _ number: Int
  ) throws {
    skipSpaces(part, &position)
    guard position < part.count, part[position] == 0x28,
      let comma = part.firstIndex(of: 0x2C, from: position)
    else {
      throw fault(number, "\(place(dimension, timestep)) has no time, but the header says @timeStamps true")
    }
    let time = part.slice(position + 1..<comma).trimmed
    position = comma + 1
    if dimension == 0 {
      times.append(time.array)
    } else if timestep < times.count, !time.equals(times[timestep]) {
      let first = String(decoding: times[timestep], as: UTF8.self).quotedForMessage
      throw fault(
        number, "\(place(dimension, timestep)) has the time \(time.quoted), but dimension 1 has \(first) there")
    }
  }

  private mutating func readValue(
    _ part: ByteSlice, _ position: inout Int, _ dimension: Int, _ timestep: Int, _ number: Int
  ) throws {
    skipSpaces(part, &position)
    let start = position
    if let decimal = DecimalNumber(part, at: &position), isEnd(part, position) {
      if decimal.significand > 1 << 24, decimal.isInteger, notes.rounded == nil, !decimal.isHeld {
        notes.rounded = ReaderNotes.rounding(
          of: part.slice(start..<position).text, in: "dimension \(dimension + 1)", line: number)
      }
      switch decimal.quickFloat.map(ParsedFloat.value) ?? decimal.parsedFloat(of: part.slice(start..<position)) {
      case .value(let value): columns.append(value)
      default:
        throw fault(
          number, "\(place(dimension, timestep)) is \(part.slice(start..<position).quoted), which overflows float32")
      }
      skipSpaces(part, &position)
      return
    }
    var end = start
    while !isEnd(part, end) || (end < part.count && (part[end] == 0x20 || part[end] == 0x09)) { end += 1 }
    let cell = part.slice(start..<end).trimmed
    position = end
    guard cell.count == 1 && cell[0] == 0x3F || cell.equalsIgnoringCase("nan") else {
      let shown = cell.isEmpty ? "empty" : cell.quoted
      throw fault(number, "\(place(dimension, timestep)) is \(shown), expected a number or ?")
    }
    if header.mayMiss == false {
      throw fault(number, "\(place(dimension, timestep)) is \(cell.quoted), but the header says @missing false")
    }
    columns.append(.nan)
  }

  /// Whether a value ends at `position`.
  private func isEnd(_ part: ByteSlice, _ position: Int) -> Bool {
    guard position < part.count else { return true }
    let byte = part[position]
    return byte == 0x2C || byte == 0x20 || byte == 0x09 || (byte == 0x29 && header.hasTimestamps)
  }

  private func skipSpaces(_ part: ByteSlice, _ position: inout Int) {
    while position < part.count, part[position] == 0x20 || part[position] == 0x09 { position += 1 }
  }

  private func target(_ label: ByteSlice, _ number: Int) throws -> RecordTarget {
    switch header.label {
    case .none: return .none
    case .classes:
      let text = label.text
      if label.isEmpty { throw fault(number, "the class label is empty") }
      guard let classSet, !classSet.contains(ExactName(text)) else { return .label(text) }
      throw fault(
        number, "the class is \(label.quoted), expected one of the declared classes \((classes ?? []).listedForMessage)"
      )
    case .value:
      switch label.parsedFloat {
      case .value(let value): return .values([value])
      case .overflow: throw fault(number, "the target is \(label.quoted), which overflows float32")
      case .notFinite: throw fault(number, "the target is \(label.quoted), expected a finite number")
      case .invalid: throw fault(number, "the target is \(label.quoted), expected a number")
      }
    }
  }

  private mutating func check(length: Int, _ number: Int) throws {
    guard header.isEqualLength == true || header.seriesLength != nil, header.isEqualLength != false else { return }
    let expected = equalLength ?? length
    equalLength = expected
    guard length != expected else { return }
    let source =
      header.seriesLength.map { "the header says @seriesLength \($0)" }
      ?? "the header says @equalLength true and the first series has \(expected)"
    throw fault(number, "the series has \(length.counted("timestep")), but \(source)")
  }

  private func wrongParts(_ line: ByteSlice, _ number: Int) -> InputError {
    let found = TimeSeriesParser.dimensions(of: line, header)
    let said =
      header.dimensions.map { "the header says @dimensions \($0)" }
      ?? (header.isUnivariate == true ? "the header says @univariate true" : "the first series has \(dimensions)")
    let label = header.label == .none ? "" : " and a label"
    if header.label != .none, line.firstIndex(of: 0x3A) == nil {
      return fault(number, "the line has no \":\" and so no label, but the header says that there is one")
    }
    return fault(number, "the series has \(found.counted("dimension"))\(label), but \(said)")
  }

  private func transposed(_ length: Int) -> [Float] {
    guard dimensions > 1 else { return columns }
    return [Float](unsafeUninitializedCapacity: columns.count) { values, count in
      columns.withUnsafeBufferPointer { columns in
        for dimension in 0..<dimensions {
          for t in 0..<length { values[t * dimensions + dimension] = columns[dimension * length + t] }
        }
      }
      count = columns.count
    }
  }

  private var metadata: String? {
    guard header.hasTimestamps else { return nil }
    return "{\"timestamps\":[" + times.map { String(decoding: $0, as: UTF8.self).jsonQuoted }.joined(separator: ",")
      + "]}"
  }

  private func place(_ dimension: Int, _ timestep: Int) -> String {
    "timestep \(timestep + 1) of dimension \(dimension + 1)"
  }

  private func fault(_ number: Int, _ problem: String) -> InputError {
    InputError(file: file, line: number, problem: problem)
  }
}
