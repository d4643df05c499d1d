/// Looks up a vector for each token of a block.
struct EmbeddingOperation: Sendable {
  /// Length of a vector.
  var units: Int
  /// Where the table `[inputCount, units]` begins among the parameters.
  var table: Int

  /// `[N]` tokens -> `[timesteps, units]`.
  func forward(_ context: BlockContext) -> Plane {
    let plane = context.arena.plane(rows: context.block.timesteps, width: units)
    guard let tokens = context.batch.tokens else {
      plane.clear()
      return plane
    }
    context.forEachTimestep { row, item in
      plane.row(row).update(from: context.parameters + table + Int(tokens[item]) * units, count: units)
    }
    return plane
  }

  /// Adds each timestep's gradient to its token's vector.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? {
    guard let gradients = context.gradients, let tokens = context.batch.tokens else { return nil }
    context.forEachTimestep { row, item in
      let (vector, gradient) = (gradients + table + Int(tokens[item]) * units, dy.row(row))
      for j in 0..<units { vector[j] += gradient[j] }
    }
    return nil
  }
}
