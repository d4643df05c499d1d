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
    /// A token per line, with what it should be and what it was taken for as the last two columns, as conlleval takes it; an
    /// empty line behind each sequence.
    case conll
  }

  private let kind: Kind
  private let target: TargetSignature
  private let hasActual: Bool
  private let top: Int?
  private let thresholds: [Float]?
  private let columnsBeside: [String]

  /// The text form of predictions for a target.
  /// - Parameters:
  ///   - kind: how a line is written.
  ///   - target: what is predicted.
  ///   - hasActual: whether what was to be predicted stands beside the predictions; see ``Prediction/actual``.
  ///   - top: how many of the likeliest classes are written instead of every class's output; nil for every class.
  ///   - thresholds: what the probability of each of many labels has to be above for the label to be named, first among the
  ///     columns; nil names none.
  ///   - columns: the names of the columns of the data that stand before each prediction; see ``ColumnsBeside``.
  public init(
    _ kind: Kind, target: TargetSignature, hasActual: Bool = false, top: Int? = nil, thresholds: [Float]? = nil,
    columns: [String] = []
  ) {
    (self.thresholds, columnsBeside) = (thresholds, columns)
    (self.kind, self.target, self.hasActual) = (kind, target, hasActual)
    self.top = target.isClass ? top.map { min($0, target.names.count) } : nil
  }

  /// What stands between labels in a cell: a space, or a bar where a label holds a space.
  private var separator: String { target.names.contains { $0.contains(" ") } ? "|" : " " }

  /// What comes before the first prediction.
  ///
  /// For classes the columns are the predicted class, what it should be (`actual`) and each class's output, or the
  /// likeliest ones by name (`top_1`, `p_1`, …); for values the values and what they should be (`actual_NAME`). Where an
  /// output is no number there is no predicted class, and where there is no target no actual one: an empty cell, in JSON
  /// null among timesteps, and nothing for a sequence. For labels they are the labels, with spaces between them, and those
  /// that the data has. Columns of the data come before the prediction.
  public var header: String {
    guard kind == .csv else { return "" }
    let places = target.isPerTimestep ? ["key", "t"] : ["key"]
    return (places + columnsBeside + columns).map(\.csvCell).joined(separator: ",") + "\n"
  }

  /// The columns behind the key and the timestep.
  var columns: [String] {
    let prediction = hasActual ? ["prediction", "actual"] : ["prediction"]
    if target.isLabels { return prediction }
    guard target.isClass else {
      return (thresholds == nil ? [] : ["prediction"]) + target.names
        + (hasActual ? target.names.map { "actual_\($0)" } : [])
    }
    return prediction
      + (top.map { top in (0..<top).flatMap { ["top_\($0 + 1)", "p_\($0 + 1)"] } } ?? target.names.map { "p_\($0)" })
  }

  /// One prediction, line ends included.
  /// - Throws: `RaggedCoreError` where it cannot be written, as a token that holds a blank in CoNLL's columns.
  public func text(_ prediction: Prediction) throws -> String {
    switch kind {
    case .csv: csv(prediction)
    case .jsonl: try json(prediction)
    case .conll: try conll(prediction)
    }
  }

  /// What stands for a cell that is missing among columns between blanks.
  private static let missing = "_"

  private func conll(_ prediction: Prediction) throws -> String {
    func cell(_ text: String?, _ name: String) throws -> String {
      guard let text, !text.isEmpty else { return Self.missing }
      guard !text.contains(where: \.isWhitespace) else {
        throw RaggedCoreError(
          .shapeMismatch,
          "key \"\(prediction.key)\": \(name) is \"\(text)\", and a blank separates CoNLL's columns; use csv or jsonl")
      }
      return text
    }
    var text = ""
    for row in 0..<prediction.rows {
      var cells = try prediction.columns.map { try cell($0.cells[row], "column \"\($0.name)\"") }
      if hasActual { cells.append(try cell(prediction.actualClass(row: row), "the class")) }
      cells.append(try cell(name(of: prediction.outputs(row: row)), "the class"))
      text += cells.joined(separator: " ") + "\n"
    }
    return text + "\n"
  }

  private struct LabelLine: Encodable {
    var key: String?
    var prediction: [String]
    var actual: [String]?
    var logLikelihood: Double?
    var columns: [String: String?]?
  }

  /// The object of a prediction as JSON, without its key.
  func object(_ prediction: Prediction) throws -> String {
    let text =
      try prediction.labels.map {
        try line(LabelLine(key: nil, prediction: $0.labels, actual: $0.actual, logLikelihood: $0.logLikelihood))
      } ?? line(object(prediction, key: nil))
    return String(text.dropLast())
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

  /// The labels whose probability is above their threshold.
  private func labels(_ outputs: ArraySlice<Float>) -> [String] {
    zip(target.names, zip(outputs, thresholds ?? [])).compactMap { $1.0 > $1.1 ? $0 : nil }
  }

  private func shares(_ outputs: ArraySlice<Float>) -> [Float] {
    target.isClass ? Prediction.shares(outputs, among: target.names) : Array(outputs)
  }

  private func csv(_ prediction: Prediction) -> String {
    var text = ""
    for row in 0..<(prediction.labels == nil ? prediction.rows : 1) {
      let places = target.isPerTimestep ? [String(prediction.firstRow + row)] : []
      let beside = prediction.columns.map { ($0.cells.indices.contains(row) ? $0.cells[row] : nil)?.csvCell ?? "" }
      text +=
        ([prediction.key.csvCell] + places + beside + cells(prediction, row: row)).joined(separator: ",") + "\n"
    }
    return text
  }

  /// The cells of a row under ``columns``.
  func cells(_ prediction: Prediction, row: Int) -> [String] {
    if let labels = prediction.labels {
      return ([labels.labels] + (hasActual ? [labels.actual ?? []] : [])).map {
        $0.joined(separator: separator).csvCell
      }
    }
    let outputs = prediction.outputs(row: row)
    var cells: [String] = []
    if target.isClass {
      cells.append(name(of: outputs)?.csvCell ?? "")
      if hasActual { cells.append(prediction.actualClass(row: row)?.csvCell ?? "") }
    }
    if thresholds != nil { cells.append(labels(outputs).joined(separator: "|").csvCell) }
    if let top {
      let likeliest = prediction.likeliest(top, row: row)
      cells += (0..<top).flatMap { place in
        likeliest.indices.contains(place) ? [likeliest[place].name.csvCell, "\(likeliest[place].share)"] : ["", ""]
      }
    } else {
      cells += shares(outputs).map { "\($0)" }
    }
    if !target.isClass, hasActual {
      cells += prediction.actualValues(row: row).map { $0.isNaN ? "" : "\($0)" }
    }
    return cells
  }

  /// What stands in a line of a sequence, or in one place of the lists of a line of timesteps.
  private enum Cell: Encodable {
    case names([String])
    case name(String?)
    case numbers([Float?])
    case candidates([Prediction.Candidate])

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .names(let names): try container.encode(names)
      case .name(let name): try container.encode(name)
      case .numbers(let numbers): try container.encode(numbers)
      case .candidates(let candidates): try container.encode(candidates)
      }
    }
  }

  /// A line: a list of rows, or the one row that a sequence has.
  private struct Line: Encodable {
    var key: String?
    var t: Int?
    /// What of the data stands beside, in an object of its own, whose names cannot be those of the line.
    var beside: [(name: String, rows: [Cell])]
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
      try container.encodeIfPresent(key, forKey: Key("key"))
      try container.encodeIfPresent(t, forKey: Key("t"))
      if !beside.isEmpty {
        var object = container.nestedContainer(keyedBy: Key.self, forKey: Key("columns"))
        for (name, rows) in beside {
          if isPerTimestep {
            try object.encode(rows, forKey: Key(name))
          } else if let row = rows.first {
            try object.encode(row, forKey: Key(name))
          }
        }
      }
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
    guard let labels = prediction.labels else { return try line(object(prediction, key: prediction.key)) }
    let beside = prediction.columns.map { ($0.name, $0.cells.first ?? nil) }
    return try line(
      LabelLine(
        key: prediction.key, prediction: labels.labels, actual: labels.actual, logLikelihood: labels.logLikelihood,
        columns: beside.isEmpty ? nil : Dictionary(beside) { first, _ in first }))
  }

  private func object(_ prediction: Prediction, key: String?) -> Line {
    let rows = 0..<prediction.rows
    var columns: [(name: String, rows: [Cell])] = []
    if target.isClass {
      columns.append(("prediction", rows.map { .name(name(of: prediction.outputs(row: $0))) }))
    }
    if thresholds != nil {
      columns.append(("prediction", rows.map { .names(labels(prediction.outputs(row: $0))) }))
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
    return Line(
      key: key, t: prediction.firstRow > 0 ? prediction.firstRow : nil,
      beside: prediction.columns.map { ($0.name, $0.cells.map(Cell.name)) }, columns: columns,
      isPerTimestep: target.isPerTimestep)
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
