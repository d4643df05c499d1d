import Foundation
import Ragged

/// What a store costs: a row a cost, a column a size, and how much each grows with ten times the sequences.
struct StoreTable {
  enum Row: String, CaseIterable {
    case importing = "import"
    case importRate = "import, sequences a second"
    case importMemory = "import, memory at its peak"
    case importingRandom = "import of random UUIDs as keys"
    case randomAgainstCounting = "random keys against counting ones"
    case opening = "opening"
    case stats = "stats by class"
    case source = "lengths, ids and classes of all"
    case whereClass = "those --where the class is one of two"
    case whereGroup = "those --where the group is one of 100"
    case gather = "gathering a shuffled batch of 256"
    case check = "check"
    case checkMemory = "check, memory at its peak"
    case delete = "delete of 1 %"
    case compact = "compact"
    case fileSize = "file, of 1 to 3 timesteps of 2 numbers"
    case floats = "file against its floats, mean length 55"

    var unit: String {
      switch self {
      case .importing, .importingRandom, .source, .whereClass, .whereGroup, .check, .delete, .compact: "s"
      case .importRate: "M/s"
      case .importMemory, .checkMemory: "MB"
      case .opening, .stats, .gather: "ms"
      case .randomAgainstCounting, .floats: "ratio"
      case .fileSize: "B/seq"
      }
    }

    /// Whether it is a time for all sequences, whose growth is that of the time for each.
    var isOfAll: Bool { unit == "s" }

    /// What the value must not exceed.
    var bar: Bar? {
      switch self {
      case .importMemory, .stats: .atMost(100)
      case .floats: .atMost(1.1)
      default: nil
      }
    }
  }

  let sizes: [Int]
  let longSizes: [Int]
  var values: [Row: [Int: Double]] = [:]

  mutating func add(_ row: Row, _ size: Int, _ value: Double) { values[row, default: [:]][size] = value }

  /// What ten times the sequences multiply a cost by: that of each sequence, where it is a cost of all.
  private func growth(_ row: Row, _ size: Int) -> Double? {
    guard let value = values[row]?[size], let before = values[row]?[size / 10] else { return nil }
    return value / before / (row.isOfAll ? 10 : 1)
  }

  /// Every value beside its bar.
  var figures: [Figure] {
    Row.allCases.flatMap { row in
      (values[row] ?? [:]).sorted { $0.key < $1.key }.map { size, value in
        Figure("store of \(size) sequences", row.rawValue, value, row.unit, row.bar, growth: growth(row, size))
      }
    }
  }

  /// The table as text.
  var text: String {
    var lines = [line("sequences in the store", "", sizes.map(\.grouped), "growth with each ten times", "")]
    for row in Row.allCases where row != .floats {
      let growths = sizes.dropFirst().map { growth(row, $0).map { String(format: "×%.2f", $0) } ?? "" }
      lines.append(line(row, sizes, growths.joined(separator: " ")))
    }
    lines.append("")
    lines.append(line("sequences of greater length", "", longSizes.map(\.grouped), "", ""))
    lines.append(line(.floats, longSizes, ""))
    lines.append("")
    lines.append("A growth is that of the cost of a sequence where the cost is one of all sequences, in s.")
    return lines.joined(separator: "\n")
  }

  private func line(_ row: Row, _ sizes: [Int], _ growths: String) -> String {
    let shown = sizes.map { size in values[row]?[size].map(Self.number) ?? "" }
    // Bars are for the largest.
    let largest = sizes.last.flatMap { values[row]?[$0] }
    let bar = row.bar.flatMap { bar in
      largest.map { "bar \(bar.text): \(bar.isReached(by: $0) ? "reached" : "missed")" }
    }
    return line("  " + row.rawValue, row.unit, shown, growths, bar ?? "")
  }

  private func line(_ name: String, _ unit: String, _ values: [String], _ growths: String, _ bar: String) -> String {
    func blank(beside text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count))
    }
    func right(_ text: String, _ width: Int) -> String { blank(beside: text, width) + text }
    func left(_ text: String, _ width: Int) -> String { text + blank(beside: text, width) }
    let columns = values.map { right($0, 11) }.joined()
    let growthWidth = max(0, 7 * (sizes.count - 1))
    let text = left(name, 42) + left(columns, 11 * sizes.count) + " " + left(unit, 6) + " " + left(growths, growthWidth)
    return (text + (bar.isEmpty ? "" : "  " + bar)).replacing(/\s+$/, with: "")
  }

  /// Three digits that count.
  private static func number(_ value: Double) -> String {
    String(format: value < 0.1 ? "%.4f" : value < 10 ? "%.3f" : value < 100 ? "%.1f" : "%.0f", value)
  }
}
