import Foundation
import RaggedCore

/// How a weight tensor starts, as in Keras.
enum Initializer: Sendable, Equatable {
  case zeros
  /// 0, and 1 for the forget gate.
  case forgetBias
  /// Uniform in ±√(6 / (fan in + fan out)) (Glorot and Bengio 2010).
  case glorotUniform
  /// Orthonormal rows, over the whole `[H, 4H]` matrix (Saxe, McClelland and Ganguli 2014).
  case orthogonal
  /// Uniform in ±0.05, Keras' start of embeddings.
  case uniform

  /// The start of a tensor of this shape, row-major.
  func values(shape: [Int], random: inout SeededRandom) -> [Float] {
    let count = shape.reduce(1, *)
    switch self {
    case .zeros: return Array(repeating: 0, count: count)
    case .forgetBias:
      let units = count / 4
      return (0..<count).map { $0 / units == 1 ? 1 : 0 }
    case .glorotUniform:
      let limit = (6 / Double(shape[0] + shape[shape.count - 1])).squareRoot()
      return (0..<count).map { _ in Float((random.uniformDouble() * 2 - 1) * limit) }
    case .orthogonal: return Initializer.orthonormalRows(shape[0], shape[1], &random)
    case .uniform: return (0..<count).map { _ in Float((random.uniformDouble() * 2 - 1) * 0.05) }
    }
  }

  /// `rows` orthonormal vectors of `columns` normal numbers (rows ≤ columns), by modified Gram–Schmidt done twice.
  /// O(rows² · columns).
  private static func orthonormalRows(_ rows: Int, _ columns: Int, _ random: inout SeededRandom) -> [Float] {
    var matrix = (0..<rows * columns).map { _ in random.normal() }
    matrix.withUnsafeMutableBufferPointer { matrix in
      for i in 0..<rows {
        for _ in 0..<2 {
          for k in 0..<i {
            var dot = 0.0
            for j in 0..<columns { dot += matrix[i * columns + j] * matrix[k * columns + j] }
            for j in 0..<columns { matrix[i * columns + j] -= dot * matrix[k * columns + j] }
          }
        }
        var norm = 0.0
        for j in 0..<columns { norm += matrix[i * columns + j] * matrix[i * columns + j] }
        let scale = 1 / norm.squareRoot()
        for j in 0..<columns { matrix[i * columns + j] *= scale }
      }
    }
    return matrix.map(Float.init)
  }
}

extension SeededRandom {
  /// A standard normal number (Box–Muller, the cosine half).
  mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniformDouble())).squareRoot()
    return radius * cos(2 * .pi * uniformDouble())
  }
}
