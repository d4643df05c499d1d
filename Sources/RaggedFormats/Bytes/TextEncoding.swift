/// How the characters of a text stand in its bytes.
public enum TextEncoding: String, Sendable, CaseIterable {
  /// What is expected where nothing says otherwise.
  case utf8 = "utf-8"
  /// Either of the next two: which of them, the byte order mark or zero bytes say.
  case utf16 = "utf-16"
  /// Two bytes a unit, the lower first.
  case utf16le = "utf-16le"
  /// Two bytes a unit, the higher first.
  case utf16be = "utf-16be"
  /// ISO 8859-1.
  case latin1 = "latin1"
  /// What programs for Windows write in western Europe and America: Latin-1 with `€`, dashes and quotation marks.
  case windows1252 = "windows-1252"

  /// What messages call it.
  var words: String {
    switch self {
    case .utf8: "UTF-8"
    case .utf16: "UTF-16"
    case .utf16le: "UTF-16, the lower byte first"
    case .utf16be: "UTF-16, the higher byte first"
    case .latin1: "Latin-1"
    case .windows1252: "Windows-1252"
    }
  }
}

/// How a text is read: the encoding, never ``TextEncoding/utf16``, and what ends its lines.
struct TextForm: Equatable {
  var encoding = TextEncoding.utf8
  /// Whether a line ends with a carriage return and nothing else.
  var endsWithReturns = false

  /// UTF-8 with line feeds, which needs no decoder.
  var isPlain: Bool { self == TextForm() }
}

/// What the first bytes of a text say of its form.
struct TextSample {
  let bytes: [UInt8]
  /// Whether these are all bytes of the text.
  let isAll: Bool

  /// The form, and what a user should know of it.
  /// - Parameter wish: what the encoding is said to be.
  /// - Throws: ``OptionProblem`` where the wish leaves open what it is, or the bytes are of an encoding that is not read.
  func form(_ wish: TextEncoding?) throws -> (form: TextForm, notes: [InputNote]) {
    var notes: [InputNote] = []
    var form = TextForm()
    switch wish {
    case nil:
      if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) {
        throw OptionProblem("is UTF-32 by its byte order mark, which is not read: save it as UTF-8")
      }
      if let (encoding, reason) = units {
        form.encoding = encoding
        notes.append(InputNote("is \(encoding.words), by \(reason)", remedy: .sayEncoding))
      } else if let place = westernPlace {
        form.encoding = .windows1252
        notes.append(InputNote("is not valid UTF-8 (\(place)) and is read as Windows-1252", remedy: .sayEncoding))
      }
    case .utf16?:
      guard let (encoding, _) = units else {
        throw OptionProblem(
          "has no byte order mark, and its bytes do not say which half of UTF-16 comes first: "
            + "expected utf-16le or utf-16be")
      }
      form.encoding = encoding
    case let named?: form.encoding = named
    }
    form.endsWithReturns = endsWithReturns(form.encoding)
    if form.endsWithReturns { notes.append("its lines end with a carriage return (CR) alone") }
    return (form, notes)
  }

  /// UTF-16 by its mark, or by the zero bytes of the characters that are ASCII.
  private var units: (TextEncoding, reason: String)? {
    if bytes.starts(with: [0xFF, 0xFE]) { return (.utf16le, "its byte order mark") }
    if bytes.starts(with: [0xFE, 0xFF]) { return (.utf16be, "its byte order mark") }
    let pairs = bytes.count / 2
    guard pairs >= 4 else { return nil }
    var zeros = (even: 0, odd: 0)
    for place in 0..<pairs {
      if bytes[2 * place] == 0 { zeros.even += 1 }
      if bytes[2 * place + 1] == 0 { zeros.odd += 1 }
    }
    let reason = "its zero bytes"
    if zeros.odd * 10 >= pairs * 4, zeros.even * 20 <= pairs { return (.utf16le, reason) }
    if zeros.even * 10 >= pairs * 4, zeros.odd * 20 <= pairs { return (.utf16be, reason) }
    return nil
  }

  /// The place of the first byte that is not UTF-8, where the text seems to be in a western encoding of one byte a
  /// character; nil otherwise.
  ///
  /// A text that holds UTF-8 elsewhere is a damaged one. Letters of western languages mostly stand alone among ASCII,
  /// those of Cyrillic or Chinese encodings in runs. 0xFF, and what Windows-1252 has no character for, is no text.
  private var westernPlace: String? {
    bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return nil }
      let text = ByteSlice(base: base, count: buffer.count)
      guard let first = text.firstInvalidUTF8, text[first] != 0, isAll || first < text.count - 3 else { return nil }
      var (sound, damaged, high, neighbours, index) = (0, 0, 0, 0, 0)
      while index < text.count {
        let width = text.scalarWidth(at: index)
        if width > 1 { sound += 1 }
        if width == 0 {
          guard !TextDecoder.isUndefined(text[index]), text[index] != 0, text[index] != 0xFF else { return nil }
          damaged += 1
        }
        index += max(width, 1)
      }
      for index in 0..<text.count where text[index] >= 0x80 {
        high += 1
        if index + 1 < text.count, text[index + 1] >= 0x80 { neighbours += 1 }
      }
      guard sound * 10 <= damaged, neighbours * 2 <= high else { return nil }
      let before = text.slice(0..<first)
      var (line, start) = (1, 0)
      while let end = before.firstIndex(of: 0x0A, from: start) { (line, start) = (line + 1, end + 1) }
      return "byte \(first - start + 1) of line \(line) is 0x\(String(text[first], radix: 16, uppercase: true))"
    }
  }

  /// Whether there are carriage returns and no line feeds.
  private func endsWithReturns(_ encoding: TextEncoding) -> Bool {
    let text = encoding == .utf8 ? bytes : TextDecoder.decoded(bytes, encoding)
    guard let end = text.firstIndex(of: 0x0D), !text.contains(0x0A) else { return false }
    // A line feed may follow the last byte.
    return isAll || end < text.count - 1
  }
}
