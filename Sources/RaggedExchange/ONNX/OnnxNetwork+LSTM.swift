import RaggedTraining

extension OnnxNetwork {
  /// An LSTM node, which wants time first, and what makes one output of its directions. `[batch, time, width]` comes out,
  /// or `[batch, width]` of the last valid outputs, which the node keeps apart.
  mutating func addLSTM(_ lstm: LSTM, _ directions: Int, _ layer: LayerWeights, _ name: String) {
    let direction = directions == 2 ? "bidirectional" : lstm.goBackwards ? "reverse" : "forward"
    let weights = OnnxGates(layer.tensors, units: lstm.units, directions: directions)
    let inputs = [
      builder.node("Transpose", [current], to: "\(name)_input", attributes: [.ints("perm", [1, 0, 2])]),
      builder.constant("\(name)_W", [directions, 4 * lstm.units, weights.inputs], weights.kernels),
      builder.constant("\(name)_R", [directions, 4 * lstm.units, lstm.units], weights.recurrentKernels),
      builder.constant("\(name)_B", [directions, 8 * lstm.units], weights.biases),
      lengths,
    ]
    // Y is [time, directions, batch, units], Y_h [directions, batch, units].
    builder.node(
      "LSTM", inputs, to: lstm.returnSequences ? "\(name)_Y" : "", lstm.returnSequences ? "" : "\(name)_Y_h",
      attributes: [.text("direction", direction), .int("hidden_size", lstm.units)])
    current = lstm.returnSequences ? "\(name)_Y" : "\(name)_Y_h"
    width = lstm.units
    let axis = lstm.returnSequences ? 1 : 0
    if case .bidirectional(let both) = layer.layer, both.merge == .concat {
      width = 2 * lstm.units
      transpose(lstm.returnSequences ? [2, 0, 1, 3] : [1, 0, 2], "\(name)_batches")
      let shape = builder.integers("\(name)_shape", (lstm.returnSequences ? [0, 0] : [0]) + [width])
      current = builder.node("Reshape", [current, shape], to: "\(name)_output")
    } else {
      if case .bidirectional(let both) = layer.layer {
        merge(both.merge, axis: axis, name)
      } else {
        current = taken(0, axis: axis, "\(name)_direction")
      }
      if lstm.returnSequences { transpose([1, 0, 2], "\(name)_batches") }
    }
    isPerSequence = !lstm.returnSequences
    if directions == 1, lstm.goBackwards, lstm.returnSequences { reverse(name) }
  }

  private mutating func transpose(_ order: [Int], _ name: String) {
    current = builder.node("Transpose", [current], to: name, attributes: [.ints("perm", order)])
  }

  /// One direction of the current output.
  private mutating func taken(_ direction: Int, axis: Int, _ name: String) -> String {
    let index = builder.integers("direction_\(direction)", [direction], shape: [])
    return builder.node("Gather", [current, index], to: name, attributes: [.int("axis", axis)])
  }

  private mutating func merge(_ merge: Bidirectional.Merge, axis: Int, _ name: String) {
    let forward = taken(0, axis: axis, "\(name)_forward")
    let backward = taken(1, axis: axis, "\(name)_backward")
    current = builder.node(merge == .mul ? "Mul" : "Add", [forward, backward], to: "\(name)_merged")
    guard merge == .ave else { return }
    let half = builder.constant("half", [], [0.5])
    current = builder.node("Mul", [current, half], to: "\(name)_average")
  }

  /// The node gives a backwards layer's outputs in the order of time; here, as in Keras, they come in that of reading.
  private mutating func reverse(_ name: String) {
    let wide = builder.node("Cast", [lengths], to: "\(name)_lengths", attributes: [.int("to", 7)])
    current = builder.node(
      "ReverseSequence", [current, wide], to: "\(name)_reversed",
      attributes: [.int("batch_axis", 0), .int("time_axis", 1)])
  }
}

/// The weights of an LSTM as ONNX has them: rows of gates in the order i o f c.
struct OnnxGates {
  /// Features that go in.
  let inputs: Int
  private(set) var kernels: [Float] = []  // [directions, 4H, F]
  private(set) var recurrentKernels: [Float] = []  // [directions, 4H, H]
  private(set) var biases: [Float] = []  // [directions, 8H], the second half 0

  /// - Parameter tensors: kernel `[F, 4H]`, recurrent kernel `[H, 4H]` and bias `[4H]` of each direction, gates i f c o.
  init(_ tensors: [WeightTensor], units: Int, directions: Int) {
    inputs = tensors[0].shape[0]
    for direction in 0..<directions {
      let own = tensors[3 * direction..<3 * direction + 3].map(\.values)
      kernels += OnnxGates.reordered(own[0].transposed(rows: inputs, columns: 4 * units))
      recurrentKernels += OnnxGates.reordered(own[1].transposed(rows: units, columns: 4 * units))
      biases += OnnxGates.reordered(own[2]) + Array(repeating: 0, count: 4 * units)
    }
  }

  /// Quarters in the order i o f c from i f c o.
  private static func reordered(_ values: [Float]) -> [Float] {
    let quarter = values.count / 4
    return [0, 3, 1, 2].flatMap { values[$0 * quarter..<($0 + 1) * quarter] }
  }
}
