import Foundation
import RaggedExchange
import RaggedTraining
import Testing

/// Every network, written and run by the other frameworks themselves; see `fixtures/exchange/README.md`.
@Suite(.serialized, .enabled(if: Python.isThere)) struct PythonTests {
  /// The networks in a format, and the cases that the scripts compare with.
  private func exported(_ format: ModelFormat, _ ending: String) throws -> Folder {
    let folder = try Folder()
    for network in SampleNetwork.all {
      try network.checkpoint().export(to: folder.file("\(network.name).\(ending)"), as: format)
    }
    let cases = try SampleNetwork.all.map(PythonCase.init)
    _ = try folder.write("cases.json", try JSONEncoder().encode(cases))
    return folder
  }

  @Test func onnxruntimeGivesTheSameOutputs() throws {
    let folder = try exported(.onnx, "onnx")
    try Python.run("check_onnx.py", folder.path, folder.file("outputs.json"))
    guard let kept = ProcessInfo.processInfo.environment["RAGGED_EXPORTED"] else { return }
    try? FileManager.default.removeItem(atPath: kept)
    try FileManager.default.copyItem(atPath: folder.path, toPath: kept)
  }

  /// Columns of all kinds, some cells missing.
  @Test(arguments: [(ModelFormat.onnx, "onnx"), (.safetensors, "torch"), (.keras, "keras")])
  func othersGiveTheSameOutputsOfColumns(_ format: ModelFormat, _ framework: String) throws {
    let folder = try Folder()
    for network in ColumnNetwork.all {
      try network.checkpoint().export(to: folder.file("\(network.name).\(format.fileExtension)"), as: format)
    }
    let cases = try ColumnNetwork.all.map { try $0.pythonCase() }
    _ = try folder.write("cases.json", try JSONEncoder().encode(cases))
    try Python.run("check_\(framework)_columns.py", folder.path, folder.file("outputs_\(framework).json"))
    if let kept = ProcessInfo.processInfo.environment["RAGGED_EXPORTED"] {
      let record = kept + "_columns_\(framework).json"
      try? FileManager.default.removeItem(atPath: record)
      try FileManager.default.copyItem(atPath: folder.file("outputs_\(framework).json"), toPath: record)
    }
    guard format.isReadable else { return }
    for network in ColumnNetwork.all {
      let (trainer, path) = (try network.trainer(), folder.file("back/\(network.name).\(format.fileExtension)"))
      let back = try ImportedWeights(for: trainer.model, contentsOf: path, as: format)
      #expect(back.weights == trainer.model.weights, "\(network.name)")
      #expect(back.normalization == (network.isNormalized ? trainer.normalization : nil), "\(network.name)")
    }
  }

  @Test func torchGivesTheSameOutputsAndItsFilesComeBack() throws {
    let folder = try exported(.safetensors, "safetensors")
    try Python.run("check_torch.py", folder.path)
    for network in SampleNetwork.all {
      let path = folder.file("back/\(network.name).safetensors")
      let model = try network.model()
      let back = try ImportedWeights(for: model, contentsOf: path, as: .safetensors)
      #expect(back.weights.map(\.values) == model.weights.map(\.values), "\(network.name)")
    }
  }

  @Test func kerasGivesTheSameOutputsAndItsFilesComeBack() throws {
    let folder = try exported(.keras, "npz")
    try Python.run("check_keras.py", folder.path)
    for network in SampleNetwork.all {
      let model = try network.model()
      let back = try ImportedWeights(
        for: model, contentsOf: folder.file("back/\(network.name).npz"), as: .keras)
      #expect(back.weights.map(\.values) == model.weights.map(\.values), "\(network.name)")
      #expect(back.normalization == network.normalization, "\(network.name)")
    }
  }
}
