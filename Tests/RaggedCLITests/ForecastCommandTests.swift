import Foundation
import Testing

/// `--target-scale` and `ragged forecast`: series of many levels from a file to forecasts that are judged.
@Suite struct ForecastCommandTests {
  /// Hourly series of levels from 10 to 10^5 with a season of 6, and what comes behind each.
  private static func series(_ count: Int = 12, length: Int = 60, ahead: Int = 6) -> (past: String, future: String) {
    var (past, future) = ("id,when,v\n", "id,when,v\n")
    for index in 0..<count {
      let level = [10.0, 300, 9000, 100_000][index % 4]
      for t in 0..<(length + ahead) {
        let noise = Double((t * 7919 + index * 104_729) % 101) / 101 - 0.5
        let value = level * (1 + 0.3 * sin(2 * .pi * Double(t + index) / 6) + 0.05 * noise)
        let row = "s\(index),2024-03-\(pad(1 + t / 24))T\(pad(t % 24)):00:00,\(value)\n"
        if t < length { past += row } else { future += row }
      }
    }
    return (past, future)
  }

  private static func pad(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private func workspace() throws -> Workspace {
    let work = try Workspace()
    let (past, future) = Self.series()
    try work.write("past.csv", past)
    try work.write("future.csv", future)
    try work.good(
      "import", "s.sqlite", "past.csv", "--id", "id", "--time", "when", "--features", "v", "--target", "none", "-q")
    return work
  }

  private func train(_ work: Workspace, _ target: String, _ name: String, _ options: [String]) throws -> String {
    let width = target.contains("..6") ? 6 : 1
    let result = try work.ragged(
      [
        "train", "s.sqlite", "--target", target, "-m", "lstm(8, sequences) dense(\(width))", "-b", "4",
        "--learning-rate", "0.02", "-o", name, "--seed", "1", "--no-record",
      ] + options)
    #expect(result.status == 0, "\(result.errors)")
    return result.errors
  }

  private struct Judged: Decodable {
    struct Figures: Decodable {
      var name: String
      var smape: Double
      var mase: Double
      var maeByStep: [Double]
    }
    var series: Int
    var values: Int
    var figures: [Figures]
    var shareBelow: [Double]?
  }

  private func rows(_ text: String) -> [[String]] {
    text.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
  }

  @Test func seriesOfManyLevelsFromAFileToForecastsThatAreJudged() throws {
    let work = try workspace()
    let said = try train(
      work, "v@1..6", "m", ["-e", "60", "--loss", "mean_absolute_error", "--target-scale", "series"])
    #expect(said.contains("each series is scaled to mean 0, deviation 1 by its own past"), "\(said)")
    #expect(
      said.contains("708 of 720 valid timesteps to train on have a target \"v@1..6\", 60 of them not all"), "\(said)")
    try work.good("verify", "s.sqlite", "--model", "m.best.ragged")

    let output = try work.good("forecast", "m.best.ragged", "s.sqlite", "--horizon", "6").output
    let found = rows(output)
    #expect(found[0] == ["key", "step", "time", "value"] && found.count == 1 + 12 * 6)
    #expect(found[1].prefix(3) == ["s0", "1", "2024-03-03T12:00:00Z"], "\(found[1])")
    #expect(found[6].prefix(3) == ["s0", "6", "2024-03-03T17:00:00Z"])
    // What is forecast has the level of its series.
    for row in found.dropFirst() {
      let level = [10.0, 300, 9000, 100_000][(Int(row[0].dropFirst()) ?? 0) % 4]
      #expect(try abs(#require(Double(row[3])) / level - 1) < 0.6, "\(row)")
    }
    // The last timestep's prediction is the forecast; files give the same, and any number of series at once.
    let predicted = rows(try work.good("predict", "m.best.ragged", "s.sqlite", "--last").output)
    for (number, row) in predicted.dropFirst().enumerated() {
      #expect(Array(row[2..<8]) == found[(1 + 6 * number)..<(7 + 6 * number)].map { $0[3] })
    }
    for options in [["past.csv"], ["s.sqlite", "-b", "1"], ["s.sqlite", "--threads", "1"]] {
      #expect(try work.ragged(["forecast", "m.best.ragged"] + options).output == output, "\(options)")
    }
    #expect(try work.good("forecast", "m.best.ragged", "s.sqlite", "--horizon", "2").output.contains("\ns0,2,"))

    let judged = try work.good(
      "forecast", "m.best.ragged", "s.sqlite", "--actual", "future.csv", "--season", "6", "--json"
    ).json(Judged.self)
    #expect(judged.series == 12 && judged.values == 72 && judged.figures.map(\.name).count == 3)
    // It has learned the season, and is far from repeating the last value.
    #expect(judged.figures[0].mase < judged.figures[1].mase / 2, "\(judged.figures)")
    #expect(judged.figures[0].maeByStep.count == 6)
    let held = try work.good("forecast", "m.best.ragged", "s.sqlite", "--holdout", "--season", "6")
    #expect(
      held.output.contains("Means over 12 series, 72 values in all:") && held.output.contains("seasonal naive (6)"))

    // The page of the run draws series with what was said of their last timesteps.
    try work.good(
      "train", "s.sqlite", "--target", "v@1..6", "-m", "lstm(8, sequences) dense(6)", "-e", "2", "-q", "-o", "seen",
      "--target-scale", "series", "--validation-fraction", "0.3")
    try work.good("report", "s.sqlite", "--run", "1", "-o", "r.html")
    let page = try work.text("r.html")
    #expect(page.contains("v: error by step") && page.contains("forecast at timestep 53"))

    // On its way out it says what the numbers are.
    let exported = try work.good("export", "m.best.ragged", "m.onnx")
    #expect(
      exported.errors.contains("scaled values: the scale of a series (series) is not exported"), "\(exported.errors)")
  }

  /// The futures of a series are its own: other series change none, and the same seed draws the same.
  @Test func quantilesAreThoseOfFutures() throws {
    let work = try workspace()
    _ = try train(work, "v@1", "m", ["-e", "20", "--target-scale", "series", "--validation-fraction", "0.2"])
    let options = ["--horizon", "6", "--quantiles", "0.1,0.5,0.9", "--paths", "60"]
    let one = try work.ragged(["forecast", "m.best.ragged", "s.sqlite", "--seed", "1"] + options)
    #expect(one.status == 0, "\(one.errors)")
    #expect(one.errors.contains("quantiles of 60 paths a series, drawn with the model's own errors"), "\(one.errors)")
    let found = rows(one.output)
    #expect(found[0] == ["key", "step", "time", "value", "q0.1", "q0.5", "q0.9"] && found.count == 73)
    for row in found.dropFirst() {
      let numbers = row[4...].compactMap(Double.init)
      #expect(numbers.count == 3 && numbers == numbers.sorted() && numbers[0] < numbers[2], "\(row)")
    }
    let plain = rows(try work.good("forecast", "m.best.ragged", "s.sqlite", "--horizon", "6").output)
    #expect(plain.map { $0[3] } == found.map { $0[3] })
    func again(_ seed: Int, _ more: [String] = []) throws -> String {
      try work.ragged(["forecast", "m.best.ragged", "s.sqlite", "--seed", "\(seed)"] + options + more).output
    }
    #expect(try again(1, ["-b", "5", "--threads", "1"]) == one.output)
    #expect(try again(2) != one.output)
    let alone = try again(1, ["--where", "key = 's3'"])
    #expect(rows(alone).dropFirst() == found[19..<25])
    let lines = try again(1, ["--to", "jsonl"]).split(separator: "\n")
    #expect(lines.count == 12 && lines[0].contains("\"quantiles\":{\"0.1\":["), "\(lines[0])")

    let judged = try work.ragged(
      ["forecast", "m.best.ragged", "s.sqlite", "--holdout", "--season", "6", "--json", "-o", "f.csv"] + options
    ).json(Judged.self)
    let shares = try #require(judged.shareBelow)
    #expect(shares[0] < 0.5 && shares[2] > 0.5 && shares == shares.sorted())
    #expect(try work.text("f.csv").hasPrefix("key,step,time,value,q0.1,q0.5,q0.9,actual\n"))
  }

  /// Inputs that follow from the time go on, others are refused by name.
  @Test func whatIsKnownAheadGoesOn() throws {
    let work = try Workspace()
    var text = "id,when,v,w,site\n"
    for index in 0..<6 {
      for t in 0..<30 {
        text +=
          "s\(index),2024-01-\(Self.pad(1 + t))T06:00:00,\(Double((t + index) % 7)),\(t % 3),\(index % 2 == 0 ? "a" : "b")\n"
      }
    }
    try work.write("d.csv", text)
    try work.good(
      "import", "s.sqlite", "d.csv", "--id", "id", "--time", "when", "--static", "site", "--target", "none", "-q")
    let model = ["-m", "lstm(6, sequences) dense(1)", "-e", "2", "-q", "--no-record"]
    try work.ragged(
      [
        "train", "s.sqlite", "--inputs", "v,when:weekday,site", "--target", "v@1", "-o", "known", "-e", "2", "-q",
        "--no-record",
      ] + ["-m", "embedding(2) lstm(6, sequences) dense(1)"])
    let known = try work.good("forecast", "known.last.ragged", "s.sqlite", "--horizon", "9")
    #expect(known.output.contains("\ns0,9,2024-02-08T06:00:00Z,"), "\(known.output)")
    #expect(known.errors.contains("9 timesteps of \"v\", each predicted from the ones before"))

    try work.ragged(["train", "s.sqlite", "--inputs", "v,w", "--target", "v@1", "-o", "unknown"] + model)
    try work.bad(
      65, "nobody knows what \"w\" will be at later timesteps", "forecast", "unknown.last.ragged", "s.sqlite",
      "--horizon", "3")
    // One step needs nothing that is not known.
    try work.good("forecast", "unknown.last.ragged", "s.sqlite")
    try work.ragged(
      ["train", "s.sqlite", "--inputs", "v,w", "--target", "v@1,w@1", "-o", "both"] + [
        "-m", "lstm(6, sequences) dense(2)", "-e", "2", "-q", "--no-record",
      ])
    let both = try work.good("forecast", "both.last.ragged", "s.sqlite", "--horizon", "3").output
    #expect(rows(both)[0] == ["key", "step", "time", "column", "value"] && rows(both).count == 1 + 6 * 3 * 2)
    #expect(rows(both)[1...2].map { $0[3] } == ["v", "w"])
  }

  @Test func whatIsHeldOutAndWhatCameAreNamed() throws {
    let work = try workspace()
    _ = try train(work, "v@1..6", "m", ["-e", "1"])
    let seen = try work.good("forecast", "m.last.ragged", "s.sqlite", "--holdout")
    #expect(seen.errors.contains("has been seen by it: --split names others"), "\(seen.errors)")
    try work.good(
      "import", "new.sqlite", "past.csv", "--id", "id", "--time", "when", "--features", "v", "--target", "none", "-q",
      "--split", "test")
    let other = try work.good("forecast", "m.last.ragged", "new.sqlite", "--holdout", "--split", "test")
    #expect(!other.errors.contains("has been seen"), "\(other.errors)")
    try work.write("others.csv", Self.series().future.replacing("s", with: "other"))
    try work.bad(
      65, "these are called such as \"s0\", and there is \"other0\"", "forecast", "m.last.ragged", "s.sqlite",
      "--actual",
      "others.csv")
  }

  @Test func whatCannotBeForecastIsRefused() throws {
    let work = try workspace()
    _ = try train(work, "v@1..6", "m", ["-e", "1"])
    _ = try train(work, "v", "own", ["-e", "1", "--inputs", "when:hour"])
    try work.bad(
      65, "the model predicts 6 timesteps ahead, and the horizon is 7", "forecast", "m.last.ragged", "s.sqlite",
      "--horizon",
      "7")
    try work.bad(
      65, "series are forecast by one that predicts later numbers", "forecast", "own.last.ragged", "s.sqlite")
    for (problem, options) in [
      ("--quantiles 1.5: expected numbers above 0", ["--quantiles", "1.5"]),
      ("names a quantile twice", ["--quantiles", "0.5,0.5"]),
      ("--season goes with --actual or --holdout", ["--season", "6"]), ("--json goes with", ["--json"]),
      ("exclude each other", ["--actual", "future.csv", "--holdout"]),
    ] {
      let result = try work.ragged(["forecast", "m.last.ragged", "s.sqlite"] + options)
      #expect(result.status == 64 && result.errors.contains(problem), "\(options): \(result.errors)")
    }
    // A model that learns numbers as they are is told that they are large.
    let said = try train(work, "v@1..6", "large", ["-e", "1"])
    #expect(said.contains("--target-scale"), "\(said)")
    for (problem, options) in [
      ("--target-season goes with --target-scale series", ["--target-scale", "level", "--target-season", "6"]),
      ("--target-season is 0, expected at least 1", ["--target-scale", "series", "--target-season", "0"]),
    ] {
      let result = try work.ragged(["train", "s.sqlite", "--target", "v@1", "-e", "1", "-o", "no"] + options)
      #expect(result.status == 64 && result.errors.contains(problem), "\(options): \(result.errors)")
    }
    let own = try work.ragged(
      [
        "train", "s.sqlite", "--target", "v", "--inputs", "when:hour", "-e", "1", "-o", "no", "--target-scale",
        "series",
      ])
    #expect(
      own.status == 65 && own.errors.contains("target \"v\" cannot have the scale of its series"), "\(own.errors)")
  }

  /// A configuration file has the options as the command line has them, and a run goes on with its scale.
  @Test func aRunGoesOnWithItsScale() throws {
    let work = try workspace()
    let options = ["--target-scale", "series", "--target-season", "6"]
    _ = try train(work, "v@1..6", "whole", ["-e", "4"] + options)
    _ = try train(work, "v@1..6", "half", ["-e", "2"] + options)
    try work.good("train", "s.sqlite", "--resume", "half.last.ragged", "-e", "4", "-q", "--no-record")
    #expect(
      try work.good("forecast", "half.last.ragged", "s.sqlite").output
        == work.good("forecast", "whole.last.ragged", "s.sqlite").output)
    let printed = try work.ragged(["train", "s.sqlite", "--target", "v@1..6", "--print-config"] + options).output
    #expect(printed.contains("target-scale: \"series\"") && printed.contains("target-season: 6"), "\(printed)")
    // Standard scores of the training split: figures are in the data's units whatever the loss is of.
    let said = try train(work, "v@1..6", "standard", ["-e", "4", "--target-scale", "standard"])
    #expect(said.contains("targets are scaled to mean 0, deviation 1 (mean "), "\(said)")
    let judged = try work.good("evaluate", "standard.last.ragged", "s.sqlite", "--season", "6").output
    #expect(judged.contains("Each sequence by itself"), "\(judged)")
    try work.good("verify", "s.sqlite", "--model", "standard.last.ragged")
    try work.good("export", "standard.last.ragged", "s.onnx")
  }
}
