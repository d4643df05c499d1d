import Foundation
import RaggedCore
import RaggedTraining

/// A file of another framework that a model goes into.
public enum ModelFormat: String, Sendable, CaseIterable {
  /// PyTorch's weights by name: see `Checkpoint.export(to:as:)`.
  case safetensors
  /// An `.npz` of Keras' weights in order, with the architecture as JSON.
  case keras
  /// A graph that onnxruntime runs.
  case onnx

  /// The format of a file of this name, by its ending; nil where it has another.
  public init?(path: String) {
    let ending = path.lowercased().split(separator: ".").last
    guard let format = Self.allCases.first(where: { $0.row.fileExtension == ending.map(String.init) }) else {
      return nil
    }
    self = format
  }

  /// The ending of its files' names, without the point.
  public var fileExtension: String { row.fileExtension }

  /// Whether weights can be read back from it.
  public var isReadable: Bool { row.read != nil }

  /// All that is known of a format outside its folder.
  struct Row {
    var fileExtension: String
    /// nil where weights cannot be read back.
    var read: ((_ path: String, _ model: Sequential) throws -> ImportedWeights)?
    var write: (Sequential, Normalization?, ModelNotes, _ path: String) throws -> Void
  }

  var row: Row {
    switch self {
    case .safetensors:
      Row(fileExtension: "safetensors", read: TorchReader.read, write: TorchLayout.write)
    case .keras: Row(fileExtension: "npz", read: KerasReader.read, write: KerasWriter.write)
    case .onnx: Row(fileExtension: "onnx", write: OnnxWriter.write)
    }
  }
}

/// JSON as it is written into other files: the same bytes for the same value.
enum CompactJSON {
  static func bytes(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // A mask's value may be any.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try encoder.encode(value)
  }

  static func text(_ value: some Encodable) throws -> String { String(decoding: try bytes(value), as: UTF8.self) }
}
