import ArgumentParser
import Foundation
import Ragged

struct RunsCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "List and compare the training runs that a store remembers.",
    discussion: """
      Without numbers, a line a run with the figures of its last epoch. With one number, that run's epochs. With two or \
      more, also what differs between their configurations.

        ragged runs store.sqlite
        ragged runs store.sqlite 1 2
      """)

  @Argument(help: "The store: an SQLite file.", completion: .file())
  var store: String

  @Argument(help: "Runs to compare, by number; one shows its epochs.")
  var numbers: [Int64] = []

  @Option(
    name: .shortAndLong, help: "Only runs on this dataset.",
    completion: .datasets)
  var dataset: String?

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  @OptionGroup var wait: WaitArguments
  @OptionGroup(title: "Messages") var console: ConsoleArguments

  func run() throws {
    let store = try wait.open(store, .readOnly)
    let runs = try numbers.isEmpty ? store.runs(dataset: dataset) : numbers.map { try store.run($0) }
    if json { return try Console.print(json: runs.map(RunOutput.init)) }
    guard !runs.isEmpty else {
      if let dataset { _ = try store.datasetInfo(dataset) }
      return Console.print("no runs yet: \"ragged train\" makes one")
    }
    Console.print(overview(runs))
    if numbers.count == 1 {
      Console.print()
      Console.print(epochs(runs[0]))
    }
    if numbers.count > 1 {
      let differences = RunComparison(runs).differences
      let rows = differences.map { [$0.title] + $0.values.map { $0 ?? "–" } }
      let names = runs.map { Table.Column("run \($0.id)", .left) }
      Console.print()
      if differences.isEmpty {
        Console.print("the configurations are the same")
      } else {
        Console.print(Table([.init("differs", .left)] + names, rows))
      }
    }
  }

  private func overview(_ runs: [RunRecord]) -> Table {
    let figures = ["loss", "accuracy", "val_loss", "val_accuracy"]
    let columns: [Table.Column] = [
      .init("run"), .init("began", rank: 3), .init("dataset", .left, rank: 2), .init("status", .left),
      .init("epochs", rank: 1), .init("time", rank: 4), .init("loss", .decimal), .init("accuracy", rank: 5),
      .init("val_loss", .decimal), .init("val_accuracy", rank: 6),
    ]
    return Table(
      columns,
      runs.map { run in
        let last = run.epochs.last?.metrics ?? [:]
        return [String(run.id), run.createdAt, run.dataset, run.status.rawValue, String(run.epochs.count)]
          + [Format.duration(run.seconds)] + figures.map { last[$0].map { Format.fixed($0, 4) } ?? "–" }
      })
  }

  private func epochs(_ run: RunRecord) -> Table {
    let usual = ["loss", "accuracy", "val_loss", "val_accuracy"]
    let found = Set(run.epochs.flatMap(\.metrics.keys))
    let names = usual.filter(found.contains) + found.subtracting(usual).sorted()
    return Table(
      [.init("epoch")]
        + names.map { Table.Column($0, .decimal, rank: $0.hasSuffix("loss") ? nil : $0.hasSuffix("accuracy") ? 1 : 2) },
      run.epochs.map { epoch in
        [String(epoch.epoch)] + names.map { epoch.metrics[$0].map(Format.figure) ?? "–" }
      })
  }
}

/// A run as JSON: its configuration as an object, its fingerprint as text, since many readers round large numbers.
private struct RunOutput: Encodable {
  var id: Int64
  var dataset: String
  var createdAt: String
  var command: String
  var configuration: TrainingConfiguration?
  var fingerprint: String
  var seconds: Double
  var status: RunRecord.Status
  var epochs: [RunRecord.Epoch]

  init(_ run: RunRecord) {
    id = run.id
    dataset = run.dataset
    createdAt = run.createdAt
    command = run.command
    configuration = try? JSONDecoder().decode(TrainingConfiguration.self, from: Data(run.configuration.utf8))
    fingerprint = String(run.fingerprint, radix: 16)
    seconds = run.seconds
    status = run.status
    epochs = run.epochs
  }
}
