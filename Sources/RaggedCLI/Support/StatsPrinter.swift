import Foundation
import Ragged

/// Statistics as text for a terminal.
struct StatsPrinter {
  var batchSize: Int

  /// Classes that are listed; of more of them the most frequent.
  private static let classLimit = 40

  /// - Parameter isByClass: whether the figures are those of one class, or of sequences without any.
  func text(_ statistics: DatasetStatistics, _ forecasts: [BatchingForecast], isByClass: Bool = false) -> String {
    var title = statistics.dataset
    if let split = statistics.split { title += ", split \(split)" }
    if let name = statistics.className { title += ", class \(name)" } else if isByClass { title += ", without a class" }
    let counts = "\(statistics.sequences.counted("sequence")), \(statistics.timesteps.counted("timestep"))"
    var sections = ["\(Style.heading.text(title.printable)): \(counts)"]
    sections.append(lengths(statistics.lengths))
    if statistics.sequences > 0 { sections.append(histogram(statistics.lengths)) }
    if !statistics.classes.isEmpty, statistics.className == nil { sections.append(classes(statistics.classes)) }
    if !statistics.columns.isEmpty {
      sections.append(columns(statistics.columns))
    } else if !statistics.features.isEmpty {
      sections.append(features(statistics.features))
    }
    if statistics.sequences > 0 { sections.append(batching(forecasts)) }
    return sections.joined(separator: "\n\n")
  }

  private func lengths(_ lengths: LengthStatistics) -> String {
    func whole(_ value: Int?) -> String { value.map(\.grouped) ?? "–" }
    func real(_ value: Double?) -> String { value.map { Format.fixed($0, 1) } ?? "–" }
    let columns: [Table.Column] = [
      .init("length", .left, rank: 5), .init("min"), .init("5 %", rank: 3), .init("25 %", rank: 1), .init("median"),
      .init("mean"), .init("75 %", rank: 2), .init("95 %", rank: 4), .init("max"),
    ]
    return Table(
      columns,
      [
        ["", whole(lengths.minimum)] + [5, 25].map { real(lengths.percentile($0)) }
          + [real(lengths.median), real(lengths.mean)] + [75, 95].map { real(lengths.percentile($0)) }
          + [whole(lengths.maximum)]
      ]
    ).text
  }

  private func histogram(_ lengths: LengthStatistics) -> String {
    let bins = lengths.histogram(bins: 12)
    let most = bins.map(\.count).max() ?? 1
    let room = max(10, min(Terminal.width ?? 80, 100) - 30)
    let rows = bins.map { bin -> [String] in
      let range = bin.lower == bin.upper ? "\(bin.lower)" : "\(bin.lower)–\(bin.upper)"
      let eighths = bin.count * room * 8 / max(1, most)
      let part = eighths % 8 == 0 ? "" : String(UnicodeScalar(0x2590 - UInt32(eighths % 8)).map(Character.init) ?? " ")
      return [range, bin.count.grouped, String(repeating: "█", count: eighths / 8) + part]
    }
    return Table(["timesteps", "sequences", ""], rows, left: [2]).text
  }

  private func classes(_ classes: [DatasetStatistics.ClassCount]) -> String {
    let total = max(1, classes.reduce(0) { $0 + $1.count })
    func row(_ name: String, _ count: Int) -> [String] {
      [name, count.grouped, Format.percent(Double(count) / Double(total))]
    }
    let columns = ["class", "count", "share"]
    guard classes.count > Self.classLimit else { return Table(columns, classes.map { row($0.name, $0.count) }).text }
    let ranked = classes.indices.sorted { (classes[$1].count, $0) < (classes[$0].count, $1) }
    let (shown, others) = (ranked.prefix(Self.classLimit), ranked.dropFirst(Self.classLimit))
    let rest = row("\(others.count.grouped) others", others.reduce(0) { $0 + classes[$1].count })
    return Table(columns, shown.map { row(classes[$0].name, classes[$0].count) } + [rest]).text
  }

  private func features(_ features: [DatasetStatistics.Feature]) -> String {
    let columns: [Table.Column] = [
      .init("feature", .left), .init("valid steps", rank: 2), .init("mean", .decimal), .init("std", .decimal, rank: 1),
      .init("min", .decimal), .init("max", .decimal),
    ]
    return Table(
      columns,
      features.map { feature in
        [feature.name, feature.count.grouped]
          + [feature.mean, feature.standardDeviation, feature.minimum, feature.maximum]
          .map { $0.map(Format.figure) ?? "–" }
      }
    ).text
  }

  /// Every column with what is known of its cells.
  private func columns(_ columns: [DatasetStatistics.ColumnFigures]) -> String {
    let titles: [Table.Column] = [
      .init("column", .left), .init("kind", .left, rank: 3), .init("per", .left, rank: 8),
      .init("role", .left, rank: 9), .init("missing", rank: 2), .init("mean", .decimal, rank: 1),
      .init("std", .decimal, rank: 7), .init("min", .decimal, rank: 5), .init("max", .decimal, rank: 6),
      .init("names", rank: 4), .init("most frequent", .left, rank: 10),
    ]
    let hasLabels = columns.contains { $0.extent == .labels }
    return Table(
      titles,
      columns.map { column in
        func figure(_ value: Double?) -> String {
          guard let value else { return "" }
          guard column.kind == .time else { return Format.figure(value) }
          return Date(timeIntervalSince1970: value / 1e6).formatted(.iso8601)
        }
        let cells = column.count + column.missing
        return [
          column.name, column.kind.rawValue, column.extent.rawValue, column.role.rawValue,
          cells > 0 ? Format.percent(Double(column.missing) / Double(cells)) : "",
          column.kind == .time ? "" : figure(column.mean), figure(column.standardDeviation), figure(column.minimum),
          figure(column.maximum), column.names.map(\.grouped) ?? "",
          (column.mostFrequent ?? []).prefix(3).map { "\($0.name) (\($0.count.grouped))" }.joined(separator: ", "),
        ]
      }
    ).text + (hasLabels ? "\nOf labels: mean, std, min and max of their number a sequence." : "")
  }

  private func batching(_ forecasts: [BatchingForecast]) -> String {
    Table(
      ["batching at \(batchSize)", "batches", "padded timesteps", "padding"],
      forecasts.map { forecast in
        [
          forecast.policy.grouping.description, forecast.batches.grouped,
          Int(forecast.paddedTimesteps.rounded()).grouped, Format.percent(forecast.paddingShare),
        ]
      }
    ).text
  }
}
