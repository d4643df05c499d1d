public import RaggedCore

extension String {
  /// Cut into tokens: every grapheme cluster, white space too, or the runs of what is not white space. O(n).
  public func tokens(_ unit: Vocabulary.Unit) -> [String] {
    switch unit {
    case .characters: map(String.init)
    case .words: split(whereSeparator: \.isWhitespace).map(String.init)
    }
  }
}

extension ByteSlice {
  private static let asciiNames = (0..<128).map { String(UnicodeScalar(UInt8($0))) }

  /// As ``Swift/String/tokens(_:)`` of their text; what is ASCII is cut byte by byte.
  func tokens(_ unit: Vocabulary.Unit) -> Categories {
    switch unit {
    case .characters:
      // The one cluster of two ASCII characters is a return with a newline.
      guard isASCII, firstIndex(of: 0x0D) == nil else { return Categories(text.tokens(unit)) }
      return Categories(codes: (0..<count).map { Int32(base[$0]) }, names: ByteSlice.asciiNames)
    case .words:
      var words: [String] = []
      var start = 0
      var isPlain = true
      for index in 0..<count {
        let byte = base[index]
        if byte >= 0x80 { isPlain = false }
        // White space may share a cluster with what is not ASCII beside it.
        guard byte == 0x20 || (0x09...0x0D).contains(byte), index == 0 || base[index - 1] < 0x80,
          index + 1 == count || base[index + 1] < 0x80
        else { continue }
        slice(start..<index).appendWords(to: &words, isPlain: isPlain)
        start = index + 1
        isPlain = true
      }
      slice(start..<count).appendWords(to: &words, isPlain: isPlain)
      return Categories(words)
    }
  }

  /// - Parameter isPlain: whether it is one word of ASCII, or empty.
  private func appendWords(to words: inout [String], isPlain: Bool) {
    if !isPlain { words += text.tokens(.words) } else if count > 0 { words.append(text) }
  }

  private var isASCII: Bool { (0..<count).allSatisfy { base[$0] < 0x80 } }
}
