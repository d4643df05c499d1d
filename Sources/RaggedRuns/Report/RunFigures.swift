import Foundation
import RaggedReport
import RaggedStore
import RaggedTraining

/// A run's figures as curves.
struct RunFigures {
  let record: RunRecord
  /// Its settings by their paths.
  let settings: [String: String]
  /// The same with their types; nil for a run that says something else.
  let configuration: TrainingConfiguration?
  /// Where its model was written; nil where that is not known.
  let checkpoints: KeptConfiguration.Checkpoints?

  /// The figures that every report shows, in their order.
  static let usualMetrics = ["loss", "val_loss", "accuracy", "val_accuracy"]

  init(_ record: RunRecord) {
    self.record = record
    settings = RunComparison.settings(of: record)
    let data = Data(record.configuration.utf8)
    configuration = try? JSONDecoder().decode(TrainingConfiguration.self, from: data)
    checkpoints = (try? JSONDecoder().decode(KeptConfiguration.self, from: data))?.checkpoints
  }

  /// A figure's name in two: the head that it is of with its point, or nothing, and what it is.
  private static func parts(_ metric: String) -> (head: Substring, figure: Substring) {
    guard let point = metric.lastIndex(of: ".") else { return ("", metric[...]) }
    return (metric[...point], metric[metric.index(after: point)...])
  }

  /// The name of a figure of the training data from that of the validation data, or from itself.
  static func training(_ metric: String) -> String {
    let (head, figure) = parts(metric)
    return String(head + (figure.hasPrefix("val_") ? figure.dropFirst(4) : figure))
  }

  /// The name of the validation data's figure from that of the training data's: `activity@1.val_loss` of `activity@1.loss`.
  static func validation(_ metric: String) -> String {
    let (head, figure) = parts(metric)
    return "\(head)val_\(figure)"
  }

  /// What a figure is called in text.
  static func title(_ metric: String) -> String {
    let (head, figure) = parts(metric)
    guard head.isEmpty else { return "\(head.dropLast()): \(title(String(figure)))" }
    return switch metric {
    case "loss": "training loss"
    case "accuracy": "training accuracy"
    case "learning_rate": "learning rate"
    default: metric.hasPrefix("val_") ? "validation " + plain(metric) : plain(metric)
    }
  }

  /// What a figure is called where it does not matter of which data it is: `macro F1` of `val_macro_f1`, and
  /// `activity@1: accuracy` of `activity@1.val_accuracy`.
  static func plain(_ metric: String) -> String {
    let (head, figure) = parts(training(metric))
    guard head.isEmpty else { return "\(head.dropLast()): \(plain(String(figure)))" }
    return switch figure {
    case "auroc": "AUROC"
    case "mae": "mean absolute error"
    case "rmse": "root mean squared error"
    case "r2": "R²"
    case "smape": "sMAPE %"
    default: String(figure).replacing("_", with: " ").replacing("f1", with: "F1")
    }
  }

  /// The range that an axis of a figure has at most: a share lies between 0 and 1 whatever else is drawn. A label error rate
  /// may be above 1.
  static func bounds(_ metric: String) -> ClosedRange<Double>? {
    let figure = String(parts(training(metric)).figure)
    let shares = ["accuracy", "balanced_accuracy", "auroc", "average_precision"]
    return shares.contains(figure) || figure.hasSuffix("_f1") ? 0...1 : nil
  }

  /// The figures of targets by their names, for a run of several: `activity@1.val_accuracy`.
  var headMetrics: [String] {
    record.epochs.reduce(into: Set<String>()) { $0.formUnion($1.metrics.keys) }
      .filter { !RunFigures.parts($0).head.isEmpty }.sorted()
  }

  /// When it began, without seconds: `2026-01-31 12:00`.
  var began: String {
    String(String.UnicodeScalarView(record.createdAt.unicodeScalars.prefix(16))).replacing(
      "T", with: " ", maxReplacements: 1)
  }

  var epochs: [Double] { record.epochs.map { Double($0.epoch) } }

  /// A figure of each epoch; NaN where there is none.
  func values(_ metric: String) -> [Double] { record.epochs.map { $0.metrics[metric] ?? .nan } }

  func has(_ metric: String) -> Bool { record.epochs.contains { $0.metrics[metric] != nil } }

  var hasValidation: Bool { has("val_loss") }

  func last(_ metric: String) -> Double? { record.epochs.last?.metrics[metric] }

  /// The figure that says which epoch is best: the one that the run watched, or else the validation loss, or else the loss.
  private var watched: WatchedFigure {
    configuration?.watched ?? WatchedFigure(.usual(hasValidation: hasValidation))
  }

  /// Its name.
  var monitor: String { watched.name }

  /// The place of the best epoch, by the rule that training kept its best checkpoint by; nil without a number.
  var best: Int? {
    let isHigher = watched.figure.isBetterHigher
    let least = configuration?.earlyStopping?.minimumChange ?? 0
    var best: (place: Int, value: Double)?
    for (place, value) in values(monitor).enumerated() where !value.isNaN {
      guard let before = best else {
        best = (place, value)
        continue
      }
      if (isHigher ? value - before.value : before.value - value) > least { best = (place, value) }
    }
    return best?.place
  }

  /// A figure in the best epoch.
  func best(_ metric: String) -> Double? { best.flatMap { record.epochs[$0].metrics[metric] } }

  /// Whether the greater figure is the better one, of that which says which epoch is best.
  var isBetterHigher: Bool { watched.figure.isBetterHigher }

  func series(_ metric: String, named name: String? = nil, number: Int, isDashed: Bool = false) -> LineChart.Series {
    LineChart.Series(name ?? RunFigures.title(metric), x: epochs, y: values(metric), number: number, isDashed: isDashed)
  }

  /// What is to be known of epochs whose figures are no numbers; nil where all are.
  var warning: String? {
    let wrong = record.epochs.filter { epoch in
      ["loss", "val_loss"].contains { name in epoch.metrics[name].map { !$0.isFinite } ?? false }
    }
    guard let first = wrong.first else { return nil }
    let several = wrong.count == 1 ? "" : " and \(NumberText.count(wrong.count - 1, "other epoch"))"
    return "The loss of epoch \(first.epoch)\(several) is no finite number; curves are broken there."
  }
}

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
