import CRaggedKernels
import RaggedCore
import RaggedTraining
import Testing

/// Orthonormal rows: the same from all kernels, and those of Gram and Schmidt.
@Suite struct OrthonormalKernelTests {
  /// Rows made orthonormal, `group` at a time, over whatever the last vector of a row has.
  static func orthonormal(_ rows: [[Double]], group: Int, kernels: rk_kernels) -> [[Double]] {
    let width = rows[0].count
    let stride = KernelTests.rounded(width)
    var matrix = rows.flatMap { $0 + Array(repeating: 0, count: stride - width) }
    var scratch = [Double](repeating: .nan, count: group * max(group, rows.count))
    for first in Swift.stride(from: 0, to: rows.count, by: group) {
      matrix.withUnsafeMutableBufferPointer { matrix in
        scratch.withUnsafeMutableBufferPointer { scratch in
          var call = rk_orthonormal()
          (call.rows, call.scratch, call.stride) = (matrix.baseAddress, scratch.baseAddress, stride)
          (call.first, call.count) = (first, min(group, rows.count - first))
          kernels.orthonormalize(&call)
        }
      }
    }
    return rows.indices.map { Array(matrix[$0 * stride..<$0 * stride + width]) }
  }

  /// By the definition, in the order in which it is written.
  static func expected(_ rows: [[Double]]) -> [[Double]] {
    var done: [[Double]] = []
    for row in rows {
      var row = row
      for _ in 0..<2 {
        for other in done {
          let share = zip(row, other).reduce(0) { $0 + $1.0 * $1.1 }
          for n in row.indices { row[n] -= share * other[n] }
        }
      }
      let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      done.append(row.map { $0 / norm })
    }
    return done
  }

  @Test func allKernelsGiveTheBitsOfGramAndSchmidt() throws {
    var random = SeededRandom(seed: 7)
    for (count, width) in [(1, 1), (1, 9), (2, 8), (3, 12), (5, 5), (17, 20), (33, 132), (70, 280), (40, 1040)] {
      let rows = (0..<count).map { _ in (0..<width).map { _ in random.uniformDouble() * 2 - 1 } }
      let expected = Self.expected(rows)
      var first: [[Double]]?
      for name in availableKernels {
        for group in [32, 7] {
          let result = try Self.orthonormal(rows, group: group, kernels: KernelTests.kernels(name))
          let worst = zip(result.joined(), expected.joined()).reduce(0) { max($0, abs($1.0 - $1.1)) }
          #expect(worst < 1e-11, "\(name), \(count) × \(width), \(group) at a time")
          guard group == 32 else { continue }
          #expect(result == first ?? result, "\(name), \(count) × \(width)")
          first = result
        }
      }
    }
  }

  /// Rows that are one another's but for 1e-8.
  @Test(arguments: availableKernels)
  func nearlyDependentRows(_ name: String) throws {
    var random = SeededRandom(seed: 8)
    let base = (0..<24).map { _ in random.uniformDouble() * 2 - 1 }
    let rows = (0..<6).map { _ in base.map { $0 + 1e-8 * random.uniformDouble() } }
    let result = try Self.orthonormal(rows, group: 32, kernels: KernelTests.kernels(name))
    for i in 0..<6 {
      for k in 0...i {
        let dot = zip(result[i], result[k]).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(dot - (i == k ? 1 : 0)) < 1e-12)
      }
    }
  }
}
