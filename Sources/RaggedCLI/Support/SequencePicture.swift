import Foundation
import Ragged

struct SequencePicture {
  private let shown: ShownSequence
  private let width: Int
  /// Timesteps that a column of the drawing stands for.
  private let bin: Int
  private let labelWidth: Int
  private let room: Int

  /// Room for the least and the greatest value behind a line.
  private static let rangeWidth = 22

  init(_ shown: ShownSequence, width: Int) {
    self.shown = shown
    self.width = max(40, width)
    let names =
      shown.signature.input.names + (shown.signature.target.isPerTimestep ? shown.signature.target.names : [])
      + shown.columns.filter { $0.extent == .timestep }.map(\.name)
    labelWidth = min(max(6, names.map { $0.printable.columns }.max() ?? 0), self.width / 4)
    room = max(8, self.width - labelWidth - 2 - Self.rangeWidth)
    bin = max(1, (shown.length + room - 1) / room)
  }

  var text: String {
    var sections = [[heading]]
    if let metadata = shown.metadata { sections[0].append(metadata.printable) }
    if shown.length > 0, shown.batch.input.width > 0 { sections.append(input) }
    if let target { sections.append(target) }
    if !shown.columns.isEmpty { sections.append(columns) }
    return sections.map { $0.joined(separator: "\n") }.joined(separator: "\n\n")
  }

  private var heading: String {
    var parts = [shown.length.counted("timestep")]
    let missing = (0..<shown.length).count { !shown.validity($0) }
    if missing > 0 { parts.append("\(missing.grouped) not valid (·)") }
    parts.append("split \(shown.split)")
    if let weight = shown.batch.weights?[0] { parts.append("weight \(weight)") }
    if bin > 1, !shown.signature.input.isTokens { parts.append("\(bin) a column") }
    return Style.heading.text("\(shown.dataset), \(shown.key)".printable) + ": "
      + parts.joined(separator: ", ").printable
  }

  private var input: [String] {
    if shown.signature.input.isTokens { return wrapped(shown.batch.input.codes) }
    let input = shown.batch.input
    return shown.signature.input.names.enumerated().map { f, name in
      line(name, shown.column(input.values, f, width: input.featureCount, observed: input.observed))
    }
  }

  /// The further columns: those with a cell per sequence in a line each, and the others as they are drawn above.
  private var columns: [String] {
    zip(shown.columns, shown.cells).flatMap { column, cells -> [String] in
      let isStep = column.extent == .timestep
      switch cells {
      case .numbers(let numbers):
        if isStep { return shown.length > 0 ? [line(column.name, shown.column(numbers, 0, width: 1))] : [] }
        return ["\(column.name.printable): \(numbers.first.map { $0.isNaN ? "–" : Format.figure(Double($0)) } ?? "–")"]
      case .categories(let names):
        if isStep { return shown.length > 0 ? strip(column.name, names.codes, of: names.names) : [] }
        if column.extent == .labels { return labels(column.name, Array(names)) }
        return ["\(column.name.printable): \(names.first.map { $0.isEmpty ? "–" : $0.printable } ?? "–")"]
      case .times(let times):
        let known = times.filter { $0 != .min }.map {
          Date(timeIntervalSince1970: Double($0) / 1e6).formatted(.iso8601)
        }
        guard let first = known.first, let last = known.last else { return ["\(column.name.printable): –"] }
        return ["\(column.name.printable): \(first)" + (isStep && known.count > 1 ? " … \(last)" : "")]
      }
    }
  }

  /// Labels in a line, of many the first, and how many there are; `phones: 5 labels: sil | a | b | – | sil`.
  private func labels(_ name: String, _ labels: [String]) -> [String] {
    var line = "\(name.printable): \(labels.count.counted("label"))"
    for (index, label) in labels.enumerated() {
      let next = (index == 0 ? ": " : " | ") + (label.isEmpty ? "–" : label.printable)
      guard line.columns + next.columns <= width - 2 else { return [line + " …"] }
      line += next
    }
    return [line]
  }

  private var target: [String]? {
    switch shown.batch.targets {
    case .none, .labels, .several: return nil
    case .classPerSequence(let classes):
      return ["class: \(shown.name(ofClass: classes[0]).printable)"]
    case .valuesPerSequence(let values, _):
      return zip(shown.signature.target.names, values).map {
        "\($0.printable): \($1.isNaN ? "–" : Format.figure(Double($1)))"
      }
    case .classPerTimestep(let classes): return shown.length > 0 ? strip("class", classes) : nil
    case .valuesPerTimestep(let values, let width):
      guard shown.length > 0 else { return nil }
      return ["target"]
        + (0..<width).map { index in
          line(shown.signature.target.names[index], shown.column(values, index, width: width))
        }
    }
  }

  /// `ax  ▁▂▅█▇▃·▁  -1.2 … 3.4`.
  private func line(_ name: String, _ values: [Float?]) -> String {
    let means = binned(values) { $0.reduce(0) { $0 + Double($1) } / Double($0.count) }
    let known = values.compactMap(\.self)
    let (least, greatest) = (Double(known.min() ?? 0), Double(known.max() ?? 0))
    let drawn = Sparkline.text(means, least: least, greatest: greatest)
    let range =
      known.isEmpty
      ? "no value"
      : least == greatest
        ? Format.figure(least) : "\(Format.figure(least)) … \(Format.figure(greatest))"
    return "\(label(name))\(drawn)  \(range)"
  }

  private func label(_ name: String) -> String {
    let text = name.printable.fitted(to: labelWidth)
    return text + String(repeating: " ", count: labelWidth - text.columns + 2)
  }

  /// The values of each bin that are there, made one; nil where none is.
  private func binned<Value, Result>(_ values: [Value?], _ made: ([Value]) -> Result) -> [Result?] {
    stride(from: 0, to: values.count, by: bin).map { start in
      let known = values[start..<min(start + bin, values.count)].compactMap(\.self)
      return known.isEmpty ? nil : made(known)
    }
  }

  /// A letter a bin, the class that most of its timesteps have, and what the letters mean.
  /// - Parameter names: what the codes stand for, an empty one for a missing cell; nil for the target's classes.
  private func strip(_ title: String, _ classes: [Int32], of names: [String]? = nil) -> [String] {
    func name(_ index: Int32) -> String { names?[Int(index)] ?? shown.name(ofClass: index) }
    func isMissing(_ index: Int32) -> Bool {
      names.map { $0[Int(index)].isEmpty } ?? (index == BatchTargets.unobservedClass)
    }
    let valid = classes.enumerated().map { shown.validity($0) && !isMissing($1) ? $1 : nil }
    let most = binned(valid) { group in
      let counts = Dictionary(grouping: group, by: \.self)
      return counts.max { ($0.value.count, -$0.key) < ($1.value.count, -$1.key) }?.key ?? 0
    }
    let present = Set(valid.compactMap(\.self)).sorted()
    var letters: [Int32: Character] = [:]
    for index in present { letters[index] = letter(for: name(index), taken: Set(letters.values)) }
    let drawn = most.map { $0.flatMap { letters[$0] } ?? "·" }
    var lines = ["\(label(title))\(String(drawn))"]
    var legend = ""
    let named = present.filter { letters[$0] != "#" }
    var items = named.map { "\(letters[$0] ?? "?") \(name($0).printable)" }
    if named.count < present.count { items.append("# " + (present.count - named.count).counted("other")) }
    for item in items {
      if !legend.isEmpty, legend.columns + item.columns + 3 > width - labelWidth - 2 {
        lines.append(label("") + legend)
        legend = ""
      }
      legend += (legend.isEmpty ? "" : "   ") + item
    }
    if !legend.isEmpty { lines.append(label("") + legend) }
    return lines
  }

  /// The first letter or digit of the class's name that no other class has, or else the next one that is free.
  private func letter(for name: String, taken: Set<Character>) -> Character {
    let own = name.filter { ($0.isLetter || $0.isNumber) && $0.columns == 1 }
    let others = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    return (own.prefix(1) + others).first { !taken.contains($0) } ?? "#"
  }

  /// Tokens as text, in lines; of a very long one the start.
  private func wrapped(_ tokens: [Int32]) -> [String] {
    let limit = 20
    let isText = shown.signature.input.tokens?.vocabulary?.unit == .characters
    let separator = isText ? "" : " "
    var lines: [String] = []
    var line = ""
    for (t, token) in tokens.enumerated() {
      let text = shown.validity(t) ? shown.text(ofToken: token).printable : "·"
      if !line.isEmpty, line.columns + separator.count + text.columns > width {
        lines.append(line)
        line = ""
        guard lines.count < limit else { return lines + ["… \((tokens.count - t).grouped) more tokens"] }
      }
      line += (line.isEmpty ? "" : separator) + text
    }
    return lines + [line]
  }
}
