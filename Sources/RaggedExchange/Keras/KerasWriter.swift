import RaggedFormats
import RaggedTraining

/// The names of what is beside the weights in an `.npz` for Keras.
enum KerasLayout {
  static let mean = "normalization/mean"
  static let deviation = "normalization/deviation"
  /// The architecture, for `keras.models.model_from_json`.
  static let architecture = "model.json"
  /// What else is known of the model: ``ModelNotes``.
  static let notes = "notes.json"
}

/// Writes an `.npz` whose arrays are a model's weights as Keras' `get_weights()` gives them, in that order and under the
/// names that the model gives them, then the normalisation; with two members that are JSON.
enum KerasWriter {
  /// - Throws: ``ExchangeError`` for a normalisation that Keras cannot compute, `WriterError`.
  static func write(
    _ model: Sequential, _ normalization: Normalization?, _ notes: ModelNotes, to path: String
  ) throws {
    let architecture = try CompactJSON.bytes(KerasArchitecture(model, normalization))
    var writer = try NPZWriter(path: path)
    for tensor in model.weights { try writer.add(tensor.name, NPYArray(shape: tensor.shape, .float32(tensor.values))) }
    if let normalization {
      let shape = [normalization.mean.count]
      try writer.add(KerasLayout.mean, NPYArray(shape: shape, .float32(normalization.mean)))
      try writer.add(KerasLayout.deviation, NPYArray(shape: shape, .float32(normalization.deviation)))
    }
    try writer.add(file: KerasLayout.architecture, architecture)
    try writer.add(file: KerasLayout.notes, try CompactJSON.bytes(notes.texts))
    try writer.finish()
  }
}
