import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// A page of a report, read by an XML parser; what holds of every page is checked at once.
final class ReportPageText: NSObject, XMLParserDelegate {
  private final class Node {
    let name: String
    let attributes: [String: String]
    var children: [Node] = []
    var text = ""

    init(_ name: String, _ attributes: [String: String]) { (self.name, self.attributes) = (name, attributes) }

    func all(_ name: String) -> [Node] { children.flatMap { ($0.name == name ? [$0] : []) + $0.all(name) } }
    func has(_ style: String) -> Bool { (attributes["class"] ?? "").split(separator: " ").contains(Substring(style)) }
  }

  let text: String
  private var open = [Node("", [:])]
  private var root: Node { open[0] }

  init(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    self.text = text
    super.init()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = self
    try #require(parser.parse(), "not well-formed, line \(parser.lineNumber)", sourceLocation: sourceLocation)
    for name in ["script", "img", "link", "iframe", "object", "base"] {
      #expect(root.all(name).isEmpty, "\(name)", sourceLocation: sourceLocation)
    }
    // Nothing is fetched, nothing runs.
    func check(_ node: Node) {
      for (name, value) in node.attributes {
        let isOpen =
          name.hasPrefix("on") || ["src", "href", "xlink:href", "action"].contains(name) || value.contains("url(")
        #expect(!isOpen, "\(node.name) \(name)=\(value)", sourceLocation: sourceLocation)
        let isPlace = ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height"].contains(name)
        if isPlace {
          #expect(Double(value)?.isFinite == true, "\(node.name) \(name)=\(value)", sourceLocation: sourceLocation)
        }
      }
      for child in node.children { check(child) }
    }
    check(root)
    let style = root.all("style").map(\.text).joined()
    #expect(
      !style.contains("url(") && !style.contains("@import") && !style.contains("//"), sourceLocation: sourceLocation)
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    open.append(Node(name, attributes))
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    let ended = open.removeLast()
    open[open.count - 1].children.append(ended)
    open[open.count - 1].text += ended.text
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) { open[open.count - 1].text += text }

  var title: String { root.all("h1").first?.text ?? "" }

  /// The number on a card.
  func card(_ name: String) -> String? {
    root.all("div").first { $0.has("card") && $0.children.first?.text == name }?.children[1].text
  }

  /// What is said under the pointer of each drawn thing of a kind.
  func titles(of name: String) -> [String] {
    root.all(name).compactMap { $0.children.first { $0.name == "title" }?.text }
  }

  /// The counts of the confusion matrix, row by row.
  var confusion: [Int] {
    root.all("rect").filter { $0.has("cell") }.compactMap { cell in
      let count = cell.text.split(separator: ": ").last?.split(separator: ", ").first ?? ""
      return Int(count.replacing(",", with: ""))
    }
  }

  /// Worst-predicted sequences that are drawn.
  var worst: Int { captions(under: "Worst-predicted sequences").count }

  private func section(_ title: String) -> Node? { root.all("section").first { $0.all("h2").first?.text == title } }

  /// The captions of a section.
  func captions(under title: String) -> [String] { section(title)?.all("figcaption").map(\.text) ?? [] }

  private func table(_ title: String) -> Node? {
    let figure = root.all("figure").first { $0.all("figcaption").first?.all("b").first?.text == title }
    return (figure ?? section(title))?.all("table").first
  }

  /// The cells of the table in a section or under a caption.
  func rows(under title: String) -> [[String]] {
    (table(title)?.all("tbody").first?.all("tr") ?? []).map { row in
      row.children.filter { $0.name == "td" }.map { cell in cell.children.contains { $0.name == "svg" } ? "" : cell.text
      }
    }
  }

  /// Names and values of a list under a caption.
  func facts(under title: String) -> [(String, String)] {
    (table(title)?.all("tr") ?? []).compactMap { row in
      row.children.count == 2 ? (row.children[0].text, row.children[1].text) : nil
    }
  }
}
