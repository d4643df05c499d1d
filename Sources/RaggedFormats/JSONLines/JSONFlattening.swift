import RaggedCore

/// Writes objects whose timesteps stand in channels, `{"signals": {"hr": [60, 61], "acc": [0.1, 0.2]}}`, or in records,
/// `{"samples": [{"hr": 60, "acc": 0.1}, {"hr": 61, "acc": 0.2}]}`, as objects with a list a channel:
/// `{"hr": [60, 61], "acc": [0.1, 0.2]}`.
struct JSONFlattening {
  /// The fields that hold channels or records.
  let fields: Set<ExactName>
  /// The names of all others, under which no channel goes.
  let others: Set<ExactName>

  /// Writes the object that is the whole line.
  /// - Throws: ``InputError``, fatal where the object is well formed and yet not like the others.
  func write(_ line: JSONScanner, to text: inout [UInt8]) throws {
    var scanner = line
    guard scanner.peek() == 0x7B else { throw scanner.unexpected("an object, one a line") }
    text.append(0x7B)
    var isFirst = true
    func begin(_ text: inout [UInt8]) {
      if !isFirst { text.append(0x2C) }
      isFirst = false
    }
    try scanner.eachField { scanner, range in
      let name = scanner.string(range)
      guard fields.contains(ExactName(name)), scanner.peek() != 0x6E else {
        let value = try scanner.skipValue()
        begin(&text)
        text.append(scanner.bytes, range.lowerBound - 1..<range.upperBound + 1)
        text.append(0x3A)
        text.append(scanner.bytes, value)
        return
      }
      guard scanner.peek() == 0x7B || scanner.peek() == 0x5B else {
        var error = scanner.unexpected(
          "channels or records as field \(name.quotedForMessage), as in the objects before it")
        error.isFatal = true
        throw error
      }
      let channels = try scanner.peek() == 0x7B ? self.channels(&scanner) : records(&scanner, name)
      for (channel, values) in channels {
        begin(&text)
        let free = others.contains(ExactName(channel)) ? "\(name).\(channel)" : channel
        text.append(contentsOf: free.jsonQuoted.utf8)
        text.append(0x3A)
        switch values {
        case .whole(let value): text.append(scanner.bytes, value)
        case .each(let values):
          for (t, value) in values.enumerated() {
            text.append(t == 0 ? 0x5B : 0x2C)
            if let value { text.append(scanner.bytes, value) } else { text.append(contentsOf: Array("null".utf8)) }
          }
          text.append(0x5D)
        }
      }
    }
    guard scanner.peek() == 0, scanner.position >= scanner.bytes.count else {
      throw scanner.unexpected("the end of the line")
    }
    text.append(0x7D)
  }

  private enum Values {
    /// A list that stands as such.
    case whole(Range<Int>)
    /// A value a timestep; nil where it is not there.
    case each([Range<Int>?])
  }

  private func channels(_ scanner: inout JSONScanner) throws -> [(String, Values)] {
    var result: [(String, Values)] = []
    try scanner.eachField { scanner, range in
      result.append((scanner.string(range), .whole(try scanner.skipValue())))
    }
    return result
  }

  private func records(_ scanner: inout JSONScanner, _ field: String) throws -> [(String, Values)] {
    var (names, places): ([String], [ExactName: Int]) = ([], [:])
    var values: [[Range<Int>?]] = []
    var count = 0
    try scanner.eachElement { scanner in
      count += 1
      if scanner.peek() == 0x7B {
        try scanner.eachField { scanner, range in
          let name = scanner.string(range)
          let place = places[ExactName(name)] ?? names.count
          if place == names.count {
            names.append(name)
            places[ExactName(name)] = place
            values.append([])
          }
          let value = try scanner.skipValue()
          guard values[place].count < count else {
            throw scanner.fault(range.lowerBound - 1, "begins field \(name.quotedForMessage) a second time")
          }
          // Records in which the field is absent.
          while values[place].count < count - 1 { values[place].append(nil) }
          values[place].append(value)
        }
      } else if try !scanner.skipNull() {
        var error = scanner.unexpected("an object as record \(count.grouped) of field \(field.quotedForMessage)")
        error.isFatal = true
        throw error
      }
    }
    return zip(names, values).map { name, values in
      (name, .each(values + Array(repeating: nil, count: count - values.count)))
    }
  }
}

extension [UInt8] {
  /// Adds the bytes of a range.
  fileprivate mutating func append(_ bytes: ByteSlice, _ range: Range<Int>) {
    append(contentsOf: UnsafeBufferPointer(start: bytes.base + range.lowerBound, count: range.count))
  }
}

/// Writes objects of single values, each a timestep, as rows of a table, for the reader of long tables.
struct JSONRows {
  /// The columns, in the order in which the objects name them first.
  let columns: TypedColumns
  private let places: [ExactName: Int]

  init(_ columns: TypedColumns) {
    self.columns = columns
    places = Dictionary(
      zip(columns.names.map(ExactName.init), columns.names.indices), uniquingKeysWith: { first, _ in first })
  }

  /// Writes the object that is the whole line.
  /// - Returns: a field that is no column, nil where there is none.
  /// - Throws: ``InputError``.
  func write(_ line: JSONScanner, to text: inout [UInt8]) throws -> String? {
    var scanner = line
    if let position = scanner.bytes.firstInvalidUTF8 {
      throw scanner.fault(position, "is no valid UTF-8, or a NUL, which text may not hold")
    }
    var cells = [Range<Int>?](repeating: nil, count: columns.names.count)
    var strange: String?
    guard scanner.peek() == 0x7B else { throw scanner.unexpected("an object") }
    try scanner.eachField { scanner, range in
      let name = scanner.string(range)
      let first = scanner.peek()
      guard first != 0x7B, first != 0x5B else {
        throw scanner.unexpected("a single value as field \(name.quotedForMessage), as in the objects before it")
      }
      let value = try scanner.skipValue()
      guard let place = places[ExactName(name)] else {
        strange = strange ?? name
        return
      }
      guard cells[place] == nil else {
        throw scanner.fault(range.lowerBound - 1, "begins field \(name.quotedForMessage) a second time")
      }
      cells[place] = value
    }
    guard scanner.peek() == 0, scanner.position >= scanner.bytes.count else {
      throw scanner.unexpected("the end of the line")
    }
    let start = text.count
    for (place, cell) in cells.enumerated() {
      if place > 0 { text.append(0x2C) }
      guard let cell else { continue }
      switch scanner.bytes[cell.lowerBound] {
      case 0x6E, 0x4E: break
      case 0x22:
        text.append(0x22)
        for byte in scanner.string(cell.lowerBound + 1..<cell.upperBound - 1).utf8 {
          if byte == 0x22 { text.append(0x22) }
          text.append(byte)
        }
        text.append(0x22)
      default: text.append(scanner.bytes, cell)
      }
    }
    // A row of one cell that is missing is still a row.
    if text.count == start { text.append(contentsOf: [0x22, 0x22]) }
    return strange
  }
}
