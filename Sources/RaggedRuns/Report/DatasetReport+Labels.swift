import RaggedCore
import RaggedReport
import RaggedStore

extension DatasetReport {
  /// What there is of each column of labels: how long its lists are, and which labels are the most frequent.
  var labels: ReportPage.Section? {
    let columns = overall.columns.filter { $0.extent == .labels }
    guard !columns.isEmpty else { return nil }
    let table = Table(
      [
        .text("column"), .number("labels"), .number("names"), .number("fewest"), .number("mean"), .number("most"),
        .number("deviation"), .number("unknown"),
      ],
      rows: columns.prefix(Table.rowLimit).map { column in
        [
          "\(column.name.clipped(to: 60))", "\(NumberText.whole(column.count + column.missing))",
          "\(NumberText.whole(column.names))", "\(NumberText.figure(column.minimum))",
          "\(NumberText.figure(column.mean))", "\(NumberText.figure(column.maximum))",
          "\(NumberText.figure(column.standardDeviation))", "\(NumberText.whole(column.missing))",
        ]
      }, more: max(0, columns.count - Table.rowLimit))
    let frequent = columns.prefix(Self.labelColumnLimit).compactMap { column -> ReportPage.Block? in
      guard let names = column.mostFrequent, let most = names.first?.count, most > 0 else { return nil }
      let rows = names.map { entry -> [Markup] in
        let share = Double(entry.count) / Double(max(1, column.count))
        return [
          "\(entry.name.clipped(to: 60))", "\(NumberText.whole(entry.count))",
          Inline.bar(Double(entry.count) / Double(most), note: NumberText.percent(share)),
          "\(NumberText.percent(share))",
        ]
      }
      let table = Table([.text("label"), .number("times"), .drawing(), .number("share")], rows: rows)
      return .half(column.name.clipped(to: 60), "the most frequent labels", table.markup)
    }
    return ReportPage.Section(
      "Labels",
      "Lists of labels, one per sequence; fewest, mean, most and deviation are those of their number a sequence.",
      [.wide("", "", table.markup)] + frequent)
  }

  /// Columns whose labels are listed.
  private static let labelColumnLimit = 6
}
