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

  /// Every shared layer with the shapes that its weights have.
  var layerShapes: [(index: Int, layer: LayerSpec, shapes: [[Int]])] {
    zip(layers, layerTensors).enumerated().map { index, layer in
      (index, layer.0, parameterInfo[layer.1].map(\.shape))
    }
  }

  /// The layers of each head with their weights.
  var headWeights: [[LayerWeights]] {
    let weights = weights
    var first = layers.count
    return heads.map { head in
      defer { first += head.layers.count }
      return head.layers.enumerated().map { index, layer in
        LayerWeights(index: index, layer: layer, tensors: Array(weights[layerTensors[first + index]]))
      }
    }
  }

  /// Every layer, those of heads behind the shared ones, with what a file's names of its weights begin with: `layers.0.`, or
  /// `heads.1.0.` for the first layer of the second head.
  var prefixedLayers: [(prefix: String, layer: LayerSpec, tensors: Range<Int>)] {
    let shared = layers.enumerated().map { ("layers.\($0).", $1) }
    let own = heads.enumerated().flatMap { number, head in
      head.layers.enumerated().map { ("heads.\(number).\($0).", $1) }
    }
    return zip(shared + own, layerTensors).map { ($0.0, $0.1, $1) }
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
