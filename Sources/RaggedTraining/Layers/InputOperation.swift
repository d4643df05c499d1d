/// Brings the features of a block's sequences into lanes.
struct InputOperation: Sendable {
  var featureCount: Int

  /// `[N, F]` -> `[T, F, 16]`; cells without a timestep are 0.
  func forward(_ context: BlockContext) -> Plane {
    let plane = context.arena.plane(steps: context.block.steps, rows: featureCount)
    plane.clear()
    guard let values = context.batch.values else { return plane }
    for placement in context.block.placements {
      var source = values + context.batch.offsets[placement.row] * featureCount
      for t in 0..<placement.length {
        let target = context.cell(plane, placement, t, 0)
        for j in 0..<featureCount { target[j * context.lanes] = source[j] }
        source += featureCount
      }
    }
    return plane
  }

  /// Hands the gradient of the features out, where it is asked for.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? {
    guard let gradient = context.batch.inputGradient else { return nil }
    for placement in context.block.placements {
      let target = gradient + context.batch.offsets[placement.row] * featureCount
      for t in 0..<placement.length {
        for j in 0..<featureCount { target[t * featureCount + j] = context.cell(dy, placement, t, j).pointee }
      }
    }
    return nil
  }
}
