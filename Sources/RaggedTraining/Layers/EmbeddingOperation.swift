/// Looks up a vector for each token of a block.
struct EmbeddingOperation: Sendable {
  /// Length of a vector.
  var units: Int
  /// Where the table `[inputCount, units]` begins among the parameters.
  var table: Int

  /// `[N]` tokens -> `[T, units, 16]`; cells without a timestep are 0.
  func forward(_ context: BlockContext) -> Plane {
    let plane = context.arena.plane(steps: context.block.steps, rows: units)
    plane.clear()
    guard let tokens = context.batch.tokens else { return plane }
    for placement in context.block.placements {
      let source = tokens + context.batch.offsets[placement.row]
      for t in 0..<placement.length {
        let vector = context.parameters + table + Int(source[t]) * units
        let target = context.cell(plane, placement, t, 0)
        for j in 0..<units { target[j * context.lanes] = vector[j] }
      }
    }
    return plane
  }

  /// Adds each timestep's gradient to its token's vector.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? {
    guard let gradients = context.gradients, let tokens = context.batch.tokens else { return nil }
    for placement in context.block.placements {
      let source = tokens + context.batch.offsets[placement.row]
      for t in 0..<placement.length {
        let vector = gradients + table + Int(source[t]) * units
        let gradient = context.cell(dy, placement, t, 0)
        for j in 0..<units { vector[j] += gradient[j * context.lanes] }
      }
    }
    return nil
  }
}
