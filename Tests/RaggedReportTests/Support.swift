import Foundation
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// An element of a page, read by an XML parser that knows nothing of how it was written.
final class Element {
  let name: String
  let attributes: [String: String]
  var children: [Element] = []
  /// The text in it and in what it holds.
  var text = ""

  init(_ name: String, _ attributes: [String: String]) { (self.name, self.attributes) = (name, attributes) }

  /// The elements of a name in it, in order.
  func all(_ name: String) -> [Element] { children.flatMap { ($0.name == name ? [$0] : []) + $0.all(name) } }

  /// The elements of a name and a class in it.
  func all(_ name: String, _ style: String) -> [Element] {
    all(name).filter { ($0.attributes["class"] ?? "").split(separator: " ").contains(Substring(style)) }
  }
}

/// Reads a page or a part of one.
final class PageReader: NSObject, XMLParserDelegate {
  private var open: [Element] = [Element("", [:])]

  /// - Returns: nil for what is not well-formed.
  static func read(_ text: String) -> Element? {
    let reader = PageReader()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = reader
    parser.shouldResolveExternalEntities = false
    return parser.parse() ? reader.open[0] : nil
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    open.append(Element(name, attributes))
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    let ended = open.removeLast()
    open[open.count - 1].children.append(ended)
    open[open.count - 1].text += ended.text
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) { open[open.count - 1].text += text }
}

/// Names and numbers that nobody wishes for.
enum Nasty {
  static let names = [
    "", " ", "plain", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "</style><script>",
    "a & b &amp; c",
    "it's", "]]>", "<!-- x", "\u{0}\u{7}\u{1B}[2J", "a\u{202E}b", "line\nline\ttab", "🙂 漢字 العربية", "\u{FFFE}\u{FFFF}",
    String(repeating: "long ", count: 3000), "e" + String(repeating: "\u{301}", count: 5000),
  ]

  static let numbers: [[Double]] = [
    [], [0], [1], [-5], [.nan], [.infinity], [-.infinity, .nan], [1e308, -1e308], [.leastNonzeroMagnitude], [1, 1, 1],
    [1e15, 1e15 + 1], [0.1, 0.1 + 1e-17], [1, .nan, 2, .infinity, 3], (0..<5000).map(Double.init),
    [1e-30, 1e30], [-1e-9, 1e-9],
  ]
}

/// Attributes that hold coordinates, and whether each is a number.
func badCoordinates(_ root: Element) -> [String] {
  let names: Set = ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "fill-opacity"]
  return root.all("svg").flatMap { svg in
    ["rect", "line", "circle", "text"].flatMap { svg.all($0) }.flatMap { element in
      element.attributes.compactMap { name, value in
        guard names.contains(name) else { return nil }
        guard let number = Double(value), number.isFinite else { return "\(element.name) \(name)=\(value)" }
        return ["width", "height", "r"].contains(name) && number < 0 ? "\(element.name) \(name)=\(value)" : nil
      }
    }
  }
}
