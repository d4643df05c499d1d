/// Makes one output of the two directions that lie side by side in a plane.
struct MergeOperation: Sendable {
  /// Its place in the program.
  var index: Int
  /// `sum`, `mul` or `ave`; concatenation needs no operation.
  var merge: Bidirectional.Merge

  /// `[rows, 2 · units]` -> `[rows, units]`.
  func forward(_ context: BlockContext, _ x: Plane) -> Plane {
    context.saved[index] = .input(x)
    let y = context.arena.plane(rows: x.rows, width: x.width / 2)
    for m in 0..<x.rows {
      let (forwards, backwards, out) = (x.row(m), x.row(m) + y.width, y.row(m))
      for i in 0..<y.width {
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
    let dx = context.arena.plane(rows: x.rows, width: x.width)
    let half = dy.width
    for m in 0..<x.rows {
      let (up, values, out) = (dy.row(m), x.row(m), dx.row(m))
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
