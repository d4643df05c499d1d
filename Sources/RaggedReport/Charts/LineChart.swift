/// Lines over a common horizontal axis.
package struct LineChart: Sendable {
  /// One line. Where it has no number it is broken.
  package struct Series: Sendable {
    package var name: String
    /// Horizontal places, rising.
    package var x: [Double]
    /// As many values; NaN and infinities break the line.
    package var y: [Double]
    /// Decides the colour.
    package var number: Int
    package var isDashed: Bool
    /// Whether it is one of many in the background: thin, and without a place in the key.
    package var isQuiet = false

    /// A series; `x` and `y` are cut to the shorter of the two.
    package init(_ name: String, x: [Double], y: [Double], number: Int, isDashed: Bool = false) {
      let count = min(x.count, y.count)
      self.name = name
      self.x = Array(x.prefix(count))
      self.y = Array(y.prefix(count))
      self.number = number
      self.isDashed = isDashed
    }

    /// About how many of its points are drawn at most, peaks and gaps among them.
    func thinned(to limit: Int) -> Series {
      let places = Thinning.places(y, limit: limit)
      var result = Series(name, x: places.map { x[$0] }, y: places.map { y[$0] }, number: number, isDashed: isDashed)
      result.isQuiet = isQuiet
      return result
    }
  }

  /// A point that is pointed out.
  package struct Mark: Sendable {
    package var x, y: Double
    /// What is said of it.
    package var text: String
    package var series: Int

    package init(x: Double, y: Double, text: String, series: Int) {
      (self.x, self.y, self.text, self.series) = (x, y, text, series)
    }
  }

  /// Points per line is drawn with at most.
  static let pointLimit = 480
  /// Places that show their values under the pointer, at most.
  static let hoverLimit = 120

  let title: String
  let series: [Series]
  let marks: [Mark]
  let boundaries: [Double]
  let frame: Frame
  private let xName: String

  /// - Parameters:
  ///   - boundaries: horizontal places at which something begins; each has a dotted line.
  ///   - xLabel: what the horizontal axis counts; whole numbers.
  ///   - yRange: the range of the vertical axis; nil shows what there is, by powers of ten where that spans much.
  ///   - bounds: what the vertical axis does not go beyond, whatever ticks would be even.
  ///   - includesZero: whether the vertical axis begins at 0.
  package init(
    _ title: String, series: [Series], marks: [Mark] = [], boundaries: [Double] = [], xLabel: String, yLabel: String,
    yRange: ClosedRange<Double>? = nil, bounds: ClosedRange<Double>? = nil, includesZero: Bool = false,
    allowsLogarithm: Bool = false
  ) {
    self.title = title
    self.series = series.map { $0.thinned(to: LineChart.pointLimit) }
    (self.marks, self.boundaries) = (marks, boundaries)
    xName = xLabel
    let values = self.series.flatMap(\.y).filter(\.isFinite)
    let x = Scale(self.series.flatMap { $0.x }, ticks: 8, isWhole: true, isTight: true)
    var scale: Scale?
    if allowsLogarithm, values.allSatisfy({ $0 > 0 }) { scale = Scale(logarithmic: values) }
    let shown = yRange.map { [$0.lowerBound, $0.upperBound] } ?? values
    frame = Frame(
      x: Frame.Axis(xLabel, x),
      y: Frame.Axis(
        yLabel + (scale == nil ? "" : " (logarithmic)"),
        scale ?? Scale(shown, ticks: 5, includesZero: includesZero, bounds: bounds)),
      top: marks.isEmpty ? 14 : 26)
  }

  /// The drawing with its legend, where there is more than one line.
  package var markup: Markup {
    var content = frame.axes()
    for place in boundaries + marks.filter({ frame.py($0.y) != nil }).map(\.x) {
      guard let x = frame.px(place) else { continue }
      content += "<line class=\"mark\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(frame.top)\" y2=\"\(frame.bottom)\"/>"
    }
    for line in series where line.isQuiet { content += LineChart.path(line, in: frame) }
    for line in series where !line.isQuiet { content += LineChart.path(line, in: frame) }
    for mark in marks { content += label(mark) }
    content += hovers
    let drawing = frame.drawing(title, content)
    return series.count > 1 ? drawing.joined(with: Legend(series: series.filter { !$0.isQuiet }).markup) : drawing
  }

  /// A line, and a dot where a point stands between two gaps, or alone.
  static func path(_ line: Series, in frame: Frame) -> Markup {
    let style = Palette.classes(line.number, isDashed: line.isDashed) + (line.isQuiet ? " thin" : "")
    var (path, dots): (Markup, Markup) = (.empty, .empty)
    var run: [(x: Double, y: Double)] = []
    func close() {
      if run.count == 1 { dots += "<circle class=\"dot \(style)\" cx=\"\(run[0].x)\" cy=\"\(run[0].y)\" r=\"2.5\"/>" }
      if run.count > 1 {
        for (index, point) in run.enumerated() { path += "\(index == 0 ? "M" : "L")\(point.x) \(point.y)" }
      }
      run = []
    }
    for (x, y) in zip(line.x, line.y) {
      if let px = frame.px(x), let py = frame.py(y) { run.append((px, py)) } else { close() }
    }
    close()
    return path.isEmpty ? dots : "<path class=\"line \(style)\" d=\"\(path)\"/>\(dots)"
  }

  private func label(_ mark: Mark) -> Markup {
    guard let x = frame.px(mark.x), let y = frame.py(mark.y) else { return .empty }
    // Above the chart, where no line is.
    let half = TextWidth.of(mark.text, size: 11) / 2
    let textX = min(max(x, frame.left + half), frame.right - half + 10)
    return """
      <circle class="ring \(Palette.classes(mark.series))" cx="\(x)" cy="\(y)" r="4.5"/>\
      <text class="note mid" x="\(textX)" y="\(frame.top - 9)">\(mark.text)</text>
      """
  }

  /// Invisible strips that show the values of every line under the pointer.
  private var hovers: Markup {
    let places = Array(Set(series.flatMap(\.x))).sorted()
    guard places.count > 1 else { return .empty }
    let shown = Thinning.even(places.count, limit: LineChart.hoverLimit).map { places[$0] }
    let values = series.map { Dictionary(zip($0.x, $0.y), uniquingKeysWith: { first, _ in first }) }
    var result = Markup.empty
    for (index, place) in shown.enumerated() {
      guard let x = frame.px(place) else { continue }
      let before = index == 0 ? frame.left : ((frame.px(shown[index - 1]) ?? x) + x) / 2
      let after = index == shown.count - 1 ? frame.right : ((frame.px(shown[index + 1]) ?? x) + x) / 2
      let lines = zip(series, values).filter { !$0.0.isQuiet }.compactMap { line, values in
        values[place].map { "\(line.name.clipped(to: 60)): \(NumberText.figure($0))" }
      }
      result += """
        <rect class="hover" x="\(before)" y="\(frame.top)" width="\(max(0, after - before))" \
        height="\(frame.bottom - frame.top)"><title>\(xName) \(NumberText.figure(place)) · \
        \(lines.joined(separator: " · "))</title></rect>
        """
    }
    return result
  }
}

extension Markup {
  func joined(with other: Markup) -> Markup { "\(self)\(other)" }
}
