import RaggedCore

/// The timesteps of one object as they stand there.
struct JSONInput {
  /// What a timestep is.
  enum Kind: Equatable {
    /// Nothing that tells: an empty array.
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
  private(set) var validity: [Bool]?  // [T], nil while all are valid
  private(set) var length = 0
  private let field: String
  private let width: Int?
  private let unit: Vocabulary.Unit?

  /// Reads the value that comes next.
  /// - Parameter width: features a timestep where they are known, for timesteps that are `null`.
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
    guard let number = DecimalNumber(scanner.bytes, at: &end), number.isStrict, number.isInteger, !number.isNegative,
      number.exponent == 0, let token = Int32(exactly: number.significand)
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
    validity?.append(true)
  }

  private mutating func appendTimestep(_ scanner: inout JSONScanner) throws {
    let start = scanner.position
    let before = values.count
    var counts = true
    let timestep = length + 1
    scanner.position += 1
    if !scanner.skip(0x5D) {
      repeat {
        if try scanner.skipNull() {
          values.append(0)
          counts = false
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
    note(counts)
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
    values.append(contentsOf: repeatElement(0, count: width))
    note(false)
  }

  private mutating func note(_ counts: Bool) {
    if !counts, validity == nil { validity = Array(repeating: true, count: length) }
    validity?.append(counts)
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
