import CRaggedKernels

/// One or both directions of an LSTM over a block.
///
/// Hochreiter and Schmidhuber 1997 with forget gates; gates in the order i f g o (Keras' i f c o).
struct LSTMOperation: Sendable {
  /// One reading direction with weights of its own.
  struct Direction: Sendable {
    var isBackwards: Bool
    /// Where the kernel `[F, 4H]`, the recurrent kernel `[H, 4H]` and the bias `[4H]` begin among the parameters, their
    /// columns interleaved: 4j + g is gate g of unit j.
    var kernel: Int
    /// Where the packed weights begin.
    var packed: Int
    /// Drops inputs in training.
    var dropout: DropoutOperation?
  }

  /// What one direction keeps for its way back.
  struct Pass {
    var x: Plane
    var gates: Plane
    /// tanh c, and after the way back h of the step before.
    var tanhC: Plane
    /// The call that was made forward.
    var call: rk_lstm
  }

  /// Its place in the program.
  var index: Int
  var inputs: Int
  var units: Int
  var directions: [Direction]
  /// Whether anything before it wants its input's gradient.
  var wantsInputGradient: Bool

  private var gateCount: Int { 4 * units }
  private var recurrentOffset: Int { inputs * gateCount }
  private var biasOffset: Int { (inputs + units) * gateCount }

  // Per direction, packed: the gates' weights, their bias, and for the way back the recurrent kernel and the kernel.
  private var packedGates: Int { 4 * units.paddedToVectors }
  private var packedBias: Int { (inputs + units) * packedGates }
  private var packedRecurrent: Int { packedBias + packedGates }
  private var packedKernel: Int { packedRecurrent + packedGates * units.paddedToVectors }
  var packedPerDirection: Int { packedKernel + packedGates * inputs.paddedToVectors }
  var packedCount: Int { directions.count * packedPerDirection }

  func packing(forTheWayBack: Bool) -> [Packing] {
    directions.flatMap { direction -> [Packing] in
      let (from, to) = (direction.kernel, direction.packed)
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
  }

  /// `[timesteps, F]` -> `[timesteps, H · directions]`.
  func forward(_ context: BlockContext, _ x: Plane) -> Plane {
    let y = context.arena.plane(rows: x.rows, width: units * directions.count)
    // One direction after the other: a vector may reach into the columns of the next, which is then overwritten.
    var passes: [Pass] = []
    for (number, direction) in directions.enumerated() {
      let input = direction.dropout?.forward(context, x) ?? x
      let h = y.columns(from: number * units, count: units)
      passes.append(forward(context, direction, context.initialStates[index * 2 + number], input, h))
    }
    context.saved[index] = .lstm(passes)
    return y
  }

  private func forward(
    _ context: BlockContext, _ direction: Direction, _ state: StateView?, _ x: Plane, _ h: Plane
  ) -> Pass {
    let keepsGates = context.gradients != nil
    let gates = context.arena.plane(rows: keepsGates ? x.rows : 0, width: context.kernels.gate_width(units))
    let c = context.arena.plane(rows: x.rows, width: units)
    let tanhC = context.arena.plane(rows: keepsGates ? x.rows : 0, width: units)
    return context.block.starts.withUnsafeBufferPointer { starts in
      var call = rk_lstm()
      call.inputs = inputs
      call.units = units
      call.steps = context.block.steps
      call.backwards = direction.isBackwards ? 1 : 0
      call.starts = starts.baseAddress
      call.weights = context.packed + direction.packed
      call.bias = call.weights + packedBias
      call.recurrent = call.weights + packedRecurrent
      call.x = UnsafePointer(x.base)
      call.x_stride = x.stride
      if keepsGates {
        call.gates = gates.base
        call.tanh_c = tanhC.base
      }
      call.gate_stride = gates.stride
      call.c = c.base
      call.c_stride = c.stride
      call.h = h.base
      call.h_stride = h.stride
      if let state {
        call.h0 = UnsafePointer(stateRows(context, state.parts[0]).base)
        let c0 = stateRows(context, state.parts[1])
        call.c0 = UnsafePointer(c0.base)
        call.state_stride = c0.stride
      }
      context.kernels.lstm_forward(&call)
      if let state { keepStates(context, direction, state, h, c) }
      return Pass(x: x, gates: gates, tanhC: tanhC, call: call)
    }
  }

  /// The block's rows of a state `[B, H]`.
  private func stateRows(_ context: BlockContext, _ state: UnsafeMutablePointer<Float>) -> Plane {
    let plane = context.arena.plane(rows: context.block.rows.count, width: units)
    plane.clear()
    for (sequence, row) in context.block.rows.enumerated() {
      plane.row(sequence).update(from: state + row * units, count: units)
    }
    return plane
  }

  /// Leaves h and c after each sequence where those before it were given.
  private func keepStates(
    _ context: BlockContext, _ direction: Direction, _ state: StateView, _ h: Plane, _ c: Plane
  ) {
    let block = context.block
    for sequence in 0..<block.occupied {
      let last = block.row(sequence, direction.isBackwards ? 0 : block.lengths[sequence] - 1)
      (state.parts[0] + block.rows[sequence] * units).update(from: h.row(last), count: units)
      (state.parts[1] + block.rows[sequence] * units).update(from: c.row(last), count: units)
    }
  }

  /// The gradient of x, and those of all weights and initial states.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? {
    guard case .lstm(let passes) = context.saved[index], let gradients = context.gradients else { return nil }
    var dx: Plane?
    for (number, direction) in directions.enumerated() {
      let pass = passes[number]
      backward(
        context, direction, context.initialStates[index * 2 + number], pass,
        dy.columns(from: number * units, count: units))
      let target = gradients + direction.kernel
      context.addOuter(pass.x, pass.gates, units: units, to: target, sums: target + biasOffset)
      context.addOuter(pass.tanhC, pass.gates, units: units, to: target + recurrentOffset)
      if wantsInputGradient || context.wantsInputGradient { dx = inputGradient(context, direction, pass, addingTo: dx) }
    }
    return dx
  }

  private func backward(
    _ context: BlockContext, _ direction: Direction, _ state: StateView?, _ pass: Pass, _ dy: Plane
  ) {
    let dc = context.arena.plane(rows: context.block.rows.count, width: units)
    context.block.starts.withUnsafeBufferPointer { starts in
      var call = pass.call
      call.starts = starts.baseAddress
      call.d_h = UnsafePointer(dy.base)
      call.d_h_stride = dy.stride
      call.d_c = dc.base
      call.state_stride = dc.stride
      context.kernels.lstm_backward(&call)
    }
    if let state { keepStateGradients(context, direction, state, pass, dc) }
  }

  /// The gradients of h and c before each sequence, from those of its first step's gates and of c.
  private func keepStateGradients(
    _ context: BlockContext, _ direction: Direction, _ state: StateView, _ pass: Pass, _ dc: Plane
  ) {
    guard !state.gradients.isEmpty else { return }
    let block = context.block
    let dh = context.arena.plane(rows: 1, width: units)
    for sequence in 0..<block.occupied {
      var gates = pass.gates
      gates.base = gates.row(block.row(sequence, direction.isBackwards ? block.lengths[sequence] - 1 : 0))
      gates.rows = 1
      context.multiply(
        gates, inputs: gates.width, weights: context.packed + direction.packed + packedRecurrent, bias: nil, to: dh)
      let row = block.rows[sequence] * units
      (state.gradients[0] + row).update(from: dh.base, count: units)
      (state.gradients[1] + row).update(from: dc.row(sequence), count: units)
    }
  }

  private func inputGradient(
    _ context: BlockContext, _ direction: Direction, _ pass: Pass, addingTo sum: Plane?
  ) -> Plane {
    let dx = context.arena.plane(rows: pass.x.rows, width: inputs)
    context.multiply(
      pass.gates, inputs: pass.gates.width, weights: context.packed + direction.packed + packedKernel, bias: nil, to: dx
    )
    _ = direction.dropout?.backward(context, dx)
    guard let sum else { return dx }
    for m in 0..<dx.rows {
      let (target, source) = (dx.row(m), sum.row(m))
      for j in 0..<inputs { target[j] += source[j] }
    }
    return dx
  }
}
