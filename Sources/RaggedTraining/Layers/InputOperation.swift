/// Brings the features of a block's sequences into its order.
struct InputOperation: Sendable {
  var featureCount: Int

  /// `[N, F]` -> `[timesteps, F]`.
  func forward(_ context: BlockContext) -> Plane {
    let plane = context.arena.plane(rows: context.block.timesteps, width: featureCount)
    guard let values = context.batch.values else {
      plane.clear()
      return plane
    }
    let block = context.block
    for (sequence, batchRow) in block.rows.enumerated() {
      var source = values + context.batch.offsets[batchRow] * featureCount
      for t in 0..<block.lengths[sequence] {
        let target = plane.row(block.row(sequence, t))
        // Few numbers a timestep as a rule: a call would cost more than the copy.
        for j in 0..<featureCount { target[j] = source[j] }
        source += featureCount
      }
    }
    return plane
  }

  /// Hands the gradient of the features out, where it is asked for.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? {
    guard let gradient = context.batch.inputGradient else { return nil }
    context.forEachTimestep { row, item in
      (gradient + item * featureCount).update(from: dy.row(row), count: featureCount)
    }
    return nil
  }
}
