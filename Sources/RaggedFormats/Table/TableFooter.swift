extension ByteSlice {
  /// Whether a cell begins with a word that programs and people put below a table, and no other letter behind it.
  var isFooterWord: Bool {
    let text = trimmed
    guard text.count >= 3, text.count <= 60, FooterWords.firsts.contains(text[0] | 0x20) else { return false }
    let word = text.text.lowercased()
    return FooterWords.all.contains { known in
      word.hasPrefix(known)
        && word.dropFirst(known.count).first.map { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "-" } ?? true
    }
  }
}

/// Words of a row below a table.
private enum FooterWords {
  static let all = [
    "total", "totals", "subtotal", "grand total", "sum", "average", "mean", "count", "end of file", "eof",
    "summe", "gesamt", "gesamtsumme", "mittelwert", "durchschnitt", "somme", "moyenne", "suma", "media", "totale",
  ]
  static let firsts = Set(all.compactMap { $0.utf8.first })
}
