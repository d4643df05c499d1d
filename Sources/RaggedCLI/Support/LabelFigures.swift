import Ragged

/// The figures of a model that reads lists of labels out of sequences.
struct LabelFigures {
  let report: EvaluationReport

  init(_ report: EvaluationReport) { self.report = report }

  /// The table, and what has no loss.
  var parts: [String] { [table.text] + notes }

  /// Overall, and by length.
  var table: Table {
    func row(_ name: String, _ figures: EvaluationReport.Figures) -> [String] {
      let lengths =
        figures.shortest == figures.longest ? "\(figures.shortest)" : "\(figures.shortest)–\(figures.longest)"
      return [name, lengths, figures.sequences.grouped, figures.timesteps.grouped, Format.fixed(figures.loss, 4)]
        + [figures.labelErrorRate, figures.rightLists].map { $0.map { Format.fixed($0, 4) } ?? "–" }
    }
    return Table(
      [
        .init("", .left), .init("lengths", rank: 2), .init("sequences", rank: 1), .init("timesteps", rank: 3),
        .init("loss", .decimal), .init("label error rate"), .init("all right"),
      ],
      [row("all", report.overall)]
        + report.deciles.enumerated().map { row("length decile \($0.offset + 1)", $0.element) })
  }

  /// What has no loss; nothing where all have one.
  var notes: [String] {
    guard let count = report.overall.unaligned else { return [] }
    return [
      "\(count.counted("sequence")) \(count == 1 ? "has" : "have") no loss: labels that do not fit into the timesteps, or "
        + "that the model does not know; the errors in \(count == 1 ? "its" : "their") labels count"
    ]
  }

  static func words(_ errors: LabelErrors) -> String {
    "\nbeam of \(errors.beam.grouped): label error rate \(errors.rate.map { Format.fixed($0, 4) } ?? "–"), "
      + "\(errors.right.grouped) of \(errors.sequences.counted("sequence")) all right"
  }
}
