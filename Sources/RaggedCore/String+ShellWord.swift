extension String {
  /// As one word of a command for bash and zsh, on one line and without a character that would change the terminal which
  /// shows it.
  package var shellWord: String {
    let plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,:=@%+"
    if !isEmpty, unicodeScalars.allSatisfy({ plain.unicodeScalars.contains($0) }) { return self }
    guard unicodeScalars.contains(where: \.movesCursor) else {
      return "'" + replacing("'", with: "'\\''") + "'"
    }
    return "$'" + unicodeScalars.map(\.escaped).joined() + "'"
  }

  /// As the name of a file where options may stand, too.
  package var pathWord: String { hasPrefix("-") && self != "-" ? "./" + self : self }
}

extension Unicode.Scalar {
  /// As it stands between `$'` and `'`: bytes as two digits each, which both shells read to that length.
  fileprivate var escaped: String {
    switch self {
    case "\\": "\\\\"
    case "'": "\\'"
    case "\n": "\\n"
    case "\t": "\\t"
    case _ where movesCursor:
      UTF8.encode(self)?.map { byte in
        let digits = String(byte, radix: 16)
        return "\\x" + (digits.count < 2 ? "0" : "") + digits
      }.joined() ?? ""
    default: String(self)
    }
  }
}

extension Unicode.Scalar {
  /// Whether it would move the cursor or change the terminal: line breaks, escapes and directions.
  package var movesCursor: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    // Bidirectional embeddings, overrides and isolates.
    case .format: (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
    default: false
    }
  }
}
