public import ArgumentParser
import Foundation
public import Ragged

struct TrainCommand: ConsoleCommand, ConfigurableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train an LSTM on a dataset.",
    discussion: """
      A model is a list of layers, first to last; the output layer is added where it is left out:

        lstm(32, sequences) lstm(8, sequences) dense(sigmoid)
        bidirectional(lstm(100))
        embedding(32) lstm(64, dropout=0.2)

      The layers, with Keras' meaning:

        lstm(UNITS[, sequences][, backwards][, dropout=RATE])
        bidirectional(lstm(…)[, concat|sum|mul|ave])
        dense([UNITS][, linear|relu|sigmoid|tanh|softmax])
        time_distributed(…), as dense
        embedding(UNITS), dropout(RATE), masking(VALUE)
        crf, or crf(bio): behind the scores of tags per timestep, which it learns to put in order

      Of several category columns each has an embedding, of a width that the number of its names gives, or as in \
      embedding(activity=16, resource=8). Two more words say what becomes of missing numbers and of columns per sequence:

        missing(mean|last|zero[, indicators][, since])
        statics(repeat|head|state)

      Several targets at once (--target activity@1,when:log-delta@1) share the layers, and each has a head of its own: a \
      dense layer that suits it, behind the last timestep where the target is one of the sequence. Other heads stand last:

        lstm(64, sequences) heads(activity@1=dense(32, relu) dense(softmax), outcome=last dense(softmax))

      An lstm gives its last valid output, or with "sequences" one per timestep, as a target per timestep needs it. Tokens \
      go through an embedding first. The output layer has a unit for each class or value; dense(1, sigmoid) stands for two \
      classes. Where the target is a list of labels per sequence it has one more, the blank of CTC, which is output 0.

      Two checkpoints are written after each epoch, OUTPUT.best.ragged and OUTPUT.last.ragged. Ctrl-C ends the run \
      after the step at hand; --resume OUTPUT.last.ragged goes on from there with bit-identical results. Every run is \
      kept in the store: see "ragged runs". A run sees the store as it was when it began, whatever is written to it \
      meanwhile. Files of another run are not replaced, but with --force.

      Built with the trait MPI (swift build --traits MPI), "mpirun -n 4 ragged train" divides each batch between four \
      processes, on one machine or on several, and ends in the same checkpoint, bit for bit. With --folds each process trains \
      folds of its own.

      Options may stand in a file, which --print-config writes:

        ragged train store.sqlite --patience 5 --print-config > a.yaml
        ragged train --config a.yaml --epochs 50
      """)

  @OptionGroup var store: StoreArguments

  @Option(name: .shortAndLong, help: "The layers. Default: one LSTM of 64 units and an output layer for the target.")
  var model: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Checkpoints are written to OUTPUT.best.ragged and OUTPUT.last.ragged. "
        + "Default: \(CheckpointFiles.usualName), or the resumed run's."),
    completion: .file())
  var output: String?

  @Flag(name: .long, help: "Let this run's checkpoints take the place of another run's.")
  var force = false

  @Option(
    name: .shortAndLong,
    help: "Epochs in all. Default: \(TrainingConfiguration.usualEpochs), or those of the resumed run.")
  var epochs: Int?

  @OptionGroup(title: "Data") var data: TrainDataArguments
  @OptionGroup(title: "Balance") var balance: BalanceArguments
  @OptionGroup(title: "Folds") var folding: FoldArguments
  @OptionGroup(title: "Batches") var batches: BatchArguments
  @OptionGroup(title: "Windows") var windows: TrainWindowArguments
  @OptionGroup(title: "Optimisation") var optimisation: OptimizerArguments
  @OptionGroup(title: "Stopping") var stopping: StoppingArguments

  @Option(name: .long, help: "Decides weights, batches and dropout: the same seed gives the same model.")
  var seed: UInt64 = 0

  @Option(
    name: .long,
    help:
      "Take long sequences in pieces of this length: h and c go on, the gradient does not, memory is a piece's.")
  var bptt: Int?

  @Flag(
    name: .long,
    help: """
      With mpirun: a batch for each rank at every step, which is one of all of them together. Without it ranks divide each batch, and \
      the result is that of one.
      """)
  var batchPerRank = false

  @OptionGroup var compute: ThreadArguments

  @Option(
    name: .long, help: "Go on from this checkpoint, with its options; only --epochs may be raised.",
    completion: .file(extensions: ["ragged"]))
  var resume: String?

  @Option(
    name: .long, help: "A folder to write the run's figures to after each epoch, for TensorBoard.",
    completion: .directory)
  var tensorboard: String?

  @Flag(name: .long, help: "Do not keep the run in the store, which is then only read: it may lie on read-only media.")
  var noRecord = false

  @OptionGroup(title: "Configuration") var configFile: ConfigArguments
  @OptionGroup(title: "Messages") var console: ConsoleArguments

  static let alternatives: [Set<String>] = [
    ["shuffle", "no-shuffle"], ["validation-split", "validation-fraction", "folds"], ["resume", "model"],
    ["stateful", "bptt"], ["stateful", "batch-per-rank"],
    ["quiet", "verbose"],
  ]
  static let listSeparators = [
    "model": " ", "split": ",", "validation-split": ",", "bucket-batch-sizes": ",", "inputs": ",", "target": ",",
    "target-weight": ",", "class-weight": ",", "sample": ",", "mix": ",",
  ]
  static let placeholder = "store.sqlite"

  func validate() throws {
    try Limits.check("--epochs", epochs, Limits.count)
    try Limits.check("--bptt", bptt, Limits.count)
    if bptt != nil, windows.stateful {
      throw ValidationError("--stateful cuts the gradient after each window: leave --bptt out")
    }
    if batchPerRank, windows.stateful {
      throw ValidationError("--stateful goes on in the rows of one batch: leave --batch-per-rank out")
    }
    try folding.check(hasValidation: data.hasValidation, resumes: resume != nil)
    if resume != nil, model != nil { throw ValidationError("--resume takes the checkpoint's model: leave --model out") }
  }

  func run() throws {
    if configFile.printConfig { return Console.write(ConfigPrinter(self).text) }
    do {
      try train()
    } catch let error as StoreError where error.code == .cannotCreate {
      throw StoreError(
        error.code,
        "\(error.message), so the run cannot be kept in it; train with --no-record, or on a copy that can be written")
    }
  }

  private func train() throws {
    if try folding.folds != nil || resumesFolds() {
      let meeting = try RankMeeting()
      try meeting.attend { try trainFolds(meeting) }
      return
    }
    let exchange = try Ranks.join()
    let files = CheckpointFiles(name: output ?? resume.map(CheckpointFiles.name(of:)) ?? CheckpointFiles.usualName)
    try exchange.together { if exchange.rank == 0 { try checkPlace(of: files) } }
    let checkpoint = try resume.map { try Checkpoint(contentsOf: URL(filePath: $0), for: exchange) }
    let beginning = InterruptibleTime()
    // The first rank may bring an old store up to date, which the others then read.
    let first = try exchange.together {
      exchange.rank == 0
        ? try store.wait.open(store.store, noRecord ? .readOnly : .readWrite, interruptible: beginning) : nil
    }
    let job = try TrainingJob.onRanks(exchange) {
      let opened = try first ?? store.wait.open(store.store, .readOnly, interruptible: beginning)
      let configuration = try checkpoint.map(resumed) ?? fresh(opened)
      return try TrainingJob(
        store: opened, configuration: configuration, resuming: checkpoint,
        threads: compute.threads ?? Ranks.place?.usualThreads,
        command: CommandLine.arguments.dropFirst().joined(separator: " "), monitor: beginning.monitor,
        exchange: exchange)
    }
    let configuration = job.configuration
    beginning.end()
    let board = try exchange.together {
      exchange.rank == 0 ? try tensorboard.map { try TensorBoardRun(job, folder: $0) } : nil
    }
    if !console.quiet {
      if exchange.worldSize > 1 {
        Console.error(
          configuration.batchPerRank == true
            ? "\(exchange.worldSize) ranks take a batch each at every step; the result is that of this number of ranks"
            : "\(exchange.worldSize) ranks divide each batch between them; the result is that of one")
      }
      announce(job)
    }
    var isBoardMissed = false
    var printer = FitPrinter(epochs: configuration.epochs)
    printer.monitor = configuration.watched
    // nil where Ctrl-C ended it.
    var outcome: FitOutcome?
    do {
      outcome = try job.fit(
        checkpoints: files, keepsRun: !noRecord,
        report: { event in
          printer.report(event)
          board?.report(event)
          if let problem = board?.problem, !isBoardMissed {
            isBoardMissed = true
            Console.error("ragged: warning: \(problem.message); training goes on, and TensorBoard lacks these figures")
          }
        }, monitor: Interruption.monitor)
    } catch is Cancelled {}
    printer.finish()
    Ranks.finish(exchange)
    guard exchange.rank == 0 else {
      if outcome == nil { throw Cancelled("rank 0 writes the checkpoint") }
      return
    }
    try conclude(job, files, outcome)
  }

  /// What is said of a run before it begins.
  private func announce(_ job: TrainingJob) {
    for note in job.notes { Console.error(note) }
    if let note = job.scaleNote { Console.error(note) }
    if let mean = job.unscaledMean {
      Console.error(
        "values to be predicted have means of up to \(Format.figure(mean)) and are learned as they are: --target-scale "
          + "standard brings them to mean 0, and series does for series of many levels")
    }
    for note in job.balanceNotes { Console.error(note) }
    if !job.addedInputs.isEmpty {
      Console.error(
        "the model is given \(job.addedInputs.quotedList) too, whose later cells it is to predict; --inputs names columns"
      )
    }
    if !job.unusedColumns.isEmpty {
      Console.error(
        "the model is not given \(job.unusedColumns.quotedList); --inputs names columns, and a time with what is "
          + "derived from it (\"when:log-delta\")")
    }
    for input in job.uniqueNames {
      Console.error("\(input.note); name the inputs by --inputs without it, or let --min-count leave rare names out")
    }
    for (source, purpose) in [(job.trainingSource, "to train on"), (job.validationSource, "to validate with")] {
      if let note = source?.coverageNote(purpose) { Console.error(note) }
    }
    if !folding.json { Console.print(job.trainer.model.summary + "\n") }
  }

  /// Says how a run ended, or where it stands.
  private func conclude(_ job: TrainingJob, _ files: CheckpointFiles, _ outcome: FitOutcome?) throws {
    let lost = job.recordProblem.flatMap { $0.code == .replaced ? $0 : nil }
    if let problem = job.recordProblem, lost == nil || outcome == nil {
      Console.error("ragged: the run is not kept in the store: \(problem.advice)")
    }
    guard let outcome else {
      let (epoch, step) = (job.progress.epoch, job.progress.step)
      throw Cancelled(
        "\(files.last.relativePath) holds "
          + (step > 0 ? "epoch \(epoch + 1) up to step \(step)" : "the run after epoch \(epoch)")
          + "; go on with: ragged train \(store.store.pathWord.shellWord) --resume "
          + files.last.relativePath.pathWord.shellWord)
    }
    if !console.quiet {
      let best = job.progress.bestEpoch.map { ", best epoch \($0)" } ?? ""
      Console.print(
        "\(outcome.rawValue) after \(job.progress.epoch.counted("epoch"))\(best): \(files.best.relativePath)")
      if outcome == .finished, job.progress.bestEpoch == job.progress.epoch, job.progress.epoch > 1 {
        Console.print(
          "the last epoch is the best one, so more may be better; go on with: ragged train "
            + "\(store.store.pathWord.shellWord) --resume \(files.last.relativePath.pathWord.shellWord) "
            + "--epochs \(2 * job.progress.epoch)")
      }
    }
    if let lost { throw StoreError(lost.code, "the model is written, but the run is not kept: \(lost.message)") }
  }

  /// A run does not take the place of another one's model unless it is told to.
  private func checkPlace(of files: CheckpointFiles) throws {
    let own = resume.map { [files.best, files.last].map(\.path).contains(URL(filePath: $0).path) } ?? false
    guard !force, !own, let other = files.existing.first else { return }
    throw WriterError(
      path: other.relativePath,
      problem:
        "is there already, from another run: name \(output == nil ? "the files of this one" : "other files") with "
        + "--output, replace those with --force, "
        + "or go on with that run by --resume \(files.last.relativePath.pathWord.shellWord)",
      failureClass: .cannotCreate)
  }

  /// The run that the options describe.
  func fresh(_ opened: SequenceStore) throws -> TrainingConfiguration {
    try TrainingConfiguration(
      dataset: balance.firstDataset(of: opened, store.dataset), model: model,
      epochs: epochs ?? TrainingConfiguration.usualEpochs,
      seed: seed, truncation: bptt,
      data: data, balance: balance, batches: batches, windows: windows, optimisation: optimisation, stopping: stopping,
      hasFolds: folding.folds != nil, batchPerRank: batchPerRank)
  }

  /// Whether the run that is gone on from is one of folds, all of which then go on.
  private func resumesFolds() throws -> Bool {
    guard let resume, FoldedTraining.name(of: resume) != nil else { return false }
    return try TrainingConfiguration(Checkpoint(contentsOf: URL(filePath: resume)))?.fold != nil
  }

  /// Trains and judges a model for each fold.
  private func trainFolds(_ meeting: RankMeeting) throws {
    let name = output ?? resume.flatMap(FoldedTraining.name(of:)) ?? CheckpointFiles.usualName
    let exchange = meeting.exchange
    let beginning = InterruptibleTime()
    let first = try meeting.together {
      exchange.rank == 0
        ? try store.wait.open(store.store, noRecord ? .readOnly : .readWrite, interruptible: beginning) : nil
    }
    let checkpoint = try resume.map { try Checkpoint(contentsOf: URL(filePath: $0), for: exchange) }
    let training = try meeting.together {
      let opened = try first ?? store.wait.open(store.store, .readOnly, interruptible: beginning)
      let configuration = try checkpoint.map(resumed) ?? fresh(opened)
      guard let folds = checkpoint == nil ? folding.made(seed: seed) : configuration.fold?.folds else {
        throw TrainingError(.checkpointInvalid, "\(resume ?? ""): the checkpoint is of no run of folds")
      }
      let training = try FoldedTraining(store: opened, configuration: configuration, folds: folds, name: name)
      if exchange.rank == 0, checkpoint == nil, !force, let other = training.existing.first {
        throw WriterError(
          path: other.relativePath,
          problem:
            "is there already, from another run: name other files with --output, replace those with --force, or go on "
            + "with that run by --resume \(other.relativePath.pathWord.shellWord)",
          failureClass: .cannotCreate)
      }
      return training
    }
    let (configuration, folds) = (training.configuration, training.folds)
    if exchange.worldSize > 1, !console.quiet {
      Console.error(
        "\(exchange.worldSize) ranks train a fold each at a time; epochs are shown of those of rank 0, figures of all")
    }
    var printer = FitPrinter(epochs: configuration.epochs)
    printer.monitor = configuration.watched
    var board: TensorBoardRun?
    do {
      let report = try training.run(
        threads: compute.threads ?? Ranks.place?.usualThreads, goesOn: checkpoint != nil, keepsRuns: !noRecord,
        command: CommandLine.arguments.dropFirst().joined(separator: " "), over: exchange,
        begin: { fold, job in
          beginning.end()
          printer.label = "fold \(fold)/\(folds.count)  "
          board = try tensorboard.map { try TensorBoardRun(job, folder: "\($0)/fold\(fold)") }
          if !console.quiet, fold == 1 { announce(job) }
        },
        report: { _, event in
          if case .epoch = event, folding.json { printer.finish() } else { printer.report(event) }
          board?.report(event)
        }, monitor: Interruption.monitor)
      printer.finish()
      meeting.end()
      if folding.json { return try Console.print(json: FoldOutput(report)) }
      Console.print((console.quiet ? "" : "\n") + FoldPrinter(report).text)
    } catch is Cancelled {
      printer.finish()
      meeting.end()
      let last = training.existing.last { $0.path.hasSuffix(".last.ragged") }
      throw Cancelled(
        last.map {
          "what is done of the folds is in \(name).fold….ragged; go on with: ragged train \(store.store.pathWord.shellWord) "
            + "--resume \($0.relativePath.pathWord.shellWord)"
        } ?? "no fold had begun")
    }
  }

  private func resumed(_ checkpoint: Checkpoint) throws -> TrainingConfiguration {
    guard var configuration = TrainingConfiguration(checkpoint) else {
      throw TrainingError(.checkpointInvalid, "\(resume ?? ""): the checkpoint does not say how it was trained")
    }
    if let dataset = store.dataset, !dataset.isExactly(configuration.dataset) {
      throw ValidationError("--resume goes on with dataset \"\(configuration.dataset)\", not \"\(dataset)\"")
    }
    if let epochs {
      guard epochs >= configuration.epochs else {
        throw ValidationError("--epochs is \(epochs), expected at least the \(configuration.epochs) of the resumed run")
      }
      configuration.epochs = epochs
    }
    return configuration
  }
}

/// What is trained on and what is made small.
struct TrainDataArguments: ParsableArguments {
  @Option(name: .long, help: "Splits to train on. Default: train, or all where there is no such split.")
  var split: [String] = []

  @Option(name: .long, help: "Splits to judge each epoch by.")
  var validationSplit: [String] = []

  @Option(name: .long, help: "Or a share of the training sequences to judge each epoch by.")
  var validationFraction: Double?

  @OptionGroup var columns: ColumnArguments

  @Flag(
    name: .long, inversion: .prefixedNo,
    help: """
      Shift and scale features to mean 0, deviation 1, by the training data's timesteps that are valid and not masked.
      """)
  var normalize = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What numbers to be predicted are brought to: none, standard, series or level. Default: none.",
      discussion: """
        standard: mean 0, deviation 1, by the training data. series: the same by each series' own past, up to the timestep \
        at hand, its inputs too: for series of many levels, with a target such as sales@1..12. level: each series is divided \
        by the mean absolute value of its past. Predictions and figures are in the data's units; the loss is not.
        """))
  var targetScale: TargetScaling?

  @Option(
    name: .long,
    help: """
      With --target-scale series: take series as differences from the values this number of timesteps before.
      """)
  var targetSeason: Int?

  @Option(
    name: .long,
    help: """
      Cells of the training data that a name (a token, a category) has at least for the model to know it; others are one \
      unknown name. Default: 1.
      """)
  var minCount: Int?

  @Option(name: .long, help: "Names that the model knows of a column at most, the most frequent ones. Default: all.")
  var maxCategories: Int?

  @Option(
    name: .long,
    help: """
      Sequences whose labels do not fit into their timesteps (a label needs one, and one more behind its like): drop, or \
      refuse to train. Default: drop.
      """)
  var infeasible: InfeasibleLabels?

  @Option(
    name: .long,
    help: """
      \(Loss.allCases.map(\.rawValue).joined(separator: ", ")). Cross-entropies need probabilities: a last layer with \
      softmax or sigmoid. Of several targets TARGET=LOSS,... names some. Default: what suits the target.
      """)
  var loss: LossArgument?

  @Option(
    name: .long,
    help: """
      The factor of each target's loss in the total, as in activity@1=1,when:log-delta@1=0.1: each name of --target is then \
      a target of its own. Default: 1.
      """)
  var targetWeight: [String] = []

  @Option(
    name: .long,
    help: """
      What the losses are divided by: \(Reduction.allCases.map(\.rawValue).joined(separator: ", ")). Means divide by the \
      sum of the weights, not by the number of losses as Keras' default does: of losses 1 and 9 with weights 0.5 and 2 \
      they make 7.4, not 9.25. A sum is not divided, whatever --batch-size is.
      """)
  var reduction: Reduction = .meanPerTimestep

  var hasValidation: Bool { !validationSplit.isEmpty || validationFraction != nil }

  func validate() throws {
    try Limits.check("--min-count", minCount, Limits.count)
    try Limits.check("--max-categories", maxCategories, Limits.count)
    _ = try TargetWeights.read(targetWeight.joinedList.list)
    try Limits.check("--target-season", targetSeason, Limits.count)
    if targetSeason != nil, targetScale != .series {
      throw ValidationError("--target-season goes with --target-scale series")
    }
    if !validationSplit.isEmpty, validationFraction != nil {
      throw ValidationError("--validation-split and --validation-fraction exclude each other")
    }
    if let validationFraction, !(validationFraction > 0 && validationFraction < 1) {
      throw ValidationError("--validation-fraction is \(validationFraction), expected more than 0 and less than 1")
    }
  }
}

extension Loss: ExpressibleByArgument {}
extension Reduction: ExpressibleByArgument {}
extension TargetScaling: ExpressibleByArgument {}
extension InfeasibleLabels: ExpressibleByArgument {}
