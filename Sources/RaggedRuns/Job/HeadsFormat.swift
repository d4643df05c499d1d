import Foundation
public import RaggedCore
import RaggedFormats
import RaggedTraining

/// Predictions of several targets as text: CSV with the columns of all targets side by side, or JSON Lines with an object for each
/// target in that of the sequence.
///
/// ```
/// key,t,activity@1,activity@1 p_a,activity@1 p_b,when:log-delta@1
/// {"key":"c1","activity@1":{"outputs":…,"prediction":…},"when:log-delta@1":{"outputs":…}}
/// ```
///
/// Columns of the data stand before the predictions: in JSON in an object `columns`, once for all targets.
public struct HeadsFormat: Sendable {
  private let kind: PredictionFormat.Kind
  private let parts: [NamedTarget]
  private let formats: [PredictionFormat]
  private let columnsBeside: [String]

  /// The text form of predictions of several targets, `parts`. Everything else is as for one, with thresholds by target.
  /// - Throws: `TrainingError` for CSV of targets per sequence beside others per timestep, which have no rows in common.
  public init(
    _ kind: PredictionFormat.Kind, _ parts: [NamedTarget], hasActual: Bool = false, top: Int? = nil,
    thresholds: [[Float]?] = [], columns: [String] = []
  ) throws {
    (self.kind, self.parts, columnsBeside) = (kind, parts, columns)
    formats = parts.enumerated().map { place, part in
      PredictionFormat(
        kind, target: part.target, hasActual: hasActual, top: top,
        thresholds: thresholds.indices.contains(place) ? thresholds[place] : nil)
    }
    guard kind == .csv, let first = parts.first,
      let other = parts.first(where: { $0.target.isPerTimestep != first.target.isPerTimestep })
    else { return }
    throw TrainingError(
      .dataMismatch,
      "\"\(first.name)\" is predicted per \(first.target.isPerTimestep ? "timestep" : "sequence") and \"\(other.name)\" per "
        + "\(other.target.isPerTimestep ? "timestep" : "sequence"), which are no rows of one table: expected JSON Lines, or "
        + "one of the targets")
  }

  private var isPerTimestep: Bool { parts.contains { $0.target.isPerTimestep } }

  /// What comes before the first prediction.
  public var header: String {
    guard kind == .csv else { return "" }
    let columns = zip(parts, formats).flatMap { part, format in
      format.columns.map { column in
        switch column {
        case "prediction": part.name
        case "actual": "actual_\(part.name)"
        default: part.target.isClass || part.target.isLabels ? "\(part.name) \(column)" : column
        }
      }
    }
    let places = isPerTimestep ? ["key", "t"] : ["key"]
    return (places + columnsBeside + columns).map(\.csvCell).joined(separator: ",") + "\n"
  }

  /// The predictions of all targets for one sequence, line ends included.
  public func text(_ predictions: [Prediction]) throws -> String {
    guard let first = predictions.first else { return "" }
    // Of targets per sequence beside others the columns have a row all the same for each timestep.
    let beside = (predictions.first { $0.isPerTimestep } ?? first).columns
    guard kind == .csv else {
      var objects =
        try beside.isEmpty
        ? []
        : [
          "\"columns\":{"
            + beside.map { column in
              try Self.json(column.name) + ":"
                + (isPerTimestep ? Self.json(column.cells) : Self.json(column.cells.first ?? nil))
            }.joined(separator: ",") + "}"
        ]
      objects += try zip(parts, zip(formats, predictions)).map { part, pair in
        var prediction = pair.1
        prediction.columns = []
        return try Self.json(part.name) + ":" + pair.0.object(prediction)
      }
      return try "{\"key\":" + Self.json(first.key) + "," + objects.joined(separator: ",") + "}\n"
    }
    var text = ""
    for row in 0..<(isPerTimestep ? first.rows : 1) {
      let places = isPerTimestep ? [String(first.firstRow + row)] : []
      let known = beside.map { ($0.cells.indices.contains(row) ? $0.cells[row] : nil)?.csvCell ?? "" }
      let cells = zip(formats, predictions).flatMap { $0.cells($1, row: row) }
      text += ([first.key.csvCell] + places + known + cells).joined(separator: ",") + "\n"
    }
    return text
  }

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
