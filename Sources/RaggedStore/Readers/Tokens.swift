import RaggedCore

extension String {
  /// Cut into tokens: every grapheme cluster, white space too, or the runs of what is not white space. O(n).
  public func tokens(_ unit: Vocabulary.Unit) -> [String] {
    switch unit {
    case .characters: map(String.init)
    case .words: split(whereSeparator: \.isWhitespace).map(String.init)
    }
  }
}
