public import RaggedCore

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
