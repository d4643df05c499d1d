import RaggedTraining

/// PyTorch's names, shapes and order for the weights of a model.
///
/// Layer i of a model has the prefix `layers.i.`, as in an `nn.ModuleList` called `layers`, and layer i of head h of several
/// `heads.h.i.`. Gates come in the order that the
/// cell says; matrices are turned over. PyTorch has two biases, `bias_ih` and `bias_hh`, which it adds in an LSTM: there
/// the second is 0.
///
/// Columns of several kinds: see ``TorchModule/expected(by:)``.
enum TorchLayout {
  /// The names of the normalisation, buffers of the module itself.
  static let mean = "normalization_mean"
  static let deviation = "normalization_deviation"
  /// Means and deviations, in the order of ``NormalizationArrays``.
  static let normalization = [mean, deviation, "static_normalization_mean", "static_normalization_deviation"]
  /// What stands for missing numbers per timestep, and per sequence, of a model on columns of several kinds.
  static let fillings = ["filling", "static_filling"]

  /// - Throws: `WriterError`.
  static func write(
    _ model: Sequential, _ normalization: Normalization?, _ notes: ModelNotes, to path: String
  ) throws {
    try SafetensorsWriter.write(
      tensors(of: model) + tensors(of: normalization) + fillings(of: model, normalization), metadata: notes.texts,
      to: path)
  }

  static func tensors(of model: Sequential) -> [WeightTensor] {
    let weights = model.weights
    return TorchModule.expected(by: model).flatMap { module, places in
      zip(module.tensors, torch(module.kind, places.map { weights[$0].values })).map {
        WeightTensor(name: $0.name, shape: $0.shape, values: $1)
      }
    }
  }

  /// A module's tensors from those in Keras' order and layout.
  static func torch(_ kind: TorchModule.Kind, _ keras: [[Float]]) -> [[Float]] {
    switch kind {
    case .recurrent(let cell, let inputs, let units, _):
      let columns = cell.gateCount * units
      return stride(from: 0, to: keras.count, by: 3).flatMap { direction -> [[Float]] in
        let bias = keras[direction + 2]
        let second = cell.biasCount == 2 ? Array(bias[columns...]) : Array(repeating: 0, count: columns)
        return [
          keras[direction].transposed(rows: inputs, columns: columns),
          keras[direction + 1].transposed(rows: units, columns: columns), Array(bias[..<columns]), second,
        ].map { $0.parts(in: cell.torchGates) }
      }
    case .linear(let inputs, let units): return [keras[0].transposed(rows: inputs, columns: units), keras[1]]
    case .embedding, .crf: return keras
    }
  }

  /// A module's tensors in Keras' order and layout.
  static func keras(_ kind: TorchModule.Kind, _ own: [[Float]]) -> [[Float]] {
    switch kind {
    case .recurrent(let cell, let inputs, let units, _):
      let columns = cell.gateCount * units
      let order = cell.torchGates.indices.sorted { cell.torchGates[$0] < cell.torchGates[$1] }
      return stride(from: 0, to: own.count, by: 4).flatMap { direction -> [[Float]] in
        let part = own[direction..<direction + 4].map { $0.parts(in: order) }
        return [
          part[0].transposed(rows: columns, columns: inputs), part[1].transposed(rows: columns, columns: units),
          cell.biasCount == 2 ? part[2] + part[3] : zip(part[2], part[3]).map { $0 + $1 },
        ]
      }
    case .linear(let inputs, let units): return [own[0].transposed(rows: units, columns: inputs), own[1]]
    case .embedding, .crf: return own
    }
  }

  /// A normalisation; nothing where there is none.
  static func tensors(of normalization: Normalization?) -> [WeightTensor] {
    zip(self.normalization, NormalizationArrays.values(of: normalization)).filter { !$1.isEmpty }.map {
      WeightTensor(name: $0, shape: [$1.count], values: $1)
    }
  }

  /// What stands for missing numbers, before they are normalised.
  static func fillings(of model: Sequential, _ normalization: Normalization?) -> [WeightTensor] {
    guard !model.hasPlainInput(normalization) else { return [] }
    let counts = [model.input.featureCount, model.input.staticFeatureCount]
    return zip(zip(fillings, counts), [normalization?.mean, normalization?.staticMean]).compactMap { part, mean in
      let (name, count) = part
      guard count > 0 else { return nil }
      let zeros = [Float](repeating: 0, count: count)
      let values = model.input.options.fill == .zero ? zeros : mean ?? zeros
      return WeightTensor(name: name, shape: [count], values: values)
    }
  }
}
