import RaggedTraining

/// A layer of a model with its own weight tensors, in Keras' order and layout.
struct LayerWeights {
  /// Its place among the layers.
  var index: Int
  var layer: LayerSpec
  var tensors: [WeightTensor]
}

extension LayerSpec {
  /// Weight tensors: kernel, recurrent kernel and bias a direction; kernel and bias; embeddings.
  var tensorCount: Int {
    switch self {
    case .lstm: 3
    case .bidirectional: 6
    case .dense, .timeDistributed: 2
    case .embedding: 1
    case .masking, .dropout: 0
    }
  }

  /// The LSTM within, and its directions: 1, or 2 where it reads both ways.
  var recurrent: (lstm: LSTM, directions: Int)? {
    switch self {
    case .lstm(let lstm): (lstm, 1)
    case .bidirectional(let both): (both.layer, 2)
    default: nil
    }
  }

  /// The dense layer itself, or the one at every timestep.
  var dense: Dense? {
    switch self {
    case .dense(let dense): dense
    case .timeDistributed(let distributed): distributed.layer
    default: nil
    }
  }
}

extension Sequential {
  /// Every layer with its weights.
  var layerWeights: [LayerWeights] {
    var rest = weights[...]
    return layers.enumerated().map { index, layer in
      defer { rest = rest.dropFirst(layer.tensorCount) }
      return LayerWeights(index: index, layer: layer, tensors: Array(rest.prefix(layer.tensorCount)))
    }
  }

  /// Every layer with the shapes that its weights have.
  var layerShapes: [(index: Int, layer: LayerSpec, shapes: [[Int]])] {
    var rest = parameterInfo[...]
    return layers.enumerated().map { index, layer in
      defer { rest = rest.dropFirst(layer.tensorCount) }
      return (index, layer, rest.prefix(layer.tensorCount).map(\.shape))
    }
  }
}

extension [Float] {
  /// A row-major matrix `[rows, columns]` turned over: `[columns, rows]`.
  func transposed(rows: Int, columns: Int) -> [Float] {
    var result = [Float](repeating: 0, count: count)
    for i in 0..<rows {
      for j in 0..<columns { result[j * rows + i] = self[i * columns + j] }
    }
    return result
  }
}
