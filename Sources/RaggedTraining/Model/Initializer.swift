import CRaggedKernels
import Foundation
import RaggedCore

/// How a weight tensor starts, as in Keras.
enum Initializer: Sendable, Equatable {
  case zeros
  /// 0, and 1 for one of the gates.
  case oneGate(Int, of: Int)
  /// Uniform in ±√(6 / (fan in + fan out)) (Glorot and Bengio 2010).
  case glorotUniform
  /// Orthonormal rows, over the whole `[H, 4H]` matrix (Saxe, McClelland and Ganguli 2014).
  case orthogonal
  /// Uniform in ±0.05, Keras' start of embeddings.
  case uniform

  /// The start of a tensor of this shape, row-major.
  /// - Parameter monitor: asked every few rows.
  /// - Throws: `Cancelled`.
  func values(shape: [Int], random: inout SeededRandom, monitor: ProgressMonitor = .none) throws -> [Float] {
    let count = shape.reduce(1, *)
    switch self {
    case .zeros: return Array(repeating: 0, count: count)
    case .oneGate(let gate, let gateCount):
      let units = count / gateCount
      return (0..<count).map { $0 / units == gate ? 1 : 0 }
    case .glorotUniform:
      return try uniform(
        count, limit: (6 / Double(shape[0] + shape[shape.count - 1])).squareRoot(), &random, monitor)
    case .orthogonal: return try OrthonormalRows(shape[0], shape[1]).values(&random, monitor)
    case .uniform: return try uniform(count, limit: 0.05, &random, monitor)
    }
  }

  private func uniform(
    _ count: Int, limit: Double, _ random: inout SeededRandom, _ monitor: ProgressMonitor
  ) throws -> [Float] {
    try (0..<count).map { number in
      if number % (1 << 16) == 0 { try monitor.check() }
      return Float((random.uniformDouble() * 2 - 1) * limit)
    }
  }
}

/// Orthonormal vectors in random directions (no more than they have numbers): normal numbers, each vector freed of those
/// before it. They are Q of a QR decomposition whose R has a positive diagonal, so that all directions are equally likely
/// (Mezzadri 2007), as Keras' `Orthogonal` gives them.
struct OrthonormalRows {
  /// The number of vectors.
  let count: Int
  /// The length of each.
  let width: Int
  /// Numbers from one to the next: whole vectors, and one more so that the same columns of several rows do not meet in
  /// one set of the cache.
  private let stride: Int
  /// Vectors that the kernels take at a time.
  private static let group = 32

  /// `count` vectors of `width` numbers.
  init(_ count: Int, _ width: Int) {
    (self.count, self.width) = (count, width)
    stride = width.paddedToVectors + Int(rk_vector)
  }

  /// The vectors, one after the other; the same from all kernels. O(count² · width).
  /// - Throws: `Cancelled`, for which `monitor` is asked before every few vectors.
  func values(_ random: inout SeededRandom, _ monitor: ProgressMonitor) throws -> [Float] {
    let group = Self.group
    let kernels = availableKernels.last.flatMap { rk_kernels_named($0) }
    var rows = [Double](repeating: 0, count: count * stride)  // [count][stride]
    var scratch = [Double](repeating: 0, count: group * max(group, count))
    for row in 0..<count {
      if row % group == 0 { try monitor.check() }
      for column in 0..<width { rows[row * stride + column] = random.normal() }
    }
    try rows.withUnsafeMutableBufferPointer { rows in
      try scratch.withUnsafeMutableBufferPointer { scratch in
        for first in Swift.stride(from: 0, to: count, by: group) {
          try monitor.check()
          var call = rk_orthonormal()
          (call.rows, call.scratch, call.stride) = (rows.baseAddress, scratch.baseAddress, stride)
          (call.first, call.count) = (first, min(group, count - first))
          kernels?.pointee.orthonormalize(&call)
        }
      }
    }
    return [Float](unsafeUninitializedCapacity: count * width) { values, initialized in
      for row in 0..<count {
        for column in 0..<width { values[row * width + column] = Float(rows[row * stride + column]) }
      }
      initialized = count * width
    }
  }
}

extension SeededRandom {
  /// A standard normal number (Box–Muller, the cosine half).
  fileprivate mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniformDouble())).squareRoot()
    return radius * cos(2 * .pi * uniformDouble())
  }
}
