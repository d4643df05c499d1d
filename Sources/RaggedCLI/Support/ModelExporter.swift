import ArgumentParser
import Foundation
import Ragged

/// Writes a checkpoint as a file of another framework.
struct ModelExporter {
  static let discussion = """
    safetensors holds the weights with PyTorch's names, shapes and order: layers.0.weight_ih_l0, layers.1.weight and so \
    on, for an nn.Module of 30 lines. keras is an .npz of the weights as get_weights() gives them, with the architecture \
    that keras.models.model_from_json builds. onnx is a graph with the inputs values [batch, time, F] (or tokens \
    [batch, time]) and lengths [batch], and the output outputs. Normalisation is part of each; features, classes and \
    tokens are named within. The guide "Models" has the scripts.

      ragged export model.best.ragged model.safetensors
      ragged export model.best.ragged model.onnx
      ragged export model.best.ragged model.npz --to keras
    """

  let model: String
  let output: String
  let format: ModelFormat?

  func run() throws {
    guard let format = format ?? ModelFormat(path: output) else {
      throw ValidationError(
        "\(output) does not end in \(ModelFormat.allCases.endings): say what to write with --to "
          + ModelFormat.allCases.map(\.rawValue).choiceText)
    }
    let checkpoint = try Checkpoint(contentsOf: URL(filePath: model))
    let network: Sequential
    do {
      try checkpoint.export(to: output, as: format)
      network = try checkpoint.model()
    } catch let error as TrainingError {
      throw TrainingError(error.code, "\(model): \(error.message)")
    }
    let normalization = checkpoint.normalization == nil ? "" : ", with normalisation"
    Console.print(
      "wrote \(output) (\(format.rawValue)): \(network.parameterCount.counted("weight")) in "
        + "\(network.parameterInfo.count.counted("tensor"))\(normalization)")
  }
}

extension [ModelFormat] {
  /// `.safetensors or .npz`.
  var endings: String { map { "." + $0.fileExtension }.choiceText }
  /// Those that weights are read from.
  static var readable: [ModelFormat] { ModelFormat.allCases.filter(\.isReadable) }
}
