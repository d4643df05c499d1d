/// Turns each sequence round in time: what Keras' `go_backwards` gives out comes in the order of reading.
struct ReverseOperation: Sendable {
  /// `[T, rows, 16]` -> the same shape.
  func forward(_ context: BlockContext, _ x: Plane) -> Plane {
    let y = context.arena.plane(steps: x.steps, rows: x.rows)
    y.clear()
    for placement in context.block.placements {
      for t in 0..<placement.length {
        let (source, target) = (
          context.cell(x, placement, placement.length - 1 - t, 0), context.cell(y, placement, t, 0)
        )
        for j in 0..<x.rows { target[j * context.lanes] = source[j * context.lanes] }
      }
    }
    return y
  }

  /// Turning round is its own inverse.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? { forward(context, dy) }
}
