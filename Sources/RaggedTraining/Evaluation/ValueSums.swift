/// Errors of predictions of one value, as sums.
public struct ValueSums: Sendable, Equatable, Codable {
  /// Predictions that were compared: those whose truth was observed, and that are numbers.
  public private(set) var count = 0
  /// Predictions that are no numbers, which everything else leaves out.
  public private(set) var undefined = 0
  private var error = 0.0, absolute = 0.0, squared = 0.0
  /// Σ |p − y| / (|p| + |y|); 0 where both are 0.
  private var symmetric = 0.0
  /// Mean and sum of squared deviations of the truth.
  private var truthMean = 0.0, truthDeviation = 0.0

  /// No predictions.
  public init() {}

  /// Compares a prediction with the truth.
  public mutating func add(truth: Double, prediction: Double) {
    let error = prediction - truth
    guard error.isFinite else {
      undefined += 1
      return
    }
    count += 1
    self.error += error
    absolute += abs(error)
    squared += error * error
    if error != 0 { symmetric += abs(error) / (abs(prediction) + abs(truth)) }
    let before = truth - truthMean
    truthMean += before / Double(count)
    truthDeviation += before * (truth - truthMean)
  }

  /// Takes in another part's errors.
  public static func += (left: inout ValueSums, right: ValueSums) {
    left.undefined += right.undefined
    guard right.count > 0 else { return }
    let (a, b) = (Double(left.count), Double(right.count))
    let distance = right.truthMean - left.truthMean
    left.truthMean += distance * b / (a + b)
    left.truthDeviation += right.truthDeviation + distance * distance * a * b / (a + b)
    left.count += right.count
    left.error += right.error
    left.absolute += right.absolute
    left.squared += right.squared
    left.symmetric += right.symmetric
  }

  private func mean(_ sum: Double) -> Double? { count == 0 ? nil : sum / Double(count) }

  /// The mean of prediction less truth; nil without a prediction, as the figures below.
  public var meanError: Double? { mean(error) }
  /// The mean distance: MAE.
  public var meanAbsoluteError: Double? { mean(absolute) }
  /// The root of the mean squared distance: RMSE.
  public var rootMeanSquaredError: Double? { mean(squared)?.squareRoot() }
  /// The mean of 200 |p − y| / (|p| + |y|), 0 where both are 0: sMAPE in per cent, as the M4 competition defines it.
  public var symmetricPercentage: Double? { mean(200 * symmetric) }
  /// 1 − Σ(p − y)² / Σ(y − ȳ)²: R²; nil where the truth does not vary.
  public var determination: Double? { truthDeviation > 0 ? 1 - squared / truthDeviation : nil }
}

/// Errors of a forecast of one series, as the M4 competition defines them, and the forecasts that any other is held against.
///
/// ```swift
/// let future = SeriesForecast.seasonalNaive(history, horizon: 48, season: 24)
/// let error = SeriesForecast.scaledError(truth: actual, prediction: future, history: history, season: 24)
/// ```
public enum SeriesForecast {
  /// The last value again and again; nothing without one.
  public static func naive(_ history: [Double], horizon: Int) -> [Double] {
    seasonalNaive(history, horizon: horizon, season: 1)
  }

  /// The last `season` values again and again, as many as there are where the history is shorter; nothing without one.
  public static func seasonalNaive(_ history: [Double], horizon: Int, season: Int) -> [Double] {
    let season = min(max(1, season), history.count)
    guard season > 0, horizon > 0 else { return [] }
    return (0..<horizon).map { history[history.count - season + $0 % season] }
  }

  /// The mean of 200 |p − y| / (|p| + |y|), 0 where both are 0: sMAPE in per cent. nil without a value.
  public static func symmetricPercentage(truth: [Double], prediction: [Double]) -> Double? {
    var sums = ValueSums()
    for (y, p) in zip(truth, prediction) { sums.add(truth: y, prediction: p) }
    return sums.symmetricPercentage
  }

  /// The mean distance of the forecast over that of the seasonal naive forecast within the history,
  /// Σ |yₜ − yₜ₋ₘ| / (n − m): MASE (Hyndman & Koehler 2006). nil where the history has no more than a season, or does not change from one
  /// to the next, and without a value. What is NaN was not observed, and is left out.
  public static func scaledError(
    truth: [Double], prediction: [Double], history: [Double], season: Int
  ) -> Double? {
    let season = max(1, season)
    guard history.count > season else { return nil }
    var (sums, inSample, pairs) = (ValueSums(), 0.0, 0)
    for t in season..<history.count {
      let distance = abs(history[t] - history[t - season])
      guard distance.isFinite else { continue }
      inSample += distance
      pairs += 1
    }
    for (y, p) in zip(truth, prediction) { sums.add(truth: y, prediction: p) }
    guard inSample > 0, let error = sums.meanAbsoluteError else { return nil }
    return error / (inSample / Double(pairs))
  }
}
