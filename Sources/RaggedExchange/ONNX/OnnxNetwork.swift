import RaggedCore
import RaggedFormats
import RaggedProtobuf
import RaggedTraining
import SwiftProtobuf

/// Writes a model as an ONNX graph of operator set 17.
///
/// | | name | shape | type |
/// |---|---|---|---|
/// | input | `values`, or `tokens` | `[batch, time, F]`, or `[batch, time]` | float, or int64 |
/// | input | `lengths` | `[batch]`, 0 to time | int32 |
///
/// A model on columns of several kinds, or that fills in missing numbers, has an input for each plane that there is:
///
/// | | name | shape | type |
/// |---|---|---|---|
/// | input | `values`, `observed` | `[batch, time, F]` | float, bool |
/// | input | `codes` | `[batch, time, C]` | int64 |
/// | input | `static_values`, `static_observed` | `[batch, S]` | float, bool |
/// | input | `static_codes` | `[batch, D]` | int64 |
/// | input | `lengths` | `[batch]`, 0 to time | int32 |
///
/// | | name | shape | type |
/// |---|---|---|---|
/// | output | `outputs` | `[batch, K]` or `[batch, time, K]` | float |
///
/// A model with several heads has an output for each, called as the head is: `activity@1`.
///
/// One that is stateful takes sequences in pieces and has, for each recurrent layer, an input and an output for each part of its state:
///
/// | | name | shape | type |
/// |---|---|---|---|
/// | input | `h_0`, `c_0`, `h_1`, … | `[batch, H]`, zeros before the first piece | float |
/// | input | `begun`, where columns per sequence make the first state | `[batch]`, false before the first piece | bool |
/// | output | `next_h_0`, `next_c_0`, …, `next_begun` | as the inputs | |
///
/// Sequences begin at time 0; what stands after their length is not looked at, and what the outputs hold there means
/// nothing.
enum OnnxWriter {
  /// What protobuf, and so an ONNX file, can hold, with room for the graph.
  private static let sizeLimit = Int(Int32.max) - (1 << 24)

  /// - Throws: ``ExchangeError`` for a model that is too large, `WriterError`.
  static func write(_ model: Sequential, _ normalization: Normalization?, _ notes: ModelNotes, to path: String) throws {
    try write(model, normalization, notes, stateful: false, to: path)
  }

  /// - Parameter stateful: whether the states of layers go in and out.
  /// - Throws: as without it, and ``ExchangeError`` for a model whose states cannot go on.
  static func write(
    _ model: Sequential, _ normalization: Normalization?, _ notes: ModelNotes, stateful: Bool, to path: String
  ) throws {
    if stateful { try checkStatesGoOn(model) }
    if ([model.layers] + model.heads.map(\.layers)).contains(where: { $0.last?.layer is CRF }) {
      throw ExchangeError(
        .unsupported, "ONNX has no operator for the best path of a crf: export safetensors, which hold its weights")
    }
    if model.maskValue != nil, (model.layers + model.heads.flatMap(\.layers)).contains(where: { $0.layer is Last }) {
      throw ExchangeError(
        .unsupported,
        "the model masks timesteps itself and takes the last of a sequence, which this graph cannot tell: export safetensors"
      )
    }
    guard model.parameterCount <= sizeLimit / 4 else {
      throw ExchangeError(
        .unsupported,
        "the model has \(model.parameterCount) weights, and an ONNX file holds at most 2 GiB: export safetensors instead"
      )
    }
    try AtomicFile.write(try message(model, normalization, notes, stateful: stateful), to: path)
  }

  static func message(
    _ model: Sequential, _ normalization: Normalization?, _ notes: ModelNotes, stateful: Bool = false
  ) throws -> [UInt8] {
    var network = OnnxNetwork(model: model, normalization: normalization)
    if stateful { network.states = OnnxStates() }
    return try network.built(metadata: notes.texts).serializedBytes()
  }
}

/// A model on its way to a graph: layer after layer, each from the output of the one before.
struct OnnxNetwork {
  let model: Sequential
  let normalization: Normalization?
  var builder = OnnxBuilder()
  /// The output of what is there so far: `[batch, time, width]`, or `[batch, width]` after the last valid output.
  var current = ""
  var width = 0
  var isPerSequence = false
  /// Real timesteps of each sequence, int32.
  var lengths = "lengths"
  /// Where timesteps that the model masks itself were left out.
  var masked: OnnxMasking?
  /// The columns per sequence `[batch, S]`, where they are not repeated at every timestep.
  var statics: String?
  /// The units of each direction where the last recurrent layer's stand side by side, and no layer has mixed them.
  var lastParts: Int?
  /// 1, the number of timesteps, 1.
  var timeShape = ""
  /// Those of the layers so far, where they go in and out.
  var states: OnnxStates?

  mutating func built(metadata: [String: String]) -> OnnxModelProto {
    let isPlain = model.hasPlainInput(normalization)
    if isPlain { addInput() } else { addDoor() }
    let lastRecurrent = model.layers.lastIndex { $0.recurrent != nil }
    if lastRecurrent == nil { unmask(repeats: true) }
    add(model.layerWeights, "layer", isPlain: isPlain, lastRecurrent: lastRecurrent)
    guard !model.heads.isEmpty else {
      addOutput("outputs")
      addNextStates()
      return builder.model(metadata: metadata)
    }
    let shared = (current, width, isPerSequence, lastParts)
    for (number, (head, layers)) in zip(model.heads, model.headWeights).enumerated() {
      (current, width, isPerSequence, lastParts) = shared
      add(layers, "head_\(number)", isPlain: isPlain, lastRecurrent: nil)
      let taken = builder.graph.input.contains { $0.name == head.name }
      addOutput(taken ? "output_\(head.name)" : head.name)
    }
    addNextStates()
    return builder.model(metadata: metadata)
  }

  /// The current output as one of the graph's.
  private mutating func addOutput(_ name: String) {
    current = builder.node("Identity", [current], to: name)
    let time: [OnnxBuilder.Axis] = isPerSequence ? [] : [.named("time")]
    builder.output(name, .float, [.named("batch")] + time + [.size(width)])
  }

  /// Layers one after the other.
  /// - Parameter lastRecurrent: the one behind which timesteps that were left out stand again.
  private mutating func add(_ layers: [LayerWeights], _ prefix: String, isPlain: Bool, lastRecurrent: Int?) {
    let isEnd = prefix != "layer" || model.heads.isEmpty
    let lastDense =
      model.input.options.statics == .head && isEnd ? layers.lastIndex { $0.layer.dense != nil } : nil
    for layer in layers {
      let name = "\(prefix)_\(layer.index)"
      if !(layer.layer.layer is Last), !(layer.layer.layer is Dropout) { lastParts = nil }
      if let recurrent = layer.layer.recurrent {
        add(recurrent, layer.tensors, name)
        if recurrent.merge == .concat { lastParts = recurrent.layer.units }
        if layer.index == lastRecurrent { unmask(repeats: recurrent.merge == nil) }
      } else if layer.layer.layer is Last {
        addLast(name)
      } else if let dense = layer.layer.dense {
        if layer.index == lastDense { joinStatics() }
        addDense(dense, layer.tensors, name)
      } else if let embedding = layer.layer.layer as? Embedding, isPlain {
        let table = builder.constant("\(name)_embeddings", layer.tensors[0].shape, layer.tensors[0].values)
        current = builder.node("Gather", [table, current], to: "\(name)_output", attributes: [.int("axis", 0)])
        width = embedding.units
      }
    }
  }

  /// The last timestep of each sequence, zeros for one without any; of two directions side by side the first of the second.
  private mutating func addLast(_ name: String) {
    let (zero, column) = (builder.integers("zero", [0], shape: []), builder.integers("axis_1", [1]))
    let (one, sequences) = (builder.integers("one", [1], shape: []), current)
    let count = builder.node("Cast", [lengths], to: "\(name)_count", attributes: [.int("to", 7)])
    builder.node("Sub", [count, one], to: "\(name)_before")
    builder.node("Max", ["\(name)_before", zero], to: "\(name)_place")
    builder.node("Unsqueeze", ["\(name)_place", column], to: "\(name)_column")
    current = builder.node(
      "GatherND", [sequences, "\(name)_column"], to: "\(name)_ends", attributes: [.int("batch_dims", 1)])
    if let units = lastParts {
      let isForward = builder.constant(
        "\(name)_forward", [width], (0..<width).map { $0 < units ? 1 : 0 })
      let isBackward = builder.constant("\(name)_backward", [width], (0..<width).map { $0 < units ? 0 : 1 })
      builder.node("Gather", [sequences, zero], to: "\(name)_starts", attributes: [.int("axis", 1)])
      builder.node("Mul", [current, isForward], to: "\(name)_of_ends")
      builder.node("Mul", ["\(name)_starts", isBackward], to: "\(name)_of_starts")
      current = builder.node("Add", ["\(name)_of_ends", "\(name)_of_starts"], to: "\(name)_both")
    }
    builder.node("Greater", [count, zero], to: "\(name)_any")
    builder.node("Unsqueeze", ["\(name)_any", column], to: "\(name)_any_column")
    let blank = builder.constant("blank", [], [0])
    current = builder.node("Where", ["\(name)_any_column", current, blank], to: "\(name)_output")
    isPerSequence = true
  }

  private mutating func addInput() {
    if model.input.tokens != nil {
      builder.input("tokens", .int64, [.named("batch"), .named("time")])
      current = "tokens"
    } else {
      width = model.input.featureCount
      builder.input("values", .float, [.named("batch"), .named("time"), .size(width)])
      current = "values"
    }
    builder.input("lengths", .int32, [.named("batch")])
    if let value = model.maskValue { mask(value) }
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
