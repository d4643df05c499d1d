import ArgumentParser
import Foundation
import Ragged

struct DemoCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "The whole of it on data of its own: a store, its statistics, bucketed and padded training.",
    discussion: """
      The classic demonstration of sequences of mixed length: five features, uniform in [0, 1); is the lagged sum \
      x0(t) + x1(t-1) + x2(t-2) + x3(t-3) + x4(t-4) above 2.5? The network must remember four timesteps.

      With --experiment the published form is trained instead, without a store: 1000 sequences per batch, one length \
      from 10 to 99 drawn for each batch, 30 steps per epoch; --leaking overwrites feature 0 with the sum, as it was \
      once published.
      """)

  @Option(
    name: .shortAndLong, help: "The store to make; it must not be there yet. Default: one that is thrown away.",
    completion: .file())
  var store: String?

  @Option(name: [.customShort("n"), .long], help: "Sequences to make.")
  var sequences = 4000

  @Option(name: .shortAndLong, help: "Epochs of each training. Default: 5, with --experiment 10.")
  var epochs: Int?

  @Option(name: .long, help: "Decides data and weights.")
  var seed: UInt64 = 1

  @OptionGroup var compute: ThreadArguments

  @Flag(name: .long, help: "Train the published experiment instead.")
  var experiment = false

  @Flag(name: .long, help: "With --experiment: let the answer leak into the input.")
  var leaking = false

  @Option(name: .long, help: "With --experiment: the number of seeds, from --seed up; prints the median loss.")
  var seeds = 1

  @OptionGroup(title: "Messages") var console: ConsoleArguments

  func validate() throws {
    try Limits.check("--sequences", sequences, 10...10_000_000)
    try Limits.check("--seeds", seeds, 1...1000)
    try Limits.check("--epochs", epochs, Limits.count)
    if leaking, !experiment { throw ValidationError("--leaking goes with --experiment") }
  }

  func run() throws {
    if experiment { return try runExperiment() }
    guard let store else { return try TemporaryStore.using { try compare(fill($0)) } }
    if FileManager.default.fileExists(atPath: store) {
      throw StoreError(.cannotCreate, "\(store) is there already: the demo makes a store of its own")
    }
    try compare(fill(store))
  }

  /// Makes the sequences, 90 % to train on and 10 % to judge by, and shows their statistics.
  private func fill(_ path: String) throws -> SequenceStore {
    let opened = try SequenceStore(path: path, mode: .create)
    var reader = LaggedSumReader(LaggedSum(seed: seed), sequences: sequences)
    let options = ImportOptions(split: .hashed([SplitFraction("train", 0.9), SplitFraction("test", 0.1)], seed: seed))
    let report = try opened.importSequences(from: &reader, named: "demo", into: "demo", options: options)
    Console.print("# ragged demo: \(report.description)\n")
    let statistics = try opened.statistics(SequenceSelection(dataset: "demo"))
    let printer = StatsPrinter(batchSize: 32)
    for figures in statistics {
      Console.print(printer.text(figures, try figures.lengths.batchingForecasts(batchSize: 32)) + "\n")
    }
    return opened
  }

  private func compare(_ store: SequenceStore) throws {
    var rows: [[String]] = []
    for (name, grouping) in [("bucketed", BatchPolicy.Grouping.buckets(8)), ("padded", .padded)] {
      let configuration = TrainingConfiguration(
        dataset: "demo", trainingSplits: ["train"], validationSplits: ["test"],
        model: "lstm(32, sequences) lstm(8, sequences) time_distributed(2, sigmoid)", loss: .categoricalCrossentropy,
        optimizer: .adam(5e-3), policy: BatchPolicy(grouping: grouping, batchSize: 32, seed: seed), epochs: epochs ?? 5,
        seed: seed)
      let job = try TrainingJob(
        store: store, configuration: configuration, threads: compute.threads, command: "demo \(name)")
      if name == "bucketed" { Console.print(job.trainer.model.summary + "\n") }
      var printer = FitPrinter(epochs: configuration.epochs, label: "\(name), ")
      try stopping(leaving: kept) {
        defer { printer.finish() }
        _ = try job.fit(report: { printer.report($0) }, monitor: Interruption.monitor)
      }
      rows.append(try row(name, job))
    }
    Console.print()
    Console.print(Table(["batches", "padding", "training", "timesteps/s", "test loss", "test accuracy"], rows))
    Console.print(
      """

      Both see the same real timesteps and compute nothing on padding, whatever its share: the results differ only by
      the order in which sequences come together.
      """)
  }

  private var kept: String { store.map { "\($0) has the sequences" } ?? "nothing was kept" }

  private func row(_ name: String, _ job: TrainingJob) throws -> [String] {
    let epochs = job.progress.history.epochs
    let seconds = epochs.reduce(0) { $0 + $1.seconds }
    let lengths = job.trainingSource.lengths
    let cost = try BatchPlan(lengths: lengths, policy: job.configuration.policy, epoch: 1).cost(lengths: lengths)
    let rate = Double(cost.timesteps * epochs.count) / seconds
    return [name, Format.percent(cost.paddingShare), Format.duration(seconds), Int(rate).grouped]
      + [epochs.last?.validationLoss, epochs.last?.validationAccuracy].map { $0.map { Format.fixed($0, 4) } ?? "–" }
  }

  private func runExperiment() throws {
    var losses: [Double] = []
    var batchLosses: [Double] = []
    for number in 0..<seeds {
      let data = LaggedSum(leaks: leaking, seed: seed &+ UInt64(number))
      let model = try Sequential(
        input: .features(LaggedSum.featureCount),
        layers: [
          LSTM(32, returnSequences: true), LSTM(8, returnSequences: true),
          TimeDistributed(Dense(2, activation: .sigmoid)),
        ], seed: data.seed)
      if number == 0 { Console.print(model.summary + "\n") }
      let trainer = try Trainer(model: model, loss: .categoricalCrossentropy, seed: data.seed, threads: compute.threads)
      var state = trainer.state
      var printer = FitPrinter(epochs: epochs ?? 10, label: seeds > 1 ? "seed \(data.seed), " : "")
      var average = BatchAverage()
      try stopping(leaving: "nothing was kept") {
        defer { printer.finish() }
        try trainer.fit(
          data.batches(), FitOptions(epochs: epochs ?? 10), state: &state,
          report: {
            average.add($0)
            printer.report($0)
          }, monitor: Interruption.monitor)
      }
      losses.append(state.progress.history.epochs.last?.loss ?? .nan)
      batchLosses.append(average.mean)
    }
    Console.print(
      "\nloss of the last epoch, each timestep counting once: " + summary(losses)
        + "\nthe same as Keras averages it, each batch counting once: " + summary(batchLosses))
  }

  private func summary(_ losses: [Double]) -> String {
    let sorted = losses.sorted()
    let median = (sorted[(seeds - 1) / 2] + sorted[seeds / 2]) / 2
    let list = losses.map { Format.fixed($0, 4) }.joined(separator: " ")
    return seeds > 1 ? "\(list), median \(Format.fixed(median, 4))" : list
  }
}

/// The mean of an epoch's batch losses, however many timesteps they have.
private struct BatchAverage {
  private var before = LossSum()
  private var total = 0.0
  private var count = 0

  var mean: Double { count == 0 ? 0 : total / Double(count) }

  mutating func add(_ event: FitEvent) {
    guard case .step(_, let step, _, let sum, _) = event else { return }
    if step == 1 { self = BatchAverage() }
    total += (sum.loss - before.loss) / (sum.weight - before.weight)
    before = sum
    count += 1
  }
}
