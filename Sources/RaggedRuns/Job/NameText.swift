public import RaggedCore

/// The names of a sequence of one category column as a line of text, and back: characters stand as they come, words with
/// spaces between, and the names of other columns with commas.
public struct NameText: Sendable {
  private enum Kind { case characters, words, names }
  private let kind: Kind

  /// The text of sequences of such an input.
  public init(_ input: InputSignature) {
    let column = input.timestep.categories.first
    kind =
      switch column?.vocabulary?.unit {
      case .characters: .characters
      case .words where column?.name == CategoryColumn.tokenName: .words
      case .words, nil: .names
      }
  }

  /// The names that a text is cut into.
  public func names(_ text: String) -> [String] {
    switch kind {
    case .characters: text.map(String.init)
    case .words: text.split(whereSeparator: \.isWhitespace).map(String.init)
    case .names: text.split(separator: ",").map(String.init)
    }
  }

  /// Names as a line.
  public func line(_ names: [String]) -> String {
    switch kind {
    case .characters: names.joined()
    case .words: names.joined(separator: " ")
    case .names: names.joined(separator: ",")
    }
  }
}
