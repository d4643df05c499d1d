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

  /// The values, normalised in place: `[N, F]` row-major.
  func apply(_ values: inout [Float]) {
    let featureCount = mean.count
    let scale = deviation.map { 1 / $0 }
    values.withUnsafeMutableBufferPointer { values in
      var j = 0
      for i in values.indices {
        values[i] = (values[i] - mean[j]) * scale[j]
        j = j + 1 == featureCount ? 0 : j + 1
      }
    }
  }
}
