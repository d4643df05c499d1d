import ArgumentParser
import Ragged

/// Which dataset of which store.
struct StoreArguments: ParsableArguments {
  @Argument(help: "The store: an SQLite file.")
  var store: String

  @Option(name: .shortAndLong, help: "The dataset; may be left out where the store has one.")
  var dataset: String?

  /// Opens the store and finds the dataset.
  func open(_ mode: SequenceStore.Mode) throws -> (store: SequenceStore, dataset: String) {
    let opened = try SequenceStore(path: store, mode: mode)
    return (opened, try dataset ?? opened.onlyDataset())
  }
}

extension SequenceStore {
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

/// Which part of a dataset.
struct PartArguments: ParsableArguments {
  @Option(name: .long, help: "Only these splits, separated by commas.")
  var split: String?

  @Option(name: .customLong("class"), help: "Only these classes, separated by commas.")
  var classes: String?

  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      "Only where an SQL condition holds, over \(SequenceStore.conditionColumns.joined(separator: ", ")).",
      discussion: "For example: length > 20 AND metadata ->> 'device' = 'a7'. It can only read these columns."))
  var condition: String?

  /// The part of a dataset.
  func selection(of dataset: String) -> SequenceSelection {
    SequenceSelection(
      dataset: dataset, splits: split.list, classes: classes.list, condition: condition)
  }
}
