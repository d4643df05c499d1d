import RaggedReport
import Testing

@Suite struct PageTests {
  @Test(arguments: Nasty.names) func aPageStandsAloneWhateverItsNames(_ name: String) throws {
    var page = ReportPage(title: name, subtitle: name, footer: name)
    page.cards = [.init(name, name, name)]
    page.notes = [name]
    page.sections = [
      .init(
        name, name,
        [
          .half(name, name, "<p>\(name.clipped(to: 99))</p>"),
          .wide(name, "", FactList([(name, "\(name.clipped(to: 9))")]).markup),
          .folded(name, .empty), .text(name),
        ])
    ]
    let root = try #require(PageReader.read(page.html))
    let html = try #require(root.all("html").first)
    #expect(html.all("script").isEmpty && html.all("img").isEmpty && html.all("link").isEmpty)
    #expect(html.all("title").first?.text == html.all("h1").first?.text)
    #expect(html.all("h2").count == 1 && html.all("figure").count == 4)
    let policy = html.all("meta").first { $0.attributes["http-equiv"] == "Content-Security-Policy" }
    #expect(policy?.attributes["content"] == "default-src 'none'; style-src 'unsafe-inline'")
    // The stylesheet would end early, or ask for something.
    let style = try #require(html.all("style").first?.text)
    for word in ["<", "&", "url(", "@import", "http"] { #expect(!style.contains(word)) }
    #expect(style.contains("prefers-color-scheme: dark") && style.contains("@media print"))
    #expect(page.html.hasPrefix("<!DOCTYPE html>\n"))
    #expect(page.html.utf8.count < 120_000)
  }

  @Test func longTablesAreCutWithANote() throws {
    let table = Table([.number("n")], rows: (0..<2500).map { ["\($0)"] }, more: 4)
    let root = try #require(PageReader.read("<div>\(table.markup.text)</div>"))
    #expect(root.all("tr").count == Table.rowLimit + 1)
    #expect(root.all("p").first?.text == "and 1,504 more")
  }
}
