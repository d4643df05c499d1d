import RaggedTraining

/// A layer of a model with its own weight tensors, in Keras' order and layout.
struct LayerWeights {
  /// Its place among the layers.
  var index: Int
  var layer: LayerSpec
  var tensors: [WeightTensor]
}

extension Sequential {
  var layerWeights: [LayerWeights] {
    let weights = weights
    return zip(layers, layerTensors).enumerated().map { index, layer in
      LayerWeights(index: index, layer: layer.0, tensors: Array(weights[layer.1]))
    }
  }

  /// Every layer with the shapes that its weights have.
  var layerShapes: [(index: Int, layer: LayerSpec, shapes: [[Int]])] {
    zip(layers, layerTensors).enumerated().map { index, layer in
      (index, layer.0, parameterInfo[layer.1].map(\.shape))
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

  /// The numbers cut into equal parts, which come in another order: the part at `order[0]` first.
  func parts(in order: [Int]) -> [Float] {
    let size = count / Swift.max(1, order.count)
    return order.flatMap { self[$0 * size..<($0 + 1) * size] }
  }
}
