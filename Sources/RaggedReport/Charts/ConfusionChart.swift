import RaggedCore

/// A matrix of true by predicted classes as a heat map with its counts.
///
/// The shade of a cell is its share of its row. Where there are many classes, those with the most errors are shown and
/// the others put together, so that the counts still add up.
public struct ConfusionChart: Sendable {
  /// Classes that are shown at most.
  public static let classLimit = 30

  /// `[K, K]`, row-major: true class by predicted class, those of ``names``.
  public let counts: [Int]
  /// The classes shown; the last may stand for all others.
  public let names: [String]
  /// Classes that are put together in the last row and column; 0 where all are shown.
  public let others: Int

  private var size: Int { names.count }

  /// A chart of a matrix.
  /// - Parameter counts: `[K, K]`, row-major: true class by predicted class, K names.
  public init(counts: [Int], names: [String]) {
    let size = names.count
    guard counts.count == size * size else {
      (self.counts, self.names, others) = ([], [], 0)
      return
    }
    guard size > ConfusionChart.classLimit else {
      (self.counts, self.names, others) = (counts, names, 0)
      return
    }
    var errors = [Int](repeating: 0, count: size)
    for truth in 0..<size {
      for guess in 0..<size where guess != truth {
        errors[truth] += counts[truth * size + guess]
        errors[guess] += counts[truth * size + guess]
      }
    }
    let kept = (0..<size).sorted { (errors[$1], $0) < (errors[$0], $1) }.prefix(ConfusionChart.classLimit - 1).sorted()
    var place = [Int](repeating: kept.count, count: size)
    for (index, k) in kept.enumerated() { place[k] = index }
    var folded = [Int](repeating: 0, count: (kept.count + 1) * (kept.count + 1))
    for truth in 0..<size {
      for guess in 0..<size { folded[place[truth] * (kept.count + 1) + place[guess]] += counts[truth * size + guess] }
    }
    others = size - kept.count
    self.counts = folded
    self.names = kept.map { names[$0] } + ["\(others) others"]
  }

  /// The drawing.
  public var markup: Markup {
    let names = names.map { TextWidth.fitting($0, size: 11, width: 110) }
    let widest = names.map { TextWidth.of($0, size: 11) }.max() ?? 0
    let cell = min(46, max(20, 620 / Double(max(1, size))))
    let (left, top) = (max(widest, 58) + 34, widest * 0.72 + 36)
    let end = left + cell * Double(size)
    let (width, height) = (end + 64, top + cell * Double(size) + 26)
    var content: Markup = """
      <text class="label" x="\(left)" y="12">predicted class</text>\
      <text class="label mid" x="12" y="\(top + cell * Double(size) / 2)" transform="rotate(-90 12 \
      \(top + cell * Double(size) / 2))">true class</text>\
      <text class="label" x="\(end + 8)" y="\(height - 8)">recall</text>\
      <text class="label end" x="\(left - 8)" y="\(height - 8)">precision</text>
      """
    for k in 0..<size {
      let middle = (Double(k) + 0.5) * cell
      let row = (0..<size).reduce(0) { $0 + counts[k * size + $1] }
      let column = (0..<size).reduce(0) { $0 + counts[$1 * size + k] }
      content += """
        <text class="tick end" x="\(left - 8)" y="\(top + middle + 4)">\(names[k])</text>\
        <text class="tick" transform="translate(\(left + middle + 3) \(top - 8)) rotate(-45)">\(names[k])</text>
        """
      if !(others > 0 && k == size - 1) {
        content += share(counts[k * size + k], of: row, x: end + 8, y: top + middle + 4, "tick")
        if cell >= 28 || k % 2 == 0 {
          content += share(counts[k * size + k], of: column, x: left + middle, y: height - 8, "tick mid small")
        }
      }
      for guess in 0..<size { content += box(k, guess, row: row, x: left + cell * Double(guess), y: top, cell) }
    }
    return Drawing.svg("confusion matrix", width, height, content)
  }

  private func share(_ part: Int, of whole: Int, x: Double, y: Double, _ style: String) -> Markup {
    guard whole > 0 else { return "<text class=\"\(style)\" x=\"\(x)\" y=\"\(y)\">–</text>" }
    let percent = NumberText.fixed(Double(part) / Double(whole) * 100, 0) + "%"
    return "<text class=\"\(style)\" x=\"\(x)\" y=\"\(y)\">\(percent)</text>"
  }

  private func box(_ truth: Int, _ guess: Int, row: Int, x: Double, y top: Double, _ cell: Double) -> Markup {
    let count = counts[truth * size + guess]
    let share = row == 0 ? 0 : Double(count) / Double(row)
    let y = top + cell * Double(truth)
    var result: Markup = """
      <rect class="cell \(truth == guess ? "hit" : "miss")" x="\(x + 0.5)" y="\(y + 0.5)" width="\(cell - 1)" \
      height="\(cell - 1)" fill-opacity="\(count == 0 ? 0.05 : 0.12 + 0.88 * share)"><title>\
      \(names[truth].clipped(to: 60)) taken for \(names[guess].clipped(to: 60)): \(NumberText.whole(count))\
      \(row == 0 ? "" : ", \(NumberText.percent(share))")</title></rect>
      """
    guard count > 0 else { return result }
    let text =
      TextWidth.of(count.grouped, size: 9) < cell - 3 ? count.grouped : NumberText.tick(Double(count), step: 1000)
    let size = min(12, max(7, 9 * (cell - 4) / TextWidth.of(text, size: 9)))
    result += """
      <text class="count mid\(share > 0.45 ? " on" : "")" x="\(x + cell / 2)" y="\(y + cell / 2 + size * 0.36)" \
      style="font-size:\(size)px">\(text)</text>
      """
    return result
  }
}
