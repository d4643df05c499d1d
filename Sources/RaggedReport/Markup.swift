/// A piece of HTML that is well-formed XML too.
///
/// Written as a string literal: the literal's own text is taken as it is, every text that is put into it is escaped.
/// `"<td>\(name)</td>"` is safe whatever `name` holds; there is no way to forget it.
package struct Markup: Sendable, Equatable, ExpressibleByStringInterpolation {
  /// The characters of the file.
  package private(set) var text: String

  /// Markup as it stands in the program.
  package init(stringLiteral text: String) { self.text = text }

  package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  package static let empty: Markup = ""

  package var isEmpty: Bool { text.isEmpty }

  package static func += (left: inout Markup, right: Markup) { left.text += right.text }

  package struct StringInterpolation: StringInterpolationProtocol {
    var text = ""

    package init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

    /// Takes the program's own text as it is.
    package mutating func appendLiteral(_ literal: String) { text += literal }

    /// Escapes a text.
    package mutating func appendInterpolation(_ value: String) { text += Markup.escaped(value) }

    /// Takes markup as it is.
    package mutating func appendInterpolation(_ value: Markup) { text += value.text }

    package mutating func appendInterpolation(_ value: Int) { text += String(value) }

    /// A coordinate, with two places at most; 0 where there is none.
    package mutating func appendInterpolation(_ value: Double) { text += Markup.coordinate(value) }
  }

  /// The characters that are seen: those outside tags, a reference counted as one.
  var visibleCount: Int {
    var (count, isTag, isReference) = (0, false, false)
    for character in text {
      switch character {
      case "<": isTag = true
      case ">" where isTag: isTag = false
      case _ where isTag: continue
      case "&": (isReference, count) = (true, count + 1)
      case ";" where isReference: isReference = false
      case _ where isReference: continue
      default: count += 1
      }
    }
    return count
  }

  static func coordinate(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e9 else { return "0" }
    let rounded = (value * 100).rounded() / 100
    return rounded == rounded.rounded() ? String(Int(rounded)) : "\(rounded)"
  }

  /// A text in which nothing is markup, for elements and for attributes between double quotes. Characters that XML does
  /// not allow, and those that turn the direction of the text around them, become U+FFFD.
  package static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n", "\r": result += " "
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}",
        "\u{FFFE}", "\u{FFFF}":
        result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension Sequence<Markup> {
  /// The pieces one after the other.
  package func joined(separator: Markup = .empty) -> Markup {
    var result = Markup.empty
    for (index, piece) in enumerated() {
      if index > 0 { result += separator }
      result += piece
    }
    return result
  }
}

extension String {
  /// The text cut to this number of characters, the last an ellipsis where some are missing. Names in files may be of any length.
  package func clipped(to count: Int) -> String {
    // A character may be made of any number of scalars, so those are counted too.
    let head = unicodeScalars.prefix(4 * count + 1)
    let isLong = head.count > 4 * count
    let text = isLong ? String(String.UnicodeScalarView(head)) : self
    guard isLong || text.count > count else { return text }
    let kept = String.UnicodeScalarView(text.prefix(max(0, count - 1)).unicodeScalars.prefix(4 * count))
    return String(kept) + "…"
  }
}
