/// The last valid output of each sequence: one row a sequence. An empty sequence gives zeros; one that goes on gives the
/// output that it had, through which no gradient flows.
struct LastOperation: Sendable {
  /// Its place in the program.
  var index: Int
  /// Columns and whether they were computed from the end of the sequence, where "last" is the first timestep.
  var parts: [Part]

  /// Columns of one direction.
  struct Part: Sendable {
    var columns: Range<Int>
    var isBackwards: Bool
  }

  /// `[timesteps, width]` -> `[sequences, width]`.
  func forward(_ context: BlockContext, _ x: Plane) -> Plane {
    context.saved[index] = .input(x)
    let y = context.arena.plane(rows: context.block.rows.count, width: x.width)
    y.clear()
    each(context.block) { sequence, row, columns in
      (y.row(sequence) + columns.lowerBound).update(from: x.row(row) + columns.lowerBound, count: columns.count)
    }
    // Only models that read forwards go on, whose LSTM stands right before.
    guard context.batch.goesOn, let state = context.initialStates[(index - 1) * 2] else { return y }
    for sequence in context.block.occupied..<context.block.rows.count {
      y.row(sequence).update(from: state.parts[0] + context.block.rows[sequence] * x.width, count: x.width)
    }
    return y
  }

  /// Zero everywhere but at the last outputs.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? {
    guard case .input(let x) = context.saved[index] else { return nil }
    let dx = context.arena.plane(rows: x.rows, width: x.width)
    dx.clear()
    each(context.block) { sequence, row, columns in
      (dx.row(row) + columns.lowerBound).update(from: dy.row(sequence) + columns.lowerBound, count: columns.count)
    }
    return dx
  }

  private func each(_ block: Block, _ body: (_ sequence: Int, _ row: Int, _ columns: Range<Int>) -> Void) {
    for sequence in 0..<block.occupied {
      for part in parts {
        body(sequence, block.row(sequence, part.isBackwards ? 0 : block.lengths[sequence] - 1), part.columns)
      }
    }
  }
}
