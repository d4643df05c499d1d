import ArgumentParser
import Ragged

struct ReportCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write a dataset, a run or a comparison of runs as one HTML page.",
    discussion: """
      The page stands alone: one file that any browser opens, on a light or dark screen or on paper. It loads nothing from \
      elsewhere and runs no script. It is written whole or not at all; a file that is there is replaced.

      Without --run it shows a dataset: lengths and buckets, padding by way of batching, classes, features, splits and the \
      runs that the store remembers.

      With one --run it shows that run's curves and settings, and what its model makes of a part of the data: confusion \
      matrix or predicted against true values, accuracy by length, and the worst-predicted sequences with what the model \
      says of them as their timesteps come in. The model is looked for where the run has written it: its best epoch's, or \
      else its last. The data is what each epoch was judged by, or else a split named validation or test, or else all; \
      --split, --class and --where choose another part.

      With several --run it shows their curves over each other, what differs between their settings, and their figures. With \
      --runs-of it does so for all folds of "train --folds", with their mean and deviation, each judged on what it was not \
      trained on, or for all trials of "search", the best first.

        ragged report store.sqlite -o data.html
        ragged report store.sqlite --run 3 --split test -o run-3.html
        ragged report store.sqlite --run 3 --run 4 -o comparison.html
        ragged report store.sqlite --runs-of model -o folds.html
      """)

  @OptionGroup var store: StoreArguments

  @Option(
    name: [.customShort("r"), .customLong("run")],
    help: "A run, by the number that \"ragged runs\" shows; may be repeated.")
  var runs: [Int64] = []

  @Option(
    name: .long,
    help: "All folds or trials whose files are called so: the --output of \"train --folds\" or of \"search\".")
  var runsOf: String?

  @Option(name: .shortAndLong, help: "The HTML file to write, or - for standard output.")
  var output: String

  @OptionGroup(title: "Part") var part: PartArguments

  @Option(name: .shortAndLong, help: "With one --run: the checkpoint, where it is not where the run has left it.")
  var model: String?

  @Option(
    name: .long, help: "With one --run: worst-predicted sequences to draw. Default: \(HTMLReport.Judging.usualWorst).")
  var worst: Int?

  @Option(
    name: .shortAndLong, help: "Sequences per batch, for the cost of batching. Default: \(BatchPolicy.usualBatchSize).")
  var batchSize: Int?

  @Option(name: .long, help: "With one --run: the length of a season in timesteps, for a seasonal forecast and MASE.")
  var season: Int?

  @OptionGroup var compute: ThreadArguments
  @OptionGroup(title: "Messages") var console: ConsoleArguments

  func validate() throws {
    try Limits.check("--batch-size", batchSize, Limits.count)
    try Limits.check("--worst", worst, 0...100)
    try Limits.check("--season", season, Limits.count)
    let count = Set(runs).count
    if runsOf != nil {
      for (name, isGiven) in [
        ("--run", count > 0), ("--batch-size", batchSize != nil), ("--dataset", store.dataset != nil),
        ("--split, --class and --where", !part.isEmpty),
      ]
      where isGiven {
        throw ValidationError("\(name) \(name.contains(" ") ? "do" : "does") not go with --runs-of")
      }
    }
    if count != 1 {
      for (name, isGiven) in [
        ("--model", model != nil), ("--worst", worst != nil), ("--season", season != nil),
        ("--threads", compute.threads != nil && runsOf == nil),
      ]
      where isGiven {
        throw ValidationError("\(name) goes with one --run, not with \(count)")
      }
    }
    if count > 1, !part.isEmpty { throw ValidationError("--split, --class and --where do not go with several --run") }
    if count > 1, store.dataset != nil { throw ValidationError("--dataset does not go with several --run") }
    if count > 0, batchSize != nil { throw ValidationError("--batch-size goes with a dataset, not with --run") }
  }

  func run() throws {
    let report = try made()
    for note in report.notes where !console.quiet { Console.error("ragged: note: \(note)") }
    if output == "-" { return Console.write(report.html) }
    try report.write(to: output)
    if !console.quiet { Console.print("wrote \(output)") }
  }

  private func made() throws -> HTMLReport {
    var numbers: [Int64] = []
    for number in runs where !numbers.contains(number) { numbers.append(number) }
    let line = ProgressLine("reporting on \(store.store)")
    if let runsOf {
      return try HTMLReport(
        ofRunsNamed: runsOf, in: store.wait.open(store.store, .readOnly), threads: compute.threads,
        monitor: line.monitor)
    }
    guard let first = numbers.first else {
      let (opened, dataset) = try store.open(.readOnly)
      return try HTMLReport(
        of: part.selection(of: dataset), in: opened, batchSize: batchSize ?? BatchPolicy.usualBatchSize,
        monitor: line.monitor)
    }
    let opened = try store.wait.open(store.store, .readOnly)
    guard numbers.count == 1 else { return try HTMLReport(comparing: numbers, in: opened) }
    let dataset = try store.dataset ?? opened.run(first).dataset
    var judging = HTMLReport.Judging(
      model: model, selection: part.isEmpty ? nil : part.selection(of: dataset), dataset: store.dataset,
      worst: worst ?? HTMLReport.Judging.usualWorst, season: season, threads: compute.threads)
    judging.words = \.words
    return try HTMLReport(ofRun: first, in: opened, judging: judging, monitor: line.monitor)
  }
}
