import Foundation
import Ragged
import Testing

@testable import RaggedCLI

/// One sequence drawn and printed.
@Suite struct ShowCommandTests {
  private func imported(_ name: String, _ text: String, _ options: String...) throws -> Workspace {
    let work = try Workspace()
    try work.write(name, text)
    let result = try work.ragged(["import", "s.sqlite", name] + options)
    #expect(result.status == 0, "\(result.errors)")
    return work
  }

  /// 0, 1, …, 7 are the eight heights; a constant stands in the middle; what is not valid is a dot.
  @Test func valuesAreDrawn() throws {
    var rows = "id,t,x,same,ok,label\n"
    for t in 0..<8 { rows += "a,\(t),\(t),5,\(t == 3 ? 0 : 1),up\n" }
    let work = try imported("a.csv", rows, "--valid", "ok")
    #expect(
      try work.good("show", "s.sqlite", "a").output == """
        data, a: 8 timesteps, 1 not valid (·), split train

        x       ▁▂▃·▅▆▇█  0 … 7
        same    ▄▄▄·▄▄▄▄  5

        class: up

        t: 1970-01-01T00:00:00Z … 1970-01-01T00:00:07Z

        """)
    try work.bad(64, "dataset \"data\" has no key \"b1\"", "show", "s.sqlite", "b1")
    try work.bad(64, "s.sqlite has no dataset \"dtaa\", did you mean \"data\"?", "show", "s.sqlite", "a", "-d", "dtaa")
    try work.bad(64, "Did you mean 'json'?", "show", "s.sqlite", "a", "--format", "jsno")
  }

  @Test func aWrongKeyIsUnderstood() throws {
    let work = try imported("a.csv", "id,x\n" + (0..<900).map { "utterance \($0),1\n" }.joined())
    for (typed, meant) in [
      ("uterance 7", "utterance 7"), ("utterance 77x", "utterance 77"), ("Utterance 899", "utterance 899"),
    ] { try work.bad(64, "has no key \"\(typed)\", did you mean \"\(meant)\"?", "show", "s.sqlite", typed) }
  }

  @Test func classesATimestepAreAStrip() throws {
    let work = try imported(
      "a.jsonl",
      """
      {"id": "a", "features": [[1], [2], [3], [4], [5]], "target": ["walk", "walk", "wait", "run", "run"]}
      {"id": "none", "features": [], "target": []}

      """, "--feature-names", "x")
    let text = try work.good("show", "s.sqlite", "a").output
    #expect(
      text.hasSuffix(
        """
        x       ▁▃▅▇█  1 … 5

        class   wwarr
                w walk   a wait   r run

        """), "\(text)")
    #expect(try work.good("show", "s.sqlite", "none").output == "data, none: 0 timesteps, split train\n")
  }

  @Test func longSequencesAreBinned() {
    let count = 10_000
    let values = (0..<count).map { Float($0) }
    let batch = SequenceBatch(input: .values(values, featureCount: 1), offsets: [0, count])
    let shown = ShownSequence(
      dataset: "d", key: "k", signature: SequenceSignature(input: .features(["x"]), target: .none), batch: batch,
      split: "train")
    for width in [40, 80, 200] {
      let lines = SequencePicture(shown, width: width).text.split(separator: "\n").map(String.init)
      for line in lines.dropFirst() { #expect(line.columns <= width, "\(line)") }
      let drawn = lines[1].filter { "▁▂▃▄▅▆▇█".contains($0) }
      #expect(drawn.count >= width - 32 && drawn == String(drawn.sorted()))
      #expect(lines[1].hasSuffix("  0 … 9999"))
    }
    // The means of bins, where a bin has a value that is there.
    var holes = batch
    holes.validity = (0..<count).map { $0 >= count / 2 }
    let half = ShownSequence(
      dataset: "d", key: "k", signature: shown.signature, batch: holes, split: "train")
    let line = SequencePicture(half, width: 80).text.split(separator: "\n")[1]
    #expect(abs(line.count { $0 == "·" } * 2 - (80 - 8 - 22)) <= 2, "\(line)")
  }

  @Test func tokensAreText() throws {
    let words = try imported("a.txt", "the cat sat\n\u{1B}[31m red\n", "--tokens", "words")
    let keys = ["a:1", "a:2"]
    #expect(try words.good("show", "s.sqlite", keys[0]).output.hasSuffix("split train\n\nthe cat sat\n"))
    // What would colour the terminal does not get there.
    #expect(try words.good("show", "s.sqlite", keys[1]).output.hasSuffix("\u{FFFD}[31m red\n"))
    let letters = try imported("b.txt", "日本語 text\n", "--tokens", "characters")
    #expect(try letters.good("show", "s.sqlite", "b:1").output.hasSuffix("\n\n日本語 text\n"))
  }

  static let kinds = [
    "values.csv", "sequences.jsonl", "text.jsonl", "tokens.jsonl", "forecast.jsonl", "vowels.ts",
    "univariate.ts", "regression.ts", "empty-sequence.csv", "readings.csv",
  ]

  /// Every kind of data is drawn, and what is printed as JSON is imported as the same sequence.
  @Test(arguments: kinds) func whatIsPrintedIsImportedAgain(_ name: String) throws {
    let work = try Workspace()
    let file = BuiltCommand.fixtures.appending(path: name).path
    try work.good("import", "s.sqlite", file)
    let store = try SequenceStore(path: work.url.appending(path: "s.sqlite").path, mode: .readOnly)
    let source = try store.source(SequenceSelection(dataset: "data"))
    let keys = try source.keys(Array(0..<source.count))
    var lines = ""
    for key in keys {
      let drawn = try work.good("show", "s.sqlite", key).output
      for line in drawn.split(separator: "\n") where !line.hasPrefix("{") { #expect(String(line).columns <= 80) }
      try work.good("show", "s.sqlite", key, "--format", "csv")
      lines += try work.good("show", "s.sqlite", key, "--format", "json").output
    }
    try work.write("again.jsonl", lines)
    var again = ["import", "t.sqlite", "again.jsonl"]
    if !source.signature.input.names.isEmpty {
      again += ["--feature-names", source.signature.input.names.joined(separator: ",")]
    }
    if let vocabulary = source.signature.input.tokens?.vocabulary { again += ["--tokens", vocabulary.unit.rawValue] }
    if source.signature.target.isClass { again += ["--classes", source.signature.target.names.joined(separator: ",")] }
    switch source.signature.target {
    case .none, .labels, .several: break
    case .classPerSequence: again += ["--target-kind", "class"]
    case .classPerTimestep: again += ["--target-kind", "class-per-step"]
    case .valuesPerSequence: again += ["--target-kind", "values"]
    case .valuesPerTimestep: again += ["--target-kind", "values-per-step"]
    }
    let result = try work.ragged(again)
    #expect(result.status == 0, "\(result.errors) \(lines)")
    let copy = try SequenceStore(path: work.url.appending(path: "t.sqlite").path, mode: .readOnly)
      .source(SequenceSelection(dataset: "data"))
    #expect(try copy.keys(Array(0..<copy.count)) == keys)
    #expect(copy.lengths == source.lengths)
    let all = Array(0..<source.count)
    let (first, second) = (try source.gather(all), try copy.gather(all))
    #expect(first.validity == second.validity && first.weights == second.weights)
    if first.validity == nil { #expect(first.input == second.input && first.targets == second.targets) }
    #expect(try copy.splits(all) == source.splits(all))
  }

  @Test func csvIsARowATimestep() throws {
    let work = try imported(
      "a.csv", "id,t,\"x, y\",label\n\"a \"\"1\"\"\",0,0.1,up\n\"a \"\"1\"\"\",1,1e-7,up\n")
    let text = try work.good("show", "s.sqlite", "a \"1\"", "--format", "csv").output
    // The order of the timesteps is written beside the times, which need not be in order.
    #expect(
      text == """
        id,t_,"x, y",t,label,split
        "a ""1""\",0,0.1,1970-01-01T00:00:00Z,up,train
        "a ""1""\",1,1e-07,1970-01-01T00:00:01Z,up,train

        """)
    try work.write("b.csv", text)
    try work.good(
      "import", "t.sqlite", "b.csv", "--time", "t_,t", "--skip", "t_", "--number", "\"x, y\"", "--target", "label",
      "--split-column", "split")
    #expect(try work.good("show", "t.sqlite", "a \"1\"", "--format", "csv").output == text)
  }
}
