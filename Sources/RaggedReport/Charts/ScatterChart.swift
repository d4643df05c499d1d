/// Points on two axes.
package struct ScatterChart: Sendable {
  /// A point and what is said of it under the pointer.
  package struct Point: Sendable, Equatable {
    package var x, y: Double
    /// Its name; empty for none.
    package var name: String

    package init(x: Double, y: Double, name: String = "") { (self.x, self.y, self.name) = (x, y, name) }
  }

  /// What is drawn to compare with.
  package enum Guide: Sendable {
    /// Both axes have one range, and the line on which both are the same is drawn.
    case diagonal
    /// A line at 0.
    case zero
  }

  /// Points that have a name under the pointer, at most.
  static let nameLimit = 500

  let title: String
  let points: [Point]
  let guide: Guide
  let frame: Frame

  /// A chart; points that are no finite numbers are left out.
  package init(_ title: String, points: [Point], guide: Guide, xLabel: String, yLabel: String) {
    self.title = title
    self.points = points.filter { $0.x.isFinite && $0.y.isFinite }
    self.guide = guide
    let (x, y) = (self.points.map(\.x), self.points.map(\.y))
    let both = Scale(x + y, ticks: 5)
    let isDiagonal = if case .diagonal = guide { true } else { false }
    frame = Frame(
      x: Frame.Axis(xLabel, isDiagonal ? both : Scale(x, ticks: 6)),
      y: Frame.Axis(yLabel, isDiagonal ? both : Scale(y, ticks: 5, includesZero: true)), height: 300)
  }

  package var markup: Markup {
    var content = frame.axes()
    switch guide {
    case .diagonal:
      content += """
        <line class="limit" x1="\(frame.left)" y1="\(frame.bottom)" x2="\(frame.right)" y2="\(frame.top)"/>
        """
    case .zero:
      if let y = frame.py(0) {
        content += "<line class=\"limit\" x1=\"\(frame.left)\" y1=\"\(y)\" x2=\"\(frame.right)\" y2=\"\(y)\"/>"
      }
    }
    let hasNames = points.count <= ScatterChart.nameLimit
    for point in points {
      guard let x = frame.px(point.x), let y = frame.py(point.y) else { continue }
      content += "<circle class=\"point s0\" cx=\"\(x)\" cy=\"\(y)\" r=\"2.6\""
      guard hasNames, !point.name.isEmpty else {
        content += "/>"
        continue
      }
      content += """
        ><title>\(point.name.clipped(to: 60)): \(NumberText.figure(point.x)), \(NumberText.figure(point.y))</title>\
        </circle>
        """
    }
    return frame.drawing(title, content)
  }
}
