/// Makes one output of the two directions that lie side by side in a plane.
struct MergeOperation: Sendable {
  /// Its place in the program.
  var index: Int
  /// `sum`, `mul` or `ave`; concatenation needs no operation.
  var merge: Bidirectional.Merge

  /// `[T, 2 · rows, 16]` -> `[T, rows, 16]`.
  func forward(_ context: BlockContext, _ x: Plane) -> Plane {
    context.saved[index] = .input(x)
    let y = context.arena.plane(steps: x.steps, rows: x.rows / 2)
    for t in 0..<x.steps {
      let (forwards, backwards, out) = (x.step(t), x.step(t) + y.rows * context.lanes, y.step(t))
      for i in 0..<y.rows * context.lanes {
        switch merge {
        case .sum, .concat: out[i] = forwards[i] + backwards[i]
        case .ave: out[i] = (forwards[i] + backwards[i]) * 0.5
        case .mul: out[i] = forwards[i] * backwards[i]
        }
      }
    }
    return y
  }

  /// The gradients of both directions.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? {
    guard case .input(let x) = context.saved[index] else { return nil }
    let dx = context.arena.plane(steps: x.steps, rows: x.rows)
    for t in 0..<x.steps {
      let half = dy.rows * context.lanes
      let (up, values, out) = (dy.step(t), x.step(t), dx.step(t))
      for i in 0..<half {
        switch merge {
        case .sum, .concat:
          out[i] = up[i]
          out[half + i] = up[i]
        case .ave:
          out[i] = up[i] * 0.5
          out[half + i] = up[i] * 0.5
        case .mul:
          out[i] = up[i] * values[half + i]
          out[half + i] = up[i] * values[i]
        }
      }
    }
    return dx
  }
}
