import RaggedProtobuf
import RaggedTraining

/// A model on its way to a graph: layer after layer, each from the output of the one before.
struct OnnxNetwork {
  private let model: Sequential
  private let normalization: Normalization?
  var builder = OnnxBuilder()
  /// The output of what is there so far: `[batch, time, width]`, or `[batch, width]` after the last valid output.
  var current = ""
  var width = 0
  var isPerSequence = false
  /// Real timesteps of each sequence, int32.
  var lengths = "lengths"
  /// Where timesteps that the model masks itself were left out.
  var masked: OnnxMasking?

  init(_ model: Sequential, _ normalization: Normalization?) {
    self.model = model
    self.normalization = normalization
  }

  mutating func built(metadata: [String: String]) -> OnnxModelProto {
    addInput()
    let lastRecurrent = model.layers.lastIndex { $0.recurrent != nil }
    if lastRecurrent == nil { unmask(repeats: true) }
    for layer in model.layerWeights {
      let name = "layer_\(layer.index)"
      if let (lstm, directions) = layer.layer.recurrent {
        addLSTM(lstm, directions, layer, name)
        if layer.index == lastRecurrent { unmask(repeats: directions == 1) }
      } else if let dense = layer.layer.dense {
        addDense(dense, layer.tensors, name)
      } else if case .embedding(let embedding) = layer.layer {
        let table = builder.constant("\(name)_embeddings", layer.tensors[0].shape, layer.tensors[0].values)
        current = builder.node("Gather", [table, current], to: "\(name)_output", attributes: [.int("axis", 0)])
        width = embedding.units
      }
    }
    current = builder.node("Identity", [current], to: "outputs")
    let time: [OnnxBuilder.Axis] = isPerSequence ? [] : [.named("time")]
    builder.output("outputs", .float, [.named("batch")] + time + [.size(width)])
    return builder.model(metadata: metadata)
  }

  private mutating func addInput() {
    switch model.input {
    case .tokens:
      builder.input("tokens", .int64, [.named("batch"), .named("time")])
      current = "tokens"
    case .features(let count):
      builder.input("values", .float, [.named("batch"), .named("time"), .size(count)])
      (current, width) = ("values", count)
    }
    builder.input("lengths", .int32, [.named("batch")])
    if case .masking(let masking) = model.layers.first { mask(masking.maskValue) }
    guard let normalization else { return }
    let mean = builder.constant("normalization_mean", [width], normalization.mean)
    let scale = builder.constant("normalization_scale", [width], normalization.deviation.map { 1 / $0 })
    current = builder.node("Sub", [current, mean], to: "normalization_shifted")
    current = builder.node("Mul", [current, scale], to: "normalization_output")
  }

  /// MatMul, Add and the function at the end.
  private mutating func addDense(_ dense: Dense, _ tensors: [WeightTensor], _ name: String) {
    let kernel = builder.constant("\(name)_kernel", tensors[0].shape, tensors[0].values)
    let bias = builder.constant("\(name)_bias", tensors[1].shape, tensors[1].values)
    current = builder.node("MatMul", [current, kernel], to: "\(name)_product")
    current = builder.node("Add", [current, bias], to: "\(name)_sum")
    width = dense.units
    switch dense.activation {
    case .linear: break
    case .relu: current = builder.node("Relu", [current], to: "\(name)_output")
    case .sigmoid: current = builder.node("Sigmoid", [current], to: "\(name)_output")
    case .tanh: current = builder.node("Tanh", [current], to: "\(name)_output")
    case .softmax:
      current = builder.node("Softmax", [current], to: "\(name)_output", attributes: [.int("axis", -1)])
    }
  }
}
