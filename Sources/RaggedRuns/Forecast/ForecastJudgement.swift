import RaggedCore
public import RaggedFormats
import RaggedTraining

/// Forecasts beside what came: errors of each series by itself, and their mean over the series, as the M4 competition judges.
///
/// Beside the model stand the forecasts that repeat the last value, and the last season.
public struct ForecastJudgement: Sendable, Equatable, Codable {
  /// The figures of one way to forecast.
  public struct Figures: Sendable, Equatable, Codable {
    /// What it is called: `the model`, `last value`, `seasonal naive (24)`.
    public var name: String
    /// The mean over the series of their sMAPE in per cent: see `SeriesForecast`.
    public var smape: Double?
    /// The mean over the series of their MASE, which is over the season.
    public var mase: Double?
    /// The mean distance at each step, over the series.
    public var maeByStep: [Double?]
    /// The mean over the series of 200 |p − y| / (|p| + |y|) at each step.
    public var smapeByStep: [Double?]
  }

  /// The season of MASE, in timesteps.
  public let season: Int
  /// Series with a forecast and something to hold it against; of several columns, each counts.
  public private(set) var series = 0
  /// Those of which there is no MASE: their past has no more than a season, or does not change from one to the next.
  public private(set) var withoutMase = 0
  /// Series with a forecast and nothing to hold it against.
  public private(set) var withoutActual = 0
  /// Values that were compared.
  public private(set) var count = 0
  /// The share of values that lie below each of the quantiles that were asked for; empty without any.
  public var shareBelow: [Double] { ofBand == 0 ? [] : below.map { Double($0) / Double(ofBand) } }

  private var below: [Int]
  private var ofBand = 0
  private var sums: [Sums]

  fileprivate struct Sums: Sendable, Equatable, Codable {
    var smape = 0.0, mase = 0.0
    var ofSmape = 0, ofMase = 0
    var distance: [Double] = [], percentage: [Double] = []
    var steps: [Int] = []
  }

  /// Nothing yet.
  /// - Parameters:
  ///   - season: the length of a season in timesteps, at least 1.
  ///   - quantiles: the number of quantiles that forecasts have.
  public init(season: Int, quantiles: Int = 0) {
    self.season = max(1, season)
    below = Array(repeating: 0, count: quantiles)
    sums = Array(repeating: Sums(), count: season > 1 ? 3 : 2)
  }

  /// Takes in a forecast with what came; see ``Forecast/Column/actual``.
  public mutating func add(_ forecast: Forecast) {
    for column in forecast.columns {
      let actual = (column.actual ?? []).prefix(column.values.count)
      let known = actual.indices.filter { actual[$0].isFinite }
      guard !known.isEmpty else {
        withoutActual += 1
        continue
      }
      series += 1
      count += known.count
      let history = column.history.last { $0.isFinite }.map { _ in column.history } ?? []
      let ways = [
        column.values, SeriesForecast.naive(Self.filled(history, season: 1), horizon: column.values.count),
        SeriesForecast.seasonalNaive(
          Self.filled(history, season: season), horizon: column.values.count, season: season),
      ]
      for place in sums.indices { sums[place].add(actual, known, ways[place], history, season: season) }
      if SeriesForecast.scaledError(truth: [0], prediction: [0], history: history, season: season) == nil {
        withoutMase += 1
      }
      guard !column.quantiles.isEmpty else { continue }
      ofBand += known.count
      for step in known {
        for place in below.indices where actual[step] <= column.quantiles[step][place] { below[place] += 1 }
      }
    }
  }

  /// A past without gaps: a cell that is missing is that of a season before, or else the one before.
  private static func filled(_ history: [Double], season: Int) -> [Double] {
    var filled = history
    for place in filled.indices.dropFirst() where !filled[place].isFinite {
      let seasonal = place >= season ? filled[place - season] : .nan
      filled[place] = seasonal.isFinite ? seasonal : filled[place - 1]
    }
    return filled
  }

  /// The model first, then what it has to be better than.
  public var figures: [Figures] {
    zip(["the model", "last value", "seasonal naive (\(season))"], sums).map { name, sums in
      func mean(_ sum: Double, _ count: Int) -> Double? { count == 0 ? nil : sum / Double(count) }
      return Figures(
        name: name, smape: mean(sums.smape, sums.ofSmape), mase: mean(sums.mase, sums.ofMase),
        maeByStep: zip(sums.distance, sums.steps).map(mean), smapeByStep: zip(sums.percentage, sums.steps).map(mean))
    }
  }

  /// What is to be said where the model is no better than a forecast without any.
  public var verdicts: [String] {
    guard let own = figures[0].mase ?? figures[0].smape else { return [] }
    return figures.dropFirst().compactMap { other in
      let (figure, name) = figures[0].mase != nil ? (other.mase, "MASE") : (other.smape, "sMAPE")
      guard let figure, own >= figure else { return nil }
      return
        "the model is no better than the \(other.name): \(name) \(own.threeDecimals) against \(figure.threeDecimals)"
    }
  }
}

extension ForecastJudgement.Sums {
  fileprivate mutating func add(
    _ actual: ArraySlice<Double>, _ known: [Int], _ prediction: [Double], _ history: [Double], season: Int
  ) {
    guard !prediction.isEmpty else { return }
    let (truth, said) = (known.map { actual[$0] }, known.map { prediction[$0] })
    if let error = SeriesForecast.symmetricPercentage(truth: truth, prediction: said) {
      smape += error
      ofSmape += 1
    }
    if let error = SeriesForecast.scaledError(truth: truth, prediction: said, history: history, season: season) {
      mase += error
      ofMase += 1
    }
    if steps.count < prediction.count {
      let more = prediction.count - steps.count
      distance += Array(repeating: 0, count: more)
      percentage += Array(repeating: 0, count: more)
      steps += Array(repeating: 0, count: more)
    }
    for step in known where prediction[step].isFinite {
      distance[step] += abs(prediction[step] - actual[step])
      percentage[step] +=
        SeriesForecast.symmetricPercentage(truth: [actual[step]], prediction: [prediction[step]]) ?? 0
      steps[step] += 1
    }
  }
}

extension Double {
  fileprivate var threeDecimals: String { String((self * 1000).rounded() / 1000) }
}

/// What came behind the ends of some series, by key, from files.
public struct ActualValues: Sendable {
  private var values: [ExactName: [[Double]]] = [:]
  private let columns: [String]

  /// The number of series.
  public var count: Int { values.count }
  /// The key of the first of them.
  public private(set) var firstKey: String?

  /// Reads the columns that a model forecasts.
  /// - Throws: `RaggedCoreError` for files that lack one; `TrainingError` for a model that forecasts nothing.
  public init(_ records: RecordSource, for model: TrainedModel) throws {
    columns = try ForecastPlan(model, horizon: nil, times: []).columns
    let source = try records.choosing(ColumnChoice(inputs: columns, target: []))
    for start in stride(from: 0, to: source.count, by: ForecastRequest.usualBatchSize) {
      let positions = Array(start..<min(start + ForecastRequest.usualBatchSize, source.count))
      let batch = try source.gather(positions).compacted()
      for (b, key) in try source.keys(positions).enumerated() {
        firstKey = firstKey ?? key
        values[ExactName(key)] = columns.indices.map { column in
          batch.range(b).map { n in
            let cell = n * columns.count + column
            return batch.input.observed?[cell] ?? true ? Double(batch.input.values[cell]) : .nan
          }
        }
      }
    }
  }

  /// The forecast with what came, where that is known.
  public func beside(_ forecast: Forecast) -> Forecast {
    guard let found = values[ExactName(forecast.key)] else { return forecast }
    var result = forecast
    for place in result.columns.indices where columns.indices.contains(place) {
      result.columns[place].actual = Array(found[place].prefix(result.columns[place].values.count))
    }
    return result
  }
}
