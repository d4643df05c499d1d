import RaggedReport
import RaggedStore

/// Runs in a table, a row each.
struct RunTable {
  let runs: [RunFigures]

  init(_ runs: [RunRecord]) { self.runs = runs.map(RunFigures.init) }

  func markup(more: Int = 0) -> Markup {
    let names = RunFigures.usualMetrics.filter { name in runs.contains { $0.last(name) != nil } }
    let rows = runs.map { run -> [Markup] in
      let curve = run.hasValidation ? "val_loss" : "loss"
      let record = run.record
      return [
        "\(Int(record.id))", "\(run.began)", "\(record.status.rawValue)",
        "\(NumberText.whole(record.epochs.count))", "\(NumberText.duration(record.seconds))",
        "\((run.settings["model"] ?? "usual model").clipped(to: 32))",
        Inline.curve(run.values(curve), note: "\(RunFigures.title(curve)) by epoch"),
      ] + names.map { "\(NumberText.fixed(run.last($0), 4))" }
    }
    let columns: [Table.Column] =
      [
        .number("run"), .text("began"), .text("status"), .number("epochs"), .number("time"), .text("model"),
        .text("curve"),
      ]
      + names.map {
        .number(RunFigures.title($0).replacing("validation", with: "val.").replacing("training ", with: ""))
      }
    return Table(columns, rows: rows, more: more).markup
  }
}
