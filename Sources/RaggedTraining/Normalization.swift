import CRaggedKernels
import RaggedCore

/// Features shifted to mean 0 and scaled to deviation 1, by figures of those of the training split's
/// timesteps that are valid and not masked.
public struct Normalization: Sendable, Equatable, Codable {
  /// The mean of each feature.
  public var mean: [Float]
  /// The standard deviation of each feature; a feature that does not vary has 1.
  public var deviation: [Float]

  /// A normalisation from means and standard deviations; deviations that are 0 or not finite become 1.
  public init(mean: [Double], deviation: [Double]) {
    self.mean = mean.map(Float.init)
    self.deviation = deviation.map { $0 > 0 && $0.isFinite && Float($0) > 0 ? Float($0) : 1 }
  }
}

/// A normalisation as the engine applies it to each block's features, on the block's thread.
///
/// `@unchecked Sendable`: its numbers never change.
final class FeatureScale: @unchecked Sendable {
  /// `[2, F]`: means, then factors.
  private let numbers: UnsafeMutablePointer<Float>
  private let featureCount: Int
  /// How a thread treats subnormal numbers outside the kernels.
  private let mode: UInt64

  init(_ normalization: Normalization) {
    mode = rk_flush_subnormals()
    rk_restore(mode)
    featureCount = normalization.mean.count
    numbers = .allocate(capacity: max(1, 2 * featureCount))
    for j in 0..<featureCount {
      numbers[j] = normalization.mean[j]
      numbers[featureCount + j] = 1 / normalization.deviation[j]
    }
  }

  deinit { numbers.deallocate() }

  /// `[rows, F]`, in place. Features of the size of subnormal numbers are numbers as others are.
  func apply(to plane: Plane) {
    let kernelMode = rk_flush_subnormals()
    rk_restore(mode)
    defer { rk_restore(kernelMode) }
    let (mean, factor) = (numbers, numbers + featureCount)
    for m in 0..<plane.rows {
      let row = plane.row(m)
      for j in 0..<featureCount { row[j] = (row[j] - mean[j]) * factor[j] }
    }
  }
}
