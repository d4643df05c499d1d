/// Colours and strokes of series.
///
/// Eight colours after Okabe and Ito, which colour-blind readers tell apart, in one set for light and one for dark pages.
/// Where there are more series than colours the stroke distinguishes them; it also does so in black and white.
enum Palette {
  static let colours = 8
  private static let strokes = 4

  /// The classes of a line or mark of this series.
  static func classes(_ series: Int, isDashed: Bool = false) -> String {
    let series = max(0, series)
    let stroke = isDashed ? 1 : series / colours % strokes
    return "s\(series % colours)" + (stroke == 0 ? "" : " d\(stroke)")
  }
}

/// The key to a chart's series.
package struct Legend: Sendable {
  /// One line of it.
  package struct Entry: Sendable {
    /// What the series is.
    package var name: String
    /// Its number, which decides its colour.
    package var series: Int
    /// Whether its line is dashed.
    package var isDashed: Bool

    package init(_ name: String, series: Int, isDashed: Bool = false) {
      (self.name, self.series, self.isDashed) = (name, series, isDashed)
    }
  }

  var entries: [Entry]

  package init(_ entries: [Entry]) { self.entries = entries }

  /// A list that wraps as the page does.
  package var markup: Markup {
    let items = entries.map { entry -> Markup in
      let line = Palette.classes(entry.series, isDashed: entry.isDashed)
      return """
        <li><svg viewBox="0 0 26 10" style="--w:26px" aria-hidden="true"><line class="line \(line)" x1="1" x2="25" \
        y1="5" y2="5"/></svg> \(entry.name.clipped(to: 80))</li>
        """
    }
    return "<ul class=\"legend\">\(items.joined())</ul>"
  }
}
