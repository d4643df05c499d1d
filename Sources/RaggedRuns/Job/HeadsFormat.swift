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
public struct HeadsFormat: Sendable {
  private let kind: PredictionFormat.Kind
  private let parts: [NamedTarget]
  private let formats: [PredictionFormat]

  /// The text form of predictions of several targets, `parts`. Everything else is as for one, with thresholds by target.
  /// - Throws: `TrainingError` for CSV of targets per sequence beside others per timestep, which have no rows in common.
  public init(
    _ kind: PredictionFormat.Kind, _ parts: [NamedTarget], hasActual: Bool = false, top: Int? = nil,
    thresholds: [[Float]?] = []
  ) throws {
    (self.kind, self.parts) = (kind, parts)
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
    return (places + columns).map(\.csvCell).joined(separator: ",") + "\n"
  }

  /// The predictions of all targets for one sequence, line ends included.
  public func text(_ predictions: [Prediction]) throws -> String {
    guard let first = predictions.first else { return "" }
    guard kind == .csv else {
      let objects = try zip(parts, zip(formats, predictions)).map { part, pair in
        try Self.quoted(part.name) + ":" + pair.0.object(pair.1)
      }
      return try "{\"key\":" + Self.quoted(first.key) + "," + objects.joined(separator: ",") + "}\n"
    }
    var text = ""
    for row in 0..<(isPerTimestep ? first.rows : 1) {
      let places = isPerTimestep ? [String(first.firstRow + row)] : []
      let cells = zip(formats, predictions).flatMap { $0.cells($1, row: row) }
      text += ([first.key.csvCell] + places + cells).joined(separator: ",") + "\n"
    }
    return text
  }

  private static func quoted(_ text: String) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    return String(decoding: try encoder.encode(text), as: UTF8.self)
  }
}
