/// A table of cells; numbers end at the right, texts start at the left.
package struct Table: Sendable {
  package struct Column: Sendable {
    package var title: String
    package var isText: Bool
    /// Whether it is there to fill the width: a bar or a drawing.
    package var isWide: Bool

    package static func text(_ title: String) -> Column { Column(title: title, isText: true, isWide: false) }
    package static func number(_ title: String) -> Column { Column(title: title, isText: false, isWide: false) }
    package static func drawing(_ title: String = "") -> Column { Column(title: title, isText: true, isWide: true) }
  }

  /// Characters of a column that its words are not broken below, at most; beside a drawing, which takes all room that
  /// there is, more.
  static let keptWidth = (alone: 12, besideDrawing: 36)

  /// Rows that are shown at most: what a file may hold has no limit.
  package static let rowLimit = 1000

  var columns: [Column]
  var rows: [[Markup]]
  var missing: Int

  /// - Parameter more: rows of the data that are not among `rows`, for a note under them.
  package init(_ columns: [Column], rows: [[Markup]], more: Int = 0) {
    self.columns = columns
    self.rows = Array(rows.prefix(Table.rowLimit))
    missing = more + max(0, rows.count - Table.rowLimit)
  }

  /// The table, in a box that scrolls where it is wider than the page.
  package var markup: Markup {
    let head = columns.indices.map { place -> Markup in
      "<th scope=\"col\"\(style(columns[place]))\(width(of: place))>\(title(columns[place]))</th>"
    }.joined()
    let body = rows.map { row -> Markup in
      "<tr>\(zip(columns, row).map { "<td\(style($0))>\($1)</td>" as Markup }.joined())</tr>\n"
    }.joined()
    let note: Markup = missing > 0 ? "<p class=\"quiet\">and \(NumberText.whole(missing)) more</p>" : ""
    return """
      <div class="scroll"><table><thead><tr>\(head)</tr></thead><tbody>
      \(body)</tbody></table></div>\(note)
      """
  }

  /// What keeps a column of texts from being squeezed to a letter a line: as many characters as its longest cell has, up to
  /// a limit, and of a narrow table a third of its width.
  private func width(of place: Int) -> Markup {
    guard columns[place].isText, !columns[place].isWide else { return .empty }
    let limit = columns.contains(where: \.isWide) ? Table.keptWidth.besideDrawing : Table.keptWidth.alone
    let longest = rows.reduce(columns[place].title.count) { longest, row in
      longest >= limit || place >= row.count ? longest : max(longest, row[place].visibleCount)
    }
    // A letter is wider than a digit now and then, and the space to the next column is a part of the width. A browser that does
    // not know the width of the box takes the first; one that prints does not know it and takes the last: see the style sheet.
    let count = Double(min(limit, longest)) * 1.15
    return " style=\"--kept:\(count)ch;min-width:\(min(9, count))ch;min-width:min(\(count)ch + 12px, 30cqw)\""
  }

  /// The title, which may be broken behind the points of a setting's path.
  private func title(_ column: Column) -> Markup {
    column.title.clipped(to: 80).split(separator: ".", omittingEmptySubsequences: false).map {
      "\(String($0))" as Markup
    }
    .joined(separator: ".<wbr/>")
  }

  private func style(_ column: Column) -> Markup {
    column.isWide ? " class=\"wide\"" : column.isText ? "" : " class=\"n\""
  }
}

/// Names and values below each other.
package struct FactList: Sendable {
  var facts: [(name: String, value: Markup)]
  var isNumbers: Bool

  /// - Parameter isNumbers: whether all values are numbers, which end at the right.
  package init(_ facts: [(name: String, value: Markup)], isNumbers: Bool = false) {
    (self.facts, self.isNumbers) = (facts, isNumbers)
  }

  package var markup: Markup {
    let rows = facts.prefix(Table.rowLimit).map { name, value -> Markup in
      "<tr><th scope=\"row\">\(name.clipped(to: 80))</th><td\(isNumbers ? " class=\"n\"" : .empty)>\(value)</td></tr>\n"
    }.joined()
    return
      "<div class=\"scroll\"><table class=\"facts\(isNumbers ? " numbers" : "")\"><tbody>\n\(rows)</tbody></table></div>"
  }
}

/// Small drawings in the cells of a table.
package enum Inline {
  /// A bar of a share from 0 to 1.
  package static func bar(_ share: Double, series: Int = 0, note: String) -> Markup {
    let share = share.isFinite ? min(max(share, 0), 1) : 0
    return """
      <svg class="fill" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="\(note)">\
      <rect class="track" width="100" height="10"/><rect class="bar \(Palette.classes(series))" \
      width="\(share * 100)" height="10"/><title>\(note)</title></svg>
      """
  }

  /// A feature's range: a thin line from its minimum to its maximum, a thick one a deviation around the mean, and the mean.
  package static func range(minimum: Double, mean: Double, deviation: Double, maximum: Double) -> Markup {
    let scale = Scale([minimum, maximum], isTight: true)
    func x(_ value: Double) -> Double { 3 + 194 * min(max(scale.share(value) ?? 0, 0), 1) }
    let (low, high) = (x(max(minimum, mean - deviation)), x(min(maximum, mean + deviation)))
    let note =
      "\(NumberText.figure(minimum)) to \(NumberText.figure(maximum)), mean \(NumberText.figure(mean)), "
      + "standard deviation \(NumberText.figure(deviation))"
    return """
      <svg class="range" viewBox="0 0 200 14" preserveAspectRatio="none" role="img" aria-label="\(note)"><line class="axis" x1="3" x2="197" y1="7" \
      y2="7"/><rect class="bar s0 soft" x="\(low)" y="3" width="\(max(1, high - low))" height="8"/><line class="line s0" \
      x1="\(x(mean))" x2="\(x(mean))" y1="1" y2="13"/><title>\(note)</title></svg>
      """
  }

  /// A curve without axes.
  package static func curve(_ values: [Double], note: String) -> Markup {
    let places = Thinning.places(values, limit: 60)
    let scale = Scale(values, isTight: true)
    let step = 92 / Double(max(1, values.count - 1))
    let points = places.compactMap { place in
      scale.share(values[place]).map { (x: 4 + step * Double(place), y: 18 - 14 * min(max($0, 0), 1)) }
    }
    guard points.count > 1 else { return "" }
    let path = points.enumerated().map { "\($0.offset == 0 ? "M" : "L")\($0.element.x) \($0.element.y)" as Markup }
    return """
      <svg class="curve" viewBox="0 0 100 22" role="img" aria-label="\(note)"><path class="line s0" \
      d="\(path.joined())"/><title>\(note)</title></svg>
      """
  }
}
