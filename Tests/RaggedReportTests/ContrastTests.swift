import Foundation
import RaggedReport
import Testing

/// Whether text and lines stand out, by the ratios of WCAG 2.1: 4.5 for text and 3 for what is drawn, in both colour schemes.
@Suite struct ContrastTests {
  private typealias Colour = [Double]

  /// The variables of a scheme, from the page itself.
  private func colours(_ scheme: String) throws -> [String: Colour] {
    let page = ReportPage(title: "", subtitle: "").html
    let start = try #require(page.range(of: "color-scheme: \(scheme); "))
    let end = try #require(page[start.upperBound...].firstIndex(of: "}"))
    var result: [String: Colour] = [:]
    for match in page[start.upperBound..<end].matches(of: /--([a-z0-9-]+): #([0-9a-f]{6})/) {
      let value = try #require(Int(match.2, radix: 16))
      result[String(match.1)] = [value >> 16, value >> 8 & 255, value & 255].map { Double($0) / 255 }
    }
    return result
  }

  /// https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio
  private func contrast(_ a: Colour, _ b: Colour) -> Double {
    func light(_ colour: Colour) -> Double {
      zip([0.2126, 0.7152, 0.0722], colour)
        .reduce(0) { $0 + $1.0 * ($1.1 <= 0.04045 ? $1.1 / 12.92 : pow(($1.1 + 0.055) / 1.055, 2.4)) }
    }
    let (high, low) = (max(light(a), light(b)), min(light(a), light(b)))
    return (high + 0.05) / (low + 0.05)
  }

  private func mixed(_ front: Colour, _ back: Colour, _ share: Double) -> Colour {
    zip(front, back).map { $0 * share + $1 * (1 - share) }
  }

  @Test func theRatioIsThatOfTheStandard() {
    #expect(abs(contrast([0, 0, 0], [1, 1, 1]) - 21) < 1e-9)
    // #777777 on white is the well-known colour that just fails.
    #expect(abs(contrast([119, 119, 119].map { $0 / 255 }, [1, 1, 1]) - 4.48) < 0.005)
  }

  @Test(arguments: ["light", "dark"]) func textStandsOut(_ scheme: String) throws {
    let colours = try colours(scheme)
    func colour(_ name: String) throws -> Colour { try #require(colours[name], "\(name)") }
    for (text, back) in [
      ("ink", "page"), ("ink", "soft"), ("quiet", "page"), ("quiet", "soft"), ("warn", "warn-page"), ("miss", "page"),
    ] {
      #expect(try contrast(colour(text), colour(back)) >= 4.5, "\(text) on \(back)")
    }
    // The number in a cell of a confusion matrix, and a token over its shade of at most a half.
    let chart = ConfusionChart(counts: [1, 0, 3, 7], names: ["a", "b"]).markup.text
    let shades = chart.matches(of: /fill-opacity="([0-9.]+)"/).compactMap { Double($0.1) }
    #expect(shades.count == 4)
    for shade in shades + [0.5] {
      for name in ["hit", "miss"] {
        #expect(try contrast(colour("ink"), mixed(colour(name), colour("page"), shade)) >= 4.5, "\(name) \(shade)")
      }
    }
    #expect(!chart.contains("count mid on"))
  }

  @Test(arguments: ["light", "dark"]) func linesStandOut(_ scheme: String) throws {
    let colours = try colours(scheme)
    let page = try #require(colours["page"])
    for number in 0..<8 {
      let line = try #require(colours["c\(number)"])
      #expect(contrast(line, page) >= 3, "c\(number)")
    }
    let bar = try #require(colours["c0"])
    #expect(contrast(mixed(bar, page, 0.65), page) >= 2.99)
  }
}
