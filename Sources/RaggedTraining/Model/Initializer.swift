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
  /// - Parameter monitor: asked every few rows.
  /// - Throws: `Cancelled`.
  func values(shape: [Int], random: inout SeededRandom, monitor: ProgressMonitor = .none) throws -> [Float] {
    let count = shape.reduce(1, *)
    switch self {
    case .zeros: return Array(repeating: 0, count: count)
    case .forgetBias:
      let units = count / 4
      return (0..<count).map { $0 / units == 1 ? 1 : 0 }
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
