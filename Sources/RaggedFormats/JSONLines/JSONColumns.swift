import RaggedCore

/// A field of JSON Lines that is a further column: a list per timestep, or one value of the sequence.
struct JSONColumn {
  let name: String
  let kind: Column.Kind
  let extent: Column.Extent

  func column(role: Column.Role) -> Column {
    // A time of the sequence is that of each of its timesteps.
    Column(
      name, kind, per: kind == .time ? .timestep : extent, role: role,
      vocabulary: kind == .category ? Vocabulary(unit: .words, tokens: []) : nil)
  }
}

/// What the first objects say of a field without a role.
struct JSONColumnEvidence {
  private var scalars = 0
  private var lists = 0
  private var numbers = 0
  private var texts = 0
  private var dates = 0
  private var isNoColumn = false

  /// Looks at the value that comes next, of a sequence of `length` timesteps.
  mutating func add(_ scanner: inout JSONScanner, length: Int?) throws {
    switch scanner.peek() {
    case 0x6E: _ = try scanner.skipValue()
    case 0x7B:
      isNoColumn = true
      _ = try scanner.skipValue()
    case 0x5B:
      var count = 0
      lists += 1
      try scanner.eachElement { element in
        count += 1
        try addScalar(&element)
      }
      if let length, count != length { isNoColumn = true }
    default:
      scalars += 1
      try addScalar(&scanner)
    }
  }

  private mutating func addScalar(_ scanner: inout JSONScanner) throws {
    switch scanner.peek() {
    case 0x6E: break
    case 0x5B, 0x7B: isNoColumn = true
    case 0x22:
      texts += 1
      var ahead = scanner
      let isDate = try ahead.string().withByteSlice { CalendarTime($0).map { $0.form != .clock } ?? false } ?? false
      if isDate { dates += 1 }
    case 0x74, 0x66: texts += 1
    default: numbers += 1
    }
    _ = try scanner.skipValue()
  }

  /// Whether it is a list in any object, and nothing else.
  var isList: Bool { lists > 0 && scalars == 0 && !isNoColumn }

  /// The column that the field is, nil where it is none.
  /// - Parameter kind: what an option says of it.
  func column(_ name: String, _ kind: Column.Kind?) -> JSONColumn? {
    guard !isNoColumn, lists == 0 || scalars == 0, kind != nil || numbers + texts > 0 else { return nil }
    let guess: Column.Kind = texts == 0 || numbers >= texts ? .number : dates == texts ? .time : .category
    return JSONColumn(name: name, kind: kind ?? guess, extent: lists > 0 ? .timestep : .sequence)
  }
}

extension JSONColumn {
  /// The cells of an object: those of the value that comes next, or missing ones where there is none.
  func cells(_ scanner: inout JSONScanner, isThere: Bool, length: Int) throws -> RecordCells {
    let isList = extent == .timestep
    var numbers: [Float] = []
    var texts: [String] = []
    var times: [Int64] = []
    func missing() {
      switch kind {
      case .number: numbers.append(.nan)
      case .category: texts.append("")
      case .time: times.append(ColumnPlanes.missingTime)
      }
    }
    func read(_ scanner: inout JSONScanner) throws {
      if try scanner.skipNull() { return missing() }
      switch kind {
      case .number:
        if scanner.peek() == 0x22 {
          var error = scanner.unexpected("a number as field \(name.quotedForMessage)")
          error.remedy = .takeAsText(name)
          throw error
        }
        numbers.append(try scanner.float(name.quotedForMessage))
      case .category: texts.append(try scanner.scalarText("text as field \(name.quotedForMessage)"))
      case .time:
        let start = scanner.position
        let text = try scanner.scalarText("a time as field \(name.quotedForMessage)")
        guard let time = text.withByteSlice({ TimePoint($0)?.microseconds(.seconds) }) ?? nil else {
          var error = scanner.fault(
            start, "is \(text.quotedForMessage), expected a time as field \(name.quotedForMessage)")
          error.remedy = .takeAsText(name)
          throw error
        }
        times.append(time)
      }
    }
    if isThere {
      if isList { try scanner.eachElement(read) } else { try read(&scanner) }
    } else {
      for _ in 0..<(isList ? length : 1) { missing() }
    }
    let count = numbers.count + texts.count + times.count
    guard !isList || count == length else {
      var error = scanner.fault(
        "field \(name.quotedForMessage) has \(count.counted("value")), but the sequence has \(length.counted("timestep"))"
      )
      error.remedy = .skipColumns([name])
      throw error
    }
    switch kind {
    case .number: return .numbers(numbers)
    case .category: return .categories(Categories(texts))
    case .time: return .times(isList ? times : Array(repeating: times[0], count: length))
    }
  }
}
