import CRaggedKernels

/// One or both directions of an LSTM over a block.
///
/// A direction runs in stretches without a seam; where sequences begin within a lane, their h and c are set anew and the
/// gradient stops. Hochreiter and Schmidhuber 1997 with forget gates; gates in the order i f g o (Keras' i f c o).
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
    var c: Plane
    var tanhC: Plane
    var h: Plane
    var runs: [Run]
  }

  /// A stretch between two seams.
  struct Run {
    /// Counted in the direction of reading.
    var steps: Range<Int>
    /// The state before it, `[H, 16]`; nil is zeros.
    var h0: UnsafeMutablePointer<Float>?
    var c0: UnsafeMutablePointer<Float>?
    /// The placements that begin with it.
    var placements: [Int]
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

  /// Per direction: the gates' weights, the recurrent kernel by rows, the kernel by rows.
  var packedCount: Int { directions.count * packedPerDirection }
  private var packedPerDirection: Int { 2 * (inputs + units) * gateCount }

  func pack(_ parameters: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, _ kernels: rk_kernels) {
    for direction in directions {
      let source = parameters + direction.kernel
      var place = target + direction.packed
      kernels.pack_gates(source, Int64(inputs + units), Int64(units), place)
      place += biasOffset
      kernels.pack_rows(source + recurrentOffset, Int64(units), Int64(gateCount), Int64(gateCount), 1, place)
      place += units * gateCount
      kernels.pack_rows(source, Int64(inputs), Int64(gateCount), Int64(gateCount), 1, place)
    }
  }

  /// `[T, F, 16]` -> `[T, H · directions, 16]`.
  func forward(_ context: BlockContext, _ x: Plane) -> Plane {
    let y = context.arena.plane(steps: x.steps, rows: units * directions.count)
    var passes: [Pass] = []
    for (number, direction) in directions.enumerated() {
      let input = direction.dropout?.forward(context, x) ?? x
      let h = y.rows(from: number * units, count: units)
      passes.append(forward(context, direction, number, input, h))
    }
    context.saved[index] = .lstm(passes)
    return y
  }

  private func forward(_ context: BlockContext, _ direction: Direction, _ number: Int, _ x: Plane, _ h: Plane) -> Pass {
    let keepsGates = context.gradients != nil
    var gates = context.arena.plane(steps: keepsGates ? x.steps : 1, rows: gateCount)
    if !keepsGates { gates.stride = 0 }
    let c = context.arena.plane(steps: x.steps, rows: units)
    let tanhC = context.arena.plane(steps: x.steps, rows: units)
    var pass = Pass(x: x, gates: gates, c: c, tanhC: tanhC, h: h, runs: [])
    let seams = context.block.seams(backwards: direction.isBackwards)
    for (i, seam) in seams.enumerated() {
      let end = i + 1 < seams.count ? seams[i + 1].step : x.steps
      var run = Run(steps: seam.step..<end, h0: nil, c0: nil, placements: seam.placements)
      setStates(context, direction, number, &run, pass)
      pass.runs.append(run)
      runForward(context, direction, run, pass)
    }
    keepStates(context, direction, number, pass)
    return pass
  }

  /// Leaves h and c after each sequence where those before it were given.
  private func keepStates(_ context: BlockContext, _ direction: Direction, _ number: Int, _ pass: Pass) {
    guard let state = context.initialStates[index * 2 + number] else { return }
    for placement in context.block.placements where placement.length > 0 {
      let t = direction.isBackwards ? 0 : placement.length - 1
      for j in 0..<units {
        state.h[placement.row * units + j] = context.cell(pass.h, placement, t, j).pointee
        state.c[placement.row * units + j] = context.cell(pass.c, placement, t, j).pointee
      }
    }
  }

  /// h and c before a run: what the step before left, anew in the lanes where a sequence begins.
  private func setStates(
    _ context: BlockContext, _ direction: Direction, _ number: Int, _ run: inout Run, _ pass: Pass
  ) {
    let state = context.initialStates[index * 2 + number]
    guard run.steps.lowerBound > 0 || state != nil else { return }
    let (h0, c0) = (context.arena.zeros(rows: units), context.arena.zeros(rows: units))
    if run.steps.lowerBound > 0 {
      let before = position(run.steps.lowerBound - 1, direction, pass.x.steps)
      h0.update(from: pass.h.step(before), count: units * context.lanes)
      c0.update(from: pass.c.step(before), count: units * context.lanes)
    }
    for placement in run.placements.map({ context.block.placements[$0] }) {
      for j in 0..<units {
        h0[j * context.lanes + placement.lane] = state.map { $0.h[placement.row * units + j] } ?? 0
        c0[j * context.lanes + placement.lane] = state.map { $0.c[placement.row * units + j] } ?? 0
      }
    }
    (run.h0, run.c0) = (h0, c0)
  }

  /// The timestep that is read as number `step`.
  private func position(_ step: Int, _ direction: Direction, _ steps: Int) -> Int {
    direction.isBackwards ? steps - 1 - step : step
  }

  private func runForward(_ context: BlockContext, _ direction: Direction, _ run: Run, _ pass: Pass) {
    let first = position(run.steps.lowerBound, direction, pass.x.steps)
    let sign = direction.isBackwards ? -1 : 1
    var call = rk_lstm_forward()
    call.inputs = Int64(inputs)
    call.units = Int64(units)
    call.steps = Int64(run.steps.count)
    call.weights = context.packed + direction.packed
    call.bias = context.parameters + direction.kernel + biasOffset
    call.x = UnsafePointer(pass.x.step(first))
    call.h0 = UnsafePointer(run.h0)
    call.c0 = UnsafePointer(run.c0)
    call.gates = pass.gates.step(first)
    call.c = pass.c.step(first)
    call.tanh_c = pass.tanhC.step(first)
    call.h = pass.h.step(first)
    call.x_stride = Int64(sign * pass.x.stride)
    call.gate_stride = Int64(sign * pass.gates.stride)
    call.c_stride = Int64(sign * pass.c.stride)
    call.h_stride = Int64(sign * pass.h.stride)
    context.kernels.lstm_forward(&call)
  }

  /// The gradient of x, and those of all weights and initial states.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? {
    guard case .lstm(let passes) = context.saved[index], let gradients = context.gradients else { return nil }
    var dx: Plane?
    for (number, direction) in directions.enumerated() {
      let pass = passes[number]
      runsBackward(context, direction, number, pass, dy.rows(from: number * units, count: units))
      let target = gradients + direction.kernel
      context.addOuter(pass.x, pass.gates, to: target)
      context.addOuter(pass.tanhC, pass.gates, to: target + recurrentOffset)
      context.addSums(pass.gates, to: target + biasOffset)
      if wantsInputGradient || context.wantsInputGradient { dx = inputGradient(context, direction, pass, addingTo: dx) }
    }
    return dx
  }

  private func runsBackward(
    _ context: BlockContext, _ direction: Direction, _ number: Int, _ pass: Pass, _ dy: Plane
  ) {
    let state = context.initialStates[index * 2 + number]
    let dc = context.arena.zeros(rows: units)
    var (dh, dhBefore) = (context.arena.zeros(rows: units), context.arena.zeros(rows: units))
    for run in pass.runs.reversed() {
      let isLast = run.steps.upperBound == pass.x.steps
      let wantsBefore = run.steps.lowerBound > 0 || state?.hGradient != nil
      runBackward(
        context, direction, run, pass, dy, dhNext: isLast ? nil : dh, dc: dc, dhBefore: wantsBefore ? dhBefore : nil)
      for placement in run.placements.map({ context.block.placements[$0] }) {
        for j in 0..<units {
          let cell = j * context.lanes + placement.lane
          state?.hGradient?[placement.row * units + j] = dhBefore[cell]
          state?.cGradient?[placement.row * units + j] = dc[cell]
          dhBefore[cell] = 0
          dc[cell] = 0
        }
      }
      swap(&dh, &dhBefore)
    }
  }

  private func runBackward(
    _ context: BlockContext, _ direction: Direction, _ run: Run, _ pass: Pass, _ dy: Plane,
    dhNext: UnsafeMutablePointer<Float>?, dc: UnsafeMutablePointer<Float>, dhBefore: UnsafeMutablePointer<Float>?
  ) {
    guard !run.steps.isEmpty else { return }
    let first = position(run.steps.lowerBound, direction, pass.x.steps)
    let sign = direction.isBackwards ? -1 : 1
    var call = rk_lstm_backward()
    call.units = Int64(units)
    call.steps = Int64(run.steps.count)
    call.weights = context.packed + direction.packed + biasOffset
    call.d_out = UnsafePointer(dy.step(first))
    call.gates = pass.gates.step(first)
    call.c = UnsafePointer(pass.c.step(first))
    call.h = UnsafePointer(pass.h.step(first))
    call.tanh_c = pass.tanhC.step(first)
    call.h0 = UnsafePointer(run.h0)
    call.c0 = UnsafePointer(run.c0)
    call.dh_next = UnsafePointer(dhNext)
    call.dc = dc
    call.dh_prev = dhBefore
    call.d_out_stride = Int64(sign * dy.stride)
    call.gate_stride = Int64(sign * pass.gates.stride)
    call.c_stride = Int64(sign * pass.c.stride)
    call.h_stride = Int64(sign * pass.h.stride)
    context.kernels.lstm_backward(&call)
  }

  private func inputGradient(
    _ context: BlockContext, _ direction: Direction, _ pass: Pass, addingTo sum: Plane?
  ) -> Plane {
    let dx = context.arena.plane(steps: pass.x.steps, rows: inputs)
    var call = rk_affine()
    call.inputs = Int64(gateCount)
    call.outputs = Int64(inputs)
    call.steps = Int64(pass.x.steps)
    call.weights = context.packed + direction.packed + biasOffset + units * gateCount
    call.x = UnsafePointer(pass.gates.base)
    call.x_stride = Int64(pass.gates.stride)
    call.y = dx.base
    call.y_stride = Int64(dx.stride)
    context.kernels.affine(&call)
    _ = direction.dropout?.backward(context, dx)
    guard let sum else { return dx }
    for i in 0..<dx.stride * dx.steps { dx.base[i] += sum.base[i] }
    return dx
  }
}
