import ArgumentParser
import Foundation
import Ragged

struct ShowCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Draw one sequence in the terminal, or print it as CSV or JSON.",
    discussion: """
      A line per feature with its name, its least and its greatest value; a long sequence is drawn in bins of several \
      timesteps, whose means are shown. Timesteps that are not valid and cells that are missing are dots. Tokens are shown \
      as text. Below stands what is to be predicted: a class per timestep as a strip of letters. Last come the further \
      columns: categories as strips of letters, times as the first and the last one.

      CSV has a row per timestep and JSON one object in one line, both as "ragged export" writes them.

        ragged show store.sqlite "utterance 7"
        ragged show store.sqlite run4 --format csv > run4.csv
      """)

  enum Form: String, ExpressibleByArgument, CaseIterable {
    case picture, csv, json
  }

  @Argument(help: "The store: an SQLite file.", completion: .file())
  var store: String

  @Argument(help: "The key of the sequence.")
  var key: String

  @Option(
    name: .shortAndLong, help: "The dataset; may be left out where the store has one.",
    completion: .datasets)
  var dataset: String?

  @Option(name: .long, help: "picture, csv or json.")
  var format: Form = .picture

  @OptionGroup var wait: WaitArguments
  @OptionGroup(title: "Messages") var console: ConsoleArguments

  func run() throws {
    let opened = try wait.open(store, .readOnly)
    let name = try dataset ?? opened.onlyDataset()
    var selection = SequenceSelection(dataset: name)
    selection.keys = [key]
    switch format {
    case .picture:
      let shown = try ShownSequence(opened.storedSource(selection), dataset: name, key: key)
      Console.print(SequencePicture(shown, width: Terminal.width ?? 80).text)
    case .csv: _ = try opened.export(selection, as: SequenceExport(.csv), to: .stream(Console.write))
    case .json: _ = try opened.export(selection, as: SequenceExport(.jsonl), to: .stream(Console.write))
    }
  }
}

/// One sequence with all that a store knows of it.
struct ShownSequence {
  var dataset: String
  var key: String
  var signature: SequenceSignature
  /// A batch of one.
  var batch: SequenceBatch
  var split: String
  /// A JSON object.
  var metadata: String?
  /// The further columns, and the sequence's cells in them.
  var columns: [Column] = []
  var cells: [RecordCells] = []

  var length: Int { batch.timesteps }

  func validity(_ t: Int) -> Bool { batch.validity?[t] ?? true }

  /// The values of a column of `[N, width]`, nil where a timestep is not valid or the value is missing.
  func column(_ values: [Float], _ index: Int, width: Int, observed: [Bool]? = nil) -> [Float?] {
    (0..<length).map { t in
      let value = values[t * width + index]
      return validity(t) && value.isFinite && observed?[t * width + index] != false ? value : nil
    }
  }

  /// The text of a token: of an index without a text the index itself.
  func text(ofToken index: Int32) -> String {
    signature.input.tokens?.text(of: index) ?? String(index)
  }

  /// The name of a class, its number where it has none, and a dash where it is missing.
  func name(ofClass index: Int32) -> String {
    if index == BatchTargets.unobservedClass { return "–" }
    let names = signature.target.names
    return names.indices.contains(Int(index)) ? names[Int(index)] : String(index)
  }
}

extension ShownSequence {
  /// The first sequence of a source.
  init(_ source: StoreSource, dataset: String, key: String) throws {
    self.init(
      dataset: dataset, key: key, signature: source.signature, batch: try source.gather([0]),
      split: try source.splits([0])[0], metadata: try source.metadata([0])[0],
      columns: source.furtherColumns)
    try source.forEachRecord { cells = $0.cells }
  }
}
