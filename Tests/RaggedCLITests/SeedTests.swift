import Foundation
import Testing

/// Wherever chance decides, a seed does: the same seed gives the same, another one something else.
@Suite struct SeedTests {
  /// Lines of shell that print what a seed decides, `$SEED` in them.
  private static let lines: [(command: String, line: String)] = [
    (
      "import",
      #""$RAGGED" import n.sqlite r.csv --split 0.5,0.5 --seed $SEED -q && "$RAGGED" export n.sqlite -q n.csv"#
    ),
    ("split", #""$RAGGED" split s.sqlite --split 0.5,0.5 --seed $SEED -q && "$RAGGED" export s.sqlite -q n.csv"#),
    ("plan", #""$RAGGED" plan s.sqlite -b 4 --seed $SEED --json > n.csv"#),
    ("batches", #""$RAGGED" batches s.sqlite -b 4 --seed $SEED -q -o n && cat n/*.npz | cksum > n.csv"#),
    (
      "train",
      #""$RAGGED" train s.sqlite -m 'lstm(4)' -e 1 --seed $SEED -q -o n && "$RAGGED" predict n.last.ragged s.sqlite > n.csv"#
    ),
    ("search", #""$RAGGED" search c.yaml --trials 1 --seed $SEED -q -o n > n.csv"#),
    ("generate", #""$RAGGED" generate g.last.ragged --seed $SEED > n.csv"#),
    (
      "forecast",
      #""$RAGGED" forecast f.last.ragged f.csv --horizon 3 --quantiles 0.2,0.8 --seed $SEED > n.csv"#
    ),
    ("verify", #""$RAGGED" verify s.sqlite --model m.last.ragged -s 5 --seed $SEED --json > n.csv"#),
    (
      "import-weights",
      #""$RAGGED" import-weights 'lstm(4)' w.npz --store s.sqlite -e 1 -b 4 --seed $SEED -q -o w.ragged "#
        + #"&& "$RAGGED" train s.sqlite --resume w.ragged -q -o n && "$RAGGED" predict n.last.ragged s.sqlite > n.csv"#
    ),
    ("demo", #""$RAGGED" demo --sequences 40 --epochs 1 --seed $SEED -q > n.csv"#),
  ]

  @Test func aSeedDecidesWhateverChanceDecides() throws {
    let work = try Workspace()
    try work.write("r.csv", Sample.readings())
    try work.good("import", "s.sqlite", "r.csv")
    try work.good("train", "s.sqlite", "-m", "lstm(4)", "-e", "1", "-q", "-o", "m")
    try work.good("export", "m.last.ragged", "w.npz", "--to", "keras")
    let rates = (1...30).map { "0.0\($0 + 10)" }.joined(separator: ", ")
    try work.write(
      "c.yaml", "store: s.sqlite\nvalidation-fraction: 0.2\nmodel: lstm(2)\nepochs: 1\nlearning-rate: [\(rates)]\n")
    try work.write("t.txt", "ana\nanna\n")
    try work.good("import", "t.sqlite", "t.txt", "--tokens", "characters")
    try work.good(
      "train", "t.sqlite", "--target", "token@1", "--ends", "-m", "embedding(2) lstm(2, sequences)", "-e", "1", "-q",
      "-o", "g")
    try work.write("f.csv", "id,v\n" + (0..<60).map { "s,\(($0 * 7) % 11)\n" }.joined())
    try work.good("import", "f.sqlite", "f.csv", "--id", "id", "--features", "v", "--target", "none")
    try work.good(
      "train", "f.sqlite", "--target", "v@1", "-m", "lstm(2, sequences) dense(1)", "-e", "1", "-q", "-o", "f")
    for (command, line) in Self.lines {
      var results: [String] = []
      for seed in [1, 1, 2] {
        try work.shell("rm -rf n n.*")
        let result = try work.shell("SEED=\(seed); \(line)")
        #expect(result.status == 0, "\(command): \(result.errors)")
        // Times and speeds are each run's own.
        results.append(try work.text("n.csv").replacing(#/ *[0-9.]+ (ms|µs|s) +[0-9,]+/#, with: ""))
      }
      #expect(results[0] == results[1], "\(command)")
      #expect(results[0] != results[2], "\(command)")
    }
    let help = try work.good("--help").output
    let all = help.matches(of: #/\n  ([a-z][a-z-]+) {2,}/#).map { String($0.output.1) }
    for command in all where !Self.lines.contains(where: { $0.command == command }) {
      #expect(try !work.good(command, "--help").output.contains("--seed <"), "\(command)")
    }
  }
}
