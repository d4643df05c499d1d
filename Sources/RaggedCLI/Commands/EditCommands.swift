import ArgumentParser
import Foundation
import Ragged

struct DeleteCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Delete sequences of a dataset, or the whole of it.",
    discussion: """
      One transaction. The file keeps its size, and the room is used again; "ragged compact" gives it back.

        ragged delete s.sqlite -d old --all
        ragged delete s.sqlite -d data --where "length < 3"
      """)

  @OptionGroup var store: StoreArguments
  @OptionGroup(title: "Which sequences") var part: PartArguments
  @Option(name: .customLong("keys"), help: "Only these keys, separated by commas.")
  var keysValues: [String] = []
  @Flag(name: .long, help: "What resumable imports that ended early stored, so that they can begin anew.")
  var unfinished = false
  @Flag(name: .long, help: "The dataset itself with all of its sequences.")
  var all = false
  @OptionGroup(title: "Messages") var console: ConsoleArguments

  func validate() throws {
    let isPart = !keysValues.isEmpty || !part.isEmpty
    guard [all, isPart, unfinished].count(where: { $0 }) == 1 else {
      throw ValidationError("say which: --split, --class, --where or --keys for some sequences, --unfinished, or --all")
    }
  }

  func run() throws {
    let (opened, dataset) = try store.open(.readWrite)
    var selection = part.selection(of: dataset)
    if let keys = keysValues.joinedList { selection.keys = Optional(keys).list }
    let count =
      try all
      ? opened.delete(dataset: dataset)
      : unfinished ? opened.deleteUnfinished(dataset: dataset) : opened.deleteSequences(selection)
    Console.print("deleted \(count.counted("sequence"))" + (all ? " and dataset \"\(dataset.printable)\"" : ""))
  }
}

struct RenameCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "rename", abstract: "Give a dataset another name.")

  @OptionGroup var store: StoreArguments
  @Option(name: .long, help: "The new name.")
  var to: String
  @OptionGroup(title: "Messages") var console: ConsoleArguments

  func run() throws {
    let (opened, dataset) = try store.open(.readWrite)
    try opened.rename(dataset: dataset, to: to)
    Console.print("dataset \"\(dataset.printable)\" is \"\(to.printable)\" now")
  }
}

struct SplitCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "split",
    abstract: "Divide the sequences of a dataset into splits anew.",
    discussion: """
      One transaction. Shares go by a hash of the key, so the same sequences fall into the same splits as in an import.

        ragged split s.sqlite --split 0.8,0.1,0.1 --stratify
        ragged split s.sqlite --split 0.8,0.2 --grouped
      """)

  @OptionGroup var store: StoreArguments
  @OptionGroup(title: "Splits") var splits: SplitArguments
  @OptionGroup(title: "Messages") var console: ConsoleArguments

  func validate() throws {
    if splits.split == nil { throw ValidationError("--split is missing: a name, or shares such as 0.8,0.1,0.1") }
  }

  func run() throws {
    let (opened, dataset) = try store.open(.readWrite)
    let result = try opened.resplit(dataset: dataset, try splits.assignment(hasSplitColumn: false))
    Console.print(result.map { "\($0.name.printable): \($0.sequences.grouped)" }.joined(separator: ", "))
    if !console.quiet { splits.say(try opened.datasetInfo(dataset), in: opened, all: true) }
  }
}

struct MergeCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Add the datasets of other stores to a store.",
    discussion: """
      Each store is one transaction. A dataset that is there already grows; its keys must be new. Classes and tokens \
      go by their names.

        ragged merge all.sqlite monday.sqlite tuesday.sqlite
      """)

  @Argument(help: "The store that grows; it is made where it is not there.", completion: .file())
  var store: String
  @Argument(help: "The stores to add.", completion: .file())
  var others: [String]
  @Option(
    name: [.customShort("d"), .customLong("datasets")], help: "Only these datasets, separated by commas.")
  var datasetsValues: [String] = []
  @OptionGroup var wait: WaitArguments
  @OptionGroup(title: "Messages") var console: ConsoleArguments

  func run() throws {
    let sources = try others.map { try wait.open($0, .readOnly) }
    let isNew = !FileManager.default.fileExists(atPath: store)
    do {
      let opened = try wait.open(store, .create)
      for (index, source) in sources.enumerated() {
        let names = datasetsValues.joinedList.map { Optional($0).list }
        let line = ProgressLine("adding \(source.path)")
        let added =
          index == 0
          ? "nothing was added to \(store)"
          : "\(index) of \(sources.count.counted("store is", "stores are")) in \(store), and nothing of \(source.path)"
        let reports = try stopping(leaving: added) {
          try opened.merge(source, datasets: names, monitor: line.monitor)
        }
        line.clear()
        for report in reports { Console.print("\(source.path): \(report.dataset.printable): \(report)") }
      }
    } catch {
      if isNew, (try? SequenceStore(path: store, mode: .readOnly).datasets().isEmpty) ?? true {
        SequenceStore.remove(at: store)
      }
      throw error
    }
  }
}

struct CompactCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "compact", abstract: "Write a store anew without the room that deleted sequences left.",
    discussion: """
      Others may read the store meanwhile, and a training run goes on with what it began with. While they do, the file \
      does not shrink yet; a message says so.
      """)

  @Argument(help: "The store: an SQLite file.", completion: .file())
  var store: String
  @OptionGroup(title: "Messages") var console: ConsoleArguments

  @OptionGroup var wait: WaitArguments

  func run() throws {
    let result = try wait.open(store, .readWrite).compact()
    Console.print("\(store): \(result.before.counted("byte")) before, \(result.after.grouped) now")
    if !result.isDone {
      Console.error(
        "ragged: \(store): another process still reads it as it was; the file shrinks when it is opened for writing after "
          + "that")
    }
  }
}
