import Ragged

/// A comparison of plans as text for a terminal, as wide as the terminal at most.
struct PlanPrinter {
  let comparison: PlanComparison

  var text: String {
    let rows = comparison.rows
    let table = rows.map { row in
      [
        row.policy.grouping.description, row.batches.grouped, Format.percent(row.paddingShare),
        row.widestBatch.grouped, Format.bytes(row.largestBytes), Format.fixed(row.realCost, 2),
        Format.fixed(row.paddedCost, 2),
        figure(row.quality.adjacentCorrelation), figure(row.quality.displacement),
        figure(row.quality.lengthImbalance), figure(row.quality.classImbalance),
      ]
    }
    let columns: [Table.Column] = [
      .init("", .left), .init("batches", rank: 1), .init("padding"), .init("widest\nbatch", rank: 7),
      .init("largest\nbatch", rank: 6), .init("cost\nreal", rank: 2), .init("cost\npadded", rank: 3),
      .init("adjacent", rank: 10), .init("moved", rank: 9), .init("lengths", rank: 5), .init("classes", rank: 8),
    ]
    var sections = [Table(columns, table).text]
    let dropped = rows.filter { $0.dropped > 0 }.map { "\($0.dropped.grouped) by \($0.policy.grouping)" }
    if !dropped.isEmpty { sections.append(PlanPrinter.wrapped("left out: ", dropped)) }
    let advice = [("ragged train", CostModel.Counted.real), ("a framework that computes padding", .padded)]
    for (place, counted) in advice {
      guard let advice = comparison.recommendation(counted) else { continue }
      let width = min(100, Terminal.width ?? 100)
      let lines =
        "recommended for \(place): \(advice.grouping)".wrapped(to: width)
        + advice.reason.wrapped(to: width - 2).map { "  " + $0 }
      sections.append(lines.joined(separator: "\n"))
    }
    return sections.joined(separator: "\n\n")
  }

  /// Items separated by commas, in lines of at most 100 columns, or the terminal's.
  private static func wrapped(_ start: String, _ items: [String]) -> String {
    let width = min(100, Terminal.width ?? 100)
    var lines = [start]
    for (index, item) in items.enumerated() {
      let text = item + (index == items.count - 1 ? "" : ", ")
      if lines[lines.count - 1].count + text.count > width { lines.append("  ") }
      lines[lines.count - 1] += text
    }
    return lines.joined(separator: "\n")
  }

  private func figure(_ value: Double?) -> String {
    guard let value else { return "–" }
    // A figure just below zero is no "-0.00".
    return Format.fixed(abs(value) < 0.005 ? 0 : value, abs(value) < 100 ? 2 : 0)
  }
}
