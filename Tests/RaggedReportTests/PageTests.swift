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

  /// A column of names is never squeezed to a letter a line, on paper least of all; numbers are never broken.
  @Test func columnsOfNamesKeepAWidth() throws {
    func widths(_ table: Table) throws -> [String?] {
      let root = try #require(PageReader.read("<div>\(table.markup.text)</div>"))
      return root.all("th").map { $0.attributes["style"] }
    }
    let long = String(repeating: "&<x", count: 30)
    let rows: [[Markup]] = [["ab", "1"], ["<code>\(long.clipped(to: 20))</code>", "2"]]
    #expect(
      try widths(Table([.text("n"), .number("m")], rows: rows)) == [
        "--kept:13.8ch;min-width:9ch;min-width:min(13.8ch + 12px, 30cqw)", nil,
      ])
    let wide = Table([.text("n"), .number("m"), .drawing()], rows: rows.map { $0 + [Inline.bar(0.5, note: "")] })
    #expect(try widths(wide) == ["--kept:23ch;min-width:9ch;min-width:min(23ch + 12px, 30cqw)", nil, nil])
    #expect(
      try widths(Table([.text("class")], rows: [["O"]])) == [
        "--kept:5.75ch;min-width:5.75ch;min-width:min(5.75ch + 12px, 30cqw)"
      ])
    let style = ReportPage(title: "", subtitle: "").html
    #expect(style.contains("td.n { white-space: nowrap; }"))
    #expect(style.contains("th[style] { min-width: min(var(--kept), 8ch) !important; }"))
    let paper = try #require(style.split(separator: "@page").last)
    #expect(!paper.contains("overflow-wrap: anywhere"))
  }

  @Test func optionsAreNotBrokenAtTheirHyphens() throws {
    let page = ReportPage(title: "", subtitle: "train s.sqlite --batch-size 4 <b> -q")
    #expect(
      page.html.contains(
        "train s.sqlite <span class=\"word\">--batch-size</span> 4 &lt;b&gt; <span class=\"word\">-q</span>"))
  }

  @Test func longTablesAreCutWithANote() throws {
    let table = Table([.number("n")], rows: (0..<2500).map { ["\($0)"] }, more: 4)
    let root = try #require(PageReader.read("<div>\(table.markup.text)</div>"))
    #expect(root.all("tr").count == Table.rowLimit + 1)
    #expect(root.all("p").first?.text == "and 1,504 more")
  }
}
