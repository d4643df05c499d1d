import Foundation
import RaggedCore
import RaggedFormats

/// Forecasts as text: CSV with a row per step, or JSON Lines with an object per series.
public struct ForecastFormat: Sendable {
  /// How forecasts are written.
  public enum Kind: String, Sendable, CaseIterable {
    /// RFC 4180, with a header: `key`, `step` from 1 on, `time` where the data has times, `column` where several are forecast, `value`,
    /// a column for each quantile such as `q0.1`, and `actual` where it is known of any series.
    case csv
    /// An object per series.
    case jsonl
  }

  private let kind: Kind
  private let quantiles: [Double]
  private let hasTimes: Bool
  private let hasActual: Bool
  private let columnCount: Int

  /// The text form of some forecasts.
  /// - Parameters:
  ///   - kind: how they are written.
  ///   - options: the quantiles that were asked for.
  ///   - first: one of them, from which it is seen what there is to write; nil where there is none.
  ///   - hasActual: whether what came stands beside the values.
  public init(_ kind: Kind, _ options: ForecastRequest, first: Forecast?, hasActual: Bool) {
    (self.kind, quantiles, self.hasActual) = (kind, options.quantiles, hasActual)
    (hasTimes, columnCount) = (first?.hasClock ?? false, first?.columns.count ?? 1)
  }

  /// What comes before the first forecast.
  public var header: String {
    guard kind == .csv else { return "" }
    let names =
      ["key", "step"] + (hasTimes ? ["time"] : []) + (columnCount > 1 ? ["column"] : []) + ["value"]
      + quantiles.map { "q\($0)" } + (hasActual ? ["actual"] : [])
    return names.joined(separator: ",") + "\n"
  }

  private struct Line: Encodable {
    struct Column: Encodable {
      var name: String
      var values: [Double?]
      var quantiles: [String: [Double?]]?
      var actual: [Double?]?
    }
    var key: String
    var times: [String]?
    var columns: [Column]
  }

  /// One forecast, line ends included. What is no number is an empty cell, in JSON null.
  public func text(_ forecast: Forecast) throws -> String {
    guard kind == .csv else { return try json(forecast) }
    var text = ""
    func cell(_ number: Double?) -> String { number.flatMap { $0.isFinite ? "\(Float($0))" : nil } ?? "" }
    for step in 0..<(forecast.columns.first?.values.count ?? 0) {
      for column in forecast.columns {
        var cells = [forecast.key.csvCell, "\(step + 1)"]
        if hasTimes { cells.append(forecast.times?[step].timeText ?? "") }
        if columnCount > 1 { cells.append(column.name.csvCell) }
        cells.append(cell(column.values[step]))
        for place in quantiles.indices {
          cells.append(column.quantiles.isEmpty ? "" : cell(column.quantiles[step][place]))
        }
        if hasActual { cells.append(cell(column.actual.flatMap { step < $0.count ? $0[step] : nil })) }
        text += cells.joined(separator: ",") + "\n"
      }
    }
    return text
  }

  private func json(_ forecast: Forecast) throws -> String {
    func numbers(_ values: some Sequence<Double>) -> [Double?] {
      values.map { $0.isFinite ? Double("\(Float($0))") : nil }
    }
    let line = Line(
      key: forecast.key, times: forecast.times?.map(\.timeText),
      columns: forecast.columns.map { column in
        Line.Column(
          name: column.name, values: numbers(column.values),
          quantiles: column.quantiles.isEmpty
            ? nil
            : Dictionary(
              uniqueKeysWithValues: quantiles.enumerated().map { place, quantile in
                ("\(quantile)", numbers(column.quantiles.map { $0[place] }))
              }),
          actual: column.actual.map(numbers))
      })
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(line), as: UTF8.self) + "\n"
  }
}
