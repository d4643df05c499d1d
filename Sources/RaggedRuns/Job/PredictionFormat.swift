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

  /// The text form of predictions for a target.
  public init(_ kind: Kind, target: TargetSignature) {
    self.kind = kind
    self.target = target
  }

  /// What comes before the first prediction.
  ///
  /// For classes the columns are the predicted class and each class's output, for values the values. Where an output is
  /// no number there is no predicted class: an empty cell, in JSON none.
  public var header: String {
    guard kind == .csv else { return "" }
    var columns = ["key"]
    if target.isPerTimestep { columns.append("t") }
    if target.isClass { columns.append("prediction") }
    columns += target.isClass ? target.names.map { "p_\($0)" } : target.names
    return columns.map(\.csvCell).joined(separator: ",") + "\n"
  }

  /// One prediction, line ends included.
  public func text(_ prediction: Prediction) throws -> String {
    kind == .csv ? csv(prediction) : try json(prediction)
  }

  private func name(of outputs: ArraySlice<Float>) -> String? {
    Prediction.className(of: outputs, among: target.names)
  }

  /// A probability per class, also where a single output stands for two classes.
  private func shares(_ outputs: ArraySlice<Float>) -> [Float] {
    guard target.isClass, target.names.count == 2, outputs.count == 1, let share = outputs.first else {
      return Array(outputs)
    }
    return [1 - share, share]
  }

  private func csv(_ prediction: Prediction) -> String {
    var text = ""
    for row in 0..<prediction.rows {
      let outputs = prediction.outputs(row: row)
      var cells = [prediction.key.csvCell]
      if target.isPerTimestep { cells.append(String(row)) }
      if target.isClass { cells.append(name(of: outputs)?.csvCell ?? "") }
      text += (cells + shares(outputs).map { "\($0)" }).joined(separator: ",") + "\n"
    }
    return text
  }

  private struct Line: Encodable {
    var key: String
    var prediction: [String?]?
    var outputs: [[Float]]
  }

  private struct SingleLine: Encodable {
    var key: String
    var prediction: String?
    var outputs: [Float]
  }

  private func json(_ prediction: Prediction) throws -> String {
    let rows = (0..<prediction.rows).map { prediction.outputs(row: $0) }
    let names = target.isClass ? rows.map(name) : nil
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    let data =
      target.isPerTimestep
      ? try encoder.encode(Line(key: prediction.key, prediction: names, outputs: rows.map(shares)))
      : try encoder.encode(
        SingleLine(key: prediction.key, prediction: names?.first ?? nil, outputs: rows.first.map(shares) ?? []))
    return String(decoding: data, as: UTF8.self) + "\n"
  }
}
