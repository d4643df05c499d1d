public import ArgumentParser
import Foundation
public import Ragged

struct PredictCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predict sequences of a store or of files.",
    discussion: """
      Reads a store, or files in any format that "ragged import" takes. These are read as the data was that the model was \
      trained on: options that were given then need not be given again, and other ones are stronger. Writes CSV with a row per sequence (or a timestep, for a model with an output per timestep): \
      key, prediction and each class's probability, or the values; or JSON Lines with an object per sequence. A \
      prediction of what comes next has what came beside it as "actual", empty where nothing did, but with --last; --actual gives other \
      models' the same. Of a model for lists of labels, the prediction is the labels, beside those of the data where it \
      has them. Tokens that the model does not know are the unknown token to it.

        ragged predict model.best.ragged store.sqlite --split test
        ragged predict model.best.ragged new.csv --output new-classes.csv
        ragged predict next.best.ragged running.csv --last --top 3
        ragged predict tags.best.ragged test.conll --to conll
        tail -f readings.csv | ragged predict model.best.ragged - --follow

      With --follow each line is answered before the next one is there: rows of CSV with a header, of which each is a timestep, \
      or JSON Lines, of which each is a timestep or a piece of a sequence. A state is kept for each key, in whatever order the keys \
      come, so that the answers are those of the whole sequences, bit for bit. The last line, Ctrl-C and a reader that goes away end it \
      with exit code 0. A model that reads backwards, and labels or tags that are searched for in whole sequences, cannot be \
      followed.

      A model with several targets has the columns of each behind the other, or an object each; --head names one.

      Built with the trait MPI (swift build --traits MPI), "mpirun -n 4 ragged predict" has each of four processes compute some       of the batches, and the first write the output of one, byte for byte.
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

  @Option(
    name: .long, help: "The target to predict, of a model that has several. Default: all of them, side by side.")
  var head: String?

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

  @Option(name: .long, help: ThresholdArgument.help)
  var threshold: ThresholdArgument?

  @Option(
    name: .customLong("columns"),
    help: ArgumentHelp(
      "Columns of the data to write beside the predictions, separated by commas; group is the sequence's group.",
      discussion: "Default: none; with --to conll the categories that the model takes at each timestep."))
  var columnValues: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What is written: csv, jsonl or conll.",
      discussion: """
        conll is for a class at each timestep: a line per token with its columns, its class where the data has it, and the \
        predicted one, between blanks, as conlleval takes it, and an empty line behind each sequence.
        """))
  var to: PredictionFormat.Kind = .csv

  @Option(name: .shortAndLong, help: "The file to write. Default: standard output.", completion: .file())
  var output: String?

  @Option(name: .shortAndLong, help: "Sequences per batch; beyond rounding, the predictions do not depend on it.")
  var batchSize = Trainer.usualBatchSize

  @Option(name: .long, help: "Of lists of labels, the prefixes that the search keeps; 1 takes the likeliest outputs.")
  var beam = TrainedModel.usualBeam

  @OptionGroup(title: "Lines as they come") var following: FollowArguments

  @OptionGroup var compute: ThreadArguments
  @OptionGroup(title: "Messages") var console: ConsoleArguments

  @OptionGroup var wait: WaitArguments

  func validate() throws {
    try Limits.check("--batch-size", batchSize, Limits.count)
    try Limits.check("--beam", beam, Limits.count)
    try Limits.check("--top", top, Limits.count)
    if following.isAsked { try checkFollowing() }
  }

  func run() throws {
    try stopping(leaving: kept) { try predict() }
  }

  private func predict() throws {
    if following.isAsked { try Ranks.refuse("predict --follow") }
    try Ranks.refuseStandardInput(inputs)
    let meeting = try RankMeeting()
    try meeting.attend { try predict(meeting) }
    meeting.end()
  }

  private func predict(_ meeting: RankMeeting) throws {
    let all = try TrainedModel(path: model, threads: compute.threads ?? Ranks.place?.usualThreads)
    let loaded = try head.map { try all.head(named: $0, in: model) } ?? all
    let parts = loaded.signature.target.parts.map(\.target)
    if last, !(parts.isEmpty ? [loaded.signature.target] : parts).contains(where: \.isPerTimestep) {
      throw ValidationError("\(model) predicts once per sequence, not at each timestep: leave --last out")
    }
    if top != nil, !(parts.isEmpty ? [loaded.signature.target] : parts).contains(where: \.isClass) {
      throw ValidationError("--top \(top ?? 0) is for classes, and \(model) predicts values: leave it out")
    }
    if following.isAsked { return try follow(loaded) }
    if inputs.count == 1, inputs[0] != "-", reading.query == nil, SequenceStore.isDatabase(at: inputs[0]) {
      let store = try wait.open(inputs[0], .readOnly)
      let selection = part.selection(of: try dataset ?? store.onlyDataset())
      let source = try loaded.predictable(selection, in: store, withActual: isActualWanted(loaded))
      return try write(meeting, loaded, source, beside: source.base, store: store)
    }
    if let dataset {
      throw ValidationError("--dataset \(dataset) goes with a store, and \(inputs.joined(separator: ", ")) is none")
    }
    let needsMore = actual || to == .conll || !columnValues.isEmpty
    let readers = try reading.readers(of: inputs, for: loaded, needsMore ? .targets : .inputs)
    let line = ImportLine(readers)
    do {
      // A condition is SQL, which only a store can evaluate.
      guard part.condition == nil else {
        return try TemporaryStore.using(importing: readers, line) { store, dataset in
          let source = try loaded.predictable(
            part.selection(of: dataset), in: store, withActual: isActualWanted(loaded))
          try write(meeting, loaded, source, beside: source.base)
        }
      }
      // Sequences without a target are predicted as others are.
      let records = try RecordSource(
        readers, choice: ColumnChoice(target: []), note: { if !Console.isQuiet { Console.error($0.advice) } },
        monitor: line.monitor)
      line.clear()
      guard part.classNames != nil else {
        let source = try loaded.predictable(records, withActual: isActualWanted(loaded))
        guard !part.isEmpty else { return try write(meeting, loaded, source, beside: source.base) }
        let positions = try source.base.positions(splits: part.splits, classes: nil)
        return try write(meeting, loaded, source.subset(positions), beside: source.base, positions)
      }
      let source = try loaded.source(of: records, keepsTarget: true)
      let positions = try source.positions(splits: part.splits, classes: part.classNames)
      try write(
        meeting, loaded, loaded.source(source.subset(positions), needsTargets: false), beside: source, positions)
    } catch let error where Interruption.isRequested && (error is InputError || error is StoreError) {
      throw Cancelled(kept)
    }
  }

  /// Behind the last timestep of a case that still runs nothing came yet, so an end beside it would be invented.
  private func isActualWanted(_ model: TrainedModel) -> Bool {
    actual || to == .conll || model.predictsLater && !last
  }

  /// The names of the columns that stand beside predictions.
  private func columns(of model: TrainedModel) -> [String] {
    let named = columnValues.joinedList.list
    guard named.isEmpty, to == .conll else { return named }
    return model.signature.input.timestep.categories.map(\.name)
  }

  /// Those of a model of labels of which a sequence may have many; nil for others.
  func thresholds(_ model: TrainedModel, _ store: SequenceStore?) throws -> [Float]? {
    guard model.judgesLabels else { return nil }
    return try model.thresholds(
      threshold?.chosen ?? .all(LabelReport.usualThreshold), in: store, batchSize: batchSize,
      monitor: Interruption.monitor)
  }

  /// What is written of the sequences, once it is known that all of it can be.
  /// - Parameters:
  ///   - base: where the columns are that stand beside the predictions.
  ///   - positions: those in it of the sequences that are predicted; nil where they are the same.
  ///   - store: the store that the command names.
  private func page<Base: GroupableSource>(
    _ model: TrainedModel, _ source: some SequenceSource, beside base: Base, _ positions: [Int]?, store: SequenceStore?
  ) throws -> PredictionPage {
    if let threshold, !model.judgesLabels, !(try model.headNames.indices.contains { try model.head($0).judgesLabels }) {
      throw ValidationError(
        "--threshold \(threshold) is for labels of which a sequence may have many, and the model predicts "
          + model.signature.target.summary)
    }
    let target = model.signature.target
    if to == .conll, !target.isClass || !target.isPerTimestep {
      throw ValidationError(
        "--to conll is for a class at each timestep, and the model predicts \(target.summary); use csv or jsonl")
    }
    let names = columns(of: model)
    let hasRows = target.isPerTimestep || target.parts.contains { $0.target.isPerTimestep }
    let beside = try names.isEmpty ? nil : ColumnsBeside(names, of: base, isPerTimestep: hasRows)
    if beam != TrainedModel.usualBeam, !target.isLabels, !target.parts.contains(where: \.target.isLabels) {
      throw ValidationError("--beam searches lists of labels, and the model predicts \(target.summary)")
    }
    let hasActual = target.isLabels ? !source.signature.labels.isEmpty : source.signature.target != .none
    if actual || to == .conll, !hasActual {
      Console.error(
        "the data does not have \(target.summary) to be predicted: there is no "
          + (to == .conll ? "column of it beside what is predicted" : "--actual"))
    }
    let cells = beside.map { beside in
      { (wanted: [Int]) in
        try beside.cells(positions.map { all in wanted.map { all[$0] } } ?? wanted, isPerTimestep: hasRows)
      }
    }
    guard !target.parts.isEmpty else {
      let format = PredictionFormat(
        to, target: target, hasActual: hasActual, top: top, thresholds: try thresholds(model, store), columns: names)
      return PredictionPage(header: format.header, cells: cells) { try format.text($0[0]) }
    }
    let several = try HeadsFormat(
      to, target.parts, hasActual: hasActual, top: top,
      thresholds: target.parts.indices.map { try thresholds(model.head($0), store) }, columns: names)
    return PredictionPage(header: several.header, cells: cells) { try several.text($0) }
  }

  /// Writes the predictions: of several ranks the first does.
  private func write<Base: GroupableSource>(
    _ meeting: RankMeeting, _ model: TrainedModel, _ source: some SequenceSource, beside base: Base,
    _ positions: [Int]? = nil, store: SequenceStore? = nil
  ) throws {
    let (page, file) = try meeting.together(facts: { _ in model.rankFacts(of: source, batchSize: batchSize) }) {
      (
        try self.page(model, source, beside: base, positions, store: store),
        meeting.exchange.rank == 0 ? try output.map { try AtomicFile(path: $0) } : nil
      )
    }
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
    func count(_ sequences: Int) throws {
      done += sequences
      // Predictions that go to the same terminal show by themselves how far they are.
      if output != nil || Terminal.width == nil {
        line.update(done, of: source.count, [done.counted("sequence")])
      }
      if Interruption.isRequested { throw Cancelled(kept) }
    }
    try emit(page.header)
    try model.predict(
      source, over: meeting.exchange, batchSize: batchSize, beam: beam, columns: page.cells,
      monitor: Interruption.monitor, text: { try page.text(last ? $0.map { $0.isPerTimestep ? $0.last : $0 } : $0) }
    ) { text, sequences in
      try emit(text)
      try count(sequences)
    }
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

/// How predictions are written.
private struct PredictionPage {
  var header: String
  /// What stands beside the predictions of some positions; nil for nothing.
  var cells: ((_ positions: [Int]) throws -> [[Prediction.Column]])?
  var text: ([Prediction]) throws -> String

  init(
    header: String, cells: ((_ positions: [Int]) throws -> [[Prediction.Column]])?,
    text: @escaping ([Prediction]) throws -> String
  ) { (self.header, self.cells, self.text) = (header, cells, text) }
}

extension PredictionFormat.Kind: ExpressibleByArgument {}
