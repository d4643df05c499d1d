import Foundation
import Testing

/// `--ends` and `ragged generate`: models that write sequences.
@Suite struct GenerateCommandTests {
  private static let names = ["anna", "hanna", "johanna", "ana", "han"]

  private func workspace() throws -> Workspace {
    let work = try Workspace()
    try work.write("names.txt", Self.names.joined(separator: "\n") + "\n")
    try work.good("import", "n.sqlite", "names.txt", "--tokens", "characters", "-q")
    return work
  }

  private static let train = [
    "train", "n.sqlite", "--target", "token@1", "-m", "embedding(6) lstm(24, sequences)", "--learning-rate", "0.05",
  ]

  @Test func aSequenceGoesFromItsBeginToItsEnd() throws {
    let work = try workspace()
    let trained = try work.ragged(Self.train + ["-e", "80", "--ends", "-o", "m"])
    #expect(trained.status == 0, "\(trained.errors)")
    let steps = Self.names.reduce(0) { $0 + $1.count + 1 }
    #expect(
      trained.errors.contains("\(steps) of \(steps) valid timesteps to train on have a target \"token@1\""),
      "\(trained.errors)")
    let rows = try work.good("predict", "m.best.ragged", "n.sqlite", "--top", "1").outputLines.dropLast()
      .dropFirst().map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(rows.prefix(5).map { $0[1] } == ["0", "1", "2", "3", "4"])
    #expect(rows.prefix(5).map { $0[3] } == ["a", "n", "n", "a", "<end>"])
    #expect(
      try work.good("predict", "m.best.ragged", "names.txt").output
        == work.good("predict", "m.best.ragged", "n.sqlite").output)
    try work.good("verify", "n.sqlite", "--model", "m.best.ragged")
    try work.good("evaluate", "m.best.ragged", "n.sqlite")

    // Nearly all that it writes is what it was shown, which ends by itself.
    let written = try work.good("generate", "m.best.ragged", "--count", "30", "--seed", "1", "--temperature", "0.3")
      .outputLines.dropLast()
    #expect(written.count == 30 && written.count { Self.names.contains($0) } > 20, "\(written)")
    #expect(Set(written).count > 1)
    // More of them change none of the first, nor do threads.
    let few = try work.good(
      "generate", "m.best.ragged", "--count", "7", "--seed", "1", "--temperature", "0.3", "--threads", "1"
    ).outputLines.dropLast()
    #expect(Array(few) == Array(written.prefix(7)))
    let other = try work.good("generate", "m.best.ragged", "--count", "30", "--seed", "2").outputLines.dropLast()
    #expect(Array(other) != Array(written))
    // The likeliest is one, whatever the seed; a start is kept.
    let greedy = try work.good(
      "generate", "m.best.ragged", "--temperature", "0", "--count", "3", "--start", "jo", "--seed", "9")
    #expect(greedy.outputLines.dropLast() == ["johanna", "johanna", "johanna"])
    #expect(
      try work.good("generate", "m.best.ragged", "--top-k", "1", "--count", "3", "--start", "jo").output
        == greedy.output)
    struct Written: Decodable {
      var names: [String]
      var isEnded: Bool
    }
    let json = try work.good(
      "generate", "m.best.ragged", "--temperature", "0", "--count", "1", "--start", "jo", "--max-length", "4", "--json"
    ).json([Written].self)
    #expect(json[0].names == ["j", "o", "h", "a"] && !json[0].isEnded)
    try work.bad(65, "the model does not know \"z\"", "generate", "m.best.ragged", "--start", "z")
  }

  @Test func withoutABeginAStartIsNeeded() throws {
    let work = try workspace()
    try work.good(args: Self.train + ["-e", "40", "-o", "m", "-q"])
    try work.bad(65, "without a begin code: say what the new ones begin with", "generate", "m.best.ragged")
    let lines = try work.good(
      "generate", "m.best.ragged", "--start", "h", "--count", "2", "--max-length", "6", "--temperature", "0"
    ).outputLines.dropLast()
    #expect(lines.allSatisfy { $0.count == 6 && $0.hasPrefix("ha") } && lines.count == 2)
  }

  /// Windows of a sequence with a begin, states that go on, and one that has no timestep of its own.
  @Test(arguments: [["--window", "3", "--keep-tail"], ["--window", "3", "--stateful"], ["--bptt", "2"]])
  func endsGoWithWindows(options: [String]) throws {
    let work = try Workspace()
    try work.write(
      "log.csv", "case,activity,amount\na,open,1\na,pay,2\nb,open,2\nb,pay,1\nb,open,3\nb,pay,1\nc,open,1\n")
    try work.good("import", "s.sqlite", "log.csv", "--id", "case", "-q")
    try work.good(
      args: [
        "train", "s.sqlite", "--inputs", "activity,amount", "--target", "activity@1", "--ends", "-e", "2", "-o", "m",
        "-q",
        "-m", "missing(mean, indicators) embedding(3) lstm(4, sequences)", "--normalize",
      ] + options)
    let rows = try work.good("predict", "m.last.ragged", "s.sqlite").outputLines.dropLast().map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    let header = try #require(rows.first)
    #expect(header == ["key", "t", "prediction", "actual", "p_open", "p_pay", "p_<end>"])
    #expect(
      rows.dropFirst().map { $0[3] }
        == ["open", "pay", "<end>", "open", "pay", "open", "pay", "<end>", "open", "<end>"])
    try work.bad(
      65, "sequences are drawn from one that predicts the next name of its only input", "generate", "m.last.ragged")
  }

  @Test func endsOfWhatHasNoneAreRefused() throws {
    let work = try Workspace()
    try work.write("log.csv", "case,activity,amount\na,open,1\na,pay,2\nb,open,2\nb,<end>,1\n")
    try work.good("import", "s.sqlite", "log.csv", "--id", "case", "-q")
    for (options, problem) in [
      (["--target", "activity"], "expected one that lies later"),
      (["--inputs", "amount", "--target", "amount@1"], "instead of numbers, \"amount\" would be such"),
      (["--target", "activity@1"], "column \"activity\" has the name \"<end>\" already"),
    ] {
      let result = try work.ragged(["train", "s.sqlite", "--ends"] + options)
      #expect(result.status == 64 && result.errors.contains(problem), "\(options): \(result.errors)")
    }
  }
}

extension Workspace {
  fileprivate func good(args: [String]) throws {
    let result = try ragged(args)
    #expect(result.status == 0, "\(args): \(result.errors)")
  }
}
