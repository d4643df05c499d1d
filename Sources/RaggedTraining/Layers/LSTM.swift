import CRaggedKernels

/// A long short-term memory (Hochreiter and Schmidhuber 1997), with Keras' defaults: tanh, sigmoid gates, a bias that
/// starts at 1 for the forget gate.
///
/// Input `[T, F]`, output `[T, units]` or `[units]`. A timestep that is masked leaves h and c as they were.
public struct LSTM: RecurrentLayer, Equatable, Codable {
  /// Hidden size `H`.
  public var units: Int
  /// Whether every timestep's h is the output, or the last valid one alone.
  public var returnSequences: Bool
  /// Whether the sequence is read from its end; the output comes in the order of reading, as in Keras.
  public var goBackwards: Bool
  /// Share of the inputs dropped in training, the same ones at every timestep of a sequence.
  public var dropout: Float

  /// An LSTM of a hidden size.
  public init(_ units: Int, returnSequences: Bool = false, goBackwards: Bool = false, dropout: Float = 0) {
    self.units = units
    self.returnSequences = returnSequences
    self.goBackwards = goBackwards
    self.dropout = dropout
  }

  /// The layer as a value.
  public var spec: LayerSpec { LayerSpec(kind: self) }
}

extension LSTM: RecurrentKind {
  /// Gates i f g o, which are Keras' i f c o; ONNX has i o f c. The state is h and c. PyTorch adds two biases where there is
  /// one here.
  static let cell = RecurrentCell(
    name: "lstm", title: "LSTM", article: "an", gateCount: 4, biasCount: 1, torchGates: [0, 1, 2, 3],
    onnxGates: [0, 3, 1, 2], onnxAttributes: [:], openGate: 1, statePartCount: 2,
    computation: { LSTMComputation(inputs: $0, units: $1) })
}

/// Computes one direction of an LSTM over a block.
private struct LSTMComputation: CellComputation {
  var inputs: Int
  var units: Int

  // Weights: the kernel `[F, 4H]`, the recurrent kernel `[H, 4H]` and the bias `[4H]`.
  private var recurrentOffset: Int { inputs * 4 * units }
  private var biasOffset: Int { (inputs + units) * 4 * units }

  // Packed: the gates' weights, their bias, and for the way back the recurrent kernel and the kernel.
  private var packedGates: Int { 4 * units.paddedToVectors }
  private var packedBias: Int { (inputs + units) * packedGates }
  private var packedRecurrent: Int { packedBias + packedGates }
  private var packedKernel: Int { packedRecurrent + packedGates * units.paddedToVectors }
  var packedCount: Int { packedKernel + packedGates * inputs.paddedToVectors }

  func packing(_ direction: RecurrentOperation.Direction, forTheWayBack: Bool) -> [Packing] {
    let (from, to) = (direction.weights, direction.packed)
    let forward: Packing = { source, target, kernels in
      kernels.pack_gates(source + from, inputs + units, units, target + to)
      kernels.pack_gates(source + from + biasOffset, 1, units, target + to + packedBias)
    }
    let recurrent: Packing = { source, target, kernels in
      kernels.pack_back(source + from + recurrentOffset, units, units, target + to + packedRecurrent)
    }
    let kernel: Packing = { source, target, kernels in
      kernels.pack_back(source + from, inputs, units, target + to + packedKernel)
    }
    return forTheWayBack ? [forward, recurrent, kernel] : [forward]
  }

  /// Keeps the gates, and tanh c, which after the way back is h of the step before.
  func forward(
    _ context: BlockContext, _ direction: RecurrentOperation.Direction, _ x: Plane, to h: Plane, from before: [Plane]
  ) -> CellPass {
    let keptRows = context.gradients == nil ? 0 : x.rows
    let gates = context.arena.plane(rows: keptRows, width: context.kernels.gate_width(units))
    let c = context.arena.plane(rows: x.rows, width: units)
    let tanhC = context.arena.plane(rows: keptRows, width: units)
    let pass = CellPass(x: x, before: before, states: [h, c], kept: [gates, tanhC])
    context.block.starts.withUnsafeBufferPointer { starts in
      var call = call(context, direction, pass)
      call.starts = starts.baseAddress
      context.kernels.lstm_forward(&call)
    }
    return pass
  }

  func backward(
    _ context: BlockContext, _ direction: RecurrentOperation.Direction, _ pass: CellPass, _ dh: Plane,
    _ gradients: UnsafeMutablePointer<Float>
  ) -> [Plane] {
    let (gates, before) = (pass.kept[0], pass.kept[1])
    let dc = context.arena.plane(rows: context.block.rows.count, width: units)
    context.block.starts.withUnsafeBufferPointer { starts in
      var call = call(context, direction, pass)
      call.starts = starts.baseAddress
      call.d_h = UnsafePointer(dh.base)
      call.d_h_stride = dh.stride
      call.d_c = dc.base
      call.state_stride = dc.stride
      context.kernels.lstm_backward(&call)
    }
    let target = gradients + direction.weights
    context.addOuter(pass.x, gates, gateColumns: 4 * units, to: target, sums: target + biasOffset)
    context.addOuter(before, gates, gateColumns: 4 * units, to: target + recurrentOffset)
    guard !pass.before.isEmpty else { return [] }
    // h before a sequence has its gradient from the gates of the step that is read first.
    let dh0 = context.arena.plane(rows: context.block.rows.count, width: units)
    for sequence in 0..<context.block.occupied {
      var (first, target) = (gates, dh0)
      (first.base, first.rows) = (gates.row(context.block.firstRead(sequence, direction.isBackwards)), 1)
      (target.base, target.rows) = (dh0.row(sequence), 1)
      context.multiply(
        first, inputs: gates.width, weights: context.packed + direction.packed + packedRecurrent, bias: nil, to: target)
    }
    return [dh0, dc]
  }

  func inputGradient(_ context: BlockContext, _ direction: RecurrentOperation.Direction, _ pass: CellPass) -> Plane {
    let (dx, gates) = (context.arena.plane(rows: pass.x.rows, width: inputs), pass.kept[0])
    context.multiply(
      gates, inputs: gates.width, weights: context.packed + direction.packed + packedKernel, bias: nil, to: dx)
    return dx
  }

  private func call(_ context: BlockContext, _ direction: RecurrentOperation.Direction, _ pass: CellPass) -> rk_lstm {
    let (h, c, gates, tanhC) = (pass.states[0], pass.states[1], pass.kept[0], pass.kept[1])
    var call = rk_lstm()
    call.inputs = inputs
    call.units = units
    call.steps = context.block.steps
    call.backwards = direction.isBackwards ? 1 : 0
    call.weights = context.packed + direction.packed
    call.bias = call.weights + packedBias
    call.recurrent = call.weights + packedRecurrent
    call.x = UnsafePointer(pass.x.base)
    call.x_stride = pass.x.stride
    if context.gradients != nil {
      call.gates = gates.base
      call.tanh_c = tanhC.base
    }
    call.gate_stride = gates.stride
    call.c = c.base
    call.c_stride = c.stride
    call.h = h.base
    call.h_stride = h.stride
    if pass.before.count == 2 {
      call.h0 = UnsafePointer(pass.before[0].base)
      call.c0 = UnsafePointer(pass.before[1].base)
      call.state_stride = pass.before[1].stride
    }
    return call
  }
}
