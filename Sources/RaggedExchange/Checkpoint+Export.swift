import RaggedFormats
public import RaggedTraining

extension Checkpoint {
  /// Writes the model as a file of another framework, whole or not at all.
  ///
  /// The normalisation of features is part of what is written: two arrays beside the weights, layers of Keras'
  /// architecture, nodes of the ONNX graph. The article Models says what each file holds and how it is loaded.
  /// - Throws: ``ExchangeError`` for what the format cannot hold, `TrainingError` where the checkpoint's parts do not fit
  ///   together or are no numbers, `WriterError` where the file cannot be written.
  public func export(to path: String, as format: ModelFormat) throws {
    try checkNumbers()
    let model = try model()
    let notes = try ModelNotes(self, model)
    do {
      switch format {
      case .safetensors:
        try SafetensorsWriter.write(
          TorchLayout.tensors(of: model) + TorchLayout.tensors(of: normalization), metadata: notes.texts, to: path)
      case .keras: try KerasWriter.write(model, normalization, notes, to: path)
      case .onnx: try OnnxWriter.write(model, normalization, notes, to: path)
      }
    } catch let error as ExchangeError {
      throw error.inFile(path)
    }
  }
}
