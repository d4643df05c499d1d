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
}

extension Checkpoint {
  /// The start of a run with the weights of a file: nothing of this checkpoint's own training is left.
  ///
  /// The file's normalisation takes the place of the checkpoint's; where the file has none, the checkpoint's stays.
  /// - Returns: the checkpoint, and whether the normalisation is the file's.
  /// - Throws: as ``ImportedWeights/init(for:contentsOf:as:)``, and `TrainingError` where the checkpoint's own parts do
  ///   not fit together.
  public func importing(
    contentsOf path: String, as format: ModelFormat
  ) throws -> (checkpoint: Checkpoint, hasNormalization: Bool) {
    let model = try model()
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
  /// - Parameters:
  ///   - path: the file.
  ///   - format: that of the file.
  ///   - stateful: whether the states of all recurrent layers go in and come out, so that sequences can be given piece by piece as they
  ///     come: of an ONNX graph alone. Then it has the inputs `h_0`, `c_0`, … `[batch, H]`, zeros at first, and the outputs
  ///     `next_h_0`, `next_c_0`, … that are those of the next piece.
  /// - Throws: ``ExchangeError`` for what the format cannot hold and for states of a model that reads backwards or looks back beside its
  ///   states, `TrainingError` where the checkpoint's parts do not fit
  ///   together or are no numbers, `WriterError` where the file cannot be written.
  public func export(to path: String, as format: ModelFormat, stateful: Bool = false) throws {
    try checkNumbers()
    let model = try model()
    let notes = try ModelNotes(self, model)
    do {
      if stateful {
        guard format == .onnx else {
          throw ExchangeError(
            .unsupported, "states go in and out of a graph, which is onnx, and \(format.rawValue) holds weights")
        }
        return try OnnxWriter.write(model, normalization, notes, stateful: true, to: path)
      }
      try format.row.write(model, normalization, notes, path)
    } catch let error as ExchangeError {
      throw error.at(path)
    }
  }
}
