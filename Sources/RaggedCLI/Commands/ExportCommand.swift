import ArgumentParser
import Ragged

/// `ragged export`.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Write a model for PyTorch, Keras or an ONNX runtime.",
    discussion: ModelExporter.discussion)

  @Argument(help: "The checkpoint.")
  var input: String

  @Argument(help: "The file to write.")
  var output: String

  @Option(
    name: .long, help: "safetensors, keras or onnx. Default: by OUTPUT's ending, .safetensors, .npz or .onnx.")
  var to: ModelFormat?

  func run() throws { try ModelExporter(model: input, output: output, format: to).run() }
}

extension ModelFormat: ExpressibleByArgument {}
