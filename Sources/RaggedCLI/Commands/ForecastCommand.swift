public import ArgumentParser
import Foundation
public import Ragged

struct ForecastCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "forecast",
    abstract: "Forecast series behind their ends, with quantiles.",
    discussion: """
      Takes a model that predicts later numbers of a column at each timestep. One of "--target sales@1..12" says up to 12 \
      steps at the last timestep of each series. One of "--target sales@1" goes on from what it has said, as far as \
      --horizon; its other inputs must then be known ahead: what follows from a time (when:hour), or belongs to the sequence. \
      Any other is refused by its name.

      Writes CSV with a row per step (key, step, time, value, quantiles), or JSON Lines with an object per series. Times \
      go on by the usual distance of the series, or by months, quarters or years.

      Quantiles are those of --paths futures, drawn with the model's own errors in the later half of the past of the same \
      series: of a direct forecast all steps together, otherwise step by step, each fed to the model as if it had come. \
      On series that the model was trained on these errors are smaller than on others.

      With --actual, or --holdout, the forecasts are held against what came: sMAPE and MASE of each series, and their mean \
      over the series as the M4 competition judges, beside repeating the last value and the last season. The forecasts \
      themselves then go to --output alone.

        ragged forecast sales.best.ragged store.sqlite --horizon 12
        ragged forecast sales.best.ragged new.csv --horizon 12 --quantiles 0.1,0.5,0.9 --seed 1 -o sales.csv
        ragged forecast hourly.best.ragged m4.sqlite --actual M4-Hourly-test.csv --season 24
        ragged forecast sales.best.ragged store.sqlite --split test --holdout --season 12
      """)

  @Argument(help: "The checkpoint.", completion: .file(extensions: ["ragged"]))
  var model: String

  @Argument(help: "A store, or files, or - for standard input.", completion: .file())
  var inputs: [String]

  @Option(
    name: .shortAndLong, help: "The dataset of a store; may be left out where it has one.", completion: .datasets)
  var dataset: String?

  @OptionGroup(title: "Part") var part: PartArguments
  @OptionGroup(title: "Files") var reading: ReaderArguments

  @Option(name: .long, help: "The target to forecast, of a model that has several.")
  var head: String?

  @Option(name: .long, help: "Steps behind the end of each series. Default: as many as the model predicts at once.")
  var horizon: Int?

  @Option(name: .customLong("quantiles"), help: "Quantiles of each value, separated by commas, such as 0.1,0.5,0.9.")
  var quantileValues: [String] = []

  @Option(name: .long, help: "Futures that are drawn of each series, for quantiles.")
  var paths = ForecastRequest.usualPaths

  @Option(name: .long, help: "Decides what is drawn; a series' own futures do not depend on the others.")
  var seed: UInt64 = 0

  @Option(
    name: .long, help: "A file with what came behind the series, by their keys: hold the forecasts against it.",
    completion: .file())
  var actual: String?

  @Flag(
    name: .long,
    help: "Leave out the last timesteps of each series, as many as the horizon, and hold the forecasts against them.")
  var holdout = false

  @Option(
    name: .long,
    help:
      "With --actual or --holdout: the length of a season in timesteps, for MASE and a seasonal forecast. Default: 1.")
  var season: Int?

  @Option(name: .long, help: "What is written: csv or jsonl.")
  var to: ForecastFormat.Kind = .csv

  @Option(name: .shortAndLong, help: "The file to write. Default: standard output.", completion: .file())
  var output: String?

  @Option(name: .shortAndLong, help: "Series computed at once; beyond rounding, the forecasts do not depend on it.")
  var batchSize = ForecastRequest.usualBatchSize

  @Flag(name: .long, help: "With --actual or --holdout: print the figures as JSON, those of each step among them.")
  var json = false

  @OptionGroup var compute: ThreadArguments
  @OptionGroup(title: "Messages") var console: ConsoleArguments
  @OptionGroup var wait: WaitArguments

  private var isJudged: Bool { actual != nil || holdout }

  func validate() throws {
    try Limits.check("--horizon", horizon, Limits.count)
    try Limits.check("--paths", paths, 1...ForecastRequest.pathLimit)
    try Limits.check("--season", season, Limits.count)
    try Limits.check("--batch-size", batchSize, Limits.count)
    _ = try quantiles()
    if actual != nil, holdout { throw ValidationError("--actual and --holdout exclude each other") }
    if season != nil, !isJudged { throw ValidationError("--season goes with --actual or --holdout") }
    if json, !isJudged {
      throw ValidationError("--json goes with --actual or --holdout; --to jsonl writes the forecasts so")
    }
    if part.classes != nil {
      throw ValidationError("--class is for targets that are classes, and a forecast has numbers")
    }
  }

  private func quantiles() throws -> [Double] {
    let found = try quantileValues.joinedList.list.map { text in
      guard let number = Double(text), number > 0, number < 1 else {
        throw ValidationError("--quantiles \(text): expected numbers above 0 and below 1, separated by commas")
      }
      return number
    }
    guard Set(found).count == found.count else { throw ValidationError("--quantiles names a quantile twice") }
    return found
  }

  func run() throws {
    try stopping(leaving: kept) { try forecast() }
  }

  private func forecast() throws {
    let all = try TrainedModel(path: model, threads: compute.threads)
    if inputs.count == 1, inputs[0] != "-", reading.query == nil, SequenceStore.isDatabase(at: inputs[0]) {
      let store = try wait.open(inputs[0], .readOnly)
      let selection = part.selection(of: try dataset ?? store.onlyDataset())
      let loaded = try chosen(all)
      return try write(loaded) { try loaded.forecast(selection, in: store, $0, monitor: $1, $2) }
    }
    if let dataset {
      throw ValidationError("--dataset \(dataset) goes with a store, and \(inputs.joined(separator: ", ")) is none")
    }
    let loaded = try chosen(all)
    let readers = try reading.readers(of: inputs, for: loaded, .inputs)
    let line = ImportLine(readers)
    do {
      // A condition is SQL, which only a store can evaluate.
      guard part.condition == nil else {
        return try TemporaryStore.using(importing: readers, line) { store, dataset in
          try write(loaded) { try loaded.forecast(part.selection(of: dataset), in: store, $0, monitor: $1, $2) }
        }
      }
      let records = try read(readers, line)
      try write(loaded) { try loaded.forecast(records, splits: part.splits, $0, monitor: $1, $2) }
    } catch let error where Interruption.isRequested && (error is InputError || error is StoreError) {
      throw Cancelled(kept)
    }
  }

  private func chosen(_ model: TrainedModel) throws -> TrainedModel {
    try head.map { try model.head(named: $0, in: self.model) } ?? model
  }

  private func read(_ readers: [FileReader], _ line: ImportLine) throws -> RecordSource {
    let records = try RecordSource(
      readers, choice: ColumnChoice(target: []), note: { if !Console.isQuiet { Console.error($0.advice) } },
      monitor: line.monitor)
    line.clear()
    return records
  }

  private func write(
    _ model: TrainedModel,
    _ run: (ForecastRequest, ProgressMonitor, (Forecast) throws -> Bool) throws -> ForecastNotes
  ) throws {
    let options = ForecastRequest(
      horizon: horizon, paths: paths, quantiles: try quantiles(), seed: seed, holdsOut: holdout, batchSize: batchSize)
    let truth = try actual.map { path in
      let readers = try reading.readers(of: [path], for: model, .inputs)
      return try ActualValues(read(readers, ImportLine(readers)), for: model)
    }
    var judgement = ForecastJudgement(season: season ?? 1, quantiles: options.quantiles.count)
    let writer = try isJudged && output == nil ? nil : ForecastWriter(output)
    var format: ForecastFormat?
    let line = ProgressLine("forecasting")
    var first: String?
    let notes = try run(options, line.monitor) { forecast in
      first = first ?? forecast.key
      let found = truth?.beside(forecast) ?? forecast
      if isJudged { judgement.add(found) }
      guard let writer else { return !Interruption.isRequested }
      let text = format ?? ForecastFormat(to, options, first: found, hasActual: isJudged)
      if format == nil { try writer.write(text.header) }
      format = text
      try writer.write(text.text(found))
      return !Interruption.isRequested
    }
    line.clear()
    if let actual, judgement.series == 0, let first {
      throw TrainingError(
        .dataMismatch,
        "\(actual): no series there has the key of one that is forecast: these are called such as \"\(first)\", and there is "
          + (truth?.firstKey.map { "\"\($0)\"" } ?? "no series")
          + "; \"ragged inspect\" shows what the file is taken for, and --layout wide reads a row as a series")
    }
    if format == nil { try writer?.write(ForecastFormat(to, options, first: nil, hasActual: isJudged).header) }
    try writer?.commit()
    if !Console.isQuiet { for note in notes.lines { Console.error(note) } }
    guard isJudged else { return }
    if holdout, !Console.isQuiet, !namesOthers(than: model) {
      Console.error(
        "what is held out of series that the model was trained on has been seen by it: --split names others, and --actual a file "
          + "with what came later")
    }
    if json { return try Console.print(json: ForecastOutput(judgement, options)) }
    Console.print(ForecastPrinter(judgement: judgement, quantiles: options.quantiles).text)
  }

  /// Whether the splits that are forecast are none of those that the model was trained on.
  private func namesOthers(than model: TrainedModel) -> Bool {
    guard let splits = part.splits, let trained = model.trainingSplits else { return false }
    return !trained.contains { split in splits.contains { $0.isExactly(split) } }
  }

  /// What there is after an interruption.
  private var kept: String {
    output.map { "\($0) was not written" } ?? "the forecasts so far are not all there are"
  }
}

extension ForecastFormat.Kind: ExpressibleByArgument {}

/// Where forecasts go: a file that appears when it is whole, or standard output.
private final class ForecastWriter {
  private let file: AtomicFile?
  private var buffer: [UInt8] = []

  init(_ path: String?) throws { file = try path.map { try AtomicFile(path: $0) } }

  func write(_ text: String) throws {
    guard file != nil else { return Console.write(text) }
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= 1 << 16 { try flush() }
  }

  func commit() throws {
    try flush()
    try file?.commit()
  }

  private func flush() throws {
    guard let file else { return }
    try buffer.withUnsafeBytes(file.write)
    buffer.removeAll(keepingCapacity: true)
  }
}
