import RaggedCore
import RaggedTraining

/// What the layers and inputs of a model are called in Keras.
///
/// A layer of Keras has the name of ours. Each column's embedding is a layer, and so is what makes a first state of the
/// columns per sequence; an input has the name of its column.
struct KerasNames {
  /// The embedding layers in the order of their columns.
  let embeddings: [String]
  /// The name of each weight tensor in the model's order: that of its layer, `/`, and its own.
  let weights: [String]
  /// The columns: numbers per timestep, codes per timestep, then those per sequence.
  let columns: (numbers: [String], codes: [String], staticNumbers: [String], staticCodes: [String])

  /// - Parameter signature: names the columns; nil where they have no names.
  init(_ model: Sequential, _ signature: InputSignature?) {
    let (input, info) = (model.input, model.parameterInfo)
    let tables = zip(model.layers, model.layerTensors).first { $0.0.layer is Embedding }?.1 ?? 0..<0
    var graph = KerasGraph()
    // A plain name: Keras on PyTorch finds weights by it, and takes no points there.
    let categories = (input.categories + input.staticCategories).map(\.name)
    embeddings = categories.map { column in
      guard tables.count > 1 else { return "embedding" }
      let word = column.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
      return graph.unique("embedding_" + String(word))
    }
    var names = info.map(\.name)
    for (table, layer) in zip(tables, embeddings) { names[table] = layer + "/embeddings" }
    for (place, name) in names.enumerated() {
      guard let range = name.firstRange(of: "/state_") else { continue }
      names[place] = KerasNames.stateLayer(String(name[..<range.lowerBound])) + "/" + name[range.upperBound...]
    }
    weights = names
    func numbers(_ names: [String]?, _ count: Int, _ word: String) -> [String] {
      guard let names, names.count == count else { return (0..<count).map { "\(word)_\($0)" } }
      return names
    }
    columns = (
      numbers(signature?.timestep.numbers, input.featureCount, "value"),
      numbers(signature?.timestep.categories.map(\.name), input.categories.count, "code"),
      numbers(signature?.statics.numbers, input.staticFeatureCount, "static_value"),
      numbers(signature?.statics.categories.map(\.name), input.staticCategories.count, "static_code")
    )
  }

  /// The layer that makes the first state of a direction: `lstm_state` for `lstm`.
  static func stateLayer(_ direction: String) -> String { direction.replacing("/", with: "_") + "_state" }

  /// The layers with weights.
  var layers: Set<String> { Set(weights.map { String($0.prefix { $0 != "/" }) }) }

  /// The weights as `keras_save.py` names them: layer by layer, each in the order of `get_weights()`.
  var numbered: [String] {
    var counts: [String: Int] = [:]
    return weights.map { name in
      let layer = String(name.prefix { $0 != "/" })
      defer { counts[layer, default: 0] += 1 }
      return "\(layer)/\(counts[layer, default: 0])"
    }
  }
}
