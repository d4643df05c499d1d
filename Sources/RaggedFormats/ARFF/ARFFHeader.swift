import RaggedCore

/// What stands before `@data` in an `.arff` file. Keywords are read in any case, names keep theirs.
struct ARFFHeader {
  /// What the cells of an attribute are.
  enum Kind: Equatable {
    case numeric
    case string
    case date
    /// One of these.
    case nominal([String])
    /// Rows of this many numbers.
    case relational(Int)
  }

  struct Attribute: Equatable {
    var name: String
    var kind: Kind
  }

  private(set) var attributes: [Attribute] = []
  /// The line of `@data`.
  private(set) var dataLine = 0
  /// The relational attribute that is open, and how many attributes of its own it has by now.
  private var open: (name: String, count: Int)?

  /// The most attributes that a header may have.
  private static let attributeLimit = 1 << 22

  /// Reads the header up to and with `@data`.
  /// - Throws: ``InputError``, always fatal.
  init(_ lines: LineReader) throws {
    while let line = try lines.next() {
      if let fault = lines.textFault(line, isFatal: true) { throw fault }
      var text = ARFFText(line)
      if text.isAtEnd() { continue }
      do {
        let keyword = try text.word(until: [0x7B], endsAtBlank: true).text
        switch keyword.lowercased() {
        case "@relation": break
        case "@attribute": try add(&text)
        case "@end":
          guard let open else { throw ARFFText.Fault(problem: "@end closes no relational attribute") }
          attributes.append(Attribute(name: open.name, kind: .relational(open.count)))
          self.open = nil
        case "@data":
          if let open {
            throw ARFFText.Fault(
              problem:
                "the relational attribute \(open.name.quotedForMessage) is not closed, expected @end before @data")
          }
          dataLine = lines.line
          if attributes.isEmpty { throw ARFFText.Fault(problem: "the header names no attribute") }
          if let twice = attributes.map(\.name).firstRepeated {
            throw ARFFText.Fault(problem: "attribute \(twice.quotedForMessage) stands twice in the header")
          }
          return
        default:
          throw ARFFText.Fault(
            problem: "\(keyword.quotedForMessage) stands before @data, expected @relation, @attribute or @end")
        }
      } catch let fault as ARFFText.Fault { throw lines.fault(fault.problem, isFatal: true) }
    }
    throw lines.source.fault(lines.line == 0 ? "the file is empty" : "there is no @data line")
  }

  private mutating func add(_ text: inout ARFFText) throws {
    let name = try text.word(until: [0x7B], endsAtBlank: true).text
    if name.isEmpty { throw ARFFText.Fault(problem: "@attribute has no name") }
    let kind = try Self.kind(&text, of: name)
    guard attributes.count + (open?.count ?? 0) < Self.attributeLimit else {
      throw ARFFText.Fault(problem: "there are more than \(Self.attributeLimit) attributes")
    }
    if let open {
      guard kind == .numeric else {
        throw ARFFText.Fault(
          problem:
            "attribute \(name.quotedForMessage) of the relational attribute \(open.name.quotedForMessage) is not "
            + "numeric, and its timesteps can only be numbers")
      }
      self.open = (open.name, open.count + 1)
    } else if case .relational = kind {
      open = (name, 0)
    } else {
      attributes.append(Attribute(name: name, kind: kind))
    }
  }

  private static func kind(_ text: inout ARFFText, of name: String) throws -> Kind {
    if text.skip(0x7B) { return .nominal(try names(&text, of: name)) }
    let word = try text.word(until: [0x7B], endsAtBlank: true).text
    switch word.lowercased() {
    case "numeric", "real", "integer": return .numeric
    case "string": return .string
    case "date": return .date
    case "relational": return .relational(0)
    default:
      throw ARFFText.Fault(
        problem:
          "attribute \(name.quotedForMessage) is \(word.quotedForMessage), expected numeric, real, integer, string, "
          + "date, relational or {…}")
    }
  }

  /// The names up to the closing brace.
  private static func names(_ text: inout ARFFText, of name: String) throws -> [String] {
    var names: [String] = []
    while !text.skip(0x7D) {
      let word = try text.word(until: [0x2C, 0x7D], endsAtBlank: false)
      if text.isAtEnd() {
        throw ARFFText.Fault(problem: "the names of attribute \(name.quotedForMessage) are not closed, expected \"}\"")
      }
      if !word.raw.isEmpty || word.isQuoted { names.append(word.text) }
      guard !text.skip(0x2C) else { continue }
      guard text.skip(0x7D) else {
        throw ARFFText.Fault(problem: "the names of attribute \(name.quotedForMessage) go on, expected \",\" or \"}\"")
      }
      break
    }
    if let twice = names.firstRepeated {
      throw ARFFText.Fault(
        problem: "attribute \(name.quotedForMessage) has the name \(twice.quotedForMessage) twice")
    }
    return names
  }
}
