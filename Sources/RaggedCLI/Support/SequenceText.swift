import Foundation
import Ragged

/// A sequence as text that `ragged import` reads again.
struct SequenceText {
  private let shown: ShownSequence

  init(_ shown: ShownSequence) { self.shown = shown }

  // MARK: CSV

  /// A header and a row a timestep: key, number, input, validity, target.
  var csv: String {
    var columns: [(name: String, cell: (Int) -> String)] = [
      ("id", { _ in shown.key }), ("t", { String($0) }),
    ]
    switch shown.batch.input {
    case .values(let values, let width):
      for index in 0..<width {
        let name = index < shown.signature.input.names.count ? shown.signature.input.names[index] : "f\(index)"
        columns.append((name, { number(values[$0 * width + index]) }))
      }
    case .tokens(let tokens): columns.append(("token", { shown.text(ofToken: tokens[$0]) }))
    }
    if shown.batch.validity != nil { columns.append(("valid", { shown.isValid($0) ? "1" : "0" })) }
    switch shown.batch.targets {
    case .none: break
    case .classPerSequence(let classes): columns.append(("target", { _ in shown.name(ofClass: classes[0]) }))
    case .classPerTimestep(let classes):
      columns.append(("target", { shown.isValid($0) ? shown.name(ofClass: classes[$0]) : "" }))
    case .valuesPerSequence(let values, let width):
      for index in 0..<width { columns.append((shown.signature.target.names[index], { _ in number(values[index]) })) }
    case .valuesPerTimestep(let values, let width):
      for index in 0..<width {
        columns.append((shown.signature.target.names[index], { number(values[$0 * width + index]) }))
      }
    }
    var text = columns.map { quoted($0.name) }.joined(separator: ",") + "\n"
    for t in 0..<shown.length { text += columns.map { quoted($0.cell(t)) }.joined(separator: ",") + "\n" }
    return text
  }

  /// A cell as RFC 4180 has it.
  private func quoted(_ cell: String) -> String {
    guard cell.contains(where: { ",\"\r\n".contains($0) || $0.isNewline }) else { return cell }
    return "\"" + cell.replacing("\"", with: "\"\"") + "\""
  }

  /// The shortest text that is the same float32; nothing for what is no number.
  private func number(_ value: Float) -> String { value.isFinite ? "\(value)" : "" }

  // MARK: JSON

  /// One object in one line.
  var json: String {
    var fields = [("id", string(shown.key)), input]
    switch shown.batch.targets {
    case .none: break
    case .classPerSequence(let classes): fields.append(("target", string(shown.name(ofClass: classes[0]))))
    case .classPerTimestep(let classes):
      fields.append(("target", list(classes.indices.map { string(shown.name(ofClass: classes[$0])) })))
    case .valuesPerSequence(let values, let width):
      fields.append(("target", width == 1 ? jsonNumber(values[0]) : list(values.map(jsonNumber))))
    case .valuesPerTimestep(let values, let width):
      let steps = (0..<shown.length).map { t in
        width == 1 ? jsonNumber(values[t]) : list(values[t * width..<(t + 1) * width].map(jsonNumber))
      }
      fields.append(("target", list(steps)))
    }
    if shown.batch.validity != nil {
      fields.append(("valid", list((0..<shown.length).map { shown.isValid($0) ? "true" : "false" })))
    }
    if let weight = shown.batch.weights?[0] { fields.append(("weight", jsonNumber(weight))) }
    fields.append(("split", string(shown.split)))
    if let metadata = shown.metadata { fields.append(("metadata", metadata)) }
    fields.append(("dataset", string(shown.dataset)))
    if !shown.signature.input.names.isEmpty {
      fields.append(("feature_names", list(shown.signature.input.names.map(string))))
    }
    if !shown.signature.target.isClass, !shown.signature.target.names.isEmpty {
      fields.append(("target_names", list(shown.signature.target.names.map(string))))
    }
    return "{" + fields.map { "\(string($0.0)): \($0.1)" }.joined(separator: ", ") + "}"
  }

  private var input: (name: String, value: String) {
    switch shown.batch.input {
    case .values(let values, let width):
      let steps = (0..<shown.length).map { t in list(values[t * width..<(t + 1) * width].map(jsonNumber)) }
      return ("features", list(steps))
    case .tokens(let tokens):
      guard case .tokens(_, let vocabulary?) = shown.signature.input else {
        return ("tokens", list(tokens.map(String.init)))
      }
      let separator = vocabulary.unit == .characters ? "" : " "
      return ("text", string(tokens.map(shown.text(ofToken:)).joined(separator: separator)))
    }
  }

  private func jsonNumber(_ value: Float) -> String { value.isFinite ? "\(value)" : "null" }

  private func list(_ items: [String]) -> String { "[" + items.joined(separator: ", ") + "]" }

  private func string(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    // A text can always be encoded.
    return (try? encoder.encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
  }
}
