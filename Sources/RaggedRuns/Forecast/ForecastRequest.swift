import RaggedCore
import RaggedTraining

/// How series are forecast.
public struct ForecastRequest: Sendable, Equatable {
  /// Timesteps behind the end of each series; nil means as many as the model predicts at once.
  public var horizon: Int?
  /// Futures that are drawn of each series; quantiles are theirs.
  public var paths: Int
  /// Which quantiles of each value are wanted, each above 0 and below 1; none draws no paths.
  public var quantiles: [Double]
  /// Decides what is drawn: each series has random numbers of its own by its key, so that other series change none.
  public var seed: UInt64
  /// Whether each series is forecast from where its last timesteps begin, as many as the horizon, and held against them.
  public var holdsOut: Bool
  /// Series computed at once; beyond rounding, the forecasts do not depend on it.
  public var batchSize: Int

  /// Paths that are drawn where nothing is said.
  public static let usualPaths = 100
  /// Series that are computed at once where nothing is said.
  public static let usualBatchSize = 64

  /// Options; what is left out has its default.
  public init(
    horizon: Int? = nil, paths: Int = ForecastRequest.usualPaths, quantiles: [Double] = [], seed: UInt64 = 0,
    holdsOut: Bool = false, batchSize: Int = ForecastRequest.usualBatchSize
  ) {
    (self.horizon, self.paths, self.quantiles) = (horizon, paths, quantiles)
    (self.seed, self.holdsOut, self.batchSize) = (seed, holdsOut, batchSize)
  }

  /// Checks that every number has a meaning.
  /// - Throws: `TrainingError` that names the number at fault.
  public func validate() throws {
    func fail(_ problem: String) -> TrainingError { TrainingError(.invalidModel, problem) }
    if let horizon, !(1...TargetReach.limit).contains(horizon) {
      throw fail("the horizon is \(horizon.counted("timestep")), expected 1 to \(TargetReach.limit)")
    }
    guard (1...Self.pathLimit).contains(paths) else { throw fail("\(paths) paths, expected 1 to \(Self.pathLimit)") }
    for (place, quantile) in quantiles.enumerated() {
      guard quantile > 0, quantile < 1 else { throw fail("quantile \(quantile), expected more than 0 and less than 1") }
      guard !quantiles[..<place].contains(quantile) else { throw fail("quantile \(quantile) is named twice") }
    }
  }

  /// Paths of a series at most.
  public static let pathLimit = 100_000
}

/// What a model says of the timesteps behind the end of one series.
public struct Forecast: Sendable, Equatable {
  /// The series' key.
  public var key: String
  /// The times of the steps in microseconds since 1970, going on from the last one by the usual distance; nil where the series
  /// has no times.
  public var times: [Int64]?
  /// Whether series of the data have times, if not this one.
  public var hasClock = false
  /// The columns that are forecast.
  public var columns: [Column]

  /// One column of a series.
  public struct Column: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// What the model says, by step, `[H]`.
    public var values: [Double]
    /// By step, one for each of the quantiles that were asked for, `[H][Q]`; empty where none were, or too little is known of the
    /// series to draw its futures from.
    public var quantiles: [[Double]]
    /// What was observed up to the first step, NaN where a cell was missing; empty where the model is not given the column.
    public var history: [Double]
    /// What came at the steps, where that is known: as many as there are, NaN where a cell was missing.
    public var actual: [Double]?
  }
}

/// What is to be said of the forecasts of some series.
public struct ForecastNotes: Sendable, Equatable {
  /// How the values come about, in words.
  public var way: String
  /// How paths are drawn, in words; nil where none are.
  public var noise: String?
  /// Series without a timestep to go on from.
  public var empty = 0
  /// Series whose times have no usual distance that the steps go on by, or none at all where others have.
  public var withoutTimes = 0
  /// Series whose times lie at unequal distances: the steps go on by the median.
  public var unevenTimes = 0
  /// Series that are too short for quantiles.
  public var withoutQuantiles = 0

  /// Each as a line.
  public var lines: [String] {
    func series(_ count: Int, _ words: (one: String, many: String)) -> String? {
      count == 0 ? nil : "\(count.counted("series", "series")) \(count == 1 ? words.one : words.many)"
    }
    return [
      way, noise, series(empty, ("has no timestep and is left out", "have no timestep and are left out")),
      series(withoutTimes, ("has no times to go on from", "have no times to go on from")),
      series(
        unevenTimes,
        (
          "has times at unequal distances, and goes on by the median of these",
          "have times at unequal distances, and go on by the median of these"
        )),
      series(
        withoutQuantiles,
        (
          "is too short to draw its futures from, and has no quantiles",
          "are too short to draw their futures from, and have no quantiles"
        )),
    ].compactMap(\.self)
  }
}
