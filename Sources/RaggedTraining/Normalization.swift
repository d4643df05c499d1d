import CRaggedKernels
public import RaggedCore

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

extension Normalization {
  /// The figures of a source's valid timesteps, read once in parts of bounded size (Welford's running means and squares,
  /// in double precision).
  /// - Parameters:
  ///   - source: the sequences, as they will be trained on.
  ///   - maskValue: what a model's ``Masking`` layer looks for: timesteps whose features all equal it do not count; nil
  ///     for a model without. See ``Sequential/maskValue``.
  /// - Throws: what the source throws.
  public init(fitting source: some SequenceSource, masking maskValue: Float? = nil) throws {
    let featureCount = source.signature.input.featureCount
    var mean = [Double](repeating: 0, count: featureCount)
    var squares = mean
    var count = 0.0
    let lengths = source.lengths
    var start = 0
    while start < lengths.count {
      var (end, steps) = (start, 0)
      while end < lengths.count, end == start || steps + Int(lengths[end]) <= 1 << 16 {
        steps += Int(lengths[end])
        end += 1
      }
      var batch = try source.gather(Array(start..<end))
      if let maskValue { batch.validity = batch.validity(masking: maskValue) }
      let values = batch.compacted().input.values
      for first in stride(from: 0, to: values.count, by: featureCount) {
        count += 1
        for j in 0..<featureCount {
          let delta = Double(values[first + j]) - mean[j]
          mean[j] += delta / count
          squares[j] += delta * (Double(values[first + j]) - mean[j])
        }
      }
      start = end
    }
    self.init(mean: mean, deviation: squares.map { count > 0 ? ($0 / count).squareRoot() : 1 })
  }
}
