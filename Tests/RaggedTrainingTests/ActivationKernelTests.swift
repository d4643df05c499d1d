import CRaggedKernels
import Foundation
import RaggedCore
import RaggedTraining
import Testing

/// Activations and losses in buffers that hold no more than the header asks for; activations against Foundation.
@Suite struct ActivationKernelTests {
  static let codes = [RK_LINEAR, RK_RELU, RK_SIGMOID, RK_TANH, RK_SOFTMAX].map { Int32($0) }

  /// A row through an activation, and a gradient through it the other way, in double precision.
  static func expected(_ code: Int32, _ row: [Float], _ up: [Float]) -> (y: [Double], d: [Double]) {
    let (x, d) = (row.map(Double.init), up.map(Double.init))
    switch Int(code) {
    case RK_RELU: return (x.map { max(0, $0) }, zip(x, d).map { $0 > 0 ? $1 : 0 })
    case RK_SIGMOID:
      let y = x.map { 1 / (1 + exp(-$0)) }
      return (y, zip(y, d).map { $1 * $0 * (1 - $0) })
    case RK_TANH:
      let y = x.map { tanh($0) }
      return (y, zip(y, d).map { $1 * (1 - $0 * $0) })
    case RK_SOFTMAX:
      let powers = x.map { exp($0 - (x.max() ?? 0)) }
      let y = powers.map { $0 / powers.reduce(0, +) }
      let dot = zip(y, d).map { $0 * $1 }.reduce(0, +)
      return (y, zip(y, d).map { $0 * ($1 - dot) })
    default: return (x, d)
    }
  }

  @Test(arguments: availableKernels, codes)
  func activationsAreTheirFunctions(_ name: String, _ code: Int32) throws {
    let kernels = try KernelTests.kernels(name)
    var random = SeededRandom(seed: 4)
    for width in [1, 2, 3, 7, 8, 17, 40] {
      for (rows, limit) in [(0, 1), (1, 1), (5, 4), (15, 12), (16, 30), (17, 100), (33, 1000)] as [(Int, Float)] {
        let x = KernelTests.numbers(rows * width, &random).map { $0 * limit }
        let up = KernelTests.numbers(rows * width, &random)
        // Rows may be touched to the end of their last vector, and nothing behind the last row.
        let stride = KernelTests.rounded(width)
        let (y, d) = (MarkedBuffer(rows * stride), MarkedBuffer(rows * stride))
        for i in 0..<rows * width {
          y.numbers[i / width * stride + i % width] = x[i]
          d.numbers[i / width * stride + i % width] = up[i]
        }
        let scratch = MarkedBuffer(2 * width * rk_together)
        var call = rk_activation()
        (call.activation, call.rows, call.width) = (code, rows, width)
        (call.y, call.y_stride, call.scratch) = (y.numbers, stride, scratch.numbers)
        kernels.activate(&call)
        (call.d, call.d_stride) = (d.numbers, stride)
        kernels.activate_backward(&call)
        #expect(y.isIntact && d.isIntact && scratch.isIntact)
        for m in 0..<rows {
          let range = m * width..<(m + 1) * width
          let row = m * stride..<m * stride + width
          let expected = Self.expected(code, Array(x[range]), Array(up[range]))
          #expect(relativeError(Array(y.values[row]), expected.y, scale: max(1, Double(limit))) <= 3e-7)
          #expect(relativeError(Array(d.values[row]), expected.d, scale: 1) <= 6e-7)
        }
      }
    }
  }

  @Test(arguments: availableKernels, [RK_CATEGORICAL, RK_BINARY, RK_SQUARED, RK_ABSOLUTE])
  func lossesWriteGradientsAndNothingElse(_ name: String, _ loss: Int) throws {
    let kernels = try KernelTests.kernels(name)
    var random = SeededRandom(seed: 5)
    for (rows, width) in [(1, 1), (3, 5), (15, 2), (16, 8), (17, 3), (40, 17)] {
      let y = MarkedBuffer((0..<rows * width).map { _ in 0.1 + 0.8 * random.uniform() })
      let values = MarkedBuffer((0..<rows * width).map { _ in random.uniform() })
      let weights = MarkedBuffer((0..<rows).map { Float($0 % 3) })
      let (d, scratch) = (MarkedBuffer(rows * width), MarkedBuffer(3 * width * rk_together))
      var call = rk_loss()
      (call.rows, call.width, call.loss, call.scale) = (rows, width, Int32(loss), 1)
      (call.y, call.y_stride) = (UnsafePointer(y.numbers), width)
      (call.values, call.value_stride) = (UnsafePointer(values.numbers), width)
      (call.d_y, call.d_stride) = (d.numbers, width)
      (call.weight, call.scratch) = (UnsafePointer(weights.numbers), scratch.numbers)
      kernels.loss(&call)
      #expect(d.isIntact && scratch.isIntact && d.untouched == 0)
      #expect(call.loss_sum.isFinite && call.hits <= rows)
      for m in stride(from: 0, to: rows, by: 3) {
        #expect((0..<width).allSatisfy { d.numbers[m * width + $0] == 0 }, "a row of weight 0")
      }
    }
  }
}
