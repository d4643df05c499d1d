/// The last valid output of each sequence: one column a sequence. An empty sequence gives zeros.
struct LastOperation: Sendable {
  /// Its place in the program.
  var index: Int
  /// Rows and whether they were computed from the end of the sequence, where "last" is the first timestep.
  var parts: [Part]

  /// Rows of one direction.
  struct Part: Sendable {
    var rows: Range<Int>
    var isBackwards: Bool
  }

  /// `[T, rows, 16]` -> `[slots / 16, rows, 16]`.
  func forward(_ context: BlockContext, _ x: Plane) -> Plane {
    context.saved[index] = .input(x)
    let y = context.arena.plane(steps: context.block.sequenceSteps, rows: x.rows)
    y.clear()
    each(context) { slot, placement, t, j in
      context.cell(y, slot: slot, j).pointee = context.cell(x, placement, t, j).pointee
    }
    return y
  }

  /// Zero everywhere but at the last outputs.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? {
    guard case .input(let x) = context.saved[index] else { return nil }
    let dx = context.arena.plane(steps: x.steps, rows: x.rows)
    dx.clear()
    each(context) { slot, placement, t, j in
      context.cell(dx, placement, t, j).pointee = context.cell(dy, slot: slot, j).pointee
    }
    return dx
  }

  private func each(_ context: BlockContext, _ body: (Int, Block.Placement, Int, Int) -> Void) {
    for (slot, placement) in context.block.placements.enumerated() where placement.length > 0 {
      for part in parts {
        for j in part.rows { body(slot, placement, part.isBackwards ? 0 : placement.length - 1, j) }
      }
    }
  }
}
