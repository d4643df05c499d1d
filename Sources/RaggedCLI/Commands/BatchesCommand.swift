import ArgumentParser
import Foundation
import Ragged

struct BatchesCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "batches",
    abstract: "Show how a dataset falls into batches, or write the batches for another framework.",
    discussion: """
      Without --output, prints the plan: buckets, batches and padding. With --output FOLDER, writes each batch as \
      FOLDER/batch-00000.npz with values [B, T, F] (or tokens [B, T]), mask [B, T] (true = real), lengths, targets and \
      ids, and keys.txt with the key of every id. Categories beside numbers are codes [B, T, C], what belongs to the \
      sequences is static_values [B, F] and static_codes [B, C], and observed [B, T, F] says which numbers were where one \
      is missing. The columns that --labels names are labels_0 [B, L], labels_1 and so on, codes from 1 with 0 behind the \
      last, and label_counts_0 [B] says how many there are. With packed:T, several sequences share a row: values [rows, T, F], mask \
      and resets [rows, T] (true where a sequence begins), and for each sequence its row, start and length. With \
      --window an id is that of a window, whose key says from where: run 7[60..<180]. The same seed and epoch give the \
      same batches on every machine.

        ragged batches store.sqlite --batching buckets:4 --batch-size 16
        ragged batches store.sqlite --split train --output batches
        python3 -c 'import numpy; print(
          numpy.load("batches/batch-00000.npz")["mask"].shape)'
      """)

  @OptionGroup var store: StoreArguments
  @OptionGroup(title: "Part") var part: PartArguments
  @OptionGroup(title: "Columns") var columns: ColumnArguments
  @Option(
    name: .long, help: "Columns of labels that come with the batches, separated by commas, beside input and target.")
  var labels: [String] = []

  @OptionGroup(title: "Windows") var windows: WindowArguments
  @OptionGroup(title: "Batches") var batches: BatchArguments
  @OptionGroup(title: "Padding") var padding: PaddingArguments

  @Option(name: .long, help: "Decides the order.")
  var seed: UInt64 = 0

  @Option(name: .long, help: "The epoch, counted from 1: each has an order of its own.")
  var epoch = 1

  @Option(
    name: .shortAndLong, help: "The folder to write to; it is made where it is not there.", completion: .directory)
  var output: String?

  @Flag(name: .long, help: "List every batch.")
  var list = false

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  @OptionGroup(title: "Messages") var console: ConsoleArguments

  func validate() throws { try Limits.check("--epoch", epoch, Limits.count) }

  func run() throws {
    let options = padding.options
    let (opened, dataset) = try store.open(.readOnly)
    var choice = columns.choice ?? ColumnChoice()
    choice.labels = labels.joinedList.map { Optional($0).list }
    let all = try opened.source(part.selection(of: dataset), choice: choice)
    if !console.quiet, let note = all.labelNote() { Console.error(note) }
    let source = try TrainingSource(all.labelled(), windows.windowing, named: "")
    let planned = try PlannedBatches(source, policy: batches.policy(seed: seed))
    let plan = planned.plan(epoch: epoch)
    if let output { return try write(plan, of: planned, options, to: output) }
    let cost = try plan.cost(lengths: source.lengths, padding: options)
    if json { return try Console.print(json: PlanOutput(plan, cost)) }
    Console.print(summary(cost))
    let left = cost.dropped > 0 ? ", \(cost.dropped.grouped) left out" : ""
    Console.print(
      "\n\(cost.batches.counted("batch", "batches")), \(Format.percent(cost.paddingShare)) padding, widest batch "
        + "\(cost.widestBatch.counted("timestep"))\(left)")
    if list {
      Console.print()
      Console.print(lines(plan, source, options))
    }
  }

  private func summary(_ cost: BatchingCost) -> Table {
    Table(
      ["lengths", "sequences", "batches", "timesteps", "padded", "padding"],
      cost.buckets.map { bucket in
        [
          bucket.upperLimit == bucket.lowerLimit
            ? "\(bucket.lowerLimit)" : "\(bucket.lowerLimit)–\(bucket.upperLimit.map(String.init) ?? "")",
          bucket.sequences.grouped,
          bucket.batches.grouped, bucket.timesteps.grouped, bucket.paddedTimesteps.grouped,
          Format.percent(bucket.paddingShare),
        ]
      })
  }

  private func lines(_ plan: BatchPlan, _ source: TrainingSource, _ options: PaddingOptions) -> Table {
    Table(
      ["batch", "sequences"] + (plan.isPacked ? ["rows"] : []) + ["T", "timesteps", "padding"],
      plan.indices.map { step in
        let size = plan.size(step: step, lengths: source.lengths, padding: options)
        return [String(step), size.sequences.grouped] + (plan.isPacked ? [size.rows.grouped] : [])
          + [size.paddedLength.grouped, size.timesteps.grouped, Format.percent(size.paddingShare)]
      })
  }

  private func write(
    _ plan: BatchPlan, of planned: PlannedBatches<TrainingSource>, _ options: PaddingOptions, to folder: String
  ) throws {
    let url = URL(filePath: folder, directoryHint: .isDirectory)
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw WriterError(path: folder, problem: "cannot make the folder", failureClass: .cannotCreate)
    }
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder)
    if names?.contains(where: { $0.hasPrefix("batch-") && $0.hasSuffix(".npz") }) == true {
      throw WriterError(
        path: folder, problem: "has batches already, which would be mixed with these; name another folder",
        failureClass: .cannotCreate)
    }
    let line = ProgressLine("writing batches")
    var keys: [Int: String] = [:]
    for step in 0..<plan.count {
      let name = String(format: "batch-%05d.npz", step)
      let arrays =
        try plan.isPacked
        ? planned.packedBatch(epoch: epoch, step: step).npzArrays
        : planned.batch(epoch: epoch, step: step).padded(options).npzArrays
      try NPZWriter.write(arrays, to: url.appending(path: name).path)
      let ids = plan[step].positions
      for (id, key) in zip(ids, try planned.source.keys(ids)) { keys[id] = key }
      line.update(step + 1, of: plan.count, ["batch \(step + 1)/\(plan.count)"])
      if Interruption.isRequested {
        throw Cancelled(
          "\(step + 1) of \(plan.count.counted("batch is", "batches are")) in \(folder), which has no keys.txt")
      }
    }
    line.clear()
    let text = keys.sorted { $0.key < $1.key }.map { "\($0.key)\t\($0.value)\n" }.joined()
    try AtomicFile.write(Array(text.utf8), to: url.appending(path: "keys.txt").path)
    Console.print("wrote \(plan.count.counted("batch", "batches")) to \(folder)")
  }
}

/// The plan as JSON: its cost, and for each batch its ids, bucket and longest sequence.
private struct PlanOutput: Encodable {
  struct Batch: Encodable {
    var ids: [Int]
    var bucket: Int
    var longest: Int
  }

  var cost: BatchingCost
  var timesteps: Int
  var paddedTimesteps: Int
  var paddingShare: Double
  var batches: [Batch]

  init(_ plan: BatchPlan, _ cost: BatchingCost) {
    self.cost = cost
    timesteps = cost.timesteps
    paddedTimesteps = cost.paddedTimesteps
    paddingShare = cost.paddingShare
    batches = plan.map { Batch(ids: $0.positions, bucket: $0.bucket, longest: $0.longest) }
  }
}
