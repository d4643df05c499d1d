import RaggedCore
import RaggedTraining

/// A normalisation as the arrays of a file: means and deviations of the numbers per timestep, then of those per sequence.
enum NormalizationArrays {
  /// The four arrays; none where nothing is normalised, and an empty one where there are no such numbers.
  static func values(of normalization: Normalization?) -> [[Float]] {
    guard let normalization, normalization.isApplied else { return [] }
    return [
      normalization.mean, normalization.deviation, normalization.staticMean, normalization.staticDeviation,
    ]
  }

  /// A normalisation from what a file holds of the four arrays; nil where it holds none.
  /// - Throws: ``ExchangeError`` where part of it is missing, or it is for another number of columns.
  static func normalization(
    _ parts: [(name: String, values: [Float])?], for model: Sequential
  ) throws -> Normalization? {
    guard let first = parts.compactMap(\.self).first else { return nil }
    let input = model.input
    guard input.featureCount > 0 || input.staticFeatureCount > 0 else {
      throw ExchangeError(
        .mismatch,
        "there is a normalisation, \"\(first.name)\", and the model takes \(input.tokens == nil ? "categories" : "tokens")"
      )
    }
    var figures: [[Double]] = []
    for (place, count) in [(0, input.featureCount), (2, input.staticFeatureCount)] {
      let number =
        place == 0 ? count.counted("feature") : count.counted("feature per sequence", "features per sequence")
      let pair = Array(parts[place..<place + 2])
      if pair[0] == nil, pair[1] == nil {
        guard count == 0 else {
          throw ExchangeError(
            .mismatch,
            "there is \"\(first.name)\", and no normalisation of the model's \(number): expected both or neither")
        }
        figures += [[], []]
        continue
      }
      guard let mean = pair[0], let deviation = pair[1] else {
        let half = (pair[0] ?? pair[1])?.name ?? ""
        throw ExchangeError(.mismatch, "there is \"\(half)\" without its other half, expected both or neither")
      }
      try check(mean, deviation, count: count, number)
      figures += [mean, deviation].map { $0.values.map(Double.init) }
    }
    return Normalization(
      mean: figures[0], deviation: figures[1], staticMean: figures[2], staticDeviation: figures[3])
  }

  private static func check(
    _ mean: (name: String, values: [Float]), _ deviation: (name: String, values: [Float]), count: Int, _ number: String
  ) throws {
    for part in [mean, deviation] where part.values.count != count {
      throw ExchangeError(
        .mismatch,
        "\"\(part.name)\" has \(part.values.count.counted("number")), the model takes \(number)")
    }
    for part in [mean, deviation] {
      guard let place = part.values.firstIndex(where: { !$0.isFinite }) else { continue }
      throw ExchangeError(
        .invalidFile, "\"\(part.name)\" holds \(part.values[place]) at element \(place), expected numbers")
    }
    if let place = deviation.values.firstIndex(where: { $0 <= 0 }) {
      throw ExchangeError(
        .invalidFile,
        "\"\(deviation.name)\" holds \(deviation.values[place]) at element \(place), expected more than 0")
    }
  }
}
