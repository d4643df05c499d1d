import CRaggedKernels

/// A matrix with a row for each timestep of a block, in the block's order, or for each sequence: `[rows][stride]`.
///
/// A row takes an odd number of cache lines, so that the same column of successive rows does not fall into the same cache
/// set. The kernels read and write whole vectors, so what lies behind a row's numbers may be anything.
struct Plane {
  var base: UnsafeMutablePointer<Float>
  /// Floats from one row to the next.
  var stride: Int
  var rows: Int
  var width: Int

  /// Some columns of the same rows.
  func columns(from first: Int, count: Int) -> Plane {
    Plane(base: base + first, stride: stride, rows: rows, width: count)
  }

  /// Where a row begins.
  func row(_ m: Int) -> UnsafeMutablePointer<Float> { base + m * stride }

  func clear() { base.update(repeating: 0, count: stride * rows) }

  /// Adds another of the same width, row by row.
  func add(_ other: Plane) {
    for m in 0..<rows {
      let (target, source) = (row(m), other.row(m))
      for j in 0..<width { target[j] += source[j] }
    }
  }
}

extension Int {
  /// The number of floats that packed weights for this number of outputs take.
  var paddedToVectors: Int { (self + rk_vector - 1) / rk_vector * rk_vector }
}
