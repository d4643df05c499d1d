/// Brings the features of a block's sequences into its order, normalised.
struct InputOperation: Sendable {
  var featureCount: Int

  /// `[N, F]` -> `[timesteps, F]`.
  func forward(_ context: BlockContext) -> Plane {
    let plane = context.arena.plane(rows: context.block.timesteps, width: featureCount)
    guard let values = context.batch.values else {
      plane.clear()
      return plane
    }
    context.gather(values, width: featureCount, to: plane.base, stride: plane.stride)
    context.batch.scale?.apply(to: plane)
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
