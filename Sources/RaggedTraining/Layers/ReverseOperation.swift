/// Turns each sequence round in time: what Keras' `go_backwards` gives out comes in the order of reading.
struct ReverseOperation: Sendable {
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
