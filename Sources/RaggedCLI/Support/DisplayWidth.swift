import Ragged

/// How much room text takes on a terminal.
extension Character {
  /// Columns of a terminal: 2 for East Asian wide characters and emoji, 0 for what only marks another character.
  var columns: Int {
    let scalars = unicodeScalars
    guard let first = scalars.first else { return 0 }
    // Two regional indicators are a flag, one is a letter in a box.
    if (0x1F1E6...0x1F1FF).contains(first.value) { return scalars.count > 1 ? 2 : 1 }
    // VARIATION SELECTOR-16 asks for the emoji where a character has a plain form too.
    if first.isWide || first.properties.isEmoji && scalars.contains("\u{FE0F}") { return 2 }
    switch first.properties.generalCategory {
    case .control, .format, .nonspacingMark, .enclosingMark, .lineSeparator, .paragraphSeparator: return 0
    // Vowels and final consonants of Hangul, which join the consonant before them.
    default: return (0x1160...0x11FF).contains(first.value) ? 0 : 1
    }
  }
}

extension Unicode.Scalar {
  /// Runs of code points that are wide whether or not they are emoji (East_Asian_Width W and F).
  private static let wideRuns: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x3247, 0x3250...0x4DBF, 0x4E00...0xA4CF,
    0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE1F, 0xFE30...0xFE6F, 0xFF01...0xFF60,
    0xFFE0...0xFFE6, 0x16FE0...0x1B2FF, 0x1F200...0x1F2FF, 0x20000...0x3FFFD,
  ]

  fileprivate var isWide: Bool {
    if value < 0x1100 { return false }
    return properties.isEmojiPresentation || Self.wideRuns.contains { $0.contains(value) }
  }
}

extension String {
  /// Columns of a terminal that the text takes.
  var columns: Int { utf8.allSatisfy { $0 < 0x7F && $0 >= 0x20 } ? utf8.count : reduce(0) { $0 + $1.columns } }

  /// The text in at most this number of columns: a longer one has an ellipsis in its middle.
  func fitted(to limit: Int) -> String {
    guard columns > limit else { return self }
    guard limit > 1 else { return limit == 1 ? "…" : "" }
    func taken(_ characters: some Sequence<Character>, _ room: Int) -> [Character] {
      var left = room
      return characters.prefix { character in
        left -= character.columns
        return left >= 0
      }
    }
    let start = taken(self, limit / 2)
    let room = limit - 1 - start.reduce(0) { $0 + $1.columns }
    return String(start) + "…" + String(taken(reversed(), room).reversed())
  }

  /// The text in lines of at most this number of columns, broken at spaces; a longer word has a line of its own.
  func wrapped(to limit: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in split(separator: " ") {
      if !line.isEmpty, line.columns + 1 + String(word).columns > limit {
        lines.append(line)
        line = String(word)
      } else {
        line += (line.isEmpty ? "" : " ") + word
      }
    }
    return lines + [line]
  }

  /// The text without what would move the cursor or change the terminal: line breaks, escapes and directions become �.
  var printable: String {
    guard unicodeScalars.contains(where: \.movesCursor) else { return self }
    var result = UnicodeScalarView()
    for scalar in unicodeScalars { result.append(scalar.movesCursor ? "\u{FFFD}" : scalar) }
    return String(result)
  }
}
