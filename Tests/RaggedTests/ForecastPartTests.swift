import Foundation
import RaggedCore
import Testing

@testable import RaggedRuns

/// The parts of a forecast by their closed forms.
@Suite struct ForecastPartTests {
  private static let day: Int64 = 86_400_000_000

  /// The first days of these months of 2023 and on, in microseconds.
  private static func days(_ texts: [String]) throws -> [Int64] {
    try texts.map { text in
      let date = try #require(try? Date("\(text)T00:00:00Z", strategy: .iso8601))
      return Int64(date.timeIntervalSince1970) * 1_000_000
    }
  }

  @Test func timesGoOnByTheUsualDistance() throws {
    let hourly = SeriesClock([0, 3, 6, 9].map { $0 * 1_200_000_000 })
    #expect(hourly.time(1) == 12 * 1_200_000_000 && hourly.time(5) == 24 * 1_200_000_000 && !hourly.isUneven)
    // A time that is missing is passed over; unequal distances go on by the median, and it is said.
    let uneven = SeriesClock([0, ColumnPlanes.missingTime, 10, 20, 45])
    #expect(uneven.isUneven && uneven.time(2) == 65)
    #expect(SeriesClock([7]).time(1) == nil && SeriesClock([]).last == nil)
    // Months, quarters and years are of unequal length, and no gap is one of them.
    let months = SeriesClock(try Self.days(["2023-11-30", "2023-12-30", "2024-01-30"]))
    #expect(try (1...3).map { months.time($0) } == Self.days(["2024-02-29", "2024-03-30", "2024-04-30"]))
    let quarters = SeriesClock(try Self.days(["2023-01-01", "2023-04-01", "2023-07-01"]))
    #expect(try quarters.time(2) == Self.days(["2024-01-01"])[0] && !quarters.isUneven)
    let years = SeriesClock(try Self.days(["2022-01-01", "2023-01-01", "2024-01-01", "2025-01-01"]))
    #expect(try years.time(3) == Self.days(["2028-01-01"])[0])
    let before = SeriesClock(try Self.days(["1969-10-01", "1969-11-01", "1969-12-01"]))
    #expect(try before.time(2) == Self.days(["1970-02-01"])[0])
    // Beyond all times there is none.
    #expect(SeriesClock([0, .max - 1]).time(2) == nil)
  }

  /// `numpy.quantile` of the same numbers.
  @Test func quantilesLieBetweenNeighbours() {
    let found = Quantiles.of([5, 1, 4, 2, 9], [0.1, 0.5, 0.75, 0.99])
    for (one, other) in zip(found, [1.4, 4, 5, 8.84]) { #expect(abs(one - other) < 1e-12) }
    #expect(Quantiles.of([3], [0.1, 0.9]) == [3, 3])
  }

  @Test func errorsAreThoseOfTheLaterHalf() {
    // Said at each timestep: the value at hand, for one and for two steps ahead.
    let values: [Double] = [1, 2, 4, 7, 11, 16, 22]
    let residuals = SeriesResiduals(
      [values], values.flatMap { [Float($0), Float($0)] }[...], width: 2, places: [[0, 1]])
    #expect(residuals.isUsable)
    var random = SeededRandom(seed: 1)
    let drawn = Set((0..<200).map { _ in residuals.draw(&random) })
    // Of timesteps 2, 3 and 4, which have two later ones.
    #expect(drawn == [[3, 7], [4, 9], [5, 11]])
    #expect(!SeriesResiduals([[1, 2]], [0, 0, 0, 0], width: 2, places: [[0, 1]]).isUsable)
    #expect(!SeriesResiduals([[1, .nan, .nan, 2]], [0, 0, 0, 0], width: 1, places: [[0]]).isUsable)
  }

  @Test func aSeriesIsJudgedByItself() throws {
    func forecast(_ values: [Double], _ actual: [Double]?, _ history: [Double]) -> Forecast {
      Forecast(
        key: "k", times: nil,
        columns: [
          Forecast.Column(
            name: "v", values: values, quantiles: values.map { [$0 - 1, $0 + 1] }, history: history, actual: actual)
        ])
    }
    var judgement = ForecastJudgement(season: 2, quantiles: 2)
    // Errors 1 and 3 over a mean distance of 2 from season to season.
    judgement.add(forecast([11, 12], [10, 15], [1, 2, 3, 4, 5, 6]))
    // A hundred times as large: the same errors count as much.
    judgement.add(forecast([1100, 1200], [1000, 1500, 9], [100, 200, 300, 400, 500, 600]))
    judgement.add(forecast([1, 2], nil, [1, 2, 3]))
    judgement.add(forecast([1, 2], [2, .nan], [5, 5, 5]))
    #expect(judgement.series == 3 && judgement.withoutActual == 1 && judgement.withoutMase == 1 && judgement.count == 5)
    let figures = judgement.figures
    #expect(figures.map(\.name) == ["the model", "last value", "seasonal naive (2)"])
    #expect(abs((figures[0].mase ?? 0) - 1) < 1e-12)
    let one: Double = (200.0 / 21 + 600.0 / 27) / 2
    #expect(abs((figures[0].smape ?? 0) - (2 * one + 200.0 / 3) / 3) < 1e-9)
    // The last value is 6: 4 and 9 off. The last season 5 and 6: 5 and 9 off.
    #expect(abs((figures[1].mase ?? 0) - 3.25) < 1e-12 && abs((figures[2].mase ?? 0) - 3.5) < 1e-12)
    let steps = figures[0].maeByStep.compactMap(\.self)
    #expect(abs(steps[0] - 102.0 / 3) < 1e-9 && abs(steps[1] - 303.0 / 2) < 1e-9)
    // Of the five values two lie below the lower quantile, and a third below the upper one.
    #expect(judgement.shareBelow == [0.4, 0.6])
    #expect(judgement.verdicts.isEmpty)
  }
}
