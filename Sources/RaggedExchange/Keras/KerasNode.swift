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
