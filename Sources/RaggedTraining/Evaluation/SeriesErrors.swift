import RaggedCore

/// Errors of each sequence by itself, for values a timestep, and their mean over the sequences: the way in which the M4 competition
/// judges. A long sequence counts as a short one, and one of large values as one of small ones.
struct SeriesErrors: Sendable, Equatable {
  /// Timesteps between a value and the one that MASE holds it against.
  var season: Int
  private var smape = 0.0, mase = 0.0
  private var ofSmape = 0, ofMase = 0

  init(season: Int) { self.season = max(1, season) }

  /// The mean of the sequences' sMAPE in per cent; nil without any.
  var meanSmape: Double? { ofSmape == 0 ? nil : smape / Double(ofSmape) }
  /// The mean of the sequences' MASE; nil without any.
  var meanMase: Double? { ofMase == 0 ? nil : mase / Double(ofMase) }

  /// Takes in a sequence.
  /// - Parameters:
  ///   - items: its timesteps that count, as rows of the batch.
  ///   - truths: `[N, width]`, NaN where a value was not observed.
  ///   - outputs: `[N, outputWidth]`.
  mutating func add(_ items: [Int], _ truths: [Float], width: Int, _ outputs: [Float], outputWidth: Int) {
    var (percentages, scaled): ([Double], [Double]) = ([], [])
    for value in 0..<min(width, outputWidth) {
      var sums = ValueSums()
      var (distance, pairs) = (0.0, 0)
      for (t, item) in items.enumerated() {
        let truth = truths[item * width + value]
        guard !truth.isNaN else { continue }
        sums.add(truth: Double(truth), prediction: Double(outputs[item * outputWidth + value]))
        guard t >= season else { continue }
        let step = Double(truth) - Double(truths[items[t - season] * width + value])
        guard step.isFinite else { continue }
        distance += abs(step)
        pairs += 1
      }
      if let error = sums.symmetricPercentage { percentages.append(error) }
      if distance > 0, let error = sums.meanAbsoluteError { scaled.append(error / (distance / Double(pairs))) }
    }
    if !percentages.isEmpty {
      smape += percentages.reduce(0, +) / Double(percentages.count)
      ofSmape += 1
    }
    if !scaled.isEmpty {
      mase += scaled.reduce(0, +) / Double(scaled.count)
      ofMase += 1
    }
  }

  static func += (left: inout SeriesErrors, right: SeriesErrors) {
    left.smape += right.smape
    left.mase += right.mase
    left.ofSmape += right.ofSmape
    left.ofMase += right.ofMase
  }
}
