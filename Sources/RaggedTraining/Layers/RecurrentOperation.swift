/// Computes one direction of a recurrent layer over a block: a cell for a number of inputs and of units.
protocol CellComputation: Sendable {
  /// Floats of a direction's weights as the kernels read them.
  var packedCount: Int { get }

  /// What brings a direction's weights into the order in which the kernels read them: pieces of work that do not meet.
  func packing(_ direction: RecurrentOperation.Direction, forTheWayBack: Bool) -> [Packing]

  /// Writes the outputs of all timesteps to `h`.
  /// - Parameter before: the parts of the state before each sequence, `[sequences, H]`; empty for zeros.
  func forward(
    _ context: BlockContext, _ direction: RecurrentOperation.Direction, _ x: Plane, to h: Plane, from before: [Plane]
  ) -> CellPass

  /// Adds the gradients of the weights, from those of the outputs.
  /// - Returns: those of the parts of the state before each sequence with a timestep, `[sequences, H]`; empty where the pass
  ///   began with none.
  func backward(
    _ context: BlockContext, _ direction: RecurrentOperation.Direction, _ pass: CellPass, _ dh: Plane,
    _ gradients: UnsafeMutablePointer<Float>
  ) -> [Plane]

  /// The gradient of the input, after the way back.
  func inputGradient(_ context: BlockContext, _ direction: RecurrentOperation.Direction, _ pass: CellPass) -> Plane
}

/// What one direction keeps for its way back.
struct CellPass {
  /// `[timesteps, F]`.
  var x: Plane
  /// The parts of the state before each sequence, `[sequences, H]`; empty for zeros.
  var before: [Plane]
  /// The parts of the state after each timestep, `[timesteps, H]`: the first is the output.
  var states: [Plane]
  /// What else the cell looks at again.
  var kept: [Plane]
  /// For each sequence whether its state before was made by the direction's door, though states are given; empty where none
  /// are.
  var begins: [Bool] = []
}

/// One or both directions of a recurrent layer over a block.
struct RecurrentOperation: Operation {
  /// One reading direction with weights of its own.
  struct Direction: Sendable {
    var isBackwards: Bool
    /// Where its kernel, recurrent kernel and bias begin among the parameters, their columns interleaved: the gates of unit 0
    /// first.
    var weights: Int
    /// Where its packed weights begin.
    var packed: Int
    /// Drops inputs in training.
    var dropout: DropoutOperation?
    /// Makes the state before each sequence that has not begun before.
    var stateDoor: StateDoor?
  }

  /// Its place in the program.
  var index: Int
  var inputs: Int
  var units: Int
  var directions: [Direction]
  var computation: any CellComputation
  /// Whether anything before it wants its input's gradient.
  var wantsInputGradient: Bool

  var packedCount: Int { directions.count * computation.packedCount }

  func packing(forTheWayBack: Bool) -> [Packing] {
    directions.flatMap { computation.packing($0, forTheWayBack: forTheWayBack) }
  }

  /// The key of a direction's state in ``BlockContext/initialStates``.
  func stateKey(_ direction: Int) -> Int { RecurrentOperation.stateKey(index, direction) }
  static func stateKey(_ index: Int, _ direction: Int) -> Int { index * 2 + direction }

  /// `[timesteps, F]` -> `[timesteps, H · directions]`.
  func forward(_ context: BlockContext, _ x: Plane) -> Plane {
    let y = context.arena.plane(rows: x.rows, width: units * directions.count)
    // One direction after the other: a vector may reach into the columns of the next, which is then overwritten.
    var passes: [CellPass] = []
    for (number, direction) in directions.enumerated() {
      let state = context.initialStates[stateKey(number)]
      let begins = state == nil || direction.stateDoor == nil ? [] : StateDoor.begins(context)
      var pass = computation.forward(
        context, direction, direction.dropout?.forward(context, x) ?? x,
        to: y.columns(from: number * units, count: units), from: before(context, direction, state, begins))
      pass.begins = begins
      passes.append(pass)
      guard let state else { continue }
      for sequence in 0..<context.block.occupied {
        let last = context.block.lastRead(sequence, direction.isBackwards)
        for (part, plane) in zip(state.parts, pass.states) {
          (part + context.block.rows[sequence] * units).update(from: plane.row(last), count: units)
        }
      }
    }
    if directions.contains(where: { $0.stateDoor != nil }) { StateDoor.begin(context) }
    context.saved[index] = .passes(passes)
    return y
  }

  /// The state before each of the block's sequences: the one that is given, or the one that a door makes.
  /// - Parameter begins: the sequences that have a door's all the same; empty for none.
  private func before(
    _ context: BlockContext, _ direction: Direction, _ state: StateView?, _ begins: [Bool]
  ) -> [Plane] {
    guard let state else { return direction.stateDoor?.parts(context) ?? [] }
    let given = state.parts.map { blockRows(context, of: $0) }
    guard begins.contains(true), let made = direction.stateDoor?.parts(context) else { return given }
    for (part, own) in zip(given, made) {
      for sequence in begins.indices where begins[sequence] {
        part.row(sequence).update(from: own.row(sequence), count: units)
      }
    }
    return given
  }

  /// The block's rows of a part of a state, `[B, H]`.
  private func blockRows(_ context: BlockContext, of part: UnsafeMutablePointer<Float>) -> Plane {
    let plane = context.arena.plane(rows: context.block.rows.count, width: units)
    plane.clear()
    for (sequence, row) in context.block.rows.enumerated() {
      plane.row(sequence).update(from: part + row * units, count: units)
    }
    return plane
  }

  /// The gradient of x, and those of all weights and initial states.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? {
    guard case .passes(let passes) = context.saved[index], let gradients = context.gradients else { return nil }
    var sum: Plane?
    for (number, (direction, pass)) in zip(directions, passes).enumerated() {
      let before = computation.backward(
        context, direction, pass, dy.columns(from: number * units, count: units), gradients)
      let state = context.initialStates[stateKey(number)]
      for (target, part) in zip(state?.gradients ?? [], before) {
        for sequence in 0..<context.block.occupied where pass.begins.isEmpty || !pass.begins[sequence] {
          (target + context.block.rows[sequence] * units).update(from: part.row(sequence), count: units)
          // What was given was made by no door.
          if !pass.begins.isEmpty { part.row(sequence).update(repeating: 0, count: units) }
        }
      }
      if state == nil || pass.begins.contains(true) { direction.stateDoor?.backward(context, pass.before, before) }
      guard wantsInputGradient || context.wantsInputGradient else { continue }
      let dx = computation.inputGradient(context, direction, pass)
      _ = direction.dropout?.backward(context, dx)
      if let sum { dx.add(sum) }
      sum = dx
    }
    return sum
  }
}

/// The last valid output of each sequence: one row per sequence. An empty sequence gives zeros; one that goes on gives the
/// output that it had, through which no gradient flows.
struct LastOperation: Operation {
  /// Its place in the program, after a recurrent operation.
  var index: Int
  /// The columns of each direction.
  var parts: [Part]

  /// Columns, and whether they were computed from the end of the sequence, where "last" is the first timestep.
  struct Part: Sendable {
    var columns: Range<Int>
    var isBackwards: Bool
  }

  /// `[timesteps, width]` -> `[sequences, width]`.
  func forward(_ context: BlockContext, _ x: Plane) -> Plane {
    let y = context.arena.plane(rows: context.block.rows.count, width: x.width)
    y.clear()
    each(context.block) { sequence, row, columns in
      (y.row(sequence) + columns.lowerBound).update(from: x.row(row) + columns.lowerBound, count: columns.count)
    }
    // Only models that read forwards go on.
    let key = RecurrentOperation.stateKey(index - 1, 0)
    guard context.batch.goesOn, let output = context.initialStates[key]?.parts.first else { return y }
    for sequence in context.block.occupied..<context.block.rows.count {
      y.row(sequence).update(from: output + context.block.rows[sequence] * x.width, count: x.width)
    }
    return y
  }

  /// Zero everywhere but at the last outputs.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? {
    let dx = context.arena.plane(rows: context.block.timesteps, width: dy.width)
    dx.clear()
    each(context.block) { sequence, row, columns in
      (dx.row(row) + columns.lowerBound).update(from: dy.row(sequence) + columns.lowerBound, count: columns.count)
    }
    return dx
  }

  private func each(_ block: Block, _ body: (_ sequence: Int, _ row: Int, _ columns: Range<Int>) -> Void) {
    for sequence in 0..<block.occupied {
      for part in parts { body(sequence, block.lastRead(sequence, part.isBackwards), part.columns) }
    }
  }
}

/// Turns each sequence round in time: what Keras' `go_backwards` gives out comes in the order of reading.
struct ReverseOperation: Operation {
  /// `[timesteps, width]` -> the same shape.
  func forward(_ context: BlockContext, _ x: Plane) -> Plane {
    let block = context.block
    let y = context.arena.plane(rows: x.rows, width: x.width)
    for sequence in 0..<block.occupied {
      let length = block.lengths[sequence]
      for t in 0..<length {
        y.row(block.row(sequence, t)).update(from: x.row(block.row(sequence, length - 1 - t)), count: x.width)
      }
    }
    return y
  }

  /// Turning round is its own inverse.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? { forward(context, dy) }
}
