import RaggedCore

/// What stands before `@data` in a `.tsf` file. Tags and types are read in any case, names keep theirs.
struct ForecastHeader {
  /// What each series is said to have.
  struct Attribute: Equatable {
    var name: String
    var kind: Column.Kind
  }

  private(set) var attributes: [Attribute] = []
  private(set) var frequency: String?
  private(set) var horizon: Int?
  /// nil where the header does not say.
  private(set) var mayMiss: Bool?
  private(set) var isEqualLength: Bool?
  /// The line of `@data`.
  private(set) var dataLine = 0

  /// The most attributes that a header may have.
  private static let attributeLimit = 1 << 16

  /// Reads the header up to and with `@data`.
  /// - Throws: ``InputError``, always fatal.
  init(_ lines: LineReader) throws {
    while let line = try lines.next() {
      if let fault = lines.textFault(line, isFatal: true) { throw fault }
      let text = line.trimmed
      if text.isEmpty || text[0] == 0x23 { continue }
      guard text[0] == 0x40 else {
        throw lines.fault("\(text.quoted) stands before @data, expected a tag such as @attribute", isFatal: true)
      }
      let words = text.text.split(whereSeparator: \.isWhitespace).map(String.init)
      if words[0].lowercased() == "@data" {
        dataLine = lines.line
        return
      }
      try take(words, lines)
    }
    throw lines.source.fault(lines.line == 0 ? "the file is empty" : "there is no @data line")
  }

  private mutating func take(_ words: [String], _ lines: LineReader) throws {
    func value(_ expectation: String) throws -> String {
      guard words.count == 2 else {
        let found = words.count < 2 ? "without a value" : words.dropFirst().joined(separator: " ").quotedForMessage
        throw lines.fault("\(words[0]) is \(found), expected \(expectation)", isFatal: true)
      }
      return words[1]
    }
    func truth() throws -> Bool {
      let word = try value("true or false").lowercased()
      guard word == "true" || word == "false" else {
        throw lines.fault("\(words[0]) is \(words[1].quotedForMessage), expected true or false", isFatal: true)
      }
      return word == "true"
    }
    switch words[0].lowercased() {
    case "@attribute": try add(words, lines)
    case "@frequency": frequency = try value("one word")
    case "@horizon":
      let text = try value("a number above 0")
      guard let count = Int(text), count > 0 else {
        throw lines.fault("\(words[0]) is \(text.quotedForMessage), expected a number above 0", isFatal: true)
      }
      horizon = count
    case "@missing": mayMiss = try truth()
    case "@equallength": isEqualLength = try truth()
    default: break
    }
  }

  private mutating func add(_ words: [String], _ lines: LineReader) throws {
    guard words.count == 3 else {
      throw lines.fault(
        "@attribute has \((words.count - 1).counted("word")), expected a name and string, numeric or date",
        isFatal: true)
    }
    let kinds: [String: Column.Kind] = ["string": .category, "numeric": .number, "date": .time]
    guard let kind = kinds[words[2].lowercased()] else {
      throw lines.fault(
        "attribute \(words[1].quotedForMessage) is \(words[2].quotedForMessage), expected string, numeric or date",
        isFatal: true)
    }
    if attributes.contains(where: { $0.name.isExactly(words[1]) }) {
      throw lines.fault("attribute \(words[1].quotedForMessage) stands twice", isFatal: true)
    }
    guard attributes.count < Self.attributeLimit else {
      throw lines.fault("there are more than \(Self.attributeLimit) attributes", isFatal: true)
    }
    attributes.append(Attribute(name: words[1], kind: kind))
  }

  /// What is said of all series, as metadata of each: `{"frequency":"daily","horizon":30}`; nil where nothing is.
  var metadata: String? { Self.metadata(frequency, horizon) }

  static func metadata(_ frequency: String?, _ horizon: Int?) -> String? {
    let fields = [frequency.map { "\"frequency\":\($0.jsonQuoted)" }, horizon.map { "\"horizon\":\($0)" }]
    let said = fields.compactMap { $0 }
    return said.isEmpty ? nil : "{\(said.joined(separator: ","))}"
  }
}
