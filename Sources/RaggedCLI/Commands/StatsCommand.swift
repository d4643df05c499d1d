import ArgumentParser
import Foundation
import Ragged

struct StatsCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Show a dataset's lengths, classes and features, and what batching would cost.",
    discussion: """
      Figures come from what was kept at import; only the features of a part chosen by --where are \
      read from the data. Padding shares are the exact mean over all random orders.

        ragged stats store.sqlite --by split
        ragged stats store.sqlite --by channel
        ragged stats store.sqlite --split train --where 'length > 20'
      """)

  @OptionGroup var store: StoreArguments
  @OptionGroup(title: "Part") var part: PartArguments

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Figures for each split or class: \(DatasetStatistics.Grouping.allCases.map(\.rawValue).joined(separator: ", ")). "
        + "Or the name of a category column per sequence: how many sequences have each of its names.",
      valueName: "by"))
  var by = DatasetStatistics.Grouping.none.rawValue

  @Option(name: .shortAndLong, help: "Sequences per batch, for the cost of batching.")
  var batchSize = BatchPolicy.usualBatchSize

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  @OptionGroup(title: "Messages") var console: ConsoleArguments

  func validate() throws { try Limits.check("--batch-size", batchSize, Limits.count) }

  func run() throws {
    let (opened, dataset) = try store.open(.readOnly)
    guard let grouping = DatasetStatistics.Grouping(rawValue: by) else {
      let (columns, groupings) = (
        try opened.datasetInfo(dataset).columns.map(\.name), DatasetStatistics.Grouping.allCases.map(\.rawValue)
      )
      if !columns.containsExactly(by), columns.nearest(to: by) == nil, let meant = groupings.nearest(to: by) {
        throw ValidationError("--by is \"\(by)\", did you mean \"\(meant)\"?")
      }
      return try show(opened.groups(part.selection(of: dataset), by: by))
    }
    let groups = try opened.statistics(part.selection(of: dataset), by: grouping)
    // A group for each of many classes: none waits for the others.
    let printer = StatsPrinter(batchSize: batchSize)
    var list = JSONList()
    for (index, group) in groups.enumerated() {
      if Interruption.isRequested {
        throw Cancelled("\(index.grouped) of \(groups.count.grouped) groups were written")
      }
      let forecasts = try group.lengths.batchingForecasts(batchSize: batchSize)
      if json {
        try list.print(StatsOutput(statistics: group, batching: forecasts))
      } else {
        Console.print((index > 0 ? "\n" : "") + printer.text(group, forecasts, isByClass: grouping == .class))
      }
    }
    if json { list.end() } else if groups.isEmpty { Console.print() }
  }

  private func show(_ groups: [ColumnGroup]) throws {
    if json { return try Console.print(json: groups) }
    let total = max(1, groups.reduce(0) { $0 + $1.sequences })
    Console.print(
      Table(
        [by, "sequences", "share", "timesteps", "mean length"],
        groups.map { group in
          [
            group.name ?? "(missing)", group.sequences.grouped, Format.percent(Double(group.sequences) / Double(total)),
            group.timesteps.grouped, Format.fixed(Double(group.timesteps) / Double(max(1, group.sequences)), 1),
          ]
        }
      ).text)
  }
}

/// A group as JSON: its statistics and the cost of each batching.
private struct StatsOutput: Encodable {
  var statistics: DatasetStatistics
  var batching: [BatchingForecast]
}
