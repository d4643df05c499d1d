import ArgumentParser
import Foundation
import Ragged

struct SearchCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Train a model for each of several settings, and rank them.",
    discussion: """
      Reads a configuration file of "ragged train" in which some keys have a list of values, and trains a model for each \
      combination of them:

        store: s.sqlite
        validation-split: validation
        model: ["lstm(32)", "bidirectional(lstm(32))"]
        learning-rate: [0.001, 0.01]

      Every list is one of alternatives here; where an option itself takes a list, an alternative has its values between \
      commas, and layers between spaces. With --trials as many combinations are drawn, each at most once; without, all are \
      tried, the last key first.

      Trials are ranked by what monitor says, or else by val_loss, of the data that they are validated with, which must be \
      the same for all. With --halving 3 all begin with few epochs, and of three trials the best one goes on with three times \
      as many, until the last ones have them all.

      Files are OUTPUT.trial1.best.ragged and so on, each trial is a run in the store, and a table comes at the end with the \
      command that trains the best one again. After Ctrl-C the same command with --resume goes on.

        ragged search search.yaml
        ragged search search.yaml --trials 20 --seed 1 --halving 3

      Built with the trait MPI (swift build --traits MPI), "mpirun -n 4 ragged search" has each of four processes train trials of \
      its own, to the same table; with --halving they meet after each part.
      """)

  @Argument(help: "The configuration file.", completion: .file(extensions: ["yaml", "yml"]))
  var file: String

  @Option(name: .long, help: "Combinations that are drawn. Default: all are tried.")
  var trials: Int?

  @Option(name: .long, help: "With --trials: decides which. The seed of weights and batches is the file's.")
  var seed: UInt64 = 0

  @Option(name: .long, help: "Let the best of this number of trials go on with this times as many epochs.")
  var halving: Int?

  @Option(name: .shortAndLong, help: "What the files are called.", completion: .file())
  var output = "search"

  @Flag(name: .long, help: "Go on with the search whose files are there.")
  var resume = false

  @Flag(name: .long, help: "Let this search's files take the place of another one's.")
  var force = false

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  @OptionGroup var compute: ThreadArguments
  @OptionGroup var wait: WaitArguments
  @OptionGroup(title: "Messages") var console: ConsoleArguments

  func validate() throws {
    try Limits.check("--trials", trials, Limits.count)
    try Limits.check("--halving", halving, 2...1000)
    if resume, force { throw ValidationError("--resume and --force exclude each other") }
  }

  func run() throws {
    let meeting = try RankMeeting()
    try meeting.attend { try run(meeting) }
  }

  private func run(_ meeting: RankMeeting) throws {
    let exchange = meeting.exchange
    let beginning = InterruptibleTime()
    let (grid, trials, first) = try meeting.together {
      let grid = try SearchGrid(path: file)
      let trials = try grid.trials(drawing: self.trials, seed: seed)
      let mode = trials[0].command.noRecord ? SequenceStore.Mode.readOnly : .readWrite
      return (
        grid, trials,
        try exchange.rank == 0 ? wait.open(trials[0].command.store.store, mode, interruptible: beginning) : nil
      )
    }
    let search = try meeting.together {
      let opened = try first ?? wait.open(trials[0].command.store.store, .readOnly, interruptible: beginning)
      let search = try ModelSearch(
        store: opened,
        candidates: try trials.map {
          ModelSearch.Candidate(settings: $0.settings, configuration: try $0.command.fresh(opened))
        },
        name: output, halving: halving)
      if exchange.rank == 0, !resume, !force, let other = search.existing.first {
        throw WriterError(
          path: other.relativePath,
          problem:
            "is there already, from another search: go on with that by --resume, name other files with --output, or "
            + "replace those with --force",
          failureClass: .cannotCreate)
      }
      return search
    }
    if !console.quiet {
      let parts = search.rungs.map { "\($0.trials.counted("trial")) of \($0.epochs.counted("epoch"))" }
      Console.error("\(parts.joined(separator: ", then ")), ranked by \(search.monitor.name)")
      if exchange.worldSize > 1 {
        Console.error("\(exchange.worldSize) ranks train a trial each at a time; those of rank 0 are named")
      }
    }
    var printer = FitPrinter(epochs: 1)
    do {
      let report = try search.run(
        threads: compute.threads ?? trials[0].command.compute.threads ?? Ranks.place?.usualThreads, goesOn: resume,
        keepsRuns: !trials[0].command.noRecord,
        command: CommandLine.arguments.dropFirst().joined(separator: " "), over: exchange,
        begin: { trial, epochs, job in
          beginning.end()
          printer.finish()
          printer = FitPrinter(epochs: epochs, label: "trial \(trial)/\(trials.count)  ")
          guard !console.quiet else { return }
          Console.error("trial \(trial): \(grid.words(trials[trial - 1].settings))")
          if trial == 1, job.progress.epoch == 0 {
            for note in job.notes + job.balanceNotes { Console.error(note) }
          }
        },
        report: { _, event in
          // The table is the result; epochs are progress.
          if case .epoch = event { printer.finish() } else { printer.report(event) }
        }, monitor: Interruption.monitor)
      printer.finish()
      meeting.end()
      try show(report, grid, trials)
    } catch is Cancelled {
      printer.finish()
      meeting.end()
      throw Cancelled(
        "what is done of the search is in \(output).trial….ragged; go on with the same command and --resume"
          + (force ? " instead of --force" : ""))
    }
  }

  private func show(_ report: SearchReport, _ grid: SearchGrid, _ trials: [SearchGrid.Trial]) throws {
    let command = report.best.map { best in
      (["ragged", "train"] + trials[best.trial - 1].arguments).map(\.shellWord).joined(separator: " ")
    }
    if json { return try Console.print(json: SearchOutput(report, command: command)) }
    let names = grid.searched
    var columns = [Table.Column("trial")] + names.map { Table.Column($0, .left) }
    columns += [
      Table.Column(names.contains("epochs") ? "epochs\ndone" : "epochs", rank: 2), Table.Column("best\nepoch", rank: 1),
      Table.Column(report.monitor),
      Table.Column("", .left, rank: 3),
    ]
    let rows = report.rows.map { row -> [String] in
      let best = [row.bestEpoch.map(String.init) ?? "–", row.value.map { Format.fixed($0, 4) } ?? "–"]
      let ending = row.ending == .finished ? "" : row.ending.rawValue
      return [String(row.trial)] + names.map { row.settings[$0] ?? "" } + [String(row.epochs)] + best + [ending]
    }
    let table = Table(columns, rows)
    Console.print(table)
    guard let best = report.best, let command else {
      return Console.print("\nno trial has a \(report.monitor)")
    }
    Console.print("\nbest: trial \(best.trial), \(best.model)\nits command: \(command)")
  }
}

/// The report of a search for machines.
private struct SearchOutput: Encodable {
  var monitor: String
  var trials: [SearchReport.Row]
  /// What trains the best one again.
  var command: String?

  init(_ report: SearchReport, command: String?) {
    (monitor, trials, self.command) = (report.monitor, report.rows, command)
  }
}
