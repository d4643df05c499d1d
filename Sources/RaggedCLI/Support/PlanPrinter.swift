import Foundation
import Ragged

/// A comparison of plans as text for a terminal, at most 100 columns wide.
struct PlanPrinter {
  private let comparison: PlanComparison

  init(_ comparison: PlanComparison) { self.comparison = comparison }

  var text: String {
    let rows = comparison.rows
    let table = rows.map { row in
      [
        row.policy.grouping.description, row.batches.grouped, Format.percent(row.paddingShare),
        row.widestBatch.grouped, bytes(row.largestBytes), Format.fixed(row.realCost, 2),
        Format.fixed(row.paddedCost, 2),
        figure(row.quality.adjacentCorrelation), figure(row.quality.displacement),
        figure(row.quality.lengthImbalance), figure(row.quality.classImbalance),
      ]
    }
    let header = [
      ["", "", "", "widest", "largest", "cost", "cost", "", "", "", ""],
      ["", "batches", "padding", "batch", "batch", "real", "padded", "adjacent", "moved", "lengths", "classes"],
    ]
    var sections = [Format.table(header + table)]
    let dropped = rows.filter { $0.dropped > 0 }
    if !dropped.isEmpty {
      sections.append(
        "left out: " + dropped.map { "\($0.dropped.grouped) by \($0.policy.grouping)" }.joined(separator: ", "))
    }
    let advice = [
      comparison.recommendation(.real).map { "recommended for ragged train: \($0.grouping), as \($0.reason)" },
      comparison.recommendation(.padded).map { "where padding is computed too: \($0.grouping), as \($0.reason)" },
    ].compactMap(\.self)
    if !advice.isEmpty { sections.append(advice.joined(separator: "\n")) }
    return sections.joined(separator: "\n\n")
  }

  private func figure(_ value: Double?) -> String {
    guard let value else { return "–" }
    // A figure just below zero is no "-0.00".
    return Format.fixed(abs(value) < 0.005 ? 0 : value, abs(value) < 100 ? 2 : 0)
  }

  private func bytes(_ count: Int) -> String {
    switch count {
    case ..<1_000_000: Format.fixed(Double(count) / 1e3, 1) + " kB"
    case ..<1_000_000_000: Format.fixed(Double(count) / 1e6, 1) + " MB"
    default: Format.fixed(Double(count) / 1e9, 1) + " GB"
    }
  }
}
