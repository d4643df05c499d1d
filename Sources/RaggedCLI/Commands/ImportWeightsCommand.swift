public import ArgumentParser
import Foundation
public import Ragged

struct ImportWeightsCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "import-weights",
    abstract: "Make a model with weights from PyTorch or Keras.",
    discussion: """
      MODEL is either a checkpoint, whose weights are replaced, or a model as "ragged train" describes it, such as \
      'lstm(64)', with --store for the names of features, tokens and classes; then all options of "ragged train" say how \
      it is to be trained. What is written is the start of such a run:

        ragged import-weights model.best.ragged weights.safetensors \\
          --output new.ragged
        ragged import-weights 'lstm(64)' weights.npz --store store.sqlite \\
          --epochs 5 --output new.ragged
        ragged evaluate new.ragged store.sqlite --split test
        ragged train store.sqlite --resume new.ragged

      A .safetensors file holds the tensors of PyTorch's LSTM, Linear and Embedding under any names, as long as shapes \
      and numbers in the names leave one way to understand them; both biases of an LSTM are added. An .npz holds the \
      arrays of Keras' get_weights() in the order of the model's layers, or by the names that export gives them. A normalisation in the file takes the place of the model's own. \
      Outputs stand for the data's classes in its own order. The \
      guide "Models" has the scripts that write such files.
      """)

  @Argument(help: "A checkpoint, or a model's description, such as 'lstm(64)'.")
  var model: String

  @Argument(help: "The file with the weights.")
  var input: String

  @Option(
    name: .long,
    help: ArgumentHelp(
      "\([ModelFormat].readable.map(\.rawValue).choiceText). Default: by INPUT's ending, \([ModelFormat].readable.endings)."
    )
  )
  var from: ModelFormat?

  @Option(name: .shortAndLong, help: "The checkpoint to write.")
  var output: String

  @Option(name: .long, help: "With a description: the store that names features, tokens and classes.")
  var store: String?

  @Option(name: .shortAndLong, help: "With a description: the dataset; may be left out where the store has one.")
  var dataset: String?

  @Option(name: .shortAndLong, help: "With a description: epochs of the run to come.")
  var epochs = TrainingConfiguration.usualEpochs

  @OptionGroup(title: "Data of the run to come") var data: TrainDataArguments
  @OptionGroup(title: "Balance") var balance: BalanceArguments
  @OptionGroup(title: "Batches") var batches: BatchArguments
  @OptionGroup(title: "Windows") var windows: TrainWindowArguments
  @OptionGroup(title: "Optimisation") var optimisation: OptimizerArguments
  @OptionGroup(title: "Stopping") var stopping: StoppingArguments

  @Option(name: .long, help: "With a description: decides batches and dropout.")
  var seed: UInt64 = 0

  @Option(name: .long, help: "With a description: timesteps that a gradient flows through at most.")
  var bptt: Int?

  @OptionGroup var wait: WaitArguments
  @OptionGroup(title: "Messages") var console: ConsoleArguments

  private var format: ModelFormat? { from ?? ModelFormat(path: input) }
  private var isCheckpoint: Bool { FileManager.default.fileExists(atPath: model) || model.hasSuffix(".ragged") }

  func validate() throws {
    try Limits.check("--epochs", epochs, Limits.count)
    try Limits.check("--bptt", bptt, Limits.count)
    let readable = [ModelFormat].readable.map(\.rawValue).choiceText
    if let from, !from.isReadable { throw ValidationError("--from is \(from.rawValue), expected \(readable)") }
    guard format != nil, format?.isReadable == true else {
      throw ValidationError(
        "\(input) does not end in \([ModelFormat].readable.endings): say what it is with --from \(readable)")
    }
    if isCheckpoint, store != nil || dataset != nil {
      throw ValidationError("\(model) is a checkpoint, which names its own data: leave --store and --dataset out")
    }
    if !isCheckpoint, store == nil {
      throw ValidationError(
        "there is no checkpoint \(model), and a description needs --store for the names of its features and classes")
    }
  }

  func run() throws {
    if isCheckpoint, try configuration(of: "", model: nil) != TrainingConfiguration(dataset: "") {
      throw ValidationError(
        "\(model) is a checkpoint, which says itself how it is trained: leave options of training, such as --epochs, out"
      )
    }
    let (base, name) = isCheckpoint ? (try Checkpoint(contentsOf: URL(filePath: model)), model) : (try fresh(), "data")
    let (checkpoint, isFromFile) = try base.importing(contentsOf: input, as: format ?? .safetensors)
    try checkpoint.write(to: URL(filePath: output))
    let network = try checkpoint.model()
    let origin = isFromFile ? input : name
    let normalization = checkpoint.normalization == nil ? "no normalisation" : "normalisation of \(origin)"
    guard !console.quiet else { return }
    Console.print(
      "wrote \(output): \(network.parameterCount.counted("weight")) in \(network.parameterInfo.count.counted("tensor")) of \(input), "
        + normalization)
  }

  /// The start of a run of a described model.
  private func fresh() throws -> Checkpoint {
    let opened = try wait.open(store ?? "", .readOnly)
    let configuration = try configuration(of: try balance.firstDataset(of: opened, dataset), model: model)
    return try TrainingJob(store: opened, configuration: configuration, command: "import-weights").checkpoint()
  }

  /// The run to come.
  private func configuration(of dataset: String, model: String?) throws -> TrainingConfiguration {
    try TrainingConfiguration(
      dataset: dataset, model: model, epochs: epochs, seed: seed, truncation: bptt, data: data, balance: balance,
      batches: batches,
      windows: windows, optimisation: optimisation, stopping: stopping)
  }
}

extension ModelFormat: ExpressibleByArgument {
  /// Those that weights can be read from.
  public static var allValueStrings: [String] { allCases.filter(\.isReadable).map(\.rawValue) }
}
