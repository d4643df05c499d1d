import RaggedCore
import Testing

@testable import RaggedFormats

/// Text that is cut byte by byte where it is ASCII is cut as Swift cuts it into characters.
@Suite struct TokensTests {
  private func expectSameTokens(_ text: String) {
    Array(text.utf8).withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let bytes = ByteSlice(base: base, count: buffer.count)
      for unit in [Vocabulary.Unit.characters, .words] {
        #expect(
          bytes.tokens(unit).map { Array($0.utf8) } == text.tokens(unit).map { Array($0.utf8) },
          "\(text.debugDescription)")
      }
    }
  }

  @Test func randomTextIsCutAlike() {
    // A mark that joins the space before it, one that joins what comes after it, and spaces that are not ASCII.
    let pieces = [
      "a", "b", "Wort", " ", " ", "  ", "\t", "\r", "\u{0B}", "\u{1C}", "é", "e\u{301}", "\u{301}", "\u{600}", "\u{85}",
      "\u{A0}", "\u{3000}", "\u{200D}", "👩‍👩‍👧", "🇩🇪", "語", "\u{FE0F}", "\r\n", "\n", ".",
    ]
    var random = SeededRandom(seed: 9)
    for _ in 0..<20_000 {
      expectSameTokens((0..<random.next() % 9).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }.joined())
    }
  }

  @Test(arguments: ["", " ", "one", " one  two\tthree ", "größer als", "a\u{600} b", "a \u{301}b"])
  func examplesAreCutAlike(text: String) { expectSameTokens(text) }
}
