import RaggedCore

/// A matrix of true by predicted classes as a heat map with its counts.
///
/// The shade of a cell is its share of its row, from a tenth to a little over a half, so that its number stands out from the
/// darkest one on a light page and from the brightest one on a dark page.
package struct ConfusionChart: Sendable {
  /// Classes for which there is room.
  package static let classLimit = 30

  /// `[K, K]`, row-major: true class by predicted class, those of `names`.
  private let counts: [Int]
  private let names: [String]
  private let others: Int
  /// The classes that have a column, in order.
  private let columns: [Int]

  private var size: Int { names.count }

  /// A chart of a matrix; empty where it has not as many counts as its names ask for.
  /// - Parameters:
  ///   - counts: `[K, K]`, row-major: true class by predicted class, K names.
  ///   - names: the classes.
  ///   - others: classes that are put together in the last row and column; 0 where each has its own.
  ///   - unknown: classes that are never predicted, for the model does not know them: they have a row and no column.
  package init(counts: [Int], names: [String], others: Int = 0, unknown: Set<Int> = []) {
    let fits = counts.count == names.count * names.count
    (self.counts, self.names, self.others) = fits ? (counts, names, others) : ([], [], 0)
    columns = fits ? names.indices.filter { !unknown.contains($0) } : []
  }

  package var markup: Markup {
    let names = names.map { TextWidth.fitting($0, size: 11, width: 110) }
    let widest = names.map { TextWidth.of($0, size: 11) }.max() ?? 0
    let cell = min(46, max(20, 620 / Double(max(1, size))))
    let (left, top) = (max(widest, 58) + 34, widest * 0.72 + 36)
    let end = left + cell * Double(columns.count)
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
        <text class="tick end" x="\(left - 8)" y="\(top + middle + 4)">\(names[k])</text>
        """
      let isSingle = !(others > 0 && k == size - 1)
      if isSingle { content += share(counts[k * size + k], of: row, x: end + 8, y: top + middle + 4, "tick") }
      if let place = columns.firstIndex(of: k) {
        let x = left + (Double(place) + 0.5) * cell
        content += """
          <text class="tick" transform="translate(\(x + 3) \(top - 8)) rotate(-45)">\(names[k])</text>
          """
        if isSingle, cell >= 28 || place % 2 == 0 {
          content += share(counts[k * size + k], of: column, x: x, y: height - 8, "tick mid small")
        }
      }
      for (place, guess) in columns.enumerated() {
        content += box(k, guess, row: row, x: left + cell * Double(place), y: top, cell)
      }
    }
    return
      "<div class=\"scroll\">\(Drawing.svg("confusion matrix", width, height, content, style: " class=\"matrix\""))</div>"
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
      height="\(cell - 1)" fill-opacity="\(count == 0 ? 0.05 : 0.12 + 0.43 * share)"><title>\
      \(names[truth].clipped(to: 60)) taken for \(names[guess].clipped(to: 60)): \(NumberText.whole(count))\
      \(row == 0 ? "" : ", \(NumberText.percent(share))")</title></rect>
      """
    guard count > 0 else { return result }
    let text =
      TextWidth.of(count.grouped, size: 9) < cell - 3 ? count.grouped : NumberText.tick(Double(count), step: 1000)
    let size = min(12, max(7, 9 * (cell - 4) / TextWidth.of(text, size: 9)))
    result += """
      <text class="count mid" x="\(x + cell / 2)" y="\(y + cell / 2 + size * 0.36)" \
      style="font-size:\(size)px">\(text)</text>
      """
    return result
  }
}
