import Foundation
import RaggedCore
import RaggedFormats
import RaggedProtobuf
import RaggedTraining
import SwiftProtobuf

/// Writes a model as an ONNX graph of operator set 17.
///
/// | | name | shape | type |
/// |---|---|---|---|
/// | input | `values`, or `tokens` | `[batch, time, F]`, or `[batch, time]` | float, or int64 |
/// | input | `lengths` | `[batch]`, 0 to time | int32 |
/// | output | `outputs` | `[batch, K]` or `[batch, time, K]` | float |
///
/// Sequences begin at time 0; what stands after their length is not looked at, and what the outputs hold there means
/// nothing.
enum OnnxWriter {
  /// What protobuf, and so an ONNX file, can hold, with room for the graph.
  private static let sizeLimit = Int(Int32.max) - (1 << 24)

  /// - Throws: ``ExchangeError`` for a model that is too large, `WriterError`.
  static func write(_ model: Sequential, _ normalization: Normalization?, _ notes: ModelNotes, to path: String) throws {
    guard model.parameterCount <= sizeLimit / 4 else {
      throw ExchangeError(
        .unsupported,
        "the model has \(model.parameterCount) weights, and an ONNX file holds at most 2 GiB: export safetensors instead"
      )
    }
    let bytes = try message(model, normalization, notes)
    let file = try AtomicFile(path: path)
    try bytes.withUnsafeBytes(file.write)
    try file.commit()
  }

  static func message(_ model: Sequential, _ normalization: Normalization?, _ notes: ModelNotes) throws -> [UInt8] {
    var network = OnnxNetwork(model, normalization)
    return try network.built(metadata: notes.texts).serializedBytes()
  }
}
