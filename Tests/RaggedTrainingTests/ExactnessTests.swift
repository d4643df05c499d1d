import CRaggedKernels
import Foundation
import RaggedCore
import RaggedTraining
import Testing

/// Sigmoid and tanh against double precision over all of float32: every 2,039th of its 2^32 numbers, with subnormals,
/// infinities and those that are not a number.
@Suite struct ExactnessTests {
  /// What a result may be off by, as a part of the true one.
  static let limit = 3e-7
  static let rows = 4096

  /// Calls `body` with numbers of all magnitudes and signs, two million in all.
  static func forEachPart(_ body: ([Float]) throws -> Void) rethrows {
    let special: [Float] = [
      0, -0.0, 1, -1, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, .greatestFiniteMagnitude,
    ]
    var next: UInt64 = 0
    var numbers = special
    while next < 1 << 32 {
      while numbers.count < rows {
        numbers.append(Float(bitPattern: UInt32(truncatingIfNeeded: next)))
        next += 2039
      }
      try body(numbers)
      numbers = []
    }
  }

  /// The worst of some results: how far, and for which argument.
  struct Worst {
    var error = 0.0
    var argument: Float = 0

    /// Takes a result. Where the true one is below the least normal number, anything from 0 to that is as good.
    mutating func take(_ actual: Float, _ expected: Double, _ argument: Float) {
      if expected.isNaN && actual.isNaN { return }
      let least = Double(Float.leastNormalMagnitude)
      if abs(expected) < least && abs(actual) <= .leastNormalMagnitude { return }
      let error = abs(Double(actual) - expected) / abs(expected)
      if !(error <= self.error) { (self.error, self.argument) = (error.isNaN ? .infinity : error, argument) }
    }
  }

  static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  @Test(arguments: availableKernels)
  func denseActivations(_ name: String) throws {
    let kernels = try #require(rk_kernels_named(name)).pointee
    var worst = [Worst](repeating: Worst(), count: 2)
    let width = 16
    var scratch = [Float](repeating: 0, count: 2 * width * rk_together)
    Self.forEachPart { numbers in
      for (place, code) in [RK_SIGMOID, RK_TANH].enumerated() {
        var y = numbers
        y.withUnsafeMutableBufferPointer { y in
          scratch.withUnsafeMutableBufferPointer { scratch in
            var call = rk_activation()
            (call.activation, call.rows, call.width) = (Int32(code), Self.rows / width, width)
            (call.y, call.y_stride, call.scratch) = (y.baseAddress, width, scratch.baseAddress)
            kernels.activate(&call)
          }
        }
        for (x, y) in zip(numbers, y) {
          worst[place].take(y, place == 0 ? Self.sigmoid(Double(x)) : tanh(Double(x)), x)
        }
      }
    }
    #expect(worst[0].error <= Self.limit, "sigmoid of \(worst[0].argument)")
    #expect(worst[1].error <= Self.limit, "tanh of \(worst[1].argument)")
  }

  /// The cells of an LSTM: gates from exponents to base 2, as weights are packed, so that the exponents are exact here, and
  /// the tanh of the cell's own state. With units for vectors of both widths.
  @Test(arguments: availableKernels)
  func gatesAndCells(_ name: String) throws {
    let kernels = try #require(rk_kernels_named(name)).pointee
    let units = 24
    let width = kernels.gate_width(units)
    // Where the first unit's gates are, and the last one's: packing puts each number in its place.
    var order = [Float](repeating: 0, count: width)
    kernels.pack_gates((0..<4 * units).map { Float($0 + 1) }, 1, units, &order)
    var scale = [Float](repeating: 0, count: width)
    kernels.pack_gates([Float](repeating: 1, count: 4 * units), 1, units, &scale)
    func place(_ unit: Int, _ gate: Int) throws -> Int {
      let number = Float(4 * unit + gate + 1)
      return try #require(order.indices.first { abs(order[$0] / scale[$0] - number) < 0.01 })
    }
    let places = try [0, units - 1].map { unit in try (0..<4).map { try place(unit, $0) } }
    #expect(places.flatMap { $0 }.enumerated().allSatisfy { (scale[$1] > 0) == ($0 % 4 == 2) })

    let weights = [Float](repeating: 1, count: (1 + units) * width)
    let bias = [Float](repeating: 0, count: width)
    let (gates, states) = (MarkedBuffer(Self.rows * width), (0..<3).map { _ in MarkedBuffer(Self.rows * units) })
    var worst = [Worst](repeating: Worst(), count: 3)
    Self.forEachPart { numbers in
      numbers.withUnsafeBufferPointer { x in
        weights.withUnsafeBufferPointer { weights in
          bias.withUnsafeBufferPointer { bias in
            [0, Self.rows].withUnsafeBufferPointer { starts in
              var call = rk_lstm()
              (call.inputs, call.units, call.steps, call.starts) = (1, units, 1, starts.baseAddress)
              (call.weights, call.bias, call.x, call.x_stride) = (
                weights.baseAddress, bias.baseAddress, x.baseAddress, 1
              )
              (call.gates, call.gate_stride) = (gates.numbers, width)
              (call.c, call.tanh_c, call.h) = (states[0].numbers, states[1].numbers, states[2].numbers)
              (call.c_stride, call.h_stride, call.state_stride) = (units, units, units)
              kernels.lstm_forward(&call)
            }
          }
        }
      }
      for (row, x) in numbers.enumerated() {
        let open = Self.sigmoid(-Double(x) * M_LN2)
        let squashed = tanh(Double(x) * M_LN2 / 2)
        // In turn, for three times as fast a test.
        let (unit, gate) = row % 2 == 0 ? (0, places[0]) : (units - 1, places[1])
        worst[0].take(gates.numbers[row * width + gate[[0, 1, 3][row % 3]]], open, x)
        worst[1].take(gates.numbers[row * width + gate[2]], squashed, x)
        let state = states[0].numbers[row * units + unit]
        worst[2].take(states[1].numbers[row * units + unit], tanh(Double(state)), state)
      }
    }
    #expect(worst[0].error <= Self.limit, "sigmoid to base 2 at \(worst[0].argument)")
    #expect(worst[1].error <= Self.limit, "tanh to base 2 at \(worst[1].argument)")
    #expect(worst[2].error <= Self.limit, "tanh of the state \(worst[2].argument)")
  }
}
