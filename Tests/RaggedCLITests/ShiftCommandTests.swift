import Foundation
import Testing

/// `--target activity@1`, `amount@1..3`, `outcome@every`: from a file to predictions.
@Suite struct ShiftCommandTests {
  /// A log of cases, and the same with the cells of later timesteps written beside their own by hand.
  private static func log(_ count: Int = 24) -> (plain: String, shifted: String) {
    var plain = "case,activity,amount,outcome\n"
    var shifted = "case,activity,amount,outcome,next,next1,next2,result\n"
    for index in 0..<count {
      // The first case holds every activity twice in a row, so that names are numbered alike in both columns.
      let length = index == 0 ? 6 : 1 + (index * 7) % 9
      let activities = (0..<length).map { t in
        index == 0 ? ["open", "check", "pay"][t / 2] : ["open", "check", "pay"][(t + index / 5) % 3]
      }
      let amounts = (0..<length).map { Double(($0 * 3 + index) % 7) / 4 }
      let outcome = index % 2 == 0 ? "won" : "lost"
      for t in 0..<length {
        let row = "c\(index),\(activities[t]),\(amounts[t]),\(outcome)"
        func later(_ step: Int) -> String { t + step < length ? "\(amounts[t + step])" : "" }
        plain += row + "\n"
        shifted += "\(row),\(t + 1 < length ? activities[t + 1] : ""),\(later(1)),\(later(2)),\(outcome)\n"
      }
    }
    return (plain, shifted)
  }

  private func workspace() throws -> Workspace {
    let work = try Workspace()
    let (plain, shifted) = Self.log()
    try work.write("plain.csv", plain)
    try work.write("shifted.csv", shifted)
    // Said to be a value of each timestep, or it is taken for one of the case.
    try work.good("import", "s.sqlite", "plain.csv", "--id", "case", "-d", "plain", "-q")
    try work.good("import", "s.sqlite", "shifted.csv", "--id", "case", "-d", "shifted", "-q")
    return work
  }

  /// What a model that was trained with some options predicts, without the header.
  private func predictions(
    _ work: Workspace, _ dataset: String, _ target: String, _ options: [String], model: String
  ) throws -> [String] {
    let width = target.hasPrefix("amount") || target.hasPrefix("next1") ? target.contains("2") ? 2 : 1 : 3
    let head = width == 3 ? "dense(3, softmax)" : "dense(\(width))"
    let trained = try work.ragged(
      [
        "train", "s.sqlite", "-d", dataset, "--inputs", "activity,amount", "--target", target, "-m",
        "embedding(3) lstm(5, sequences) \(head)", "-e", "3", "-b", "4", "--learning-rate", "0.05", "-q", "-o", model,
        "--no-record",
      ] + options)
    #expect(trained.status == 0, "\(trained.errors)")
    let output = try work.good("predict", "\(model).last.ragged", "s.sqlite", "-d", dataset, "--actual").output
    return output.split(separator: "\n").dropFirst().map(String.init)
  }

  /// The last timesteps have no target, a window's target lies behind it, states go on: as if the column had been shifted
  /// in the file.
  @Test(arguments: [
    [], ["--window", "3", "--keep-tail"], ["--window", "4", "--stride", "2"], ["--window", "3", "--stateful"],
    ["--bptt", "2"], ["--threads", "1"], ["--batching", "exact"], ["--reduction", "mean_per_sequence"],
  ]) func aShiftTrainsTheSameBitsAsAColumnShiftedByHand(options: [String]) throws {
    let work = try workspace()
    for (target, byHand) in [("activity@1", "next"), ("amount@1", "next1"), ("amount@1..2", "next1,next2")] {
      let mine = try predictions(work, "plain", target, options, model: "mine")
      let theirs = try predictions(work, "shifted", byHand, options, model: "theirs")
      #expect(mine == theirs && mine.count > 100, "\(target) \(options)")
      let weights = try ["mine", "theirs"].map { try work.data("\($0).last.ragged") }
      #expect(weights.allSatisfy { !$0.isEmpty })
      try work.shell("rm -f mine.* theirs.*")
    }
    let mine = try predictions(
      work, "plain", "activity@1", ["--threads", "1"] + options.filter { $0 != "--threads" && $0 != "1" }, model: "one")
    let other = try predictions(
      work, "plain", "activity@1", ["--threads", "2"] + options.filter { $0 != "--threads" && $0 != "1" }, model: "two")
    #expect(mine == other)
  }

  @Test func theNextActivityFromAFileToPredictions() throws {
    let work = try workspace()
    let train = [
      "train", "s.sqlite", "-d", "plain", "--target", "activity@1", "-m", "embedding(4) lstm(12, sequences)",
      "--learning-rate", "0.1",
    ]
    let trained = try work.ragged(train + ["-e", "30", "-o", "m"])
    #expect(trained.status == 0, "\(trained.errors)")
    let timesteps = Self.log().plain.split(separator: "\n").count - 1
    #expect(
      trained.errors.contains(
        "\(timesteps - 24) of \(timesteps) valid timesteps to train on have a target \"activity@1\""),
      "\(trained.errors)")
    #expect(trained.errors.contains("sequences have none") && !trained.errors.contains("away"))

    struct Report: Decodable {
      struct Overall: Decodable {
        var accuracy: Double
        var timesteps: Int
      }
      var overall: Overall
    }
    let judged = try work.good("evaluate", "m.best.ragged", "s.sqlite", "-d", "plain", "--json").json(Report.self)
    #expect(judged.overall.accuracy > 0.9)
    try work.good("verify", "s.sqlite", "--model", "m.best.ragged", "-d", "plain")

    // The same from the file, with what came next beside it.
    let stored = try work.good("predict", "m.best.ragged", "s.sqlite", "-d", "plain").output
    #expect(try work.good("predict", "m.best.ragged", "plain.csv", "--id", "case").output == stored)
    let rows = stored.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
    #expect(rows[0].prefix(5) == ["key", "t", "prediction", "actual", "p_open"])
    #expect(rows[1...6].map { $0[3] } == ["open", "check", "check", "pay", "pay", ""])

    // A run that goes on is one that was never stopped.
    let half = try work.ragged(train + ["-e", "15", "-o", "half", "-q"])
    #expect(half.status == 0, "\(half.errors)")
    try work.good("train", "s.sqlite", "--resume", "half.last.ragged", "-e", "30", "-q")
    #expect(
      try work.good("predict", "half.last.ragged", "plain.csv", "--id", "case").output
        == work.good("predict", "m.last.ragged", "plain.csv", "--id", "case").output)
  }

  @Test func theLastTimestepAndTheLikeliestClasses() throws {
    let work = try workspace()
    try work.good(
      "train", "s.sqlite", "-d", "plain", "--target", "activity@1", "-e", "5", "-q", "-o", "m")
    let all = try work.good("predict", "m.best.ragged", "s.sqlite", "-d", "plain").outputLines.dropLast()
    let last = try work.good("predict", "m.best.ragged", "s.sqlite", "-d", "plain", "--last").outputLines.dropLast()
    let expected = zip(all, all.dropFirst() + ["end,"]).filter {
      $0.split(separator: ",")[0] != $1.split(separator: ",")[0]
    }
    // Nothing came behind the last timestep: there is no column for it, but where it is asked for.
    #expect(last.first == "key,t,prediction,p_open,p_check,p_pay" && last.count == 25)
    #expect(last.dropFirst().elementsEqual(expected.dropFirst().map { $0.0.replacing(",,", with: ",") }))
    let asked = try work.good("predict", "m.best.ragged", "s.sqlite", "-d", "plain", "--last", "--actual").outputLines
    #expect(asked.dropLast().elementsEqual(expected.map(\.0)))

    let top = try work.good("predict", "m.best.ragged", "s.sqlite", "-d", "plain", "--top", "2").outputLines.dropLast()
    #expect(top.first == "key,t,prediction,actual,top_1,p_1,top_2,p_2")
    for (short, long) in zip(top, all).dropFirst() {
      let (short, long) = (
        short.split(separator: ",", omittingEmptySubsequences: false),
        long.split(separator: ",", omittingEmptySubsequences: false)
      )
      let ranked = zip(["open", "check", "pay"], long[4...].compactMap { Float($0) }).sorted { $0.1 > $1.1 }
      #expect(short[4] == ranked[0].0 && Float(short[5]) == ranked[0].1 && short[4] == short[2])
      #expect(short[6] == ranked[1].0 && Float(short[7]) == ranked[1].1)
    }
    struct Line: Decodable {
      struct Candidate: Decodable {
        var name: String
        var share: Float
      }
      var key: String
      var t: Int?
      var prediction: [String]
      var actual: [String?]?
      var top: [[Candidate]]
    }
    let lines = try work.good(
      "predict", "m.best.ragged", "plain.csv", "--id", "case", "--to", "jsonl", "--last", "--top", "9"
    ).outputLines.dropLast().map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    #expect(lines.count == 24 && lines[0].t == 5 && lines[0].actual == nil && lines[0].top[0].count == 3)
    #expect(lines.allSatisfy { $0.top[0][0].name == $0.prediction[0] && $0.top[0][0].share >= $0.top[0][1].share })
  }

  @Test func valuesOfSeveralTimesteps() throws {
    let work = try workspace()
    let trained = try work.ragged(
      "train", "s.sqlite", "-d", "plain", "--target", "amount@1..3", "-m", "lstm(6, sequences) dense(3)", "-e", "2",
      "-o",
      "m")
    #expect(trained.status == 0, "\(trained.errors)")
    #expect(trained.errors.contains("have a target \"amount@1..3\""), "\(trained.errors)")
    let rows = try work.good("predict", "m.best.ragged", "plain.csv", "--id", "case").outputLines.map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    #expect(
      rows[0] == [
        "key", "t", "amount@1", "amount@2", "amount@3", "actual_amount@1", "actual_amount@2", "actual_amount@3",
      ])
    #expect(rows[1][5...] == ["0.75", "1.5", "0.5"] && rows[6][5...] == ["", "", ""])
    #expect(rows[4][5...] == ["1.25", "0.25", ""])
    let errors = try work.good("evaluate", "m.best.ragged", "s.sqlite", "-d", "plain").output
    #expect(errors.contains("amount@3"))
    try work.bad(64, "--top 2 is for classes", "predict", "m.best.ragged", "plain.csv", "--id", "case", "--top", "2")
  }

  @Test func anOutcomeIsAskedAtEachTimestep() throws {
    let work = try workspace()
    let trained = try work.ragged(
      "train", "s.sqlite", "-d", "plain", "--inputs", "activity,amount", "--target", "outcome@every", "-m",
      "embedding(3) lstm(6, sequences)", "-e", "4", "-o", "m")
    #expect(trained.status == 0, "\(trained.errors)")
    let rows = try work.good("predict", "m.best.ragged", "s.sqlite", "-d", "plain", "--actual").outputLines.dropLast()
      .map {
        $0.split(separator: ",", omittingEmptySubsequences: false)
      }
    #expect(rows[0] == ["key", "t", "prediction", "actual", "p_won", "p_lost"])
    #expect(
      rows.dropFirst().allSatisfy { $0[3] == (Int($0[0].dropFirst()).map { $0 % 2 == 0 } == true ? "won" : "lost") })
    let bare = try work.good("predict", "m.best.ragged", "s.sqlite", "-d", "plain").outputLines
    #expect(bare[0] == "key,t,prediction,p_won,p_lost" && bare.count == rows.count + 1)
    try work.good("verify", "s.sqlite", "--model", "m.best.ragged", "-d", "plain")
    // A model that is asked once has no last timestep.
    try work.good(
      "train", "s.sqlite", "-d", "plain", "--inputs", "activity,amount", "--target", "outcome", "-e", "1", "-q", "-o",
      "once")
    try work.bad(
      64, "once.best.ragged predicts once per sequence, not at each timestep: leave --last out", "predict",
      "once.best.ragged", "plain.csv", "--id", "case", "--last")
  }

  @Test func aLanguageModelOfTheInputsOwnTokens() throws {
    let work = try Workspace()
    try work.write("names.txt", "anna\nhanna\nanna\njohanna\nana\n")
    try work.good("import", "n.sqlite", "names.txt", "--tokens", "characters", "-q")
    let trained = try work.ragged(
      "train", "n.sqlite", "--target", "token@1", "-m", "embedding(4) lstm(16, sequences)", "-e", "60",
      "--learning-rate", "0.05", "-o", "m")
    #expect(trained.status == 0, "\(trained.errors)")
    #expect(
      trained.errors.contains("18 of 23 valid timesteps to train on have a target \"token@1\""), "\(trained.errors)")
    let rows = try work.good("predict", "m.best.ragged", "names.txt", "--top", "1").outputLines.dropLast()
    #expect(
      rows.dropFirst().prefix(4).map { $0.split(separator: ",", omittingEmptySubsequences: false)[3] } == [
        "n", "n", "a", "",
      ])
    try work.good("verify", "n.sqlite", "--model", "m.best.ragged")
  }

  @Test func whatIsNoTargetIsRefused() throws {
    let work = try workspace()
    let train = ["train", "s.sqlite", "-d", "plain", "--target"]
    for (target, problem) in [
      ("activity@0", "expected a number of timesteps from 1 to 100000 behind the @"),
      ("activity@1..2", "is 2 categories per timestep, expected one"),
      ("outcome@1", "of which no timestep has a later one"), ("amount@every", "which every timestep has already"),
    ] {
      let result = try work.ragged(train + [target])
      #expect(result.status == 64 && result.errors.contains(problem), "\(target): \(result.status) \(result.errors)")
    }
    try work.write("single.csv", "case,activity,amount\na,open,1\nb,pay,2\n")
    try work.good("import", "one.sqlite", "single.csv", "--id", "case", "-q")
    let none = try work.ragged("train", "one.sqlite", "--target", "activity@1", "-m", "embedding(2) lstm(2, sequences)")
    #expect(none.status == 65 && none.errors.contains("every target is missing"), "\(none.errors)")
  }
}
