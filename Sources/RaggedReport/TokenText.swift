/// A sequence of tokens as text, each with a shade, a note, and what it is tagged as.
package struct TokenText: Sendable {
  package struct Token: Sendable {
    package var text: String
    /// How sure a model is of the truth after it, 0 to 1; nil where that is not known.
    package var share: Double?
    /// What is said of it under the pointer.
    package var note: String
    /// What stands under it, on paper too.
    package var tag: Tag?
    /// Whether a model does not know it.
    package var isUnknown: Bool

    package init(_ text: String, share: Double?, note: String, tag: Tag? = nil, isUnknown: Bool = false) {
      (self.text, self.share, self.note, self.tag, self.isUnknown) = (text, share, note, tag, isUnknown)
    }
  }

  /// What a token is, and what it was taken for.
  package struct Tag: Sendable {
    /// Empty where the token says it already.
    package var truth: String
    /// Nil where that is right.
    package var mistake: String?

    package init(_ truth: String, mistake: String?) { (self.truth, self.mistake) = (truth, mistake) }
  }

  /// Tokens that are shown at most.
  package static let limit = 300

  let tokens: [Token]
  let separator: String
  let more: Int

  /// - Parameters:
  ///   - separator: what stands between tokens: a space between words, nothing between characters.
  ///   - more: tokens of the sequence that are not among `tokens`.
  package init(_ tokens: [Token], separator: String, more: Int = 0) {
    self.tokens = Array(tokens.prefix(TokenText.limit))
    self.separator = separator
    self.more = more + max(0, tokens.count - TokenText.limit)
  }

  package var markup: Markup {
    let isTagged = tokens.contains { $0.tag != nil }
    let words = tokens.map { token -> Markup in
      let text = token.text.clipped(to: 40)
      let shown = text.allSatisfy(\.isWhitespace) ? "␣" : text
      let kind = token.isUnknown ? " unknown" : ""
      guard let share = token.share, share.isFinite else {
        return tagged("<span class=\"token\(kind)\">\(shown)</span>", token.tag, isTagged)
      }
      // Above one half the truth is likely, below it is not; the shade shows how far.
      let strength = Int((abs(min(max(share, 0), 1) - 0.5) * 100).rounded())
      return tagged(
        """
        <span class="token \(share >= 0.5 ? "likely" : "unlikely")\(kind)" style="--p:\(strength)%" title="\(token.note)">\
        \(shown)</span>
        """, token.tag, isTagged)
    }
    let rest: Markup = more > 0 ? " <span class=\"quiet\">… \(NumberText.whole(more)) more</span>" : ""
    let kind = isTagged ? "tokens tagged" : "tokens"
    return "<p class=\"\(kind)\">\(words.joined(separator: "\(separator)"))\(rest)</p>"
  }

  /// A token over its tag, and over what it was wrongly taken for behind a cross: colour alone would be lost on paper.
  /// - Parameter hasRoom: whether tokens beside it have tags, so that all stand on one line.
  private func tagged(_ token: Markup, _ tag: Tag?, _ hasRoom: Bool) -> Markup {
    guard let tag else { return hasRoom ? "<span class=\"over\">\(token)</span>" : token }
    let mistake: Markup = tag.mistake.map { "<span class=\"tag wrong\">✗ \($0.clipped(to: 30))</span>" } ?? .empty
    let truth: Markup = tag.truth.isEmpty ? .empty : "<span class=\"tag\">\(tag.truth.clipped(to: 30))</span>"
    return "<span class=\"over\">\(token)\(truth)\(mistake)</span>"
  }
}
