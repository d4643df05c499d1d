import RaggedCore
import RaggedFormats
public import RaggedTraining

/// Weights that were read for a model, in its own order and layout.
public struct ImportedWeights: Sendable, Equatable {
  /// As `Sequential.setWeights(_:)` takes them.
  public var weights: [WeightTensor]
  /// The normalisation that the file holds; nil where it holds none.
  public var normalization: Normalization?
  /// Names that the file gives to what goes in and comes out, where it does: see ``ModelNotes``.
  var names: [String: [String]] = [:]

  /// Reads a file for a model.
  ///
  /// Tensors of safetensors are those of PyTorch's modules, under the names that `Checkpoint.export(to:as:)`
  /// gives them, or others where shapes and numbers in the names leave one way to understand them. The arrays of an
  /// `.npz` come under Keras' names or in the order of `get_weights()`.
  /// - Throws: ``ExchangeError`` where the file is not there, is damaged, or has the weights of another network.
  public init(for model: Sequential, contentsOf path: String, as format: ModelFormat) throws {
    do {
      guard let read = format.row.read else {
        let readable = ModelFormat.allCases.filter(\.isReadable).map(\.rawValue).choiceText
        throw ExchangeError(.unsupported, "weights are not read from \(format.rawValue), expected \(readable)")
      }
      self = try read(path, model)
      try checkNumbers()
    } catch let error as ExchangeError where error.code != .missing {
      throw error.at(path)
    }
  }

  init(weights: [WeightTensor], normalization: Normalization?, notes: [String: String]) {
    self.weights = weights
    self.normalization = normalization
    names = ModelNotes.names(in: notes)
  }

  /// Checks that what the file says of its inputs and outputs is what a checkpoint says of its own.
  /// - Throws: ``ExchangeError`` that names both.
  func check(against own: [String: [String]]) throws {
    for (kind, names) in names.sorted(by: { $0.key < $1.key }) {
      guard let expected = own[kind], !expected.areExactly(names) else { continue }
      let place = zip(names, expected).enumerated().first { !$0.element.0.isExactly($0.element.1) }?.offset
      func shown(_ list: [String]) -> String {
        place.map { "\"\(list[$0])\" at place \($0 + 1)" } ?? "\(list.count) of them"
      }
      throw ExchangeError(
        .mismatch,
        "the weights were made for other \(kind), or for the same in another order: the file has \(shown(names)), the "
          + "model \(shown(expected))")
    }
  }

  private func checkNumbers() throws {
    for tensor in weights {
      guard let place = tensor.values.firstIndex(where: { !$0.isFinite }) else { continue }
      throw ExchangeError(
        .invalidFile,
        "the weights for \(tensor.name) hold \(tensor.values[place]) at element \(place), expected numbers")
    }
  }

  /// A normalisation from what a file holds of it.
  /// - Throws: ``ExchangeError`` where half of it is missing, or it is for another number of features.
  static func normalization(
    _ mean: (name: String, values: [Float])?, _ deviation: (name: String, values: [Float])?, for model: Sequential
  ) throws -> Normalization? {
    guard let mean, let deviation else {
      guard let half = mean ?? deviation else { return nil }
      throw ExchangeError(.mismatch, "there is \"\(half.name)\" without its other half, expected both or neither")
    }
    guard let count = model.input.features else {
      throw ExchangeError(.mismatch, "there is a normalisation, \"\(mean.name)\", and the model takes tokens")
    }
    for part in [mean, deviation] where part.values.count != count {
      throw ExchangeError(
        .mismatch,
        "\"\(part.name)\" has \(part.values.count.counted("number")), the model takes \(count.counted("feature"))")
    }
    for part in [mean, deviation] {
      guard let place = part.values.firstIndex(where: { !$0.isFinite }) else { continue }
      throw ExchangeError(
        .invalidFile, "\"\(part.name)\" holds \(part.values[place]) at element \(place), expected numbers")
    }
    if let place = deviation.values.firstIndex(where: { $0 <= 0 }) {
      throw ExchangeError(
        .invalidFile,
        "\"\(deviation.name)\" holds \(deviation.values[place]) at element \(place), expected more than 0")
    }
    return Normalization(mean: mean.values.map(Double.init), deviation: deviation.values.map(Double.init))
  }
}

extension Checkpoint {
  /// The model, where files of a format can hold it.
  /// - Throws: ``ExchangeError`` for an input that they do not know.
  private func exchangedModel(with format: ModelFormat) throws -> Sequential {
    let model = try model()
    guard !model.hasPlainInput(normalization) else { return model }
    guard format.row.takesColumns else {
      let others = ModelFormat.allCases.filter(\.row.takesColumns).map(\.rawValue).choiceText
      throw ExchangeError(
        .unsupported,
        "\(format.rawValue) holds models on features or tokens alone, in which nothing is missing, and this one takes "
          + "\(input.summary): expected \(others)")
    }
    if input.options.looksBack {
      throw ExchangeError(
        .unsupported,
        "\(format.rawValue) cannot hold this model: missing numbers are filled with the last ones, or the time since "
          + "these is an input")
    }
    if model.maskValue != nil {
      throw ExchangeError(
        .unsupported,
        "\(format.rawValue) cannot hold a mask beside numbers that may be missing, or columns per sequence")
    }
    return model
  }

  /// The start of a run with the weights of a file: nothing of this checkpoint's own training is left.
  ///
  /// The file's normalisation takes the place of the checkpoint's; where the file has none, the checkpoint's stays.
  /// - Returns: the checkpoint, and whether the normalisation is the file's.
  /// - Throws: as ``ImportedWeights/init(for:contentsOf:as:)``, and `TrainingError` where the checkpoint's own parts do
  ///   not fit together.
  public func importing(
    contentsOf path: String, as format: ModelFormat
  ) throws -> (checkpoint: Checkpoint, hasNormalization: Bool) {
    let model = try exchangedModel(with: format)
    let imported = try ImportedWeights(for: model, contentsOf: path, as: format)
    do {
      try imported.check(against: ModelNotes.names(in: ModelNotes(self, model).texts))
    } catch let error as ExchangeError {
      throw error.at(path)
    }
    let checkpoint = try starting(
      with: imported.weights, normalization: imported.normalization ?? normalization)
    return (checkpoint, imported.normalization != nil)
  }
}

extension Checkpoint {
  /// Writes the model as a file of another framework, whole or not at all.
  ///
  /// The normalisation of features is part of what is written: two arrays beside the weights, layers of Keras'
  /// architecture, nodes of the ONNX graph. The article Models says what each file holds and how it is loaded.
  /// - Throws: ``ExchangeError`` for what the format cannot hold, `TrainingError` where the checkpoint's parts do not fit
  ///   together or are no numbers, `WriterError` where the file cannot be written.
  public func export(to path: String, as format: ModelFormat) throws {
    try checkNumbers()
    let model = try exchangedModel(with: format)
    let notes = try ModelNotes(self, model)
    do {
      try format.row.write(model, normalization, notes, path)
    } catch let error as ExchangeError {
      throw error.at(path)
    }
  }
}
