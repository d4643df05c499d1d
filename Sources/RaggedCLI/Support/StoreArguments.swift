import ArgumentParser
import Ragged

/// How long a store that another process writes to is waited for.
struct WaitArguments: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Seconds to wait while another process writes to the store.", valueName: "seconds"))
  var busyTimeout = SequenceStore.defaultBusyTimeout

  func validate() throws {
    guard busyTimeout >= 0, busyTimeout <= 1e6 else {
      throw ValidationError("--busy-timeout is \(busyTimeout), expected 0 to 1000000 seconds")
    }
  }

  /// Opens a store, whose long work shows a line.
  /// - Parameter time: when Ctrl-C ends what SQLite is at, with nothing changed.
  func open(
    _ path: String, _ mode: SequenceStore.Mode, interruptible time: InterruptibleTime = InterruptibleTime()
  ) throws -> SequenceStore {
    let line = StoreLine(path)
    return try SequenceStore(
      path: path, mode: mode, busyTimeout: busyTimeout,
      monitor: ProgressMonitor(isCancelled: { time.isInterrupted }) { line.update($0) })
  }
}

struct StoreArguments: ParsableArguments {
  @Argument(help: "The store: an SQLite file.", completion: .file())
  var store: String

  @Option(
    name: .shortAndLong, help: "The dataset; may be left out where the store has one.",
    completion: .datasets)
  var dataset: String?

  @OptionGroup var wait: WaitArguments

  /// Opens the store and finds the dataset.
  func open(_ mode: SequenceStore.Mode) throws -> (store: SequenceStore, dataset: String) {
    let opened = try wait.open(store, mode)
    return (opened, try dataset ?? opened.onlyDataset())
  }
}

extension CompletionKind {
  /// The datasets of the store that the command line names.
  static var datasets: CompletionKind { .custom { words, _, _ in SequenceStore.datasetNames(among: words) } }
}

extension SequenceStore {
  /// The datasets of the first store among the words of a command line, for its completion.
  static func datasetNames(among words: [String]) -> [String] {
    for word in words where isDatabase(at: word) {
      if let store = try? SequenceStore(path: word, mode: .readOnly, busyTimeout: 0.2) {
        return (try? store.datasets().map(\.name)) ?? []
      }
    }
    return []
  }

  /// The name of the store's dataset, where there is just one.
  func onlyDataset() throws -> String {
    let names = try datasets().map(\.name)
    guard names.count == 1 else {
      throw ValidationError(
        names.isEmpty
          ? "\(path) has no dataset yet: \"ragged import\" makes one"
          : "\(path) has \(names.count) datasets: name one with --dataset (\(names.joined(separator: ", ")))")
    }
    return names[0]
  }
}

struct PartArguments: ParsableArguments {
  @Option(name: .customLong("split"), help: "Only these splits, separated by commas.")
  var splitValues: [String] = []

  @Option(name: .customLong("class"), help: "Only these classes, separated by commas.")
  var classesValues: [String] = []

  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      "Only where an SQL condition holds, over \(SequenceStore.conditionColumns.joined(separator: ", ")).",
      discussion: "For example: length > 20 AND metadata ->> 'device' = 'a7'. It can only read these columns."))
  var condition: String?

  var split: String? { splitValues.joinedList }
  var classes: String? { classesValues.joinedList }
  /// The splits by name; nil for all.
  var splits: [String]? { split.map { _ in split.list } }
  /// The classes by name; nil for all.
  var classNames: [String]? { classes.map { _ in classes.list } }

  /// Whether all of it is meant.
  var isEmpty: Bool { split == nil && classes == nil && condition == nil }

  func selection(of dataset: String) -> SequenceSelection {
    SequenceSelection(dataset: dataset, splits: splits, classes: classNames, condition: condition)
  }

  /// A model, and the part of a store with the targets that it is judged by.
  func judged(
    by path: String, threads: Int?, in store: StoreArguments
  ) throws -> (model: TrainedModel, source: FittedSource<StoreSource>) {
    let model = try TrainedModel(path: path, threads: threads)
    let (opened, dataset) = try store.open(.readOnly)
    let stored = try model.source(of: selection(of: dataset), in: opened, needsTargets: true)
    if let note = stored.note, !Console.isQuiet { Console.error(note) }
    let source = try model.source(stored.source, needsTargets: true)
    guard source.count > 0 else {
      throw TrainingError(.dataMismatch, "\(store.store): no sequence of dataset \"\(dataset)\" is in this part")
    }
    return (model, source)
  }
}
