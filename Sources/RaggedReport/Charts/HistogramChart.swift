/// How many of something fall in each range of whole numbers, with limits drawn in.
package struct HistogramChart: Sendable {
  /// One bar: whole numbers `lower ... upper`.
  package struct Bin: Sendable, Equatable {
    /// The ends, both in it.
    package var lower, upper: Double
    package var count: Int

    package init(lower: Double, upper: Double, count: Int) {
      (self.lower, self.upper, self.count) = (lower, upper, count)
    }
  }

  let title: String
  let bins: [Bin]
  let limits: [Double]
  let xLabel: String
  let yLabel: String
  /// Half the distance between two whole numbers: a bar reaches that far beyond its ends.
  private let half = 0.5

  /// - Parameters:
  ///   - limits: numbers that a line is drawn behind, as the upper limits of buckets.
  package init(_ title: String, bins: [Bin], limits: [Double] = [], xLabel: String, yLabel: String) {
    (self.title, self.bins, self.limits, self.xLabel, self.yLabel) = (title, bins, limits, xLabel, yLabel)
  }

  package var markup: Markup {
    let ends = bins.flatMap { [$0.lower - half, $0.upper + half] } + limits.map { $0 + half }
    let scale = Scale(ends, ticks: 8, isWhole: true, isTight: true)
    let counts = Scale(bins.map { Double($0.count) }, ticks: 5, includesZero: true, isWhole: true)
    let frame = Frame(
      x: Frame.Axis(xLabel, scale), y: Frame.Axis(yLabel, counts), height: 270, top: limits.isEmpty ? 14 : 36)
    var content = frame.axes()
    for bin in bins where bin.count > 0 {
      guard let x = frame.px(bin.lower - half), let end = frame.px(bin.upper + half),
        let y = frame.py(Double(bin.count))
      else { continue }
      let gap = end - x > 5 ? 1.0 : 0
      let (lower, upper) = (NumberText.figure(bin.lower), NumberText.figure(bin.upper))
      let range = bin.lower == bin.upper ? lower : "\(lower) to \(upper)"
      content += """
        <rect class="bar s0" x="\(x + gap / 2)" y="\(y)" width="\(max(0.5, end - x - gap))" \
        height="\(max(0.5, frame.bottom - y))"><title>\(range): \(NumberText.whole(bin.count))</title></rect>
        """
    }
    return frame.drawing(title, content.joined(with: lines(frame)))
  }

  /// The limits, with as many of their numbers as there is room for in two rows.
  private func lines(_ frame: Frame) -> Markup {
    var result = Markup.empty
    var ends = [-Double.infinity, -Double.infinity]
    for limit in limits {
      guard let x = frame.px(limit + half) else { continue }
      let text = NumberText.figure(limit)
      let width = TextWidth.of(text, size: 10) + 6
      result += """
        <line class="limit" x1="\(x)" x2="\(x)" y1="\(frame.top - 4)" y2="\(frame.bottom)"><title>up to \(text)</title>\
        </line>
        """
      guard let row = ends.firstIndex(where: { $0 <= x - width / 2 }) else { continue }
      ends[row] = x + width / 2
      result += "<text class=\"tick mid small\" x=\"\(x)\" y=\"\(frame.top - 8 - 12 * Double(row))\">\(text)</text>"
    }
    return result
  }
}
