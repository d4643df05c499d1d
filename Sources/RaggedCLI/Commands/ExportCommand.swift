import ArgumentParser
import Foundation
import Ragged

/// `ragged export`.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a dataset of a store for other tools.",
    discussion: """
      Formats of data:

        csv       a row a timestep: key, number of the timestep, features,
                  targets, split and what else there is
        jsonl     an object a sequence
        npz       arrays for numpy: ragged (values [N, F] and offsets) or
                  --layout padded ([B, T, F], lengths and mask)
        ts        the time-series format of sktime and aeon: features, and a
                  class or one value a sequence
        tfrecord  TensorFlow's records, a SequenceExample each

      Nothing is lost but where the format cannot hold it, which is said. Standard error shows the command that reads the \
      file into a store again, the same dataset bit for bit; numbers in text are the shortest that read as the same float32. \
      csv, jsonl, ts and tfrecord are compressed where the name ends with .gz, and go to standard output where it is -. \
      Memory does not grow with the dataset.

        ragged export store.sqlite readings.npz --split train
        ragged export store.sqlite padded.npz --layout padded
        ragged export store.sqlite - --to jsonl | head -n 1
        ragged export store.sqlite long.csv.gz --where 'length > 20'
      """)

  @Argument(help: "What to export: a store.")
  var input: String

  @Argument(help: "The file to write, replaced where it is there; or - for standard output.")
  var output: String

  @Option(name: .long, help: "npz, jsonl, csv, ts or tfrecord. Default: what the output's name says.")
  var to: ExportFormat?

  @Option(name: .shortAndLong, help: "The dataset; may be left out where the store has one.")
  var dataset: String?

  @OptionGroup(title: "Part") var part: PartArguments

  @Option(name: .long, help: "npz: ragged (values end to end) or padded. Default: ragged.")
  var layout: SequenceExport.Layout?

  @Option(name: .long, help: "npz: refuse a file of more bytes than this. Default: 8 GiB.")
  var maxBytes: Int?

  @Flag(name: .shortAndLong, help: "Nothing on standard error but faults.")
  var quiet = false

  func validate() throws {
    if let maxBytes, maxBytes < 1 { throw ValidationError("--max-bytes is \(maxBytes), expected at least 1") }
  }

  func run() throws {
    guard let format = to ?? ExportFormat(fileName: output) else {
      let known = ExportFormat.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("the name \(output) does not tell the format: name one of \(known) with --to")
    }
    switch (try FileKind(of: input), format.data) {
    case (.store, let data?): try exportData(data)
    case (.store, nil): throw ValidationError("--to \(format.rawValue) takes a model, and \(input) is a store")
    case (.model, _): throw ValidationError("--to \(format.rawValue) takes a store, and \(input) is a model")
    case (.other, _):
      throw InputError(file: input, problem: "is neither a store nor a model", isFatal: true)
    }
  }

  private func exportData(_ format: SequenceExport.Format) throws {
    if format != .npz {
      if layout != nil { throw ValidationError("--layout goes with npz, not \(format.rawValue)") }
      if maxBytes != nil { throw ValidationError("--max-bytes goes with npz, not \(format.rawValue)") }
    }
    guard !isSameFile else { throw ValidationError("\(output) is the store itself, which would be lost") }
    let store = try SequenceStore(path: input, mode: .readOnly)
    let selection = part.selection(of: try dataset ?? store.onlyDataset())
    var export = SequenceExport(format)
    if let layout { export.layout = layout }
    if let maxBytes { export.maximumBytes = maxBytes }
    var line = LiveLine(isShown: !quiet)
    let report = try store.export(
      selection, as: export, to: output == "-" ? .stream(Console.write) : .file(output),
      progress: { count in line.update("\(count.grouped) sequences") },
      isCancelled: { Interruption.isRequested })
    line.clear()
    guard !quiet else { return }
    Console.error(
      "wrote \(report.sequences.grouped) sequences, \(report.timesteps.grouped) timesteps to "
        + (output == "-" ? "standard output" : output))
    if !report.losses.isEmpty { Console.error("not kept: \(report.losses.joined(separator: ", "))") }
    Console.error("to read it again: \(ImportLine(report: report, path: output).text)")
  }

  /// Whether the output would take the place of the store.
  private var isSameFile: Bool {
    var (first, second) = (stat(), stat())
    guard stat(input, &first) == 0, stat(output, &second) == 0 else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }
}
