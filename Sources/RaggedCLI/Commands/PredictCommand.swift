public import ArgumentParser
import Foundation
public import Ragged

struct PredictCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predict sequences of a store or of files.",
    discussion: """
      Reads a store, or files in any format that "ragged import" takes; columns that are not named are those that the \
      model was trained on. Writes CSV with a row per sequence (or a timestep, for a model with an output per timestep): \
      key, prediction and each class's probability, or the values; or JSON Lines with an object per sequence. A \
      prediction of what comes next has what came beside it as "actual", empty where nothing did; --actual gives other \
      models' the same. Of a model for lists of labels, the prediction is the labels, beside those of the data where it \
      has them. Tokens that the model does not know are the unknown token to it.

        ragged predict model.best.ragged store.sqlite --split test
        ragged predict model.best.ragged new.csv --id run --output new-classes.csv
        ragged predict next.best.ragged running.csv --id case --last --top 3
      """)

  @Argument(help: "The checkpoint.", completion: .file(extensions: ["ragged"]))
  var model: String

  @Argument(help: "A store, or files, or - for standard input.", completion: .file())
  var inputs: [String]

  @Option(
    name: .shortAndLong, help: "The dataset of a store; may be left out where it has one.",
    completion: .datasets)
  var dataset: String?

  @OptionGroup(title: "Part of a store") var part: PartArguments
  @OptionGroup(title: "Files") var reading: ReaderArguments

  @Flag(
    name: .long, help: "Only what is predicted at the last timestep of each sequence: of a case that is still running.")
  var last = false

  @Option(
    name: .long, help: "The likeliest classes, as many of them, with names and probabilities instead of every class's.")
  var top: Int?

  @Flag(
    name: .long,
    help: "What was to be predicted beside each prediction, where the data has it. Default: where later timesteps are.")
  var actual = false

  @Option(name: .long, help: "What is written: csv or jsonl.")
  var to: PredictionFormat.Kind = .csv

  @Option(name: .shortAndLong, help: "The file to write. Default: standard output.", completion: .file())
  var output: String?

  @Option(name: .shortAndLong, help: "Sequences per batch; beyond rounding, the predictions do not depend on it.")
  var batchSize = Trainer.usualBatchSize

  @Option(name: .long, help: "Of lists of labels, the prefixes that the search keeps; 1 takes the likeliest outputs.")
  var beam = TrainedModel.usualBeam

  @OptionGroup var compute: ThreadArguments
  @OptionGroup(title: "Messages") var console: ConsoleArguments

  @OptionGroup var wait: WaitArguments

  func validate() throws {
    try Limits.check("--batch-size", batchSize, Limits.count)
    try Limits.check("--beam", beam, Limits.count)
    try Limits.check("--top", top, Limits.count)
  }

  func run() throws {
    try stopping(leaving: kept) { try predict() }
  }

  private func predict() throws {
    let loaded = try TrainedModel(path: model, threads: compute.threads)
    if last, !loaded.signature.target.isPerTimestep {
      throw ValidationError("\(model) predicts once per sequence, not at each timestep: leave --last out")
    }
    if top != nil, !loaded.signature.target.isClass {
      throw ValidationError("--top \(top ?? 0) is for classes, and \(model) predicts values: leave it out")
    }
    if inputs.count == 1, inputs[0] != "-", reading.query == nil, SequenceStore.isDatabase(at: inputs[0]) {
      let store = try wait.open(inputs[0], .readOnly)
      let selection = part.selection(of: try dataset ?? store.onlyDataset())
      return try write(loaded, loaded.predictable(selection, in: store, withActual: isActualWanted(loaded)))
    }
    if let dataset {
      throw ValidationError("--dataset \(dataset) goes with a store, and \(inputs.joined(separator: ", ")) is none")
    }
    let readers = try reading.readers(of: inputs) {
      reading.settings(of: $0, for: loaded.signature.input)
    }
    let line = ImportLine(readers)
    do {
      // A condition is SQL, which only a store can evaluate.
      guard part.condition == nil else { return try predictPart(loaded, readers, line) }
      // Sequences without a target are predicted as others are.
      let records = try RecordSource(
        readers, choice: ColumnChoice(target: []), note: { if !Console.isQuiet { Console.error($0.advice) } },
        monitor: line.monitor)
      line.clear()
      guard part.classNames != nil else {
        let source = try loaded.predictable(records, withActual: isActualWanted(loaded))
        guard !part.isEmpty else { return try write(loaded, source) }
        return try write(loaded, source.subset(source.base.positions(splits: part.splits, classes: nil)))
      }
      let source = try loaded.source(of: records, keepsTarget: true)
      let subset = try source.subset(source.positions(splits: part.splits, classes: part.classNames))
      try write(loaded, loaded.source(subset, needsTargets: false))
    } catch let error where Interruption.isRequested && (error is InputError || error is StoreError) {
      throw Cancelled(kept)
    }
  }

  private func isActualWanted(_ model: TrainedModel) -> Bool { actual || model.predictsLater }

  private func predictPart(_ model: TrainedModel, _ readers: [FileReader], _ line: ImportLine) throws {
    var readers = readers
    try TemporaryStore.using { path in
      let store = try SequenceStore(path: path, mode: .create)
      _ = try store.importing(into: "data", monitor: line.monitor) { session in
        for index in readers.indices {
          readers[index].endWaits(for: Interruption.monitor)
          try readers[index].showNotes()
          try session.add(
            &readers[index], named: readers[index].source.name,
            rowPerTimestep: readers[index].hasRowPerTimestep)
          try readers[index].showNotes()
        }
      }
      line.clear()
      try write(model, model.predictable(part.selection(of: "data"), in: store, withActual: isActualWanted(model)))
    }
  }

  private func write(_ model: TrainedModel, _ source: some SequenceSource) throws {
    let target = model.signature.target
    if beam != TrainedModel.usualBeam, !target.isLabels {
      throw ValidationError("--beam searches lists of labels, and the model predicts \(target.summary)")
    }
    let hasActual = target.isLabels ? !source.signature.labels.isEmpty : source.signature.target != .none
    if actual, !hasActual {
      Console.error("the data does not have \(target.summary) to be predicted: there is no --actual")
    }
    let format = PredictionFormat(to, target: target, hasActual: hasActual, top: top)
    let file = try output.map { try AtomicFile(path: $0) }
    var buffer: [UInt8] = []
    let line = ProgressLine("predicting")
    var done = 0
    func emit(_ text: String) throws {
      guard let file else { return Console.write(text) }
      buffer.append(contentsOf: text.utf8)
      if buffer.count >= 1 << 16 { try flush(file) }
    }
    func flush(_ file: AtomicFile) throws {
      try buffer.withUnsafeBytes(file.write)
      buffer.removeAll(keepingCapacity: true)
    }
    try emit(format.header)
    let isComplete = try model.predict(source, batchSize: batchSize, beam: beam) { prediction in
      try emit(format.text(last ? prediction.last : prediction))
      done += 1
      // Predictions that go to the same terminal show by themselves how far they are.
      if output != nil || Terminal.width == nil {
        line.update(done, of: source.count, [done.counted("sequence")])
      }
      return !Interruption.isRequested
    }
    guard isComplete else { throw Cancelled(kept) }
    line.clear()
    if let file {
      try flush(file)
      try file.commit()
    }
  }

  /// What there is after an interruption.
  private var kept: String {
    output.map { "\($0) was not written" } ?? "the predictions so far are not all there are"
  }
}

extension PredictionFormat.Kind: ExpressibleByArgument {}
