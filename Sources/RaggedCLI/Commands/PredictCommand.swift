import ArgumentParser
import Foundation
import Ragged

/// `ragged predict`.
struct PredictCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Predict sequences of a store or of files.",
    discussion: """
      Reads a store, or files in any format that "ragged import" takes. Writes CSV with a row a sequence (or a timestep,
      for a model with an output a timestep): key, prediction and each class's probability, or the values; or JSON Lines
      with an object a sequence. Tokens that the model does not know are the unknown token to it.
      """)

  @Argument(help: "The checkpoint.")
  var model: String

  @Argument(help: "A store, or files, or - for standard input.")
  var inputs: [String]

  @Option(name: .shortAndLong, help: "The dataset of a store; may be left out where it has one.")
  var dataset: String?

  @OptionGroup(title: "Part of a store") var part: PartArguments
  @OptionGroup(title: "Files") var reading: ReaderArguments

  @Option(name: .long, help: "What is written: csv or jsonl.")
  var to: PredictionFormat.Kind = .csv

  @Option(name: .shortAndLong, help: "The file to write. Default: standard output.")
  var output: String?

  @Option(name: .shortAndLong, help: "Sequences a batch; the predictions do not depend on it.")
  var batchSize = 256

  @Option(name: .long, help: "Threads. Default: every core.")
  var threads: Int?

  func validate() throws {
    if batchSize < 1 { throw ValidationError("--batch-size is \(batchSize), expected at least 1") }
  }

  func run() throws {
    let loaded = try TrainedModel(path: model, threads: threads)
    let data = try PredictionInput(self, model: loaded)
    defer { data.removeTemporaryStore() }
    let source = try loaded.source(data.store.source(data.selection), needsTargets: false)
    let format = PredictionFormat(to, target: loaded.signature.target)
    var sink = try output.map(FileSink.init)
    try emit(format.header, &sink)
    let isComplete = try loaded.predict(source, batchSize: batchSize) { prediction in
      try emit(format.text(prediction), &sink)
      return !Interruption.isRequested
    }
    guard isComplete else {
      sink?.discard()
      throw Interrupted()
    }
    try sink?.finish()
  }

  private func emit(_ text: String, _ sink: inout FileSink?) throws {
    if sink == nil { Console.write(text) } else { try sink?.write(text) }
  }
}

extension PredictionFormat.Kind: ExpressibleByArgument {}

/// What is predicted: a store, or files brought into a temporary one.
private struct PredictionInput {
  let store: SequenceStore
  let selection: SequenceSelection
  private let temporary: String?

  init(_ command: PredictCommand, model: TrainedModel) throws {
    let paths = command.inputs
    if paths.count == 1, paths[0] != "-", PredictionInput.isStore(paths[0]) {
      store = try SequenceStore(path: paths[0], mode: .readOnly)
      selection = command.part.selection(of: try command.dataset ?? store.onlyDataset())
      temporary = nil
      return
    }
    var options = command.reading.options
    if case .features(let names) = model.signature.input {
      if options.features == nil, command.reading.isTable(paths) { options.features = names }
      if options.featureNames == nil { options.featureNames = names }
    }
    if case .tokens(_, let vocabulary?) = model.signature.input, options.unit == nil { options.unit = vocabulary.unit }
    if options.target == nil { options.target = [] }
    var readers = try paths.map { try FileReader($0, format: command.reading.format, options: options) }
    let path = FileManager.default.temporaryDirectory.appending(path: "ragged-\(UUID().uuidString).sqlite").path
    temporary = path
    do {
      store = try SequenceStore(path: path, mode: .create)
      _ = try store.importing(into: "data", isCancelled: { Interruption.isRequested }) { session in
        for index in readers.indices {
          let isTable = [.csv, .tsv].contains(readers[index].format)
          try session.add(&readers[index], named: readers[index].source.name, rowPerTimestep: isTable)
        }
      }
    } catch {
      PredictionInput.remove(path)
      throw error
    }
    selection = command.part.selection(of: "data")
  }

  func removeTemporaryStore() {
    if let temporary { PredictionInput.remove(temporary) }
  }

  private static func remove(_ path: String) {
    for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
  }

  /// Whether a file begins as every SQLite file does.
  private static func isStore(_ path: String) -> Bool {
    guard let file = FileHandle(forReadingAtPath: path) else { return false }
    defer { try? file.close() }
    return (try? file.read(upToCount: 16)) == Data("SQLite format 3\0".utf8)
  }
}

extension ReaderArguments {
  /// Whether files are tables, by the format given or their names.
  func isTable(_ paths: [String]) -> Bool {
    paths.allSatisfy { path in
      guard let format = format ?? InputFormat(fileName: path) else { return false }
      return format == .csv || format == .tsv
    }
  }
}
