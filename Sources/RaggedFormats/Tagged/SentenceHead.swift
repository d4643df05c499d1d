import RaggedCore

/// What the comment lines of a sentence say of it.
///
/// `# sent_id = x` (or `# id x`, `# id: x`) is the key, `# newdoc id = x` the group of this sentence and those behind it,
/// `# split = x`, `# weight = x` and `# metadata = {…}` are what they say; any other `# name = value` is kept as metadata.
struct SentenceHead {
  var key: String?
  var split: String?
  var weight: Float?
  private var entries: [(name: String, value: String)] = []
  private var object: String?
  private var hasSentenceID = false

  /// What a comment line is.
  enum Comment: Equatable {
    /// `name = value`.
    case entry(String, String)
    /// A new document, whose name it may say.
    case document(String?)
    /// What the columns are called.
    case columns([String])
    /// Words that are nothing of these.
    case remark
  }

  /// The words before a value of a comment whose name is two of them.
  private static let openings = ["newdoc", "newpar"]

  /// What a line that begins with `#` says if it is a comment.
  static func comment(_ line: ByteSlice) -> Comment {
    let body = line.slice(1..<line.count).trimmed
    if let equals = body.firstIndex(of: 0x3D) {
      let name = body.slice(0..<equals).trimmed.text
      let value = body.slice(equals + 1..<body.count).trimmed
      let words = name.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
      if words == ["global.columns"] { return .columns(columns(value)) }
      if words == ["newdoc", "id"] { return .document(value.isEmpty ? nil : value.text) }
      if words.count == 1 || words.count == 2 && openings.contains(words[0]) {
        return .entry(words.joined(separator: " "), value.text)
      }
    }
    let text = body.text
    let words = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
    if words == ["newdoc"] { return .document(nil) }
    if text.hasPrefix("begin document ") { return .document(String(text.dropFirst("begin document ".count))) }
    if text == "end document" { return .document(nil) }
    if words.count > 1, words[0] == "id:" || words[0] == "sent_id:" {
      return .entry("sent_id", String(text.dropFirst(words[0].count).drop { $0 == " " || $0 == "\t" }))
    }
    if words.count > 1, words[0] == "id" || words[0] == "sent_id" { return .entry("sent_id", words[1]) }
    return .remark
  }

  private static func columns(_ value: ByteSlice) -> [String] {
    // Names with blanks in them stand between tabs.
    let separator: Character = value.firstIndex(of: 0x09) == nil ? " " : "\t"
    return value.text.split(separator: separator).map(String.init)
  }

  /// Takes what an entry says.
  /// - Returns: what is wrong with it, nil where nothing is.
  mutating func take(_ name: String, _ value: String) -> String? {
    switch name {
    case "sent_id":
      if hasSentenceID { return "the sentence has a second sent_id, \(value.quotedForMessage)" }
      if value.isEmpty { return "sent_id is empty, expected an id" }
      (key, hasSentenceID) = (value, true)
    case "id" where key == nil && !value.isEmpty: key = value
    case "split" where split == nil && !value.isEmpty: split = value
    case "weight" where weight == nil:
      guard case .value(let number)? = value.withByteSlice(\.parsedFloat), number >= 0 else {
        return "weight is \(value.quotedForMessage), expected a number that is not negative"
      }
      weight = number
    case "metadata" where object == nil && value.withByteSlice(\.isJSONObject) == true: object = value
    default:
      if let place = entries.firstIndex(where: { $0.name.isExactly(name) }) {
        entries[place].value += "\n" + value
      } else {
        entries.append((name, value))
      }
    }
    return nil
  }

  /// The metadata, a JSON object; nil without any.
  var metadata: String? {
    guard !entries.isEmpty else { return object }
    var fields = entries.map { "\($0.name.jsonQuoted):\($0.value.jsonQuoted)" }
    if let object { fields.append("\"metadata\":\(object)") }
    return "{\(fields.joined(separator: ","))}"
  }

  /// The comment lines that say this metadata: one a field where that gives the same text again, otherwise one with all.
  static func lines(ofMetadata metadata: String) -> [String] {
    var head = SentenceHead()
    var lines: [String] = []
    for (name, value) in fields(metadata) ?? [] {
      let line = "# \(name) = \(value)"
      guard value.unicodeScalars.allSatisfy({ $0 != "\n" && $0 != "\r" }), !known.contains(name),
        line.withByteSlice({ comment($0) }) == Comment.entry(name, value), head.take(name, value) == nil
      else {
        lines = []
        break
      }
      lines.append(line)
    }
    if !lines.isEmpty, let again = head.metadata, again.isExactly(metadata) { return lines }
    return ["# metadata = \(metadata)"]
  }

  private static let known = ["sent_id", "id", "split", "weight", "metadata"]

  /// The fields of an object all of whose values are text; nil for another.
  private static func fields(_ object: String) -> [(String, String)]? {
    object.withByteSlice { bytes -> [(String, String)]? in
      var scanner = JSONScanner(bytes: bytes, file: "", line: 0)
      var fields: [(String, String)] = []
      let isRead: Void? = try? scanner.eachField { scanner, name in
        guard scanner.peek() == 0x22 else { throw scanner.unexpected("text") }
        fields.append((scanner.string(name), try scanner.string()))
      }
      return isRead == nil ? nil : fields
    } ?? nil
  }
}
