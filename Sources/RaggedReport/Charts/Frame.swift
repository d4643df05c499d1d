/// The rectangle that a chart is drawn in, with its axes.
///
/// Sizes are in the units of the drawing, which the page scales to the room that there is. A chart is as wide as half a
/// page, so that text stays readable on a narrow screen.
package struct Frame: Sendable {
  /// What stands at an axis.
  package struct Axis: Sendable {
    /// What is measured, with its unit.
    package var label: String
    package var scale: Scale

    package init(_ label: String, _ scale: Scale) {
      self.label = label.clipped(to: 60)
      self.scale = scale
    }
  }

  package static let width = 460.0

  let height: Double
  let x: Axis
  var y: Axis
  var left: Double
  var right: Double
  var top: Double
  var bottom: Double

  /// - Parameter bottomRoom: what is left under it for the names at the horizontal axis; nil for numbers.
  init(x: Axis, y: Axis, height: Double = 250, top: Double = 14, bottomRoom: Double? = nil) {
    (self.x, self.y, self.height, self.top) = (x, y, height, top)
    let widest = y.scale.ticks.map { TextWidth.of(y.scale.label($0), size: 11) }.max() ?? 0
    left = widest + 10 + (y.label.isEmpty ? 4 : 20)
    right = Frame.width - 14
    bottom = height - (bottomRoom ?? (x.label.isEmpty ? 24 : 40))
  }

  /// The place of a number on the horizontal axis, kept inside; nil for what is not finite.
  func px(_ value: Double) -> Double? { x.scale.share(value).map { left + min(max($0, 0), 1) * (right - left) } }

  /// The place of a number on the vertical axis, kept inside; nil for what is not finite.
  func py(_ value: Double) -> Double? { y.scale.share(value).map { bottom - min(max($0, 0), 1) * (bottom - top) } }

  /// Grid, tick labels and axis labels, under what the chart draws.
  /// - Parameter drawsX: whether ticks stand at the horizontal axis; charts of categories write there themselves.
  func axes(drawsX: Bool = true) -> Markup {
    var result = Markup.empty
    for tick in y.scale.ticks {
      guard let y = py(tick) else { continue }
      result += "<line class=\"grid\" x1=\"\(left)\" x2=\"\(right)\" y1=\"\(y)\" y2=\"\(y)\"/>"
      result += "<text class=\"tick end\" x=\"\(left - 6)\" y=\"\(y + 4)\">\(self.y.scale.label(tick))</text>"
    }
    if drawsX {
      for tick in x.scale.ticks {
        guard let x = px(tick) else { continue }
        result += "<line class=\"axis\" x1=\"\(x)\" x2=\"\(x)\" y1=\"\(bottom)\" y2=\"\(bottom + 4)\"/>"
        result += "<text class=\"tick mid\" x=\"\(x)\" y=\"\(bottom + 16)\">\(self.x.scale.label(tick))</text>"
      }
    }
    result += "<line class=\"axis\" x1=\"\(left)\" x2=\"\(right)\" y1=\"\(bottom)\" y2=\"\(bottom)\"/>"
    if !x.label.isEmpty {
      result += "<text class=\"label mid\" x=\"\((left + right) / 2)\" y=\"\(height - 6)\">\(x.label)</text>"
    }
    if !y.label.isEmpty {
      let middle = (top + bottom) / 2
      result +=
        "<text class=\"label mid\" x=\"12\" y=\"\(middle)\" transform=\"rotate(-90 12 \(middle))\">\(y.label)</text>"
    }
    return result
  }

  /// The whole drawing.
  /// - Parameter title: what it shows, for those who do not see it.
  func drawing(_ title: String, _ content: Markup) -> Markup { Drawing.svg(title, Frame.width, height, content) }
}

enum Drawing {
  static func svg(
    _ title: String, _ width: Double, _ height: Double, _ content: Markup, style: Markup = .empty
  ) -> Markup {
    """
    <svg\(style) role="img" aria-label="\(title.clipped(to: 120))" viewBox="0 0 \(width) \(height)" style="--w:\(width)px">\(content)</svg>
    """
  }
}

/// How wide a text is when it is drawn, about: there is no font to ask.
enum TextWidth {
  static func of(_ text: String, size: Double) -> Double {
    text.unicodeScalars.reduce(0) { width, scalar in
      switch scalar {
      case "i", "l", "j", "t", "f", "I", ".", ",", ":", "'", "|", " ": width + 0.32 * size
      case "m", "w", "M", "W", "%": width + 0.9 * size
      case "A"..."Z": width + 0.68 * size
      case "\u{1100}"...: width + 1.0 * size
      case "0"..."9": width + 0.64 * size
      default: width + 0.6 * size
      }
    }
  }

  /// The text cut to the width.
  static func fitting(_ text: String, size: Double, width: Double) -> String {
    var kept = text.clipped(to: 200)
    guard of(kept, size: size) > width else { return kept }
    while !kept.isEmpty, of(kept + "…", size: size) > width { kept.removeLast() }
    return kept + "…"
  }
}
