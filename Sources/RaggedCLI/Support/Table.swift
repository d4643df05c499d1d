import Ragged

/// Rows of cells in columns for people: as wide as the terminal at most, in full where the output is no terminal.
///
/// Where a table is too wide its longest texts are cut in the middle, and then whole columns are left out, the least
/// important first; a last line says which.
struct Table {
  /// Where cells stand in their column.
  enum Alignment {
    case left, right
    /// Decimal points below each other.
    case decimal
  }

  struct Column {
    /// What stands above it; several lines where it has line breaks.
    var title: String
    var alignment = Alignment.right
    /// Where columns have to be left out, the greatest goes first; nil always stays.
    var rank: Int?

    init(_ title: String, _ alignment: Alignment = .right, rank: Int? = nil) {
      self.title = title
      self.alignment = alignment
      self.rank = rank
    }
  }

  var columns: [Column]
  var rows: [[String]]

  /// The fewest columns of the terminal to which a text is cut.
  private static let leastWidth = 12
  /// Columns that are named of those that were left out.
  private static let namedLimit = 8

  init(_ columns: [Column], _ rows: [[String]]) {
    self.columns = columns
    self.rows = rows.map { row in columns.indices.map { $0 < row.count ? row[$0].printable : "" } }
  }

  /// The first column at the left, numbers at the right after it. Where not all fit, the first and the last stay.
  init(_ titles: [String], _ rows: [[String]], left: Set<Int> = [0]) {
    let columns = titles.enumerated().map { index, title in
      Column(title, left.contains(index) ? .left : .right, rank: index == 0 || index == titles.count - 1 ? nil : index)
    }
    self.init(columns, rows)
  }

  /// The table as wide as the terminal at most.
  var text: String { text(width: Terminal.width) { Style.heading.text($0) } }

  /// The table in a terminal of this width, nil for all it needs.
  /// - Parameter heading: what is done to the lines of the header.
  func text(width limit: Int?, heading: (String) -> String = { $0 }) -> String {
    guard !columns.isEmpty else { return "" }
    let titles = columns.map { $0.title.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }
    let height = titles.map(\.count).max() ?? 0
    // Titles of fewer lines stand at the bottom.
    let header = (0..<height).map { line in titles.map { line < height - $0.count ? "" : $0[line - height + $0.count] }
    }
    var cells = header.map { $0.map(\.printable) } + rows
    for index in columns.indices where columns[index].alignment == .decimal { alignPoints(&cells, index, from: height) }

    var shown = Array(columns.indices)
    var widths = columns.indices.map { column in cells.map { $0[column].columns }.max() ?? 0 }
    var dropped: [Int] = []
    if let limit {
      func total() -> Int { shown.reduce(-2) { $0 + widths[$1] + 2 } }
      func shorten(to least: Int) {
        while total() > limit,
          let widest = shown.filter({ columns[$0].alignment == .left && widths[$0] > least }).max(by: {
            widths[$0] < widths[$1]
          })
        {
          widths[widest] -= 1
        }
      }
      shorten(to: Self.leastWidth)
      while total() > limit,
        let least = shown.filter({ columns[$0].rank != nil }).max(by: {
          (columns[$0].rank ?? 0, $0) < (columns[$1].rank ?? 0, $1)
        })
      {
        shown.removeAll { $0 == least }
        dropped.append(least)
      }
      if !dropped.isEmpty {
        // What was left out makes room for the texts that were cut.
        widths = columns.indices.map { column in cells.map { $0[column].columns }.max() ?? 0 }
        shorten(to: Self.leastWidth)
      }
      shorten(to: 3)
    }

    func line(_ row: [String]) -> String {
      var line = ""
      for column in shown {
        let cell = row[column].fitted(to: widths[column])
        let padding = String(repeating: " ", count: widths[column] - cell.columns)
        line += (columns[column].alignment == .left ? cell + padding : padding + cell) + "  "
      }
      while line.last == " " { line.removeLast() }
      return line
    }
    var lines = cells.prefix(height).map { line($0) }.map { $0.isEmpty ? $0 : heading($0) }
    lines += cells.dropFirst(height).map { line($0) }
    if !dropped.isEmpty {
      let names = dropped.sorted().map { columns[$0].title.replacing("\n", with: " ").printable }
      let more = names.count > Self.namedLimit ? " and \((names.count - Self.namedLimit).grouped) more" : ""
      lines.append("(too narrow for \(names.prefix(Self.namedLimit).joined(separator: ", "))\(more))")
    }
    return lines.joined(separator: "\n")
  }

  /// Puts spaces after the numbers of a column, so that their points stand below each other when they end at the right.
  private func alignPoints(_ cells: inout [[String]], _ column: Int, from first: Int) {
    func places(_ cell: String) -> Int {
      // 1.5e-07 has its point before a fraction as long as all that follows.
      guard let point = cell.firstIndex(of: ".") else {
        return cell.firstIndex(of: "e").map { cell.distance(from: $0, to: cell.endIndex) } ?? 0
      }
      return cell.distance(from: point, to: cell.endIndex)
    }
    let most = cells.dropFirst(first).map { places($0[column]) }.max() ?? 0
    for row in cells.indices.dropFirst(first) where cells[row][column].contains(where: \.isNumber) {
      cells[row][column] += String(repeating: " ", count: most - places(cells[row][column]))
    }
  }
}
