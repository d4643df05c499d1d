/// What a layer of a functional model is called with, as Keras 3 writes it.
struct KerasNode: Encodable {
  private var args: [Tensor]
  private var kwargs: [String: Tensor]

  /// A call with the output of a layer, and with that of another as the mask.
  init(input: String, mask: String?) {
    args = [Tensor(input, dtype: "float32")]
    kwargs = mask.map { ["mask": Tensor($0, dtype: "bool")] } ?? [:]
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
