import CRaggedKernels
import RaggedCore
import RaggedTraining
import Testing

/// The kernels alone, in buffers that hold no more than the header asks for, against sums in double precision.
@Suite struct KernelTests {
  static let sizes = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 20, 31, 32, 33, 47, 64, 65, 100, 200]

  static func kernels(_ name: String) throws -> rk_kernels { try #require(rk_kernels_named(name)).pointee }

  static func numbers(_ count: Int, _ random: inout SeededRandom) -> [Float] {
    (0..<count).map { _ in random.uniform() * 2 - 1 }
  }

  static func rounded(_ count: Int) -> Int { (count + rk_vector - 1) / rk_vector * rk_vector }

  @Test(arguments: availableKernels)
  func packedWeightsFillWhatTheHeaderSays(_ name: String) throws {
    let kernels = try Self.kernels(name)
    var random = SeededRandom(seed: 1)
    for units in Self.sizes {
      #expect(kernels.gate_width(units) <= 4 * Self.rounded(units))
      for other in [1, 3, 9, 40] {
        let source = Self.numbers(4 * units * other, &random)
        let gates = MarkedBuffer(other * kernels.gate_width(units))
        kernels.pack_gates(source, other, units, gates.numbers)
        #expect(gates.isIntact && gates.untouched == 0)
        let back = MarkedBuffer(kernels.gate_width(units) * Self.rounded(other))
        kernels.pack_back(source, other, units, back.numbers)
        #expect(back.isIntact && (back.untouched == 0 || name == "baseline"))
        let matrix = MarkedBuffer(other * Self.rounded(units))
        kernels.pack_matrix(source, other, units, units, 1, matrix.numbers)
        #expect(matrix.isIntact && (matrix.untouched == 0 || name == "baseline"))
      }
    }
  }

  @Test(arguments: availableKernels)
  func productsAreSums(_ name: String) throws {
    let kernels = try Self.kernels(name)
    var random = SeededRandom(seed: 2)
    for outputs in Self.sizes {
      for (rows, inputs, hasBias) in [(0, 3, true), (1, 1, false), (3, 5, true), (7, 16, false), (13, 9, true)] {
        let weights = Self.numbers(inputs * outputs, &random)
        let (x, bias) = (Self.numbers(rows * inputs, &random), Self.numbers(outputs, &random))
        let packed = MarkedBuffer(inputs * Self.rounded(outputs))
        kernels.pack_matrix(weights, inputs, outputs, outputs, 1, packed.numbers)
        let y = MarkedBuffer(rows * Self.rounded(outputs))
        x.withUnsafeBufferPointer { x in
          bias.withUnsafeBufferPointer { bias in
            var call = rk_affine()
            (call.rows, call.inputs, call.outputs) = (rows, inputs, outputs)
            call.weights = UnsafePointer(packed.numbers)
            call.bias = hasBias ? bias.baseAddress : nil
            (call.x, call.x_stride) = (x.baseAddress, inputs)
            (call.y, call.y_stride) = (y.numbers, Self.rounded(outputs))
            kernels.affine(&call)
          }
        }
        #expect(y.isIntact)
        for m in 0..<rows {
          let expected = (0..<outputs).map { n in
            (0..<inputs).reduce(hasBias ? Double(bias[n]) : 0) {
              $0 + Double(x[m * inputs + $1]) * Double(weights[$1 * outputs + n])
            }
          }
          let row = (0..<outputs).map { y.numbers[m * Self.rounded(outputs) + $0] }
          #expect(relativeError(row, expected, scale: 1) <= 2e-6, "\(outputs) outputs, row \(m) of \(rows)")
        }
      }
    }
  }

  /// With rows on either side of the chunks in which they are summed, into buffers without room to spare.
  @Test(arguments: availableKernels, [false, true])
  func sumsOfOuterProducts(_ name: String, _ isGated: Bool) throws {
    let kernels = try Self.kernels(name)
    var random = SeededRandom(seed: 3)
    for (rows, inputs, size) in Self.sizes.map({ (3, 1 + $0 % 8, $0) }) + [
      (0, 3, 5), (1, 6, 9), (511, 5, 2), (512, 7, 17), (513, 12, 3), (1030, 2, 33),
    ] {
      let outputs = isGated ? 4 * size : size
      let a = Self.numbers(rows * inputs, &random)
      let plain = Self.numbers(rows * outputs, &random)
      let stride = isGated ? kernels.gate_width(size) : Self.rounded(size)
      let b = MarkedBuffer(rows * stride)
      for m in 0..<rows {
        if isGated {
          // Packing brings a row into the kernels' order, but scales it for exponents to base 2.
          let row = (0..<outputs).map { plain[m * outputs + $0] * Float(0.6931471805599453) / ($0 % 4 == 2 ? 2 : -1) }
          kernels.pack_gates(row, 1, size, b.numbers + m * stride)
        } else {
          for n in 0..<outputs { b.numbers[m * stride + n] = plain[m * outputs + n] }
        }
      }
      let out = MarkedBuffer((0..<inputs * outputs).map { Float($0 % 3) })
      let sums = MarkedBuffer((0..<outputs).map { Float($0 % 5) })
      a.withUnsafeBufferPointer { a in
        var call = rk_outer()
        (call.rows, call.inputs, call.outputs, call.gated) = (rows, inputs, outputs, isGated ? 1 : 0)
        (call.a, call.a_stride, call.b, call.b_stride) = (a.baseAddress, inputs, UnsafePointer(b.numbers), stride)
        (call.out, call.sums) = (out.numbers, sums.numbers)
        kernels.outer(&call)
      }
      #expect(out.isIntact && sums.isIntact, "\(rows) rows, \(inputs) × \(size)")
      let expected = (0..<inputs * outputs).map { i in
        (0..<rows).reduce(Double(i % 3)) {
          $0 + Double(a[$1 * inputs + i / outputs]) * Double(plain[$1 * outputs + i % outputs])
        }
      }
      let columns = (0..<outputs).map { n in (0..<rows).reduce(Double(n % 5)) { $0 + Double(plain[$1 * outputs + n]) } }
      let scale = Double(max(rows, 8)).squareRoot()
      #expect(relativeError(out.values, expected, scale: scale) <= 4e-6, "\(rows) rows, \(inputs) × \(size)")
      #expect(relativeError(sums.values, columns, scale: scale) <= 4e-6, "\(rows) rows, \(inputs) × \(size)")
    }
  }
}
