import Foundation

/// Reverse-mode differentiation in double precision, one scalar at a time: slow, and too simple to share a mistake with
/// the kernels.
final class Tape {
  /// A number on the tape.
  struct Scalar {
    var index: Int
  }

  private(set) var values: [Double] = []
  /// Where each number's parents begin among `parents` and `slopes`.
  private var starts: [Int] = []
  private var parents: [Int] = []
  private var slopes: [Double] = []

  func value(_ x: Scalar) -> Double { values[x.index] }

  func leaf(_ value: Double) -> Scalar {
    starts.append(parents.count)
    values.append(value)
    return Scalar(index: values.count - 1)
  }

  func leaves(_ values: [Float]) -> [Scalar] { values.map { leaf(Double($0)) } }

  private func unary(_ x: Scalar, _ value: Double, _ slope: Double) -> Scalar {
    let result = leaf(value)
    parents.append(x.index)
    slopes.append(slope)
    return result
  }

  private func binary(_ x: Scalar, _ y: Scalar, _ value: Double, _ dx: Double, _ dy: Double) -> Scalar {
    let result = unary(x, value, dx)
    parents.append(y.index)
    slopes.append(dy)
    return result
  }

  func add(_ x: Scalar, _ y: Scalar) -> Scalar { binary(x, y, value(x) + value(y), 1, 1) }
  func multiply(_ x: Scalar, _ y: Scalar) -> Scalar { binary(x, y, value(x) * value(y), value(y), value(x)) }
  func divide(_ x: Scalar, _ y: Scalar) -> Scalar {
    binary(x, y, value(x) / value(y), 1 / value(y), -value(x) / (value(y) * value(y)))
  }
  func scale(_ x: Scalar, by factor: Double, plus constant: Double = 0) -> Scalar {
    unary(x, value(x) * factor + constant, factor)
  }
  func tanh(_ x: Scalar) -> Scalar {
    let y = Foundation.tanh(value(x))
    return unary(x, y, 1 - y * y)
  }
  func sigmoid(_ x: Scalar) -> Scalar {
    let y = 1 / (1 + Foundation.exp(-value(x)))
    return unary(x, y, y * (1 - y))
  }
  func exp(_ x: Scalar) -> Scalar { unary(x, Foundation.exp(value(x)), Foundation.exp(value(x))) }
  func log(_ x: Scalar) -> Scalar { unary(x, Foundation.log(value(x)), 1 / value(x)) }
  func relu(_ x: Scalar) -> Scalar { unary(x, max(0, value(x)), value(x) > 0 ? 1 : 0) }
  func magnitude(_ x: Scalar) -> Scalar { unary(x, abs(value(x)), value(x) > 0 ? 1 : value(x) < 0 ? -1 : 0) }
  /// `x` within the range; the slope is 0 outside it.
  func clip(_ x: Scalar, _ range: ClosedRange<Double>) -> Scalar {
    unary(x, min(max(value(x), range.lowerBound), range.upperBound), range.contains(value(x)) ? 1 : 0)
  }

  func sum(_ xs: [Scalar]) -> Scalar {
    let result = leaf(xs.reduce(0) { $0 + value($1) })
    for x in xs {
      parents.append(x.index)
      slopes.append(1)
    }
    return result
  }

  /// start + Σ x[k] · matrix[k, column], the matrix row-major.
  func dot(_ xs: [Scalar], _ matrix: [Scalar], columns: Int, column: Int, start: Scalar) -> Scalar {
    var total = value(start)
    for (k, x) in xs.enumerated() { total += values[x.index] * values[matrix[k * columns + column].index] }
    let result = unary(start, total, 1)
    for (k, x) in xs.enumerated() {
      let weight = matrix[k * columns + column].index
      parents.append(x.index)
      slopes.append(values[weight])
      parents.append(weight)
      slopes.append(values[x.index])
    }
    return result
  }

  /// The derivative of `result` by every number on the tape, by index.
  func gradients(of result: Scalar) -> [Double] {
    var gradients = [Double](repeating: 0, count: values.count)
    gradients[result.index] = 1
    var end = parents.count
    for index in stride(from: values.count - 1, through: 0, by: -1) {
      let gradient = gradients[index]
      if gradient != 0 {
        for k in starts[index]..<end { gradients[parents[k]] += gradient * slopes[k] }
      }
      end = starts[index]
    }
    return gradients
  }
}
