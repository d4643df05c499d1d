import Foundation
import Testing

/// From a file of mixed-length sequences to predictions.
@Suite struct MainJobTests {
  /// A store with the sample in splits, and a model `model.best.ragged` trained on it.
  static func trained() throws -> Workspace {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    try work.good("import", "s.sqlite", "readings.csv", "--split", "0.8,0.1,0.1", "--seed", "1")
    try work.good(
      "train", "s.sqlite", "--model", "lstm(4)", "--epochs", "6", "--learning-rate", "0.05", "--validation-split",
      "validation", "--normalize", "--batch-size", "8", "--quiet")
    return work
  }

  @Test func theWholeJobEndsInGoodPredictions() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    let imported = try work.good("import", "s.sqlite", "readings.csv", "--split", "0.8,0.1,0.1", "--seed", "1")
    #expect(imported.output == "stored 40 sequences, 235 timesteps, 2 features, 2 classes, 0 rejected\n")
    #expect(
      imported.errors.hasPrefix(
        "id: \"id\"; features: \"ax\", \"ay\"; target (class): \"label\"; time: \"t\"\nsplits: train "))

    let stats = try work.good("stats", "s.sqlite")
    #expect(stats.output.hasPrefix("data: 40 sequences, 235 timesteps\n"))
    let batches = try work.good("batches", "s.sqlite", "--batching", "exact", "--batch-size", "4")
    #expect(batches.output.contains("14 batches, 0.0 % padding, widest batch 36 timesteps"))

    let training = try work.good(
      "train", "s.sqlite", "--force", "--model", "lstm(4)", "--epochs", "6", "--learning-rate", "0.05",
      "--validation-split",
      "validation", "--normalize", "--batch-size", "8")
    #expect(training.output.contains("Total params: 122 (0.48 KB)"))
    #expect(training.output.contains("finished after 6 epochs, best epoch"))
    #expect(training.errors == "")
    #expect(work.names == ["model.best.ragged", "model.last.ragged", "readings.csv", "s.sqlite"])

    let evaluation = try work.good("evaluate", "model.best.ragged", "s.sqlite", "--split", "test")
    #expect(evaluation.output.contains("True class by predicted class:\n      run  walk\n"))

    let prediction = try work.good("predict", "model.best.ragged", "s.sqlite")
    let rows = prediction.outputLines.dropLast().map { $0.split(separator: ",").map(String.init) }
    #expect(rows.first == ["key", "prediction", "p_run", "p_walk"])
    #expect(rows.count == 41)
    for row in rows.dropFirst() {
      let number = try #require(Int(row[0].dropFirst()))
      #expect(row[1] == (number % 2 == 0 ? "run" : "walk"))
      #expect(abs((Double(row[2]) ?? 0) + (Double(row[3]) ?? 0) - 1) < 1e-6)
    }

    let runs = try work.good("runs", "s.sqlite")
    #expect(runs.outputLines.count == 3)
    #expect(runs.outputLines[1].contains("data     finished       6"))
  }

  @Test func predictionsDoNotDependOnWhereSequencesComeFrom() throws {
    let work = try MainJobTests.trained()
    let model = "model.best.ragged"
    let fromStore = try work.good("predict", model, "s.sqlite").output
    #expect(fromStore.split(separator: "\n").count == 41)
    #expect(try work.good("predict", model, "readings.csv").output == fromStore)
    #expect(try work.good("predict", model, "-", "--format", "csv", input: Sample.readings()).output == fromStore)
    try work.write("readings.jsonl", Sample.readingsAsJSON())
    #expect(try work.good("predict", model, "readings.jsonl").output == fromStore)
    #expect(try work.shell("gzip -k readings.csv").status == 0)
    #expect(try work.good("predict", model, "readings.csv.gz").output == fromStore)
    try work.write("one.csv", Sample.readings(0..<15))
    try work.write("two.csv", Sample.readings(15..<40))
    #expect(try work.good("predict", model, "one.csv", "two.csv").output == fromStore)
    for threads in ["1", "3"] {
      #expect(try work.good("predict", model, "s.sqlite", "--threads", threads).output == fromStore)
    }
    for size in ["1", "7", "39"] {
      let other = try work.good("predict", model, "s.sqlite", "--batch-size", size).output
      #expect(agree(other, fromStore), "batch size \(size)")
    }
    // Neither the label nor the order of columns is needed.
    let bare = Sample.readings().split(separator: "\n").map { line in
      let cells = line.split(separator: ",")
      return "\(cells[3]),x,\(cells[2]),\(cells[0])"
    }
    try work.write("bare.csv", bare.joined(separator: "\n") + "\n")
    #expect(try work.good("predict", model, "bare.csv").output == fromStore)
  }

  /// Whether two CSV texts are the same but for the last digits of numbers.
  private func agree(_ one: String, _ other: String) -> Bool {
    let separators: [Character] = [",", "\n"]
    let cells = [one, other].map { $0.split(whereSeparator: separators.contains) }
    return cells[0].count == cells[1].count
      && zip(cells[0], cells[1]).allSatisfy { left, right in
        guard let a = Double(left), let b = Double(right) else { return left == right }
        return abs(a - b) <= 1e-6
      }
  }

  @Test func aTimeSeriesFileIsPredicted() throws {
    let work = try MainJobTests.trained()
    try work.write(
      "two.ts",
      """
      @problemName two
      @timeStamps false
      @univariate false
      @dimensions 2
      @equalLength false
      @classLabel true walk run
      @data
      1,1.3,1.6:13,42,71:walk
      -1,-1.3:5,5:run

      """)
    let lines = try work.good("predict", "model.best.ragged", "two.ts").outputLines
    #expect(lines.count == 4)
    #expect(lines[1].contains(",walk,") && lines[2].contains(",run,"))
  }

  @Test func predictionsGoToAFileAsAWholeOrNotAtAll() throws {
    let work = try MainJobTests.trained()
    let toOutput = try work.good("predict", "model.best.ragged", "s.sqlite", "--to", "jsonl").output
    let before = work.names
    #expect(try work.good("predict", "model.best.ragged", "s.sqlite", "--to", "jsonl", "-o", "p.jsonl").output == "")
    #expect(try work.text("p.jsonl") == toOutput)
    #expect(work.names == (before + ["p.jsonl"]).sorted())
    struct Line: Decodable {
      var key: String
      var prediction: String
      var outputs: [Double]
    }
    let lines = try toOutput.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
    #expect(lines.map(\.key) == (0..<40).map { "s\($0)" })
    #expect(lines.allSatisfy { $0.outputs.count == 2 && abs($0.outputs[0] + $0.outputs[1] - 1) < 1e-6 })

    let refused = try work.bad(
      73, "none/p.csv: cannot create: No such file or directory", "predict", "model.best.ragged", "s.sqlite", "-o",
      "none/p.csv")
    #expect(refused.errors.hasPrefix("ragged: error: "))
    try work.write("big.csv", Sample.readings(0..<3000))
    try work.good("import", "big.sqlite", "big.csv", "--quiet")
    let full = try work.shell("ulimit -f 128; \"$RAGGED\" predict model.best.ragged big.sqlite -o q.csv")
    #expect(full.status == 74 && full.errors.hasPrefix("ragged: error: q.csv: cannot write: "), "\(full.errors)")
    try work.bad(
      74, "/dev/full: cannot write: No space left", "predict", "model.best.ragged", "s.sqlite", "-o", "/dev/full")
    #expect(work.names == (before + ["big.csv", "big.sqlite", "p.jsonl"]).sorted())
  }

  @Test func partsOfAStoreArePredicted() throws {
    let work = try MainJobTests.trained()
    let all = try work.good("predict", "model.best.ragged", "s.sqlite").outputLines
    let short = try work.good("predict", "model.best.ragged", "s.sqlite", "--where", "length = 3").outputLines
    #expect(short == [all[0]] + [0, 7, 14, 21, 28, 35].map { all[$0 + 1] } + [""])
    let walking = try work.good("predict", "model.best.ragged", "s.sqlite", "--class", "walk").outputLines
    #expect(walking.count == 22)
    let none = try work.good("predict", "model.best.ragged", "s.sqlite", "--where", "length > 100").output
    #expect(none == all[0] + "\n")
  }

  @Test func partsOfFilesArePredicted() throws {
    let work = try MainJobTests.trained()
    try work.good("export", "s.sqlite", "parts.csv")
    let reading = ["--split-column", "split", "--target", "label"]
    let parts = [["--split", "test"], ["--class", "walk"], ["--split", "train", "--class", "run"]]
    for part in parts + [["--where", "length = 3"], ["--split", "test", "--where", "length > 3"]] {
      let stored = try work.ragged(["predict", "model.best.ragged", "s.sqlite"] + part).output
      #expect(stored.split(separator: "\n").count > 1)
      let read = try work.ragged(["predict", "model.best.ragged", "parts.csv", "--quiet"] + reading + part).output
      #expect(read == stored, "\(part)")
    }
    try work.bad(
      64, "parts.csv: there is no split \"tests\", did you mean \"test\"?", "predict", "model.best.ragged", "parts.csv",
      "--split-column", "split", "--split", "tests")
  }

  @Test func normalisationTravelsWithTheCheckpoint() throws {
    let work = try MainJobTests.trained()
    let normalised = try work.good("predict", "model.best.ragged", "s.sqlite").output
    try work.good(
      "train", "s.sqlite", "--force", "--model", "lstm(4)", "--epochs", "6", "--learning-rate", "0.05",
      "--validation-split",
      "validation", "--batch-size", "8", "--quiet", "--output", "raw")
    #expect(try work.good("predict", "raw.best.ragged", "s.sqlite").output != normalised)
    // The same model for data on another scale: what is predicted from them is the same, since the scale is taken out.
    let scaled = Sample.readings().split(separator: "\n").enumerated().map { index, line -> String in
      var cells = line.split(separator: ",").map(String.init)
      if index > 0 { cells[3] = String(Double(cells[3]).map { $0 * 1024 } ?? 0) }
      return cells.joined(separator: ",")
    }
    try work.write("scaled.csv", scaled.joined(separator: "\n") + "\n")
    try work.good("import", "scaled.sqlite", "scaled.csv", "--split", "0.8,0.1,0.1", "--seed", "1")
    try work.good(
      "train", "scaled.sqlite", "--force", "--model", "lstm(4)", "--epochs", "6", "--learning-rate", "0.05",
      "--validation-split",
      "validation", "--normalize", "--batch-size", "8", "--quiet", "--output", "scaled")
    #expect(try work.good("predict", "scaled.best.ragged", "scaled.csv").output == normalised)
  }
}
