/// A column for each of some categories.
package struct ColumnChart: Sendable {
  package struct Column: Sendable {
    /// What stands under it.
    package var name: String
    /// Its height; nil for none.
    package var value: Double?
    /// What is said of it under the pointer.
    package var note: String

    package init(_ name: String, value: Double?, note: String) {
      (self.name, self.value, self.note) = (name, value, note)
    }
  }

  let title: String
  let columns: [Column]
  let xLabel: String
  let yLabel: String
  let range: ClosedRange<Double>?
  let line: Double?

  /// - Parameters:
  ///   - range: the range of the vertical axis; nil shows what there is.
  ///   - line: a value to compare with, drawn across.
  package init(
    _ title: String, columns: [Column], xLabel: String, yLabel: String, range: ClosedRange<Double>? = nil,
    line: Double? = nil
  ) {
    (self.title, self.columns, self.xLabel, self.yLabel) = (title, columns, xLabel, yLabel)
    (self.range, self.line) = (range, line)
  }

  package var markup: Markup {
    let values = columns.compactMap(\.value).filter(\.isFinite) + [line].compactMap(\.self)
    let y = Frame.Axis(
      yLabel, Scale(range.map { [$0.lowerBound, $0.upperBound] } ?? values, ticks: 5, includesZero: true))
    let x = Frame.Axis(xLabel, Scale([0, Double(max(1, columns.count))], isTight: true))
    let widest = columns.map { TextWidth.of($0.name.clipped(to: 16), size: 11) }.max() ?? 0
    let isTurned = widest > (Frame.width - 70) / Double(max(1, columns.count)) - 4
    let room = isTurned ? widest * 0.6 + 34 : 40
    let frame = Frame(x: x, y: y, height: 210 + room, bottomRoom: room)
    let slot = (frame.right - frame.left) / Double(max(1, columns.count))
    let every = max(1, Int((14 / slot).rounded(.up)))
    var content = frame.axes(drawsX: false)
    for (index, column) in columns.enumerated() {
      let start = frame.left + slot * Double(index)
      content += bar(column, from: start, slot, frame)
      guard index % every == 0 else { continue }
      let (middle, name) = (start + slot / 2, column.name.clipped(to: 16))
      content +=
        isTurned
        ? """
        <text class="tick end" transform="translate(\(middle + 4) \(frame.bottom + 13)) rotate(-35)">\(name)</text>
        """ : "<text class=\"tick mid\" x=\"\(middle)\" y=\"\(frame.bottom + 16)\">\(name)</text>"
    }
    if let line, let y = frame.py(line) {
      content += "<line class=\"limit\" x1=\"\(frame.left)\" x2=\"\(frame.right)\" y1=\"\(y)\" y2=\"\(y)\"/>"
    }
    return frame.drawing(title, content)
  }

  private func bar(_ column: Column, from start: Double, _ slot: Double, _ frame: Frame) -> Markup {
    guard let value = column.value, let y = frame.py(value), let zero = frame.py(0) else { return .empty }
    return """
      <rect class="bar s0" x="\(start + slot * 0.12)" y="\(min(y, zero))" width="\(slot * 0.76)" \
      height="\(max(0.5, abs(zero - y)))"><title>\(column.note)</title></rect>
      """
  }
}
