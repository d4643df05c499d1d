/// A sequence of tokens as text, each with a shade and a note.
package struct TokenText: Sendable {
  package struct Token: Sendable {
    package var text: String
    /// How sure a model is of the truth after it, 0 to 1; nil where that is not known.
    package var share: Double?
    /// What is said of it under the pointer.
    package var note: String

    package init(_ text: String, share: Double?, note: String) {
      (self.text, self.share, self.note) = (text, share, note)
    }
  }

  /// Tokens that are shown at most.
  package static let limit = 300

  let tokens: [Token]
  let isSpaced: Bool
  let more: Int

  /// - Parameters:
  ///   - isSpaced: whether spaces stand between tokens: words, not characters.
  ///   - more: tokens of the sequence that are not among `tokens`.
  package init(_ tokens: [Token], isSpaced: Bool, more: Int = 0) {
    self.tokens = Array(tokens.prefix(TokenText.limit))
    self.isSpaced = isSpaced
    self.more = more + max(0, tokens.count - TokenText.limit)
  }

  package var markup: Markup {
    let words = tokens.map { token -> Markup in
      let text = token.text.clipped(to: 40)
      let shown = text.allSatisfy(\.isWhitespace) ? "␣" : text
      guard let share = token.share, share.isFinite else { return "<span class=\"token\">\(shown)</span>" }
      // Above one half the truth is likely, below it is not; the shade shows how far.
      let strength = Int((abs(min(max(share, 0), 1) - 0.5) * 100).rounded())
      return """
        <span class="token \(share >= 0.5 ? "likely" : "unlikely")" style="--p:\(strength)%" title="\(token.note)">\
        \(shown)</span>
        """
    }
    let rest: Markup = more > 0 ? " <span class=\"quiet\">… \(NumberText.whole(more)) more</span>" : ""
    return "<p class=\"tokens\">\(words.joined(separator: isSpaced ? " " : ""))\(rest)</p>"
  }
}
