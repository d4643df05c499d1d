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
struct Legend {
  var series: [LineChart.Series]

  /// A list that wraps as the page does.
  var markup: Markup {
    let items = series.map { entry -> Markup in
      let line = Palette.classes(entry.number, isDashed: entry.isDashed)
      return """
        <li><svg viewBox="0 0 26 10" style="--w:26px" aria-hidden="true"><line class="line \(line)" x1="1" x2="25" \
        y1="5" y2="5"/></svg> \(entry.name.clipped(to: 80))</li>
        """
    }
    return "<ul class=\"legend\">\(items.joined())</ul>"
  }
}
