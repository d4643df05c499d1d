import Foundation
import RaggedCore
import RaggedReport
import RaggedStore

extension DatasetReport {
  /// Columns whose most frequent names have a table of their own.
  private static let namedColumnLimit = 6

  /// Every column with what is known of its cells, for a dataset that has more than an input and a target.
  var columns: ReportPage.Section? {
    let shown = overall.columns.filter { $0.extent != .labels }
    guard !shown.isEmpty else { return nil }
    let table = Table(
      [
        .text("column"), .text("kind"), .text("per"), .text("role"), .number("missing"), .number("minimum"),
        .number("mean"), .number("maximum"), .number("names"),
      ],
      rows: shown.prefix(Table.rowLimit).map { column in
        let cells = column.count + column.missing
        return [
          "\(column.name.clipped(to: 60))", "\(column.kind.rawValue)", "\(column.extent.rawValue)",
          "\(column.role.rawValue)",
          "\(NumberText.percent(cells == 0 ? nil : Double(column.missing) / Double(cells)))",
          "\(figure(column.minimum, of: column))", "\(column.kind == .time ? "" : figure(column.mean, of: column))",
          "\(figure(column.maximum, of: column))", "\(column.names.map { NumberText.whole($0) } ?? "")",
        ]
      }, more: max(0, shown.count - Table.rowLimit))
    let frequent = shown.filter { $0.mostFrequent?.isEmpty == false }
    let blocks = frequent.prefix(Self.namedColumnLimit).map { names(of: $0) }
    return ReportPage.Section("Columns", "", [.wide("", "", table.markup)] + blocks)
  }

  private func figure(_ value: Double?, of column: DatasetStatistics.ColumnFigures) -> String {
    guard let value else { return "" }
    // Times are microseconds; seconds are enough to read.
    guard column.kind == .time else { return NumberText.figure(value) }
    return Date(timeIntervalSince1970: value / 1e6).formatted(.iso8601)
  }

  private func names(of column: DatasetStatistics.ColumnFigures) -> ReportPage.Block {
    let names = column.mostFrequent ?? []
    let most = Double(max(1, names.first?.count ?? 0))
    let table = Table(
      [.text("name"), .number("cells"), .drawing(), .number("share")],
      rows: names.map { entry in
        let share = NumberText.percent(Double(entry.count) / Double(max(1, column.count)))
        return [
          "\(entry.name.clipped(to: 60))", "\(NumberText.whole(entry.count))",
          Inline.bar(Double(entry.count) / most, note: share), "\(share)",
        ]
      }, more: max(0, (column.names ?? 0) - names.count))
    return .half(column.name.clipped(to: 60), "the most frequent names", table.markup)
  }
}
