import RaggedCore

/// Turns the rows of an ARFF file into records.
struct ARFFRow {
  /// Dimensions of every series: `F`.
  let dimensions: Int
  private let width: Int
  private let classSet: Set<ExactName>?
  /// Names of nominal attributes that are columns.
  private let nominal: [Int: Set<ExactName>]
  private var columns: [Float] = []  // [F, T]
  private var notes = ReaderNotes()
  private var rows = 0
  private var padded = 0
  private var hasSaidPadding = false

  init(dimensions: Int, _ layout: ARFFLayout) {
    (self.dimensions, width, classSet) = (dimensions, layout.width, layout.classes?.exactNames)
    var nominal: [Int: Set<ExactName>] = [:]
    for (index, attribute) in layout.attributes.enumerated() {
      if case .column = layout.roles[index], case .nominal(let names) = attribute.kind {
        nominal[index] = names.exactNames
      }
    }
    self.nominal = nominal
  }

  /// The rows of the relational attribute in a row of the file; 1 where it has none that can be read.
  static func dimensions(of line: ByteSlice, _ layout: ARFFLayout) -> Int {
    var text = ARFFText(line)
    for role in layout.roles {
      guard let word = try? text.word(until: [0x2C], endsAtBlank: false) else { return 1 }
      if role == .relation {
        var (count, index) = (1, 0)
        while index + 1 < word.raw.count {
          if word.raw.base[index] == 0x5C {
            if word.raw.base[index + 1] == 0x6E, index + 2 < word.raw.count { count += 1 }
            index += 1
          }
          index += 1
        }
        return count
      }
      _ = text.skip(0x2C)
    }
    return 1
  }

  mutating func takeNotes(isWhole: Bool) -> [InputNote] {
    var found = notes.take()
    if isWhole, padded > 0, !hasSaidPadding {
      hasSaidPadding = true
      found.append(
        InputNote(
          "\(padded.grouped) of \(rows.counted("series", "series")) \(padded == 1 ? "ends" : "end") in missing values, which "
            + "are taken for padding: \(padded == 1 ? "it ends" : "they end") with the last value"))
    }
    return found
  }

  /// The record of a row; the key is left to the reader where no attribute has it.
  mutating func record(_ line: ByteSlice, _ layout: ARFFLayout, _ lines: LineReader) throws -> SequenceRecord {
    columns.removeAll(keepingCapacity: true)
    do {
      return try read(line, layout, lines)
    } catch let fault as ARFFText.Fault {
      throw lines.fault(fault.problem)
    }
  }

  private mutating func read(_ line: ByteSlice, _ layout: ARFFLayout, _ lines: LineReader) throws -> SequenceRecord {
    var text = ARFFText(line)
    if line[0] == 0x7B {
      throw ARFFText.Fault(
        problem: "the row is sparse ({index value, …}), which is not read, expected the values of all attributes")
    }
    // Weka reads values between blanks as well as between commas.
    let hasCommas = layout.roles.count == 1 || line.firstIndex(of: 0x2C) != nil
    var record = SequenceRecord(key: "", input: .values([], featureCount: dimensions), line: lines.line)
    var targets: [Float] = []
    var cells = [RecordCells](repeating: .numbers([]), count: layout.columns.count)
    let signs: [UInt8] = hasCommas ? [0x2C] : []
    for (index, role) in layout.roles.enumerated() {
      if index > 0 {
        let isNext = hasCommas ? text.skip(0x2C) : !text.isAtEnd()
        guard isNext else {
          let isOpen = !text.isAtEnd()
          throw ARFFText.Fault(
            problem: isOpen
              ? "attribute \(layout.attributes[index - 1].name.quotedForMessage) goes on, expected \",\""
              : "the row has \(index.counted("value")), expected \(layout.roles.count)")
        }
      }
      if role == .timestep {
        try readTimestep(&text, layout.attributes[index].name, hasCommas, lines)
        continue
      }
      let word = try text.word(until: signs, endsAtBlank: !hasCommas)
      if word.raw.isEmpty, !word.isQuoted {
        throw ARFFText.Fault(
          problem: "attribute \(layout.attributes[index].name.quotedForMessage) is empty, expected a value or ?")
      }
      switch role {
      case .timestep, .skipped: break
      case .relation: try readRelation(word, layout.attributes[index].name, lines)
      case .id:
        record.key = word.text
        if word.isMissing || record.key.isEmpty {
          throw ARFFText.Fault(
            problem: "attribute \(layout.attributes[index].name.quotedForMessage) is \(word.raw.quoted), expected an id"
          )
        }
      case .target:
        if case .values = layout.target {
          targets.append(try number(word, layout.attributes[index].name, lines))
        } else {
          record.target = .label(try label(word, layout, index))
        }
      case .column(let place): cells[place] = try cell(word, layout, index, lines)
      }
    }
    record.weight = try weight(&text, layout)
    if case .values = layout.target {
      // The row has them in the order of its attributes.
      let order = layout.roles.compactMap { if case .target(let place) = $0 { place } else { nil } }
      var values = targets
      for (found, place) in order.enumerated() { values[place] = targets[found] }
      record.target = .values(values)
    }
    record.cells = cells
    record.input = .values(trimmed(), featureCount: dimensions)
    return record
  }

  /// Reads the weight of a row, and what is behind it.
  private func weight(_ text: inout ARFFText, _ layout: ARFFLayout) throws -> Float? {
    var weight: Float?
    if text.skip(0x2C), !text.isAtEnd() {
      guard text.skip(0x7B) else {
        throw ARFFText.Fault(problem: "the row has more values than the \(layout.roles.count) attributes")
      }
      let word = try text.word(until: [0x7D], endsAtBlank: false)
      guard case .value(let value) = word.raw.parsedFloat, value >= 0, text.skip(0x7D) else {
        throw ARFFText.Fault(problem: "the weight is \(word.raw.quoted), expected {a number that is not negative}")
      }
      weight = value
    }
    guard text.isAtEnd() else {
      throw ARFFText.Fault(problem: "the row goes on behind the \(layout.roles.count.counted("attribute"))")
    }
    return weight
  }

  private mutating func readTimestep(
    _ text: inout ARFFText, _ name: String, _ hasCommas: Bool, _ lines: LineReader
  ) throws {
    text.skipBlanks()
    let start = text.position
    var position = start
    let bytes = text.bytes
    if let decimal = DecimalNumber(bytes, at: &position), isEnd(bytes, position), let value = decimal.quickFloat {
      note(decimal, bytes.slice(start..<position), lines)
      columns.append(value)
      text.position = position
      return
    }
    let word = try text.word(until: hasCommas ? [0x2C] : [], endsAtBlank: !hasCommas)
    columns.append(try number(word, name, lines))
  }

  private func isEnd(_ bytes: ByteSlice, _ position: Int) -> Bool {
    guard position < bytes.count else { return true }
    let byte = bytes.base[position]
    return byte == 0x2C || byte == 0x20 || byte == 0x09 || byte == 0x25
  }

  private mutating func note(_ decimal: DecimalNumber, _ text: ByteSlice, _ lines: LineReader) {
    guard decimal.significand > 1 << 24, decimal.isInteger, notes.rounded == nil, !decimal.isHeld else { return }
    notes.rounded = ReaderNotes.rounding(of: text.text, in: nil, line: lines.line)
  }

  /// A number, NaN where it is missing.
  private mutating func number(_ word: ARFFText.Word, _ name: @autoclosure () -> String, _ lines: LineReader) throws
    -> Float
  {
    if word.isMissing || word.raw.equalsIgnoringCase("nan") { return .nan }
    switch word.raw.parsedFloat {
    case .value(let value):
      if let decimal = word.raw.decimalNumber { note(decimal, word.raw, lines) }
      return value
    case .overflow:
      throw ARFFText.Fault(
        problem: "attribute \(name().quotedForMessage) is \(word.raw.quoted), which overflows float32")
    default:
      let shown = word.raw.isEmpty ? "empty" : word.raw.quoted
      throw ARFFText.Fault(problem: "attribute \(name().quotedForMessage) is \(shown), expected a number or ?")
    }
  }

  /// Reads rows of numbers, a row a dimension.
  private mutating func readRelation(_ word: ARFFText.Word, _ name: String, _ lines: LineReader) throws {
    // No timestep at all is known then.
    if word.isMissing || word.raw.isEmpty { return }
    let bytes = word.raw
    var (start, dimension) = (0, 0)
    while start < bytes.count {
      var end = start
      while end < bytes.count, !(bytes.base[end] == 0x5C && end + 1 < bytes.count && bytes.base[end + 1] == 0x6E) {
        end += 1
      }
      guard dimension < dimensions else { break }
      try readDimension(bytes.slice(start..<end), dimension, name, lines)
      dimension += 1
      start = end + 2
    }
    guard dimension == dimensions, start >= bytes.count else {
      let found = dimension < dimensions ? dimension.counted("row") : "more rows"
      throw ARFFText.Fault(
        problem: "attribute \(name.quotedForMessage) has \(found), but the first series has \(dimensions)")
    }
  }

  private mutating func readDimension(_ row: ByteSlice, _ dimension: Int, _ name: String, _ lines: LineReader) throws {
    var text = ARFFText(row)
    func place(_ t: Int) -> String { "timestep \(t + 1) of row \(dimension + 1) of \(name.quotedForMessage)" }
    for t in 0..<width {
      guard t == 0 || text.skip(0x2C) else {
        let isOpen = !text.isAtEnd()
        throw ARFFText.Fault(
          problem: isOpen
            ? "\(place(t - 1)) goes on, expected \",\""
            : "row \(dimension + 1) of \(name.quotedForMessage) has \(t.counted("value")), expected \(width)")
      }
      text.skipBlanks()
      let start = text.position
      var position = start
      if let decimal = DecimalNumber(row, at: &position), isEnd(row, position), let value = decimal.quickFloat {
        note(decimal, row.slice(start..<position), lines)
        columns.append(value)
        text.position = position
        continue
      }
      let end = row.firstIndex(of: 0x2C, from: start) ?? row.count
      text.position = end
      let word = ARFFText.Word(raw: row.slice(start..<end).trimmed, isQuoted: false, hasEscapes: false)
      if word.isMissing || word.raw.equalsIgnoringCase("nan") {
        columns.append(.nan)
      } else {
        switch word.raw.parsedFloat {
        case .value(let value): columns.append(value)
        case .overflow: throw ARFFText.Fault(problem: "\(place(t)) is \(word.raw.quoted), which overflows float32")
        default:
          let shown = word.raw.isEmpty ? "empty" : word.raw.quoted
          throw ARFFText.Fault(problem: "\(place(t)) is \(shown), expected a number or ?")
        }
      }
    }
    guard text.isAtEnd() else {
      throw ARFFText.Fault(
        problem:
          "row \(dimension + 1) of \(name.quotedForMessage) has more than \(width.counted("value")), as many as the "
          + "header has attributes for it")
    }
  }

  private func label(_ word: ARFFText.Word, _ layout: ARFFLayout, _ index: Int) throws -> String {
    if word.isMissing { return "" }
    let text = word.text
    let name = layout.attributes[index].name.quotedForMessage
    if text.isEmpty { throw ARFFText.Fault(problem: "attribute \(name) is empty, expected a class") }
    if let classSet, !classSet.contains(ExactName(text)) {
      throw ARFFText.Fault(
        problem: "attribute \(name) is \(text.quotedForMessage), expected one of the declared classes "
          + (layout.classes ?? []).listedForMessage)
    }
    return text
  }

  private mutating func cell(_ word: ARFFText.Word, _ layout: ARFFLayout, _ index: Int, _ lines: LineReader) throws
    -> RecordCells
  {
    let name = layout.attributes[index].name
    switch layout.attributes[index].kind {
    case .numeric: return .numbers([try number(word, name, lines)])
    case .date:
      if word.isMissing { return .times([ColumnPlanes.missingTime]) }
      guard let time = CalendarTime(word.raw), time.form != .clock else {
        throw ARFFText.Fault(
          problem:
            "attribute \(name.quotedForMessage) is \(word.raw.quoted), expected a date in ISO 8601, or to be left out")
      }
      return .times([time.microseconds])
    default:
      let text = word.isMissing ? "" : word.text
      if let known = nominal[index], !text.isEmpty, !known.contains(ExactName(text)) {
        throw ARFFText.Fault(
          problem: "attribute \(name.quotedForMessage) is \(text.quotedForMessage), which the header does not declare")
      }
      return .categories(Categories([text]))
    }
  }

  /// The numbers, row-major by timestep, without the timesteps at the end of which nothing is known.
  private mutating func trimmed() -> [Float] {
    rows += 1
    if columns.isEmpty {
      padded += 1
      return []
    }
    var length = width
    while length > 0, (0..<dimensions).allSatisfy({ columns[$0 * width + length - 1].isNaN }) { length -= 1 }
    if length < width { padded += 1 }
    if dimensions == 1 { return Array(columns[..<length]) }
    return [Float](unsafeUninitializedCapacity: length * dimensions) { values, count in
      columns.withUnsafeBufferPointer { columns in
        for dimension in 0..<dimensions {
          for t in 0..<length { values[t * dimensions + dimension] = columns[dimension * width + t] }
        }
      }
      count = length * dimensions
    }
  }
}
