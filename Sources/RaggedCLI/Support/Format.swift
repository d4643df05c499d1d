import Foundation

/// Numbers and tables for people.
enum Format {
  /// A number with so many places.
  static func fixed(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", value) }

  /// Four significant digits, for figures of any size.
  static func figure(_ value: Double) -> String { String(format: "%.4g", value) }

  /// A share as a percentage with one place.
  static func percent(_ share: Double) -> String { fixed(share * 100, 1) + " %" }

  /// A duration: `13 ms`, `0.4 s`, `2 min 5 s`.
  static func duration(_ seconds: Double) -> String {
    switch seconds {
    case ..<0.001: fixed(seconds * 1e6, 0) + " µs"
    case ..<0.1: fixed(seconds * 1000, 0) + " ms"
    case ..<60: fixed(seconds, 1) + " s"
    default: "\(Int(seconds) / 60) min \(Int(seconds) % 60) s"
    }
  }

  /// Rows of cells in aligned columns, two spaces between them; the first row is the header. Columns named in `left`
  /// start at the left, all others end at the right.
  static func table(_ rows: [[String]], left: Set<Int> = [0]) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        line += left.contains(column) ? cell + padding : padding + cell
        line += "  "
      }
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }
}
