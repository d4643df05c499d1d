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
struct KerasArchitecture: Encodable {
  var module = "keras"
  var class_name: String
  var config: Config

  struct Config: Encodable {
    var name = "ragged"
    var layers: [Layer]
    /// Layer, node and tensor of each.
    var input_layers: [KerasNode.Place]?
    var output_layers: [KerasNode.Place]?
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
  }

  /// A layer within a layer.
  final class Inner: Encodable {
    let layer: Layer
    init(_ layer: Layer) { self.layer = layer }
    func encode(to encoder: any Encoder) throws { try layer.encode(to: encoder) }
  }

  /// - Throws: ``ExchangeError`` for deviations of which Keras would make others.
  init(_ model: Sequential, _ normalization: Normalization?) throws {
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
        layers.append(try KerasArchitecture.made(normalization))
      }
      layers.append(try KerasArchitecture.made(layer, &names))
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

  /// The layers one after the other, with a mask that goes to every recurrent one.
  private static func functional(_ layers: [Layer]) -> Config {
    let input = layers[0].config.name
    var result: [Layer] = []
    var (mask, masksMade, output) = ("mask", 0, "")
    for var layer in layers where layer.class_name != "Masking" {
      layer.name = layer.config.name
      layer.inbound_nodes = output.isEmpty ? [] : [KerasNode(input: output, mask: layer.config.takesMask ? mask : nil)]
      output = layer.config.name
      result.append(layer)
      guard layer.config.returnsBackwards else { continue }
      masksMade += 1
      let turned = "mask_turned_\(masksMade)"
      result.append(operation("Flip", Settings(name: turned, axis: 1), KerasNode(input: mask, mask: nil)))
      mask = turned
    }
    var inputs = [KerasNode.Place(layer: input)]
    if let value = layers.compactMap(\.config.mask_value).first {
      result.insert(
        contentsOf: [
          operation("NotEqual", Settings(name: "differs"), KerasNode(input: input, number: value)),
          operation("Any", Settings(name: "mask", axis: -1), KerasNode(input: "differs", mask: nil)),
        ], at: 1)
    } else {
      inputs.append(KerasNode.Place(layer: "mask"))
      result.insert(
        Layer(
          class_name: "InputLayer", config: Settings(name: "mask", batch_shape: [nil, nil], dtype: "bool"),
          name: "mask", inbound_nodes: []), at: 1)
    }
    return Config(layers: result, input_layers: inputs, output_layers: [KerasNode.Place(layer: output)])
  }

  /// One of `keras.ops`.
  private static func operation(_ name: String, _ settings: Settings, _ node: KerasNode) -> Layer {
    Layer(module: "keras.src.ops.numpy", class_name: name, config: settings, name: settings.name, inbound_nodes: [node])
  }

  private static func made(_ normalization: Normalization) throws -> Layer {
    // Keras divides by no less than 1e-7, and keeps squares as float32.
    if let place = normalization.deviation.firstIndex(where: { !($0 > 1e-7 && $0 < 1e19) }) {
      throw ExchangeError(
        .unsupported,
        "feature \(place + 1) has the deviation \(normalization.deviation[place]), and Keras normalises by 1e-7 to 1e19 "
          + "alone: scale that feature before training")
    }
    return Layer(
      class_name: "Normalization",
      config: Settings(
        name: "normalization", mean: normalization.mean.map(Double.init),
        variance: normalization.deviation.map { Double($0) * Double($0) }))
  }

  private static func made(_ layer: LayerSpec, _ names: inout [String: Int]) throws -> Layer {
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
  fileprivate var returnsBackwards: Bool { go_backwards == true && return_sequences == true }
  /// Whether a layer is recurrent.
  fileprivate var takesMask: Bool { go_backwards != nil || merge_mode != nil }
}

extension Sequential {
  /// Whether a recurrent layer follows one whose outputs come in the order of a reading from the end.
  fileprivate var turnsMask: Bool {
    let recurrent = layers.compactMap(\.recurrent?.layer)
    return recurrent.dropLast().contains { $0.goBackwards && $0.returnSequences }
  }
}

/// What a layer or an operation of a functional model is called with, as Keras 3 writes it.
struct KerasNode: Encodable {
  private var args: [Argument]
  private var kwargs: [String: Argument]

  /// A call with the output of a layer, and with that of another as the mask.
  init(input: String, mask: String?) {
    args = [.tensor(Tensor(input, dtype: "float32"))]
    kwargs = mask.map { ["mask": .tensor(Tensor($0, dtype: "bool"))] } ?? [:]
  }

  /// A call with the output of a layer and with a number.
  init(input: String, number: Float) {
    args = [.tensor(Tensor(input, dtype: "float32")), .number(number)]
    kwargs = [:]
  }

  /// An output of a layer: its first tensor of its first call.
  struct Place: Encodable {
    var layer: String

    func encode(to encoder: any Encoder) throws {
      var container = encoder.unkeyedContainer()
      try container.encode(layer)
      try container.encode(0)
      try container.encode(0)
    }
  }

  private enum Argument: Encodable {
    case tensor(Tensor)
    case number(Float)

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .tensor(let tensor): try tensor.encode(to: encoder)
      case .number(let number): try number.encode(to: encoder)
      }
    }
  }

  private struct Tensor: Encodable {
    var class_name = "__keras_tensor__"
    var config: Config

    /// Keras finds the tensor by its history; its shape is not looked at.
    struct Config: Encodable {
      var shape: [Int?] = [nil, nil]
      var dtype: String
      var keras_history: Place
    }

    init(_ layer: String, dtype: String) {
      config = Config(dtype: dtype, keras_history: Place(layer: layer))
    }
  }
}
