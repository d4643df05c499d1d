/// One sequence over its timesteps: a row per feature, and under them what a model says as time goes on.
package struct SequenceChart: Sendable {
  /// A feature's values.
  package struct Row: Sendable {
    package var name: String
    /// A value per timestep; NaN where there is none.
    package var values: [Double]

    package init(_ name: String, values: [Double]) { (self.name, self.values) = (name, values) }
  }

  /// Rows that are drawn at most.
  package static let rowLimit = 12
  /// Points per line has at most: there are many such charts in a page.
  static let pointLimit = 200

  let title: String
  let length: Int
  let rows: [Row]
  let lines: [LineChart.Series]
  let yLabel: String
  let yRange: ClosedRange<Double>?
  let faults: [Bool]

  private static let rowHeight = 26.0
  private static let panelHeight = 130.0

  /// - Parameters:
  ///   - length: timesteps.
  ///   - lines: what the model says, over timesteps from 0.
  ///   - yRange: the range of the lines; nil shows what there is.
  ///   - faults: at which timesteps the model is wrong; empty where there is no such thing.
  package init(
    _ title: String, length: Int, rows: [Row], lines: [LineChart.Series], yLabel: String,
    yRange: ClosedRange<Double>? = nil, faults: [Bool] = []
  ) {
    self.title = title
    self.length = length
    self.rows = Array(rows.prefix(SequenceChart.rowLimit))
    self.lines = lines.map { $0.thinned(to: SequenceChart.pointLimit) }
    (self.yLabel, self.yRange, self.faults) = (yLabel, yRange, faults)
  }

  /// The drawing, with the key to the model's lines.
  package var markup: Markup {
    let x = Frame.Axis("timestep", Scale([0, Double(max(1, length - 1))], ticks: 6, isWhole: true, isTight: true))
    let values = yRange.map { [$0.lowerBound, $0.upperBound] } ?? lines.flatMap(\.y)
    let top = Double(rows.count) * SequenceChart.rowHeight + 14
    let names = rows.map { TextWidth.fitting($0.name, size: 11, width: 84) }
    var frame = Frame(
      x: x, y: Frame.Axis(yLabel, Scale(values, ticks: 3)), height: top + SequenceChart.panelHeight, top: top)
    frame.left = max(frame.left, (names.map { TextWidth.of($0, size: 11) }.max() ?? 0) + 10)
    let ends = rows.flatMap { row in
      let finite = row.values.filter(\.isFinite)
      return [finite.min(), finite.max()].compactMap { $0.map { TextWidth.of(short($0), size: 10) } }
    }
    if !rows.isEmpty { frame.right = Frame.width - max(48, (ends.max() ?? 0) + 8) }
    var content = Markup.empty
    for (index, row) in rows.enumerated() {
      content += feature(row, names[index], y: Double(index) * SequenceChart.rowHeight + 4, frame)
    }
    content += frame.axes()
    content += faultMarks(frame)
    for line in lines { content += LineChart.path(line, in: frame) }
    let drawing = frame.drawing(title, content)
    return lines.isEmpty ? drawing : drawing.joined(with: Legend(series: lines).markup)
  }

  private func feature(_ row: Row, _ name: String, y: Double, _ frame: Frame) -> Markup {
    let finite = row.values.filter(\.isFinite)
    let base = y + SequenceChart.rowHeight - 5
    var result: Markup = """
      <line class="grid" x1="\(frame.left)" x2="\(frame.right)" y1="\(base)" y2="\(base)"/>\
      <text class="tick end" x="\(frame.left - 8)" y="\(base - 5)">\(name)</text>
      """
    guard let low = finite.min(), let high = finite.max() else { return result }
    result += """
      <text class="tick small" x="\(frame.right + 5)" y="\(y + 9)">\(short(high))</text>\
      <text class="tick small" x="\(frame.right + 5)" y="\(base)">\(low == high ? "" : short(low))</text>
      """
    let line = LineChart.Series(row.name, x: row.values.indices.map(Double.init), y: row.values, number: 7)
      .thinned(to: SequenceChart.pointLimit)
    var row = frame
    row.y.scale = Scale([low, high], isTight: true)
    (row.top, row.bottom) = (y + 2, base - 1)
    return result.joined(with: LineChart.path(line, in: row))
  }

  private func short(_ value: Double) -> String {
    let text = NumberText.figure(value)
    return text.count <= 7 ? text : NumberText.tick(value, step: abs(value) / 100)
  }

  /// A strip above the lines where the model is wrong.
  private func faultMarks(_ frame: Frame) -> Markup {
    // Where there are more timesteps than fit, a place is marked if any of its timesteps is wrong.
    let places = min(faults.count, 2 * SequenceChart.pointLimit)
    func first(_ place: Int) -> Int { faults.count * place / max(1, places) }
    var result = Markup.empty
    var start: Int?
    for place in 0...places {
      if place < places, faults[first(place)..<first(place + 1)].contains(true) {
        start = start ?? first(place)
      } else if let begin = start {
        start = nil
        let last = first(place) - 1
        guard let x = frame.px(Double(begin) - 0.5), let end = frame.px(Double(last) + 0.5) else { continue }
        result += """
          <rect class="fault" x="\(x)" y="\(frame.top - 7)" width="\(max(0.8, end - x))" height="4"><title>wrong at \
          \(begin == last ? "timestep \(begin)" : "timesteps \(begin) to \(last)")</title></rect>
          """
      }
    }
    return result
  }
}
