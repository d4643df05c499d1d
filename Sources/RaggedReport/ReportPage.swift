/// A page that stands alone: one HTML file, well-formed XML too, that asks for nothing outside it and runs no script.
package struct ReportPage: Sendable {
  package var title: String
  package var subtitle: String
  /// The figures that matter most.
  package var cards: [Card]
  /// What must be known before the rest is read.
  package var notes: [String]
  package var sections: [Section]
  package var footer: String

  /// A number that stands out.
  package struct Card: Sendable {
    package var name: String
    package var value: String
    /// What else is to be said of it.
    package var detail: String

    package init(_ name: String, _ value: String, _ detail: String = "") {
      (self.name, self.value, self.detail) = (name, value, detail)
    }
  }

  /// A part of a page with a heading.
  package struct Section: Sendable {
    package var title: String
    /// A sentence under it; empty for none.
    package var text: String
    package var blocks: [Block]

    package init(_ title: String, _ text: String = "", _ blocks: [Block] = []) {
      (self.title, self.text, self.blocks) = (title, text, blocks)
    }
  }

  /// A drawing, table or text with its caption.
  package struct Block: Sendable {
    var caption: String
    var detail: String
    var content: Markup
    var isWide: Bool

    /// A drawing that shares a row with another where there is room.
    package static func half(_ caption: String, _ detail: String = "", _ content: Markup) -> Block {
      Block(caption: caption, detail: detail, content: content, isWide: false)
    }

    /// What takes the width of the page.
    package static func wide(_ caption: String, _ detail: String = "", _ content: Markup) -> Block {
      Block(caption: caption, detail: detail, content: content, isWide: true)
    }

    /// What takes the width of the page and is closed until it is asked for.
    package static func folded(_ caption: String, _ content: Markup) -> Block {
      let details: Markup = "<details><summary>\(caption.clipped(to: 200))</summary>\(content)</details>"
      return Block(caption: "", detail: "", content: details, isWide: true)
    }

    package static func text(_ text: String) -> Block {
      Block(caption: "", detail: "", content: "<p>\(text.clipped(to: 2000))</p>", isWide: true)
    }
  }

  package init(title: String, subtitle: String, footer: String = "") {
    (self.title, self.subtitle, self.footer) = (title, subtitle, footer)
    (cards, notes, sections) = ([], [], [])
  }

  /// The characters of the file.
  package var html: String { markup.text }

  var markup: Markup {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <meta name="color-scheme" content="light dark"/>
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
    <title>\(title.clipped(to: 200))</title>
    <style>
    \(Stylesheet.markup)
    </style>
    </head>
    <body>
    <main>
    <header>
    <h1>\(title.clipped(to: 200))</h1>
    <p class="quiet">\(words(subtitle.clipped(to: 1000)))</p>
    </header>
    \(notes.map { "<p class=\"warning\">\($0.clipped(to: 2000))</p>\n" as Markup }.joined())\
    \(cards.isEmpty ? .empty : "<div class=\"cards\">\(cards.map(card).joined())</div>")
    \(sections.map(section).joined())\
    <footer class="quiet">\(footer.clipped(to: 500))</footer>
    </main>
    </body>
    </html>

    """
  }

  /// A text in which an option is not broken at its hyphens.
  private func words(_ text: String) -> Markup {
    text.split(separator: " ", omittingEmptySubsequences: false).map { word -> Markup in
      word.hasPrefix("-") ? "<span class=\"word\">\(String(word))</span>" : "\(String(word))"
    }.joined(separator: " ")
  }

  private func card(_ card: Card) -> Markup {
    """
    <div class="card"><span class="name">\(card.name)</span><span class="value">\(card.value.clipped(to: 60))</span>\
    <span class="quiet">\(card.detail.clipped(to: 120))</span></div>
    """
  }

  private func section(_ section: Section) -> Markup {
    let text: Markup = section.text.isEmpty ? .empty : "<p class=\"quiet\">\(section.text.clipped(to: 2000))</p>\n"
    return """
      <section>
      <h2>\(section.title.clipped(to: 200))</h2>
      \(text)<div class="blocks">
      \(section.blocks.map(block).joined())</div>
      </section>

      """
  }

  private func block(_ block: Block) -> Markup {
    let detail: Markup =
      block.detail.isEmpty ? .empty : " <span class=\"quiet\">\(block.detail.clipped(to: 500))</span>"
    let caption: Markup =
      block.caption.isEmpty ? .empty : "<figcaption><b>\(block.caption.clipped(to: 200))</b>\(detail)</figcaption>"
    return "<figure\(block.isWide ? " class=\"all\"" : .empty)>\(caption)\(block.content)</figure>\n"
  }
}
