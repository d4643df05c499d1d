import RaggedTraining

/// An output of a layer or operation of a functional model.
struct KerasTensor: Encodable {
  var layer: String
  /// Which of its outputs.
  var index = 0

  /// Layer, call and output, as Keras 3 writes them.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.unkeyedContainer()
    try container.encode(layer)
    try container.encode(0)
    try container.encode(index)
  }
}

/// What a layer or an operation of a functional model is called with, as Keras 3 writes it.
struct KerasNode: Encodable {
  var args: [Argument]
  var kwargs: [String: Argument]

  enum Argument: Encodable {
    case tensor(KerasTensor)
    case number(Float)
    case list([KerasTensor])
    /// A constant of float32.
    case array([Float])

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .tensor(let tensor): try Named("__keras_tensor__", History(tensor)).encode(to: encoder)
      case .number(let number): try number.encode(to: encoder)
      case .list(let tensors): try tensors.map { Named("__keras_tensor__", History($0)) }.encode(to: encoder)
      case .array(let values): try Named("__numpy__", Numbers(value: values)).encode(to: encoder)
      }
    }
  }

  private struct Named<Config: Encodable>: Encodable {
    var class_name: String
    var config: Config

    init(_ name: String, _ config: Config) { (class_name, self.config) = (name, config) }
  }

  /// Keras finds the tensor by its history; its shape and type are not looked at.
  private struct History: Encodable {
    var shape: [Int?] = [nil, nil]
    var dtype = "float32"
    var keras_history: KerasTensor

    init(_ tensor: KerasTensor) { keras_history = tensor }
  }

  private struct Numbers: Encodable {
    var value: [Float]
    var dtype = "float32"
  }
}

/// Puts a functional model together: layers and operations, each called once.
struct KerasGraph {
  typealias Layer = KerasArchitecture.Layer
  typealias Settings = KerasArchitecture.Settings

  private(set) var layers: [Layer] = []
  /// The names that nothing else may take.
  private(set) var names: Set<String>

  init(reserving names: Set<String> = []) { self.names = names }

  /// A name that nothing has yet: `base`, or `base` with a number.
  mutating func unique(_ base: String) -> String {
    var (name, number) = (base, 0)
    while !names.insert(name).inserted {
      number += 1
      name = "\(base)_\(number)"
    }
    return name
  }

  mutating func input(_ name: String, _ shape: [Int?], _ type: String) -> KerasTensor {
    add(Layer(class_name: "InputLayer", config: Settings(name: name, batch_shape: shape, dtype: type)))
  }

  /// Adds a layer, called with an output, under its own name.
  mutating func add(
    _ layer: Layer, _ input: KerasTensor? = nil, _ keywords: [String: KerasNode.Argument] = [:]
  ) -> KerasTensor {
    var layer = layer
    layer.name = layer.config.name
    layer.inbound_nodes = input.map { [KerasNode(args: [.tensor($0)], kwargs: keywords)] } ?? []
    layers.append(layer)
    return KerasTensor(layer: layer.config.name)
  }

  /// Adds one of `keras.ops`, under a name of its own where `name` is taken.
  /// - Parameters:
  ///   - type: its class: `NotEqual`.
  ///   - edit: sets what else it is made with.
  mutating func operation(
    _ type: String, _ name: String, _ arguments: [KerasNode.Argument], module: String = "numpy",
    _ edit: (inout Settings) -> Void = { _ in }
  ) -> KerasTensor {
    var settings = Settings(name: unique(name))
    edit(&settings)
    layers.append(
      Layer(
        module: "keras.src.ops.\(module)", class_name: type, config: settings, name: settings.name,
        inbound_nodes: [KerasNode(args: arguments, kwargs: [:])]))
    return KerasTensor(layer: settings.name)
  }

  /// As many columns side by side as there are tensors; a single one as it is.
  mutating func joined(_ parts: [KerasTensor], _ name: String) -> KerasTensor? {
    guard parts.count > 1 else { return parts.first }
    let settings = Settings(name: unique(name), axis: -1)
    layers.append(
      Layer(
        class_name: "Concatenate", config: settings, name: settings.name,
        inbound_nodes: [KerasNode(args: [.list(parts)], kwargs: [:])]))
    return KerasTensor(layer: settings.name)
  }

  mutating func cast(_ tensor: KerasTensor, to type: String, _ name: String) -> KerasTensor {
    operation("Cast", name, [.tensor(tensor)], module: "core") { $0.dtype = type }
  }

  /// The mask of timesteps of which some feature differs from a value, and so does NaN.
  mutating func mask(of features: KerasTensor, masking value: Float) -> KerasTensor {
    let differs = operation("NotEqual", "differs", [.tensor(features), .number(value)])
    return operation("Any", "mask", [.tensor(differs)]) { $0.axis = -1 }
  }

  /// A mask turned round in time.
  mutating func turned(_ mask: KerasTensor) -> KerasTensor {
    operation("Flip", "mask_turned", [.tensor(mask)]) { $0.axis = 1 }
  }
}
