import RaggedReport
import Testing

/// Whatever a text holds, in a page it is text.
@Suite struct MarkupTests {
  @Test(arguments: Nasty.names) func aTextComesBackAsItWas(_ text: String) throws {
    let page: Markup = "<p title=\"\(text)\">\(text)</p>"
    let paragraph = try #require(PageReader.read(page.text)?.all("p").first)
    let spaces = text.replacing("\n", with: " ").replacing("\t", with: " ")
    let expected = String(
      String.UnicodeScalarView(
        spaces.unicodeScalars.map { scalar in
          let isBad =
            scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF || (0x202A...0x202E ~= scalar.value)
          return isBad ? "\u{FFFD}" : scalar
        }))
    #expect(paragraph.text == expected)
    #expect(paragraph.attributes["title"] == expected)
    #expect(paragraph.children.isEmpty)
  }

  @Test func literalsAreMarkupAndValuesAreNot() {
    let inner: Markup = "<b>\("<i>")</b>"
    #expect(inner.text == "<b>&lt;i&gt;</b>")
    #expect(("\(inner)|\(3)|\(1.005)|\(2.0)|\(-0.004)|\(Double.nan)" as Markup).text == "<b>&lt;i&gt;</b>|3|1|2|0|0")
    #expect([inner, "x"].joined(separator: ", ").text == "<b>&lt;i&gt;</b>, x")
  }

  @Test func textsAreCut() {
    #expect("abc".clipped(to: 3) == "abc")
    #expect("abcd".clipped(to: 3) == "ab…")
    #expect("".clipped(to: 3) == "")
    for name in Nasty.names {
      let cut = name.clipped(to: 20)
      #expect(cut.count <= 20 && cut.unicodeScalars.count <= 81)
    }
  }
}
