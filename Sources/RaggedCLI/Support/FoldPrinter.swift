import Ragged

/// The figures of folds for people: a line a figure, with its mean, its deviation and every fold's.
struct FoldPrinter {
  private let report: FoldReport

  init(_ report: FoldReport) { self.report = report }

  var text: String {
    func figure(_ value: Double?) -> String { value.map { Format.fixed($0, 4) } ?? "–" }
    let columns =
      [Table.Column("", .left), Table.Column("mean"), Table.Column("deviation")]
      + report.rows.map { Table.Column("fold \($0.fold)", rank: $0.fold) }
    var rows = report.summaries.map { summary in
      [summary.title.printable, figure(summary.mean), figure(summary.deviation)]
        + report.rows.map { figure($0.figures[summary.name]) }
    }
    rows.append(["sequences", "", ""] + report.rows.map { $0.sequences.grouped })
    rows.append(["best epoch", "", ""] + report.rows.map { $0.bestEpoch.map(String.init) ?? "–" })
    let names = report.rows.first.map { "models: \($0.model), …" } ?? ""
    return Table(columns, rows).text + "\n\n\(names)"
  }
}

/// The same for machines.
struct FoldOutput: Encodable {
  var folds: Folds
  var mean: [String: Double]
  var deviation: [String: Double]
  var rows: [FoldReport.Row]

  init(_ report: FoldReport) {
    (folds, rows) = (report.folds, report.rows)
    mean = Dictionary(report.summaries.map { ($0.name, $0.mean) }, uniquingKeysWith: { first, _ in first })
    deviation = Dictionary(
      report.summaries.compactMap { summary in summary.deviation.map { (summary.name, $0) } },
      uniquingKeysWith: { first, _ in first })
  }
}
