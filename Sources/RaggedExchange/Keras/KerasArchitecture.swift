import RaggedCore
import RaggedTraining

/// A model as `keras.models.model_from_json` of Keras 3 builds it. What is left out has Keras' default, which is ours.
///
/// It is a functional model of two inputs, `values` `[batch, time, F]` (or `tokens` `[batch, time]`) and `mask`
/// `[batch, time]`, true = real, which every recurrent layer takes: Keras' own masks end at an embedding. A model that
/// begins with masking has but one input, and makes its mask itself.
///
/// A layer that reads backwards and gives an output per timestep gives them in the order of reading: Keras turns its
/// outputs round and leaves the mask as it was, so the layers after it take a mask that is turned round here.
///
/// Columns of several kinds, and numbers that may be missing, have an input a column: ``KerasColumns``.
struct KerasArchitecture: Encodable {
  var module = "keras"
  var class_name: String
  var config: Config
  /// Where inputs have names of columns, these by plane, in the order of the columns; not part of the architecture.
  var inputNames: [String: [String]]?

  private enum CodingKeys: CodingKey { case module, class_name, config }

  struct Config: Encodable {
    var name = "ragged"
    var layers: [Layer]
    /// Layer, node and tensor of each.
    var input_layers: Inputs?
    var output_layers: [KerasTensor]?
  }

  /// Inputs that a caller gives in order, or by name.
  enum Inputs: Encodable {
    case ordered([KerasTensor])
    case named([String: KerasTensor])

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .ordered(let places): try places.encode(to: encoder)
      case .named(let places): try places.encode(to: encoder)
      }
    }
  }

  struct Layer: Encodable {
    var module = "keras.layers"
    var class_name: String
    var config: Settings
    /// Of a functional model: the name again, and what the layer is called with.
    var name: String?
    var inbound_nodes: [KerasNode]?
  }

  struct Settings: Encodable {
    var name: String
    var batch_shape: [Int?]?
    var dtype: String?
    var mean: [Double]?
    var variance: [Double]?
    var units: Int?
    var return_sequences: Bool?
    var go_backwards: Bool?
    var dropout: Float?
    var merge_mode: String?
    var layer: Inner?
    var activation: String?
    var input_dim: Int?
    var output_dim: Int?
    var mask_value: Float?
    var rate: Float?
    var axis: Int?
    var indices_or_sections: Int?
  }

  /// A layer within a layer.
  final class Inner: Encodable {
    let layer: Layer
    init(_ layer: Layer) { self.layer = layer }
    func encode(to encoder: any Encoder) throws { try layer.encode(to: encoder) }
  }

  /// - Throws: ``ExchangeError`` for deviations of which Keras would make others.
  init(_ model: Sequential, _ normalization: Normalization?, _ names: KerasNames) throws {
    if let head = model.heads.first(where: { head in head.layers.contains { $0.layer is Last } }) {
      throw ExchangeError(
        .unsupported,
        "Keras has no layer for the last valid timestep, which the head \"\(head.name)\" takes: export ONNX or safetensors"
      )
    }
    guard model.hasPlainInput(normalization) else {
      guard model.heads.isEmpty else {
        throw ExchangeError(
          .unsupported,
          "several heads on columns of several kinds, or on numbers that may be missing, are not written for Keras: export "
            + "ONNX or safetensors")
      }
      class_name = "Model"
      let columns = try KerasColumns(model, normalization, names)
      (config, inputNames) = (columns.config, columns.inputNames)
      return
    }
    var input = Settings(name: "values", batch_shape: [nil, nil], dtype: "float32")
    if let count = model.input.features {
      input.batch_shape?.append(count)
    } else {
      input.name = "tokens"
      input.dtype = "int32"
    }
    var layers = [Layer(class_name: "InputLayer", config: input)]
    var names: [String: Int] = [:]
    for layer in model.layers {
      // The mask is found in the features as they come, before they are normalised.
      if let normalization, !(layer.layer is Masking), !layers.contains(where: { $0.class_name == "Normalization" }) {
        layers.append(try KerasArchitecture.made(mean: normalization.mean, deviation: normalization.deviation))
      }
      layers.append(try KerasArchitecture.made(layer, &names))
    }
    guard model.heads.isEmpty else {
      class_name = "Model"
      config = KerasArchitecture.functional(
        layers, heads: try model.heads.map { try $0.layers.map { try KerasArchitecture.made($0, &names) } })
      return
    }
    // Keras' own mask goes through the layers as it is, which is right where no layer after it needs another.
    guard model.turnsMask || !layers.contains(where: { $0.class_name == "Masking" }) else {
      class_name = "Sequential"
      config = Config(layers: layers)
      return
    }
    class_name = "Model"
    config = KerasArchitecture.functional(layers)
  }

  /// The layers one after the other, with a mask that goes to every recurrent one; and behind them an output for each head.
  private static func functional(_ layers: [Layer], heads: [[Layer]] = []) -> Config {
    var graph = KerasGraph()
    let input = graph.add(layers[0])
    var (inputs, current, mask) = ([input], input, KerasTensor(layer: "mask"))
    if let value = layers.compactMap(\.config.mask_value).first {
      mask = graph.mask(of: input, masking: value)
    } else {
      inputs.append(graph.input("mask", [nil, nil], "bool"))
    }
    for layer in layers.dropFirst() where layer.class_name != "Masking" {
      current = graph.add(layer, current, layer.config.takesMask ? ["mask": .tensor(mask)] : [:])
      if layer.config.returnsBackwards { mask = graph.turned(mask) }
    }
    let outputs = heads.map { head in
      var (output, mask) = (current, mask)
      for layer in head {
        output = graph.add(layer, output, layer.config.takesMask ? ["mask": .tensor(mask)] : [:])
        if layer.config.returnsBackwards { mask = graph.turned(mask) }
      }
      return output
    }
    return Config(
      layers: graph.layers, input_layers: .ordered(inputs), output_layers: heads.isEmpty ? [current] : outputs)
  }

  /// - Parameter words: what the numbers are called.
  static func made(
    mean: [Float], deviation: [Float], _ name: String = "normalization",
    of words: (Int) -> String = { "feature \($0 + 1)" }
  ) throws -> Layer {
    // Keras divides by no less than 1e-7, and keeps squares as float32.
    if let place = deviation.firstIndex(where: { !($0 > 1e-7 && $0 < 1e19) }) {
      throw ExchangeError(
        .unsupported,
        "\(words(place)) has the deviation \(deviation[place]), and Keras normalises by 1e-7 to 1e19 alone: scale that "
          + "feature before training")
    }
    return Layer(
      class_name: "Normalization",
      config: Settings(
        name: name, mean: mean.map(Double.init), variance: deviation.map { Double($0) * Double($0) }))
  }

  /// - Parameter names: how often a name was given.
  static func made(_ layer: LayerSpec, _ names: inout [String: Int]) throws -> Layer {
    func unique(_ base: String) -> String {
      let number = names[base, default: 0]
      names[base] = number + 1
      return number == 0 ? base : "\(base)_\(number)"
    }
    if let recurrent = layer.recurrent {
      guard let merge = recurrent.merge else { return made(recurrent, unique(recurrent.cell.name)) }
      var settings = Settings(name: unique("bidirectional"))
      settings.merge_mode = merge.rawValue
      settings.layer = Inner(made(recurrent, recurrent.cell.name))
      return Layer(class_name: "Bidirectional", config: settings)
    }
    switch layer.layer {
    case let dense as Dense: return made(dense, unique("dense"))
    case let distributed as TimeDistributed:
      var settings = Settings(name: unique("time_distributed"))
      settings.layer = Inner(made(distributed.layer, "dense"))
      return Layer(class_name: "TimeDistributed", config: settings)
    case let embedding as Embedding:
      var settings = Settings(name: unique("embedding"))
      (settings.input_dim, settings.output_dim) = (embedding.inputCount, embedding.units)
      return Layer(class_name: "Embedding", config: settings)
    case let masking as Masking:
      return Layer(class_name: "Masking", config: Settings(name: unique("masking"), mask_value: masking.maskValue))
    case let dropout as Dropout:
      return Layer(class_name: "Dropout", config: Settings(name: unique("dropout"), rate: dropout.rate))
    case is CRF:
      throw ExchangeError(.unsupported, "Keras has no crf: export safetensors, which hold its weights")
    default: throw ExchangeError(.unsupported, "Keras has no layer \(layer.layer)")
    }
  }

  private static func made(_ recurrent: RecurrentDirections, _ name: String) -> Layer {
    var settings = Settings(name: name)
    settings.units = recurrent.layer.units
    settings.return_sequences = recurrent.layer.returnSequences
    settings.go_backwards = recurrent.layer.goBackwards
    settings.dropout = recurrent.layer.dropout
    return Layer(class_name: recurrent.cell.title, config: settings)
  }

  private static func made(_ dense: Dense, _ name: String) -> Layer {
    Layer(class_name: "Dense", config: Settings(name: name, units: dense.units, activation: dense.activation.rawValue))
  }
}

extension KerasArchitecture.Settings {
  /// Whether outputs come in the order of a reading from the end.
  var returnsBackwards: Bool { go_backwards == true && return_sequences == true }
  /// Whether a layer is recurrent.
  var takesMask: Bool { go_backwards != nil || merge_mode != nil }
}

extension Sequential {
  /// Whether a recurrent layer follows one whose outputs come in the order of a reading from the end.
  fileprivate var turnsMask: Bool {
    let recurrent = layers.compactMap(\.recurrent?.layer)
    return recurrent.dropLast().contains { $0.goBackwards && $0.returnSequences }
  }
}
