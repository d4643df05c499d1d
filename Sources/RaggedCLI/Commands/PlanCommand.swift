import ArgumentParser
import Foundation
import Ragged

struct PlanCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Compare ways of batching on a dataset before training: padding, memory, cost, randomness.",
    discussion: """
      Plans the first epoch in each way, under the limits given, and reads no timestep. The columns:

      cost: of a real timestep, against one without any overhead. "real" is where padding takes no time, as in "ragged \
      train"; "padded" where it takes as long as data, as in most frameworks. A batch costs --batch-cost besides.

      adjacent: correlation of the mean lengths of batches that follow each other; 0 in random order.

      moved: how far sequences are from their stored place; 1 in random order.

      lengths, classes: how unequally batches hold them (χ² against its mean); 1 in random order, more where they differ.

      Recommended is, of the ways that cost at most 2 % more than the cheapest, the one whose "lengths" is nearest to 1. \
      Packed rows are left out of that: they are for networks that can be reset in the middle of a row.

        ragged plan store.sqlite --split train
        ragged plan store.sqlite --max-padded-timesteps 20000
        ragged plan store.sqlite --split train --sample balanced

      With --sample or --mix the first epoch is that of its shares, which a table shows in sequences and in timesteps.
      """)

  @OptionGroup var store: StoreArguments
  @OptionGroup(title: "Part") var part: PartArguments
  @OptionGroup(title: "Columns") var columns: ColumnArguments
  @OptionGroup(title: "Windows") var windows: WindowArguments
  @OptionGroup(title: "Batches") var limits: LimitArguments
  @OptionGroup(title: "Order") var order: OrderArguments

  @Option(
    name: .long,
    help: "What an epoch takes, as \"ragged train\" has it: balanced, COLUMN:balanced, COLUMN:name=share,...")
  var sample: Sampling?

  @Option(
    name: .long, help: "Several datasets, each with a share of an epoch, as \"ragged train\" has it: a=0.5,b=0.5.")
  var mix: DatasetMix?

  @Option(
    name: .long, help: "With --sample or --mix: sequences, or windows, of an epoch. Default: as many as there are.")
  var epochSize: Int?

  @Option(
    name: .long,
    help: "What a batch costs whatever its size, in timesteps; about 1000 with 32 to 64 units on two cores.")
  var batchCost = PlanComparison.usualBatchCost

  @Option(name: .long, help: "Decides the order.")
  var seed: UInt64 = 0

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  @OptionGroup(title: "Messages") var console: ConsoleArguments

  func validate() throws {
    try Limits.check("--batch-cost", batchCost, 0...CostModel.limit)
    try Limits.check("--epoch-size", epochSize, Limits.count)
    try BalanceArguments.check(sample, mix, epochSize)
  }

  func run() throws {
    let policy = try order.policy(limits, seed: seed)
    let (opened, dataset, mixed) = try data()
    let all = try opened.source(part.selection(of: dataset), choice: columns.choice ?? ColumnChoice())
    if !console.quiet, let note = all.labelNote() { Console.error(note) }
    let source = try TrainingSource(all.labelled(), windows.windowing, named: "")
    let line = ProgressLine("planning")
    let draw =
      if let mixed, let mix {
        try source.draw(mix, of: mixed, size: epochSize, seed: seed)
      } else {
        try sample.map { try source.draw($0, size: epochSize, seed: seed) }
      }
    let shares = draw?.table(lengths: source.lengths)
    let comparison: PlanComparison
    if let drawn = draw?.positions(epoch: 1).map({ Int($0) }) {
      let classes = source.classes
      comparison = try PlanComparison(
        source.subset(drawn), policy: policy, batchCost: batchCost,
        classes: classes.isEmpty ? [] : drawn.map { classes[$0] }, monitor: line.monitor)
    } else {
      comparison = try PlanComparison(
        source, policy: policy, batchCost: batchCost, classes: source.classes, monitor: line.monitor)
    }
    line.clear()
    if json { return try Console.print(json: PlanOutput(comparison, shares: shares)) }
    let timesteps = source.lengths.reduce(0) { $0 + Int($1) }
    let cut = source.windows.map { " in \($0.count.counted("window"))" } ?? ""
    Console.print(
      "\(dataset.printable): \(source.sequences.count.counted("sequence"))\(cut), \(timesteps.counted("timestep"))\n")
    if !console.quiet, let note = source.coverageNote() { Console.error(note) }
    if let shares { Console.print(SharePrinter(shares, isOfWindows: source.windows != nil).text + "\n") }
    if !console.quiet, let draw, draw.leftOut > 0 {
      Console.error(
        "\(draw.leftOut.counted(source.windows == nil ? "sequence" : "window")) without a share of an epoch are left out"
      )
    }
    Console.print(PlanPrinter(comparison: comparison).text)
  }
}

extension PlanCommand {
  /// The store and the dataset that are planned, or those that several datasets are made.
  private func data() throws -> (store: SequenceStore, dataset: String, mixed: MixedDatasets?) {
    guard let mix else {
      let (opened, dataset) = try store.open(.readOnly)
      return (opened, dataset, nil)
    }
    let opened = try store.wait.open(store.store, .readOnly)
    _ = try BalanceArguments.firstDataset(of: mix, in: opened, store.dataset)
    let mixed = try mix.opened(from: opened, monitor: Interruption.monitor)
    return (mixed.store, mixed.dataset, mixed)
  }
}

private struct PlanOutput: Encodable {
  struct Row: Encodable {
    var paddingShare: Double
    var figures: PlanComparison.Row

    func encode(to encoder: any Encoder) throws {
      try figures.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(paddingShare, forKey: .paddingShare)
    }

    enum CodingKeys: CodingKey { case paddingShare }
  }

  var plans: [Row]
  var recommended: [PlanComparison.Recommendation]
  /// What the first epoch has of each group; absent where each sequence is taken once.
  var shares: [DrawnShare]?

  init(_ comparison: PlanComparison, shares: [DrawnShare]?) {
    self.shares = shares
    plans = comparison.rows.map { Row(paddingShare: $0.paddingShare, figures: $0) }
    recommended = [.real, .padded].compactMap(comparison.recommendation)
  }
}
