import ArgumentParser
import Foundation
import Ragged

struct ExportCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a dataset of a store, or a model, for other tools.",
    discussion: """
      INPUT is a store or a checkpoint. Formats of data, for a store:

      \(FormatRegistry.writable.helpList(\.writtenSummary))

      Nothing is lost but where the format cannot hold it, which is said. Standard error shows the command that reads the \
      file into a store again, the same dataset bit for bit; numbers in text are the shortest that read as the same float32. \
      All but npz and parquet are compressed where the name ends with .gz, and all but npz go to standard output where it is \
      -. Memory does not grow with the dataset.

        ragged export store.sqlite readings.npz --split train
        ragged export store.sqlite padded.npz --layout padded
        ragged export store.sqlite readings.parquet --layout sequences
        ragged export store.sqlite - --to jsonl | head -n 1
        ragged export store.sqlite long.csv.gz --where 'length > 20'

      Formats of models, for a checkpoint:

      safetensors holds the weights with PyTorch's names, shapes and order: layers.0.weight_ih_l0, layers.1.weight and so \
      on, for an nn.Module of 40 lines. keras is an .npz of the weights as get_weights() gives them, with the architecture \
      that keras.models.model_from_json builds. onnx is a graph with the inputs values [batch, time, F] (or tokens \
      [batch, time]) and lengths [batch], and the output outputs, or one for each of several targets. Columns of several kinds are planes there and in \
      safetensors, and an input a column in keras, where a number that is missing is NaN. Normalisation is part of each; \
      columns, classes and tokens are named within. The guide "Models" has the scripts.

        ragged export model.best.ragged model.safetensors
        ragged export model.best.ragged model.onnx
        ragged export model.best.ragged model.npz --to keras
        ragged export model.best.ragged stream.onnx --stateful
      """)

  @Argument(help: "What to export: a store or a checkpoint.", completion: .file())
  var input: String

  @Argument(help: "The file to write, replaced where it is there; or - for standard output.", completion: .file())
  var output: String

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Of a store: \(FormatRegistry.writable.map(\.name).joined(separator: ", ")). "
        + "Of a model: \(ModelFormat.allCases.map(\.rawValue).joined(separator: ", ")). "
        + "Default: what OUTPUT's name says.")
  )
  var to: ExportFormat?

  @Option(name: .shortAndLong, help: "The dataset; may be left out where the store has one.", completion: .datasets)
  var dataset: String?

  @OptionGroup(title: "Part") var part: PartArguments

  @Option(
    name: .long,
    help: """
      npz: ragged (values end to end) or padded. Default: ragged. parquet: timesteps (a row each) or sequences (a row each, \
      whose columns are lists). Default: timesteps.
      """)
  var layout: SequenceExport.Layout?

  @Option(name: .long, help: "npz: refuse a file of more bytes than this. Default: 8 GiB.")
  var maxBytes: Int?

  @Option(name: .long, help: "Of a model with several targets one of them alone. Default: an output for each.")
  var head: String?

  @Flag(
    name: .long,
    help: ArgumentHelp(
      "Of a model as onnx: the states of its recurrent layers go in and out, so that sequences can come in pieces.",
      discussion:
        "Further inputs are h_0, c_0 [batch, H] and so on, zeros at first, and the outputs next_h_0, next_c_0 are those of the next piece."
    ))
  var stateful = false

  @OptionGroup var wait: WaitArguments
  @OptionGroup(title: "Messages") var console: ConsoleArguments

  func validate() throws { try Limits.check("--max-bytes", maxBytes, 1...BatchLimits.largest) }

  func run() throws {
    switch try FileKind(of: input) {
    case .store:
      if head != nil { throw ValidationError("--head goes with a model, and \(input) is a store") }
      if stateful { throw ValidationError("--stateful goes with a model, and \(input) is a store") }
      guard let format = to ?? ExportFormat(fileName: output) else {
        let known = FormatRegistry.writable.map(\.name).joined(separator: ", ")
        throw ValidationError("the name \(output) does not tell the format: name one of \(known) with --to")
      }
      guard let data = format.data else {
        throw ValidationError("\(format.name) takes a model, and \(input) is a store")
      }
      try exportData(data)
    case .model:
      // The name of an .npz may stand for either kind.
      let named = ExportFormat(fileName: output).flatMap { $0.data == .npz ? nil : $0 }
      if let format = to ?? named, format.model == nil {
        throw ValidationError("\(format.name) takes a store, and \(input) is a model")
      }
      if let option = dataOption { throw ValidationError("\(option) goes with a store, and \(input) is a model") }
      try exportModel()
    case .other:
      throw InputError(file: input, problem: "is neither a store nor a model", isFatal: true)
    }
  }

  /// An option that was given and says something of data.
  private var dataOption: String? {
    let given = [
      ("--dataset", dataset != nil), ("--split", part.split != nil), ("--class", part.classes != nil),
      ("--where", part.condition != nil), ("--layout", layout != nil), ("--max-bytes", maxBytes != nil),
    ]
    return given.first { $0.1 }?.0
  }

  private func exportData(_ format: FileFormat) throws {
    if let layout, !format.layouts.contains(layout) {
      let others = FormatRegistry.writable.filter { $0.layouts.contains(layout) }
      guard format.layouts.isEmpty else {
        throw ValidationError("--layout \(layout.rawValue) goes with \(others.map(\.name).choiceText), not \(format)")
      }
      let known = FormatRegistry.writable.filter { !$0.layouts.isEmpty }
      throw ValidationError("--layout goes with \(known.map(\.name).choiceText), not \(format)")
    }
    if format != .npz {
      if maxBytes != nil { throw ValidationError("--max-bytes goes with npz, not \(format)") }
    }
    guard !isSameFile else { throw ValidationError("\(output) is the store itself, which would be lost") }
    let store = try wait.open(input, .readOnly)
    let selection = part.selection(of: try dataset ?? store.onlyDataset())
    var export = SequenceExport(format)
    export.layout = layout
    if let maxBytes { export.maximumBytes = maxBytes }
    let line = ProgressLine("writing \(output)")
    let report = try store.export(
      selection, as: export, to: output == "-" ? .stream(Console.write) : .file(output), monitor: line.monitor)
    line.clear()
    guard !console.quiet else { return }
    Console.error(
      "wrote \(report.sequences.counted("sequence")), \(report.timesteps.counted("timestep")) to "
        + (output == "-" ? "standard output" : output))
    if !report.losses.isEmpty { Console.error("not kept: \(report.losses.joined(separator: ", "))") }
    Console.error("to read it again: ", command: ReimportCommand(report: report, path: output).text)
  }

  private func exportModel() throws {
    guard let format = to?.model ?? ModelFormat(path: output) else {
      throw ValidationError(
        "\(output) does not end in \(ModelFormat.allCases.endings): say what to write with --to "
          + ModelFormat.allCases.map(\.rawValue).choiceText)
    }
    if stateful, format != .onnx { throw ValidationError("--stateful goes with onnx, not \(format.rawValue)") }
    let checkpoint =
      try head.map { try TrainedModel(path: input).head(named: $0, in: input).checkpoint }
      ?? Checkpoint(contentsOf: URL(filePath: input))
    let network: Sequential
    do {
      try checkpoint.export(to: output, as: format, stateful: stateful)
      network = try checkpoint.model()
    } catch let error as TrainingError {
      throw error.at(input)
    }
    let normalization = checkpoint.normalization == nil ? "" : ", with normalisation"
    Console.print(
      "wrote \(output) (\(format.rawValue)): \(network.parameterCount.counted("weight")) in "
        + "\(network.parameterInfo.count.counted("tensor"))\(normalization)")
    if let scale = checkpoint.targetScale, !console.quiet {
      Console.error(
        scale.scaling == .standard
          ? "outputs of \(output) are scaled values: the note target_scale in it has the means and deviations to go back by"
          : "\(output) takes the scaled columns of each series, and gives scaled values: the scale of a series "
            + "(\(scale.scaling.rawValue)) is not exported, see its note target_scale")
    }
  }

  /// Whether the output would take the place of the store.
  private var isSameFile: Bool {
    var (first, second) = (stat(), stat())
    guard stat(input, &first) == 0, stat(output, &second) == 0 else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }
}
