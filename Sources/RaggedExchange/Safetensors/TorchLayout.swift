import RaggedTraining

/// PyTorch's names, shapes and order for the weights of a model.
///
/// Layer i of a model has the prefix `layers.i.`, as in an `nn.ModuleList` called `layers`. Gates come in the order
/// i f g o, as here; matrices are turned over. PyTorch adds two biases where there is one here: `bias_ih` is that one,
/// `bias_hh` is 0.
enum TorchLayout {
  /// The names of the normalisation, buffers of the module itself.
  static let mean = "normalization_mean"
  static let deviation = "normalization_deviation"

  /// The weights of a model.
  static func tensors(of model: Sequential) -> [WeightTensor] {
    model.layerWeights.flatMap { layer -> [WeightTensor] in
      let prefix = "layers.\(layer.index)."
      if let (lstm, _) = layer.layer.recurrent {
        return ["", "_reverse"].prefix(layer.tensors.count / 3).enumerated().flatMap { direction, suffix in
          tensors(Array(layer.tensors[3 * direction..<3 * direction + 3]), lstm.units, prefix, suffix)
        }
      }
      if let dense = layer.layer.dense {
        let inputs = layer.tensors[0].shape[0]
        return [
          WeightTensor(
            name: prefix + "weight", shape: [dense.units, inputs],
            values: layer.tensors[0].values.transposed(rows: inputs, columns: dense.units)),
          WeightTensor(name: prefix + "bias", shape: [dense.units], values: layer.tensors[1].values),
        ]
      }
      return layer.tensors.map { WeightTensor(name: prefix + "weight", shape: $0.shape, values: $0.values) }
    }
  }

  /// One direction of an LSTM.
  private static func tensors(
    _ own: [WeightTensor], _ units: Int, _ prefix: String, _ suffix: String
  ) -> [WeightTensor] {
    let inputs = own[0].shape[0]
    return [
      WeightTensor(
        name: "\(prefix)weight_ih_l0\(suffix)", shape: [4 * units, inputs],
        values: own[0].values.transposed(rows: inputs, columns: 4 * units)),
      WeightTensor(
        name: "\(prefix)weight_hh_l0\(suffix)", shape: [4 * units, units],
        values: own[1].values.transposed(rows: units, columns: 4 * units)),
      WeightTensor(name: "\(prefix)bias_ih_l0\(suffix)", shape: [4 * units], values: own[2].values),
      WeightTensor(
        name: "\(prefix)bias_hh_l0\(suffix)", shape: [4 * units], values: Array(repeating: 0, count: 4 * units)),
    ]
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
