import RaggedTraining

/// PyTorch's names, shapes and order for the weights of a model.
///
/// Layer i of a model has the prefix `layers.i.`, as in an `nn.ModuleList` called `layers`. Gates come in the order that the
/// cell says; matrices are turned over. PyTorch has two biases, `bias_ih` and `bias_hh`, which it adds in an LSTM: there
/// the second is 0.
enum TorchLayout {
  /// The names of the normalisation, buffers of the module itself.
  static let mean = "normalization_mean"
  static let deviation = "normalization_deviation"

  /// - Throws: `WriterError`.
  static func write(
    _ model: Sequential, _ normalization: Normalization?, _ notes: ModelNotes, to path: String
  ) throws {
    try SafetensorsWriter.write(
      tensors(of: model) + tensors(of: normalization), metadata: notes.texts, to: path)
  }

  static func tensors(of model: Sequential) -> [WeightTensor] {
    zip(TorchModule.expected(by: model), model.layerWeights.filter { !$0.tensors.isEmpty }).flatMap { module, layer in
      zip(module.tensors, torch(module.kind, layer.tensors.map(\.values))).map {
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
    case .embedding: return keras
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
    case .embedding: return own
    }
  }

  /// A normalisation; nothing for nil.
  static func tensors(of normalization: Normalization?) -> [WeightTensor] {
    guard let normalization else { return [] }
    return [
      WeightTensor(name: mean, shape: [normalization.mean.count], values: normalization.mean),
      WeightTensor(name: deviation, shape: [normalization.deviation.count], values: normalization.deviation),
    ]
  }
}
