import RaggedTraining

extension OnnxNetwork {
  /// A node of a recurrent layer, which wants time first, and what makes one output of its directions. `[batch, time, width]`
  /// comes out, or `[batch, width]` of the last valid outputs, which the node keeps apart.
  mutating func add(_ recurrent: RecurrentDirections, _ tensors: [WeightTensor], _ name: String) {
    let (layer, cell, count) = (recurrent.layer, recurrent.cell, recurrent.count)
    let direction = count == 2 ? "bidirectional" : layer.goBackwards ? "reverse" : "forward"
    let states = tensors.filter { $0.name.contains("/state_") }
    let weights = OnnxGates(tensors.filter { !$0.name.contains("/state_") }, cell, units: layer.units)
    let columns = cell.gateCount * layer.units
    let inputs = [
      builder.node("Transpose", [current], to: "\(name)_input", attributes: [.ints("perm", [1, 0, 2])]),
      builder.constant("\(name)_W", [count, columns, weights.inputs], weights.kernels),
      builder.constant("\(name)_R", [count, columns, layer.units], weights.recurrentKernels),
      builder.constant("\(name)_B", [count, 2 * columns], weights.biases),
      lengths,
    ]
    let made = initialStates(states, units: layer.units, name)
    let initial = self.states == nil ? made : givenStates(cell, units: layer.units, made: made, name)
    // Y is [time, directions, batch, units], Y_h and Y_c [directions, batch, units].
    let sequences = layer.returnSequences
    let parts = ["\(name)_Y_h", "\(name)_Y_c"].prefix(cell.statePartCount)
    builder.node(
      cell.title, inputs + initial,
      to: [sequences ? "\(name)_Y" : ""] + (self.states == nil ? [sequences ? "" : "\(name)_Y_h"] : Array(parts)),
      attributes: [.text("direction", direction), .int("hidden_size", layer.units)]
        + cell.onnxAttributes.sorted { $0.key < $1.key }.map { .int($0.key, $0.value) })
    current = sequences ? "\(name)_Y" : "\(name)_Y_h"
    if self.states != nil {
      let after = keptStates(Array(parts), from: initial, name)
      if !sequences { current = after[0] }
    }
    if !made.isEmpty, !sequences { clearEmpty(name) }
    width = recurrent.width
    if recurrent.merge == .concat {
      transpose(sequences ? [2, 0, 1, 3] : [1, 0, 2], "\(name)_batches")
      let shape = builder.integers("\(name)_shape", (sequences ? [0, 0] : [0]) + [width])
      current = builder.node("Reshape", [current, shape], to: "\(name)_output")
    } else {
      let axis = sequences ? 1 : 0
      if let merge = recurrent.merge {
        self.merge(merge, axis: axis, name)
      } else {
        current = taken(0, axis: axis, "\(name)_direction")
      }
      if sequences { transpose([1, 0, 2], "\(name)_batches") }
    }
    isPerSequence = !sequences
    if count == 1, layer.goBackwards, sequences { reverse(name) }
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

/// The weights of a recurrent layer as ONNX has them: rows of gates in its order.
struct OnnxGates {
  /// Features that go in.
  let inputs: Int
  private(set) var kernels: [Float] = []  // [directions, gates · H, F]
  private(set) var recurrentKernels: [Float] = []  // [directions, gates · H, H]
  private(set) var biases: [Float] = []  // [directions, 2 · gates · H], of the inputs and of the state

  /// - Parameter tensors: kernel, recurrent kernel and bias of each direction, as Keras has them.
  init(_ tensors: [WeightTensor], _ cell: RecurrentCell, units: Int) {
    let columns = cell.gateCount * units
    inputs = tensors[0].shape[0]
    for direction in stride(from: 0, to: tensors.count, by: 3) {
      let (kernel, recurrent, bias) = (
        tensors[direction].values, tensors[direction + 1].values, tensors[direction + 2].values
      )
      kernels += kernel.transposed(rows: inputs, columns: columns).parts(in: cell.onnxGates)
      recurrentKernels += recurrent.transposed(rows: units, columns: columns).parts(in: cell.onnxGates)
      for row in 0..<2 {
        biases +=
          row < cell.biasCount
          ? Array(bias[row * columns..<(row + 1) * columns]).parts(in: cell.onnxGates)
          : Array(repeating: 0, count: columns)
      }
    }
  }
}
