import Foundation
import RaggedCore
import Testing

/// `ragged predict --follow`: lines that are answered as they come.
@Suite struct FollowCommandTests {
  /// Rows of eight sequences, a row with an empty cell and a key that needs quotes among them.
  private static func rows() -> [(key: String, row: String)] {
    var random = SeededRandom(seed: 4)
    return (0..<8).flatMap { s -> [(String, String)] in
      var time = 0
      let age = s == 4 ? "n/a" : "\(30 + s)"
      return (0..<1 + s % 6 + s % 2 * 3).map { _ in
        time += 1 + random.below(90)
        func number() -> String { "\((random.uniform() * 4000).rounded() / 1000 - 2)".replacing(".", with: ",") }
        let x = random.uniform() < 0.25 ? "n/a" : number()
        let clock = String(format: "%02d:%02d", time / 60 % 60, time % 60)
        let kind = ["a", "b", "c c"][random.below(3)]
        let key = s == 3 ? "\"r;3\"" : "r\(s)"
        let cells = [
          key, "2024-03-0\(1 + s % 5)T00:\(clock)", x, number(), kind, age, random.below(2) == 0 ? "up" : "down",
        ]
        return (key, cells.joined(separator: ";"))
      }
    }
  }
  private static let header = "run;when;x;y;kind;age;label"

  private static func text(_ rows: [(key: String, row: String)]) -> String {
    ([header] + rows.map(\.row)).joined(separator: "\n") + "\n"
  }

  /// The rows of all keys mixed, those of each in their order.
  private static func mixed(_ rows: [(key: String, row: String)], seed: UInt64) -> [(key: String, row: String)] {
    var random = SeededRandom(seed: seed)
    var waiting = Dictionary(grouping: rows, by: \.key).mapValues { ArraySlice($0) }
    var result: [(key: String, row: String)] = []
    while result.count < rows.count {
      let keys = waiting.keys.sorted()
      if let row = waiting[keys[random.below(keys.count)]]?.popFirst() { result.append(row) }
    }
    return result
  }

  private static func store(_ work: Workspace, target: String = "class-per-step") throws {
    try work.write("d.csv", text(rows()))
    try work.good(
      "import", "s.sqlite", "d.csv", "--id", "run", "--delimiter", ";", "--decimal", ",", "--missing", "n/a", "--time",
      "when", "--target", "label", "--target-kind", target, "--static", "age", "-q")
  }

  /// The lines of predictions by their keys, without what was to be predicted.
  private static func byKey(_ output: String) -> [String: [String]] {
    let lines = output.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    guard let header = lines.first else { return [:] }
    let kept = header.indices.filter { !header[$0].hasPrefix("actual") }
    let rows = lines.dropFirst().map { row in kept.map { String(row[$0]) } }
    return Dictionary(grouping: rows, by: { $0[0] }).mapValues { $0.map { $0.joined(separator: ",") } }
  }

  private static let models: [[String]] = [
    [
      "--inputs", "x,y,kind,age,when:log-delta", "--target", "label", "-m",
      "embedding(3) lstm(9, sequences) lstm(5, sequences)",
    ],
    [
      "--inputs", "x,y,age,when:elapsed,when:hour", "--target", "label", "-m",
      "missing(last, indicators, since) statics(state) lstm(7, sequences) dense(4, relu) dense(softmax)", "--normalize",
    ],
    ["--inputs", "x,y", "--target", "y@1..3", "-m", "lstm(6, sequences)"],
    ["--inputs", "x,kind", "--target", "kind@1", "--ends", "-m", "embedding(3) lstm(9, sequences)"],
    ["--inputs", "kind", "--target", "kind@1", "-m", "embedding(3) lstm(9, sequences)"],
    ["--inputs", "x,when:delta", "--target", "x@1,kind@1", "-m", "lstm(9, sequences)"],
  ]

  /// The law: interleaved rows, one by one, have the bits of whole sequences, also where the file says nothing of how it is read.
  @Test(arguments: models) func rowByRowIsTheWhole(_ options: [String]) throws {
    let work = try Workspace()
    try Self.store(work)
    try work.good(args: ["train", "s.sqlite", "-e", "2", "-q", "-o", "m"] + options)
    let whole = Self.byKey(try work.good("predict", "m.best.ragged", "d.csv").output)
    #expect(whole.count == 8)
    for seed in 0..<3 as Range<UInt64> {
      let lines = Self.mixed(Self.rows(), seed: seed)
      let followed = try work.good("predict", "m.best.ragged", "-", "--follow", input: Self.text(lines))
      #expect(Self.byKey(followed.output) == whole, "\(followed.errors)")
    }
    // As objects, of which each is a timestep.
    let objects = Self.mixed(Self.rows(), seed: 9).map { Self.object($0.row) }.joined(separator: "\n")
    let json = try work.good("predict", "m.best.ragged", "-", "--follow", "--format", "jsonl", input: objects + "\n")
    #expect(Self.byKey(json.output) == whole, "\(json.errors)")
  }

  /// A row as JSON, missing cells as null or left out.
  private static func object(_ row: String) -> String {
    let names = header.split(separator: ";")
    let cells = row.replacing("\"r;3\"", with: "r:3").split(separator: ";", omittingEmptySubsequences: false)
    let fields = zip(names, cells).compactMap { name, cell -> String? in
      let text = cell.replacing("r:3", with: "r;3")
      if text == "n/a" { return name == "x" ? "\"x\": null" : nil }
      let isNumber = ["x", "y", "age"].contains(name)
      return "\"\(name)\": " + (isNumber ? text.replacing(",", with: ".") : "\"\(text)\"")
    }
    return "{\(fields.joined(separator: ", "))}"
  }

  /// A model with one output per sequence answers for what has come so far: at the end of each key as `predict` does.
  @Test func theAnswerSoFarEndsAsTheWhole() throws {
    let work = try Workspace()
    try work.write("d.csv", Sample.readings(0..<12))
    try work.good("import", "s.sqlite", "d.csv", "-q")
    try work.good("train", "s.sqlite", "-m", "lstm(6)", "-e", "3", "-q", "-o", "m")
    let whole = Self.byKey(try work.good("predict", "m.best.ragged", "d.csv").output)
    let rows = Sample.readings(0..<12).split(separator: "\n").dropFirst().map {
      (key: String($0.prefix { $0 != "," }), row: String($0))
    }
    let text = "id,t,ax,ay,label\n" + Self.mixed(rows, seed: 2).map(\.row).joined(separator: "\n")
    let followed = Self.byKey(try work.good("predict", "m.best.ragged", "-", "--follow", input: text).output)
    #expect(followed.mapValues { [$0[$0.count - 1]] } == whole)
    #expect(followed.mapValues(\.count) == Dictionary(grouping: rows, by: \.key).mapValues(\.count))
    // Objects that hold pieces of sequences have an answer each; columns that the model does not take may hold anything.
    let pieces =
      #"{"id": "s1", "features": [[1.7, 13], [1.0, 42]]}"# + "\n" + #"{"id": "s1", "features": [[1.3, 71]]}"#
    let answers = Self.byKey(
      try work.good("predict", "m.best.ragged", "-", "--follow", "--format", "jsonl", input: pieces).output)
    let row = "id,t,ax,ay,label\ns1,0,1.7,13,\ns1,1,1.0,42,?\ns1,2,1.3,71,\n"
    let rowwise = Self.byKey(try work.good("predict", "m.best.ragged", "-", "--follow", input: row).output)
    #expect(answers["s1"] == rowwise["s1"].map { [$0[1], $0[2]] })
  }

  @Test func aBadLineIsSaidAndLeftOut() throws {
    let work = try Workspace()
    try Self.store(work)
    try work.good(args: ["train", "s.sqlite", "-e", "1", "-q", "-o", "m"] + Self.models[2])
    let good = ["a;2024-03-01;1,5;2;a;30;up", "a;2024-03-02;1;2;a;30;up"]
    let bad: [(line: String, words: String)] = [
      ("a;2024-03-01;x1;2;a;30;up", "column \"x\" is \"x1\""), ("a;2024-03-01;1", "the row has 3 cells, expected 7"),
      ("a;2024-03-01;\"1;2;a;30;up", "a quote is opened and not closed"),
      (";2024-03-01;1;2;a;30;up", "expected an id in every row"),
      ("a;2024-02-28;1;2;a;30;up", "earlier than the one of sequence \"a\" before it"),
    ]
    let expected = try work.good(
      "predict", "m.best.ragged", "-", "--follow", input: ([Self.header] + good).joined(separator: "\n")
    ).outputLines
    for (line, words) in bad {
      let text = [Self.header, good[0], line, "", good[1]].joined(separator: "\n")
      let skipped = try work.good("predict", "m.best.ragged", "-", "--follow", input: text)
      #expect(skipped.outputLines == expected)
      #expect(skipped.errors.contains("left out: standard input:3: "), "\(skipped.errors)")
      #expect(skipped.errors.contains(words) && skipped.errors.contains("1 line left out"), "\(skipped.errors)")
      let stopped = try work.ragged(
        "predict", "m.best.ragged", "-", "--follow", "--on-error", "stop", "-q", input: text)
      #expect(
        stopped.status == 65 && stopped.outputLines.prefix(2) == expected.prefix(2) && stopped.outputLines.count == 3)
      #expect(stopped.errors.contains("standard input:3: ") && stopped.errors.contains(words), "\(stopped.errors)")
    }
    // The first row too, and one after the other.
    let text = ([Self.header, bad[1].line, bad[0].line] + good).joined(separator: "\n")
    let skipped = try work.good("predict", "m.best.ragged", "-", "--follow", input: text)
    #expect(skipped.outputLines == expected && skipped.errors.contains("2 lines left out"), "\(skipped.errors)")
    let objects = [
      "[1]", #"{"run": "a", "x": "#, #"{"run": "a", "x": 1.5, "y": 2}"#, #"{"run": "a", "x": {}, "y": 2}"#,
    ]
    let json = try work.good(
      "predict", "m.best.ragged", "-", "--follow", "--format", "jsonl", input: objects.joined(separator: "\n"))
    #expect(json.outputLines.count == 3 && json.errors.contains("3 lines left out"), "\(json.errors)")
    for line in [1, 2, 4] { #expect(json.errors.contains("left out: standard input:\(line): "), "\(json.errors)") }
    // A header without a column that the model takes is wrong with every line.
    let lacking = try work.ragged("predict", "m.best.ragged", "-", "--follow", input: "run;when;x\na;2024-03-01;1\n")
    #expect(lacking.status == 65 && lacking.errors.contains("\"y\""), "\(lacking.errors)")
  }

  @Test func statesThatAreDroppedAreSaid() throws {
    let work = try Workspace()
    try Self.store(work)
    try work.good(args: ["train", "s.sqlite", "-e", "1", "-q", "-o", "m"] + Self.models[2])
    let text = ([Self.header] + ["a", "b", "a", "c", "a", "b"].map { "\($0);2024-03-01;1;2;a;30;up" }).joined(
      separator: "\n")
    let few = try work.good("predict", "m.best.ragged", "-", "--follow", "--keep-states", "2", input: text)
    let steps = few.outputLines.dropFirst().dropLast().map { $0.split(separator: ",").prefix(2).joined(separator: " ") }
    #expect(steps == ["a 0", "b 0", "a 1", "c 0", "a 2", "b 0"])
    #expect(few.errors.contains("standard input:5: the state of \"b\" is dropped"), "\(few.errors)")
    #expect(few.errors.contains("standard input:7: the state of \"c\" is dropped"), "\(few.errors)")
    let all = try work.good("predict", "m.best.ragged", "-", "--follow", input: text)
    #expect(!all.errors.contains("dropped") && all.output.contains("\nb,1,"))
  }

  /// Each line is answered before the next is there; Ctrl-C, the end of the lines and of who reads the answers end it well.
  @Test func linesAreAnsweredAtOnce() throws {
    let work = try Workspace()
    try Self.store(work)
    try work.good(args: ["train", "s.sqlite", "-e", "1", "-q", "-o", "m"] + Self.models[2])
    for ending in ["end", "interruption"] {
      let pipe = Pipe()
      let command = try work.start(["predict", "m.best.ragged", "-", "--follow", "-q"], input: pipe)
      func send(_ text: String) throws { try pipe.fileHandleForWriting.write(contentsOf: Data(text.utf8)) }
      #expect(command.waits(for: "key,t,"))
      try send(Self.header + "\n")
      try send("a;2024-03-01;1;2;a;30;up\n")
      #expect(command.waits(for: "\na,0,"))
      try send("a;2024-03-02;1;2;")
      try send("a;30;up\nb;2024-03-02;1;2;a;30;up\n")
      #expect(command.waits(for: "\na,1,") && command.waits(for: "\nb,0,"))
      if ending == "interruption" { command.send(SIGINT) } else { try pipe.fileHandleForWriting.close() }
      let result = command.result()
      #expect(result.status == 0, "\(ending): \(result.errors)")
      #expect(result.outputLines.count == 5)
    }
    let head = try work.shell(
      "{ (echo '\(Self.header)'; while :; do echo 'a;2024-03-01;1;2;a;30;up' || exit; done) | $RAGGED predict m.best.ragged - "
        + "--follow -q; echo $? >status; } | head -3; sleep 0.3; cat status")
    #expect(head.outputLines.count == 5 && head.outputLines[3] == "0", "\(head)")
    let nothing = try work.good("predict", "m.best.ragged", "-", "--follow", input: "")
    #expect(nothing.output == "key,t,y@1,y@2,y@3\n")
  }

  @Test func whatCannotBeFollowedIsRefused() throws {
    let work = try Workspace()
    try Self.store(work)
    try work.good(args: ["train", "s.sqlite", "-e", "1", "-q", "-o", "m"] + Self.models[2])
    let words = "needs whole sequences, and --follow answers line by line"
    for options in [
      ["--actual"], ["--columns", "age"], ["--output", "o.csv"], ["--to", "conll"], ["--split", "test"],
    ] {
      let result = try work.ragged(["predict", "m.best.ragged", "-", "--follow"] + options)
      #expect(
        result.status == 64 && result.errors.contains(words) && result.output == "", "\(options): \(result.errors)")
    }
    try work.bad(64, "s.sqlite is a store", "predict", "m.best.ragged", "s.sqlite", "--follow")
    try work.bad(64, "--keep-states goes with --follow", "predict", "m.best.ragged", "d.csv", "--keep-states", "3")
    try work.bad(64, "--on-error goes with --follow", "predict", "m.best.ragged", "d.csv", "--on-error", "skip")
    try work.bad(64, "--follow reads the lines of one input", "predict", "m.best.ragged", "d.csv", "d.csv", "--follow")
    try work.bad(
      64, "lines can be followed in the formats csv, tsv, jsonl", "predict", "m.best.ragged", "-", "--follow",
      "--format",
      "npz")
    try work.good(
      "train", "s.sqlite", "--inputs", "x,y", "--target", "label", "-m", "bidirectional(lstm(3, sequences))", "-e", "1",
      "-q",
      "-o", "b")
    let both = try work.ragged("predict", "b.best.ragged", "-", "--follow", input: Self.header + "\n")
    #expect(both.status == 64 && both.errors.contains("reads sequences from their ends"), "\(both.errors)")
  }
}

extension Workspace {
  @discardableResult
  fileprivate func good(args: [String], sourceLocation: SourceLocation = #_sourceLocation) throws -> CommandResult {
    let result = try ragged(args)
    #expect(result.status == 0, "\(args): \(result.errors)", sourceLocation: sourceLocation)
    return result
  }
}
