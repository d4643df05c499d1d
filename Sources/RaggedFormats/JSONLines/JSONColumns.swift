import RaggedCore

/// A field of JSON Lines that is a further column: a list with a value per timestep, one value of the sequence, or a list of
/// its labels.
struct JSONColumn {
  let name: String
  let kind: Column.Kind
  let extent: Column.Extent

  func column(role: Column.Role) -> Column {
    // A time of the sequence is that of each of its timesteps; nothing is trained on labels unless it is asked for.
    Column(
      name, kind, per: kind == .time ? .timestep : extent, role: extent == .labels ? .other : role,
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
  /// Whether a list has another length than its sequence.
  private var isOfOtherLength = false
  private var isNoColumn = false

  /// Looks at the value that comes next, of a sequence of `length` timesteps.
  mutating func add(_ scanner: inout JSONScanner, length: Int?) throws {
    switch scanner.peek() {
    case 0x6E, 0x4E: _ = try scanner.skipValue()
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
      if let length, count != length { isOfOtherLength = true }
    default:
      scalars += 1
      try addScalar(&scanner)
    }
  }

  private mutating func addScalar(_ scanner: inout JSONScanner) throws {
    switch scanner.peek() {
    case 0x6E, 0x4E: break
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

  /// The column that the field is, nil where it is none.
  /// - Parameters:
  ///   - kind: what an option says of it.
  ///   - isLabels: whether an option says that it is a list of labels.
  func column(_ name: String, _ kind: Column.Kind?, isLabels: Bool) -> JSONColumn? {
    if isLabels { return JSONColumn(name: name, kind: .category, extent: .labels) }
    guard !isNoColumn, lists == 0 || scalars == 0, kind != nil || numbers + texts > 0 else { return nil }
    if isOfOtherLength {
      let isText = texts > 0 && numbers == 0 && dates < texts
      guard kind == .category || kind == nil && isText else { return nil }
      return JSONColumn(name: name, kind: .category, extent: .labels)
    }
    let guess: Column.Kind = texts == 0 || numbers >= texts ? .number : dates == texts ? .time : .category
    return JSONColumn(name: name, kind: kind ?? guess, extent: lists > 0 ? .timestep : .sequence)
  }
}

extension JSONColumn {
  /// The cells of an object: those of the value that comes next, or missing ones where there is none.
  func cells(_ scanner: inout JSONScanner, isThere: Bool, length: Int) throws -> RecordCells {
    if extent == .labels { return .categories(Categories(isThere ? try labels(&scanner) : [])) }
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
      error.remedy = kind == .category ? .takeAsLabels([name]) : .skipColumns([name])
      throw error
    }
    switch kind {
    case .number: return .numbers(numbers)
    case .category: return .categories(Categories(texts))
    case .time: return .times(isList ? times : Array(repeating: times[0], count: length))
    }
  }

  /// The labels of a list: `null` is one that is not known.
  private func labels(_ scanner: inout JSONScanner) throws -> [String] {
    if try scanner.skipNull() { return [] }
    guard scanner.peek() == 0x5B else {
      throw scanner.unexpected("a list of labels as field \(name.quotedForMessage)")
    }
    var texts: [String] = []
    try scanner.eachElement { element in
      texts.append(try element.skipNull() ? "" : element.scalarText("a label in field \(name.quotedForMessage)"))
    }
    return texts
  }
}
