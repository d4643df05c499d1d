import Foundation
public import RaggedCore
import RaggedFormats
import RaggedStore
import RaggedTraining

/// Predictions as text: CSV with a row per sequence (or a timestep), or JSON Lines with an object per sequence.
public struct PredictionFormat: Sendable {
  /// How a line of predictions is written.
  public enum Kind: String, Sendable, CaseIterable {
    /// RFC 4180, with a header.
    case csv
    /// An object per line.
    case jsonl
  }

  private let kind: Kind
  private let target: TargetSignature
  private let hasActual: Bool
  private let top: Int?

  /// The text form of predictions for a target.
  /// - Parameters:
  ///   - kind: how a line is written.
  ///   - target: what is predicted.
  ///   - hasActual: whether what was to be predicted stands beside the predictions; see ``Prediction/actual``.
  ///   - top: how many of the likeliest classes are written instead of every class's output; nil for every class.
  public init(_ kind: Kind, target: TargetSignature, hasActual: Bool = false, top: Int? = nil) {
    (self.kind, self.target, self.hasActual) = (kind, target, hasActual)
    self.top = top.map { min($0, target.names.count) }
  }

  /// What stands between labels in a cell: a space, or a bar where a label holds a space.
  private var separator: String { target.names.contains { $0.contains(" ") } ? "|" : " " }

  /// What comes before the first prediction.
  ///
  /// For classes the columns are the predicted class, what it should be (`actual`) and each class's output, or the
  /// likeliest ones by name (`top_1`, `p_1`, …); for values the values and what they should be (`actual_NAME`). Where an
  /// output is no number there is no predicted class, and where there is no target no actual one: an empty cell, in JSON
  /// null among timesteps, and nothing for a sequence. For labels they are the labels, with spaces between them, and those
  /// that the data has.
  public var header: String {
    guard kind == .csv else { return "" }
    if target.isLabels { return "key,prediction" + (hasActual ? ",actual" : "") + "\n" }
    var columns = ["key"]
    if target.isPerTimestep { columns.append("t") }
    if target.isClass {
      columns += hasActual ? ["prediction", "actual"] : ["prediction"]
      columns +=
        top.map { top in (0..<top).flatMap { ["top_\($0 + 1)", "p_\($0 + 1)"] } } ?? target.names.map { "p_\($0)" }
    } else {
      columns += target.names + (hasActual ? target.names.map { "actual_\($0)" } : [])
    }
    return columns.map(\.csvCell).joined(separator: ",") + "\n"
  }

  /// One prediction, line ends included.
  public func text(_ prediction: Prediction) throws -> String {
    if let labels = prediction.labels { return try text(prediction.key, labels) }
    return kind == .csv ? csv(prediction) : try json(prediction)
  }

  private struct LabelLine: Encodable {
    var key: String
    var prediction: [String]
    var actual: [String]?
    var logLikelihood: Double?
  }

  private func text(_ key: String, _ labels: LabelPrediction) throws -> String {
    guard kind == .jsonl else {
      let lists = [labels.labels] + (hasActual ? [labels.actual ?? []] : [])
      return ([key] + lists.map { $0.joined(separator: separator) }).map(\.csvCell).joined(separator: ",") + "\n"
    }
    return try line(
      LabelLine(
        key: key, prediction: labels.labels, actual: labels.actual, logLikelihood: labels.logLikelihood))
  }

  private func line(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  }

  private func name(of outputs: ArraySlice<Float>) -> String? {
    Prediction.className(of: outputs, among: target.names)
  }

  private func shares(_ outputs: ArraySlice<Float>) -> [Float] {
    target.isClass ? Prediction.shares(outputs, among: target.names) : Array(outputs)
  }

  private func csv(_ prediction: Prediction) -> String {
    var text = ""
    for row in 0..<prediction.rows {
      let outputs = prediction.outputs(row: row)
      var cells = [prediction.key.csvCell]
      if target.isPerTimestep { cells.append(String(prediction.firstRow + row)) }
      if target.isClass {
        cells.append(name(of: outputs)?.csvCell ?? "")
        if hasActual { cells.append(prediction.actualClass(row: row)?.csvCell ?? "") }
      }
      if let top {
        let likeliest = prediction.likeliest(top, row: row)
        cells += (0..<top).flatMap { place in
          likeliest.indices.contains(place)
            ? [likeliest[place].name.csvCell, "\(likeliest[place].share)"] : ["", ""]
        }
      } else {
        cells += shares(outputs).map { "\($0)" }
      }
      if !target.isClass, hasActual {
        cells += prediction.actualValues(row: row).map { $0.isNaN ? "" : "\($0)" }
      }
      text += cells.joined(separator: ",") + "\n"
    }
    return text
  }

  /// What stands in a line of a sequence, or in one place of the lists of a line of timesteps.
  private enum Cell: Encodable {
    case name(String?)
    case numbers([Float?])
    case candidates([Prediction.Candidate])

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .name(let name): try container.encode(name)
      case .numbers(let numbers): try container.encode(numbers)
      case .candidates(let candidates): try container.encode(candidates)
      }
    }
  }

  /// A line: a list of rows, or the one row that a sequence has.
  private struct Line: Encodable {
    var key: String
    var t: Int?
    var columns: [(name: String, rows: [Cell])]
    var isPerTimestep: Bool

    private struct Key: CodingKey {
      var stringValue: String
      var intValue: Int? { nil }
      init(_ text: String) { stringValue = text }
      init?(stringValue: String) { self.init(stringValue) }
      init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(key, forKey: Key("key"))
      try container.encodeIfPresent(t, forKey: Key("t"))
      for (name, rows) in columns {
        if isPerTimestep {
          try container.encode(rows, forKey: Key(name))
        } else if let row = rows.first {
          if case .name(nil) = row { continue }
          try container.encode(row, forKey: Key(name))
        } else if name == "outputs" {
          try container.encode([Float](), forKey: Key(name))
        }
      }
    }
  }

  private func json(_ prediction: Prediction) throws -> String {
    let rows = 0..<prediction.rows
    var columns: [(name: String, rows: [Cell])] = []
    if target.isClass {
      columns.append(("prediction", rows.map { .name(name(of: prediction.outputs(row: $0))) }))
    }
    if hasActual {
      let cells: [Cell] = rows.map { row in
        target.isClass
          ? .name(prediction.actualClass(row: row))
          : .numbers(prediction.actualValues(row: row).map { $0.isNaN ? nil : $0 })
      }
      columns.append(("actual", cells))
    }
    if let top {
      columns.append(("top", rows.map { .candidates(prediction.likeliest(top, row: $0)) }))
    } else {
      columns.append(("outputs", rows.map { .numbers(shares(prediction.outputs(row: $0))) }))
    }
    return try line(
      Line(
        key: prediction.key, t: prediction.firstRow > 0 ? prediction.firstRow : nil, columns: columns,
        isPerTimestep: target.isPerTimestep))
  }
}

extension Prediction {
  /// The name of the class that a row should have; nil where that is not known.
  fileprivate func actualClass(row: Int) -> String? {
    if case .classes(let names)? = actual, names.indices.contains(row) { names[row] } else { nil }
  }

  /// The values that a row should have, NaN where they are not known.
  fileprivate func actualValues(row: Int) -> [Float] {
    if case .values(let values)? = actual, values.count >= (row + 1) * width {
      Array(values[row * width..<(row + 1) * width])
    } else {
      Array(repeating: .nan, count: width)
    }
  }
}
