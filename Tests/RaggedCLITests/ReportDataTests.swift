import Foundation
import Testing

/// Reports of every kind of data, with names that nobody wishes for.
@Suite struct ReportDataTests {
  /// A kind of data: JSON Lines, how they are imported, and a model of it.
  struct Kind: CustomTestStringConvertible {
    var name: String
    var lines: [String]
    var options: [String] = []
    var model: String?
    var testDescription: String { name }
  }

  private static let evil = #"<script>alert(1)</script>"#

  static let kinds: [Kind] = [
    Kind(name: "unlabelled", lines: (0..<9).map { #"{"id": "s\#($0)", "features": [[1, 2], [\#($0), 4]]}"# }),
    Kind(name: "one class", lines: (0..<3).map { #"{"id": "s\#($0)", "features": [[1]], "target": "a"}"# }),
    Kind(
      name: "one sequence", lines: [#"{"id": "s", "features": [[1], [2]], "target": [0.5]}"#], options: ["values"],
      model: "lstm(2)"),
    Kind(
      name: "hostile names",
      lines: (0..<40).map {
        #"{"id": "\#(evil) & \"\#($0)\"", "features": [[\#($0 % 2)], [3]], "target": "\#($0 % 2 == 0 ? evil : "]]>'")"}"#
      }, options: ["class", "--feature-names", evil], model: "lstm(2)"),
    Kind(
      name: "no timesteps",
      lines: (0..<6).map { #"{"id": "z\#($0)", "features": [], "target": "\#($0 % 2)"}"# }
        + [#"{"id": "y", "features": [[1, 2]], "target": "0"}"#], options: ["class"], model: "lstm(2)"),
    Kind(
      name: "a class per timestep, with missing ones",
      lines: (0..<30).map {
        #"{"id": "t\#($0)", "features": [[\#($0)], [2], [3]], "target": ["u", "d", "u"], "valid": [true, \#($0 % 2 == 0), true]}"#
      }, options: ["class-per-step"], model: "lstm(3, sequences)"),
    Kind(
      name: "values per timestep",
      lines: (0..<20).map { #"{"id": "v\#($0)", "features": [[\#($0)], [2]], "target": [[1, 2], [3, \#($0)]]}"# },
      options: ["values-per-step"], model: "bidirectional(lstm(2, sequences))"),
    Kind(
      name: "values", lines: (0..<30).map { #"{"id": "v\#($0)", "features": [[\#($0)], [2]], "target": [1, \#($0)]}"# },
      options: ["values"], model: "bidirectional(lstm(2))"),
    Kind(
      name: "tokens",
      lines: (0..<30).map { #"{"id": "k\#($0)", "tokens": [1, \#($0 % 5), 3], "target": "\#($0 % 2)"}"# },
      options: ["class"], model: "embedding(2) lstm(2)"),
    Kind(
      name: "text", lines: (0..<30).map { #"{"id": "k\#($0)", "text": "<b>a\#($0 % 5) &", "target": "\#($0 % 2)"}"# },
      options: ["class", "--tokens", "characters"], model: "embedding(2) lstm(2)"),
    Kind(
      name: "300 classes",
      lines: (0..<900).map { #"{"id": "m\#($0)", "features": [[\#($0)]], "target": "class \#($0 % 300)"}"# },
      options: ["class"], model: "lstm(2)"),
  ]

  @Test(arguments: kinds) func everyKindOfDataHasItsPage(_ kind: Kind) throws {
    let work = try Workspace()
    try work.write("d.jsonl", kind.lines.joined(separator: "\n"))
    var options = kind.options
    if !options.isEmpty { options.insert("--target-kind", at: 0) }
    try #require(try work.ragged(["import", "s.sqlite", "d.jsonl"] + options).status == 0)
    #expect(try work.good("report", "s.sqlite", "-o", "data.html").errors == "")
    let page = try ReportPageText(work.text("data.html"))
    #expect(page.card("sequences") == "\(kind.lines.count)")
    guard let model = kind.model else { return }
    try work.good("train", "s.sqlite", "--model", model, "--epochs", "1", "--quiet")
    #expect(try work.good("report", "s.sqlite", "--run", "1", "-o", "run.html").errors == "")
    let run = try ReportPageText(work.text("run.html"))
    #expect(run.worst == min(6, kind.lines.count))
    let evaluation = try work.good("evaluate", "model.best.ragged", "s.sqlite").outputLines
    let figures = Dictionary(uniqueKeysWithValues: run.facts(under: "Figures"))
    let loss = try #require(figures["loss"])
    #expect(evaluation[1].split(separator: " ").contains(Substring(loss)), "\(loss): \(evaluation[1])")
    #expect(run.text.utf8.count < 500_000)
  }
}
