import RaggedCore

/// What an object says of its sequence: its timesteps read, its other fields found and not yet read.
struct JSONObject {
  private(set) var input: JSONInput
  private var places: [(role: JSONFields.Role, place: Range<Int>)] = []

  /// Reads the object that is the whole line.
  init(_ scanner: inout JSONScanner, fields: JSONFields, options: JSONLinesOptions, width: Int?) throws {
    var places: [(role: JSONFields.Role, place: Range<Int>)] = []
    var found: JSONInput?
    guard scanner.peek() == 0x7B else { throw scanner.unexpected("an object, one a line") }
    try scanner.eachField { scanner, name in
      let written = scanner.bytes.slice(name)
      let hasEscapes = written.firstIndex(of: 0x5C) != nil
      let role =
        hasEscapes ? scanner.string(name).withByteSlice { fields.role(of: $0) } ?? nil : fields.role(of: written)
      guard let role else {
        _ = try scanner.skipValue()
        return
      }
      if places.contains(where: { $0.role == role }) {
        throw scanner.fault(name.lowerBound - 1, "begins field \(scanner.string(name).quotedForMessage) a second time")
      }
      if role == .input {
        found = try JSONInput(&scanner, field: fields.input ?? "", width: width, unit: options.unit)
        places.append((role, 0..<0))
      } else {
        places.append((role, try scanner.skipValue()))
      }
    }
    guard scanner.peek() == 0, scanner.position >= scanner.bytes.count else {
      throw scanner.unexpected("the end of the line")
    }
    if let input = fields.input, found == nil { throw scanner.fault("there is no field \(input.quotedForMessage)") }
    input = found ?? JSONInput()
    self.places = places
  }

  /// Whether there is a field of a role, be it `null`.
  func has(_ role: JSONFields.Role) -> Bool { places.contains { $0.role == role } }

  /// Goes to the value of a role.
  /// - Returns: where it stands; nil where it is absent or `null`.
  func find(_ role: JSONFields.Role, _ scanner: inout JSONScanner) -> Range<Int>? {
    guard let place = places.first(where: { $0.role == role })?.place, !scanner.isNull(at: place.lowerBound) else {
      return nil
    }
    scanner.position = place.lowerBound
    return place
  }
}

/// The timesteps of one object as they stand there.
struct JSONInput {
  /// What a timestep is.
  enum Kind: Equatable {
    /// An empty array, which says nothing.
    case undecided
    /// This many features.
    case values(width: Int)
    /// Indices.
    case tokens
    /// Tokens as text.
    case text(Vocabulary.Unit)
  }

  private(set) var kind = Kind.undecided
  private(set) var values: [Float] = []  // [T, F]
  private(set) var tokens: [Int32] = []  // [T]
  private(set) var text: [String] = []  // [T]
  private(set) var length = 0
  private let field: String
  private let width: Int?
  private let unit: Vocabulary.Unit?

  /// No timesteps.
  init() { (field, width, unit) = ("", nil, nil) }

  /// Reads the value that comes next.
  /// - Parameter width: the number of features per timestep where it is known, for timesteps that are `null`.
  init(_ scanner: inout JSONScanner, field: String, width: Int?, unit: Vocabulary.Unit?) throws {
    self.field = field
    self.width = width
    self.unit = unit
    if scanner.peek() == 0x22 {
      kind = .text(unit ?? .characters)
      text = try scanner.string().tokens(unit ?? .characters)
      length = text.count
      return
    }
    guard scanner.skip(0x5B) else {
      throw scanner.unexpected("an array or a string as field \(field.quotedForMessage)")
    }
    if scanner.skip(0x5D) { return }
    repeat {
      switch scanner.peek() {
      case 0x22: try appendText(&scanner, unit: unit ?? .words)
      case 0x5B: try appendTimestep(&scanner)
      case 0x6E: try appendMissing(&scanner)
      default:
        if field == "tokens" { try appendToken(&scanner) } else { try appendNumber(&scanner) }
      }
      length += 1
    } while scanner.skip(0x2C)
    try scanner.expect(0x5D, "\",\" or \"]\"")
  }

  private mutating func appendText(_ scanner: inout JSONScanner, unit: Vocabulary.Unit) throws {
    try settle(.text(unit), scanner)
    text.append(try scanner.string())
  }

  private mutating func appendToken(_ scanner: inout JSONScanner) throws {
    try settle(.tokens, scanner)
    let start = scanner.position
    var end = start
    guard let number = DecimalNumber(scanner.bytes, at: &end), number.isStrict, let natural = number.natural,
      let token = Int32(exactly: natural)
    else {
      throw scanner.fault(
        start,
        "(\(field.quotedForMessage), timestep \(length + 1)) is \(scanner.word(at: start).quotedForMessage), "
          + "expected an index from 0 to \(Int32.max)")
    }
    scanner.position = end
    tokens.append(token)
  }

  private mutating func appendNumber(_ scanner: inout JSONScanner) throws {
    try settle(.values(width: 1), scanner)
    let timestep = length + 1
    values.append(try scanner.float("\(field.quotedForMessage), timestep \(timestep)"))
  }

  private mutating func appendTimestep(_ scanner: inout JSONScanner) throws {
    let start = scanner.position
    let before = values.count
    let timestep = length + 1
    scanner.position += 1
    if !scanner.skip(0x5D) {
      repeat {
        if try scanner.skipNull() {
          values.append(.nan)
        } else {
          let feature = values.count - before + 1
          values.append(try scanner.float("\(field.quotedForMessage), timestep \(timestep), feature \(feature)"))
        }
      } while scanner.skip(0x2C)
      try scanner.expect(0x5D, "\",\" or \"]\"")
    }
    let found = values.count - before
    guard found > 0 else { throw scanner.fault(start, "begins timestep \(timestep), which has no features") }
    if case .values(let width) = kind, width != found {
      throw scanner.fault(start, "begins timestep \(timestep) of \(found.counted("feature")), expected \(width)")
    }
    try settle(.values(width: found), scanner)
  }

  private mutating func appendMissing(_ scanner: inout JSONScanner) throws {
    if kind == .undecided, field == "text" { kind = .text(unit ?? .words) }
    if case .text = kind {
      // The unknown token of a vocabulary.
      try scanner.skipWord("null")
      text.append(Vocabulary.unknownText)
      return
    }
    guard case .values(let width) = kind == .undecided ? .values(width: self.width ?? 0) : kind, width > 0 else {
      throw scanner.unexpected("a timestep; how many features a missing one has is not known yet")
    }
    kind = .values(width: width)
    try scanner.skipWord("null")
    values.append(contentsOf: repeatElement(.nan, count: width))
  }

  private mutating func settle(_ found: Kind, _ scanner: JSONScanner) throws {
    if kind == found { return }
    guard kind == .undecided else {
      throw scanner.fault(
        scanner.position,
        "begins timestep \(length + 1), which is \(found.words), but those before it are \(kind.words)")
    }
    kind = found
  }
}

extension JSONInput.Kind {
  /// In words, for messages.
  var words: String {
    switch self {
    case .undecided: "nothing"
    case .values(let width): width == 1 ? "1 number" : "\(width) numbers"
    case .tokens: "an index"
    case .text: "text"
    }
  }
}

/// Reads the target of an object.
struct JSONTarget {
  let field: String
  let classes: [String]?
  let classSet: Set<ExactName>?
  /// Whether classes were recognized by whole numbers, so that one with a point speaks against it.
  let hasWholeClasses: Bool

  init(field: String, classes: [String]?, hasWholeClasses: Bool = false) {
    self.field = field
    self.classes = classes
    self.hasWholeClasses = hasWholeClasses
    classSet = classes?.exactNames
  }

  /// A target of which nothing is there.
  func missing(_ kind: TargetKind, length: Int, width: Int?) -> RecordTarget {
    let width = width ?? 1
    return switch kind {
    case .classPerSequence: .label("")
    case .classPerTimestep: .classPerTimestep(Categories(codes: Array(repeating: 0, count: length), names: [""]))
    case .valuesPerSequence: .values(Array(repeating: .nan, count: width))
    case .valuesPerTimestep: .stepValues(Array(repeating: .nan, count: length * width), width: width)
    }
  }

  /// The target that comes next; `width` is filled in where it is nil.
  func target(_ scanner: inout JSONScanner, kind: TargetKind, length: Int, width: inout Int?) throws -> RecordTarget {
    switch kind {
    case .classPerSequence: return .label(try label(&scanner))
    case .classPerTimestep:
      var labels: [String] = []
      try scanner.eachElement { labels.append(try label(&$0)) }
      try check(labels.count, "label", length, scanner)
      return .labels(labels)
    case .valuesPerSequence:
      var values: [Float] = []
      if scanner.peek() == 0x5B {
        try scanner.eachElement { values.append(try number(&$0, field.quotedForMessage)) }
      } else {
        values = [try scanner.float(field.quotedForMessage)]
      }
      try check(width: values.count, &width, scanner)
      return .values(values)
    case .valuesPerTimestep:
      var values: [Float] = []
      var (count, leading) = (0, 0)
      try scanner.eachElement { step in
        let before = values.count
        let place = "\(field.quotedForMessage), timestep \(count + 1)"
        count += 1
        if step.peek() == 0x5B {
          try step.eachElement { values.append(try number(&$0, place)) }
        } else if try step.skipNull() {
          // As many values as the others have, which may come later.
          guard let width else { return leading += 1 }
          return values += Array(repeating: .nan, count: width)
        } else {
          values.append(try step.float(place))
        }
        try check(width: values.count - before, &width, step)
      }
      try check(count, "value", length, scanner)
      values.insert(contentsOf: repeatElement(.nan, count: leading * (width ?? 1)), at: 0)
      return .stepValues(values, width: width ?? 1)
    }
  }

  /// The number that comes next; NaN where it is `null`.
  private func number(_ scanner: inout JSONScanner, _ place: String) throws -> Float {
    try scanner.skipNull() ? .nan : scanner.float(place)
  }

  /// Whether a number with a point or an exponent comes next.
  private func isRealNumber(_ scanner: JSONScanner) throws -> Bool {
    var scanner = scanner
    _ = scanner.peek()
    return DecimalNumber(scanner.bytes, at: &scanner.position).map { !$0.isInteger } ?? false
  }

  /// The class that comes next; an empty one where it is `null`.
  private func label(_ scanner: inout JSONScanner) throws -> String {
    if try scanner.skipNull() { return "" }
    if hasWholeClasses, try isRealNumber(scanner) {
      var error = scanner.unexpected(
        "a class as field \(field.quotedForMessage), whole numbers as in the objects before it")
      error.remedy = .sayTargetKind(
        values: [.valuesPerSequence, .valuesPerTimestep], classes: [.classPerSequence, .classPerTimestep])
      throw error
    }
    let label = try scanner.scalarText("a class as field \(field.quotedForMessage)")
    if let classSet, !label.isEmpty, !classSet.contains(ExactName(label)) {
      throw scanner.fault(
        "field \(field.quotedForMessage) is \(label.quotedForMessage), expected one of the declared classes "
          + (classes ?? []).listedForMessage)
    }
    return label
  }

  private func check(_ count: Int, _ what: String, _ length: Int, _ scanner: JSONScanner) throws {
    guard count != length else { return }
    throw scanner.fault(
      "field \(field.quotedForMessage) has \(count.counted(what)), but the sequence has "
        + "\(length.counted("timestep"))")
  }

  private func check(width found: Int, _ width: inout Int?, _ scanner: JSONScanner) throws {
    let expected = width ?? found
    guard found == expected, found > 0 else {
      throw scanner.fault("field \(field.quotedForMessage) has \(found.counted("value")), expected \(max(expected, 1))")
    }
    width = expected
  }
}
