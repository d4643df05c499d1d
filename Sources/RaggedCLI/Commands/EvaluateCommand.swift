import ArgumentParser
import Ragged

struct EvaluateCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Judge a model on a store or on files, beside forecasts without a model.",
    discussion: """
      Reads a store, or files in any format that "ragged import" takes, with their targets. The data must have the features \
      that the model was trained on; classes and tokens are matched by name, and a class that the model does not know counts \
      as an error, without a loss. Figures are exact: sums over real timesteps, divided once by the sum of their weights, or \
      not at all where the model was trained with --reduction sum.

      Classes: precision, recall and F1 of each, macro F1 and other means, balanced accuracy; of two AUROC and average precision; \
      of classes a timestep perplexity and bits a symbol; of tags (B-LOC, I-LOC, O) entities, as conlleval counts them. \
      Labels of which a sequence may have many (--loss binary_crossentropy): precision, recall and F1 of each at its \
      --threshold, AUROC and average precision. \
      Values: errors in their own unit, seconds for what is derived from a time; R2; sMAPE; and MASE, the mean absolute error \
      over that of the value --season timesteps before in the training sequences. JSON has all of it.

      Beside the model stand forecasts without one: the most frequent class, and of a class a timestep the one that is most \
      frequent beside each name of a category column; the mean; and for values a timestep the last value of the sequence and that \
      of a season before. They know the training sequences alone. A model that is no \
      better is told so.

      A model with several targets has each judged by itself; the total loss is the sum of theirs, each times its weight.

      Built with the trait MPI (swift build --traits MPI), "mpirun -n 4 ragged evaluate" has each of four processes compute some       of the batches; the figures are those of one, digit for digit.

        ragged evaluate model.best.ragged store.sqlite --split test
        ragged evaluate model.best.ragged store.sqlite --by length
        ragged evaluate model.best.ragged new.csv --id run --season 24
      """)

  @Argument(help: "The checkpoint.", completion: .file(extensions: ["ragged"]))
  var model: String

  @Argument(help: "A store, or files, or - for standard input.", completion: .file())
  var inputs: [String]

  @Option(
    name: .shortAndLong, help: "The dataset of a store; may be left out where it has one.",
    completion: .datasets)
  var dataset: String?

  @OptionGroup(title: "Part") var part: PartArguments

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Figures of parts: by length, timestep, split, group or a column.",
      discussion: """
        Parts have 20 members in the mean or more: numbers and lengths fall into as many ranges at most, of names the rarest \
        are one part. A column that is called as one of the words is column:length.
        """))
  var by: String?

  @Option(
    name: .long, help: "The length of a season in timesteps, for MASE and a seasonal forecast of values a timestep.")
  var season: Int?

  @Option(name: .long, help: ThresholdArgument.help)
  var threshold: ThresholdArgument?

  @OptionGroup(title: "Files") var reading: ReaderArguments

  @Option(name: .shortAndLong, help: "Sequences per batch; the figures do not depend on it.")
  var batchSize = Trainer.usualBatchSize

  @Option(name: .long, help: "Of lists of labels, judge also what a search finds that keeps this many prefixes.")
  var beam: Int?

  @OptionGroup var compute: ThreadArguments

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  @OptionGroup(title: "Messages") var console: ConsoleArguments

  @OptionGroup var wait: WaitArguments

  func validate() throws {
    try Limits.check("--batch-size", batchSize, Limits.count)
    try Limits.check("--season", season, Limits.count)
    try Limits.check("--beam", beam, Limits.count)
  }

  func run() throws {
    try Ranks.refuseStandardInput(inputs)
    let meeting = try RankMeeting()
    let data = EvaluatedData(inputs: inputs, dataset: dataset, part: part, reading: reading, wait: wait)
    try meeting.attend {
      let loaded = try TrainedModel(path: model, threads: compute.threads ?? Ranks.place?.usualThreads)
      try data.open(for: loaded, judge: Judge(command: self, meeting: meeting, model: loaded))
    }
    meeting.end()
  }
}

/// What is done with the data once it is there, whatever holds it.
private struct Judge: EvaluatedData.Use {
  let command: EvaluateCommand
  let meeting: RankMeeting
  let model: TrainedModel
  /// The target that is judged, of several.
  var head: String?

  func use(_ base: some GroupableSource, _ positions: [Int], store: SequenceStore?) throws {
    let part = try base.subset(positions)
    let groups = try command.by.map { try EvaluationGroups.by($0, of: base, positions) }
    guard !model.headNames.isEmpty else {
      try judge(part, groups, store)
      return
    }
    if let threshold = command.threshold, !(try model.headNames.indices.contains { try model.head($0).judgesLabels }) {
      throw ValidationError(
        "--threshold \(threshold) is for labels of which a sequence may have many, and the model predicts "
          + model.signature.target.summary)
    }
    var total = 0.0
    var outputs: [HeadOutput] = []
    for (place, name) in model.headNames.enumerated() {
      let weight = model.trainer.losses[place].weight
      var judge = Judge(command: command, meeting: meeting, model: try model.head(place))
      judge.head = name
      var groups = groups
      if let found = groups, found.isPerTimestep, !judge.model.signature.target.isPerTimestep {
        Console.error("target \(name.printable) is one of the sequence: it has no parts by \(found.title.printable)")
        groups = nil
      }
      if !command.json {
        Console.print("\(place == 0 ? "" : "\n")Target \(name.printable), weight \(Format.figure(weight)):")
      }
      let found = try judge.judge(part.target(at: place), groups, store)
      total += weight == 0 ? 0 : weight * found.overall.loss
      outputs.append(HeadOutput(name: name, weight: weight, judged: found))
    }
    guard command.json else {
      return Console.print("\nLoss of all targets, each times its weight: \(Format.fixed(total, 4))")
    }
    try Console.print(json: HeadsOutput(loss: total, heads: outputs))
  }

  /// What is said of one of several targets.
  private struct HeadOutput: Encodable {
    var name: String
    var weight: Double
    var judged: EvaluationOutput
  }

  /// What is said of several targets.
  private struct HeadsOutput: Encodable {
    var loss: Double
    var heads: [HeadOutput]
  }

  /// Judges one target, and prints what is said of it unless it is one of several as JSON.
  @discardableResult
  private func judge(
    _ part: some SequenceSource, _ groups: EvaluationGroups?, _ store: SequenceStore?
  ) throws -> EvaluationOutput {
    let season = command.season
    let line = ProgressLine("evaluating")
    let (source, facts, thresholds) = try stopping(leaving: "the store is unchanged") {
      try meeting.together(facts: { model.rankFacts(of: $0.0, batchSize: command.batchSize) }) {
        (
          try model.source(part, needsTargets: true),
          try store.flatMap { try model.targetFacts(in: $0, season: season, monitor: Interruption.monitor) },
          try self.thresholds(store, line)
        )
      }
    }
    let judgement = try stopping(leaving: "the store is unchanged") {
      try model.judge(
        on: source, batchSize: command.batchSize, groups: groups, facts: facts, thresholds: thresholds, season: season,
        monitor: line.monitor, over: meeting.exchange)
    }
    let found = try stopping(leaving: "the store is unchanged") {
      try (head == nil || model.signature.target.isLabels ? command.beam : nil).map {
        try model.labelErrors(
          on: source, beam: $0, batchSize: command.batchSize, monitor: line.monitor, over: meeting.exchange)
      }
    }
    line.clear()
    if !Console.isQuiet { note(judgement) }
    var output = EvaluationOutput(judgement, classes: model.classNames, groupTitle: groups?.title)
    output.beamSearch = found
    if command.json {
      if head == nil { try Console.print(json: output) }
      return output
    }
    Console.print(EvaluationPrinter(judgement: judgement, model: model, groupTitle: groups?.title).text)
    if let found { Console.print(LabelFigures.words(found)) }
    return output
  }

  /// Those of a model of labels of which a sequence may have many; nil for others.
  private func thresholds(_ store: SequenceStore?, _ line: ProgressLine) throws -> [Float]? {
    guard let threshold = command.threshold, head == nil || model.judgesLabels else { return nil }
    return try model.thresholds(
      threshold.chosen, in: store, batchSize: command.batchSize, monitor: line.monitor)
  }

  /// What is missing beside the model.
  private func note(_ judgement: ModelJudgement) {
    if model.classWeights != nil {
      Console.error("the model was trained with class weights; the loss here is without them")
    }
    if judgement.fittedOn == nil, !model.signature.target.isLabels {
      Console.error(
        "no forecast without a model stands beside this one: its checkpoint does not say what the training data is like, "
          + "and the data at hand is not that")
    } else if let season = command.season, head == nil || !judgement.values.isEmpty,
      judgement.values.contains(where: { $0.mase == nil })
    {
      Console.error(
        model.signature.target.isPerTimestep
          ? "no MASE for --season \(season): the training sequences are not that long, do not change, or are not at hand; the "
            + "checkpoint knows the seasons \(TargetFacts.usualSeasons.map(String.init).joined(separator: ", "))"
          : "--season is for values a timestep, and the model predicts values a sequence")
    }
  }
}
