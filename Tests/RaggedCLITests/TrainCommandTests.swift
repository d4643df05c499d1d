import Foundation
import Testing

/// What training prints, keeps and refuses.
@Suite struct TrainCommandTests {
  private func store(_ sequences: Range<Int> = 0..<40) throws -> Workspace {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings(sequences))
    try work.good("import", "s.sqlite", "readings.csv", "--split", "0.8,0.1,0.1", "--seed", "1")
    return work
  }

  @Test func theReferenceNetworkIsSummedUp() throws {
    let work = try Workspace()
    try work.good("demo", "--store", "d.sqlite", "--sequences", "20", "--epochs", "1")
    let text = try work.good(
      "train", "d.sqlite", "--model", "lstm(32, sequences) lstm(8, sequences) time_distributed(2, sigmoid)", "--epochs",
      "1"
    ).output
    #expect(
      text.hasPrefix(
        """
        Layer (type)                        Output Shape      Param #
        ─────────────────────────────────────────────────────────────
        lstm (LSTM)                         (None, None, 32)    4,864
        lstm_1 (LSTM)                       (None, None, 8)     1,312
        time_distributed (TimeDistributed)  (None, None, 2)        18
        ─────────────────────────────────────────────────────────────
        Total params: 6,194 (24.2 KB)


        """))
  }

  /// What only other splits hold is unknown to the model, and so is what is rare.
  @Test func theDictionaryIsThatOfTheTrainingSplit() throws {
    let work = try Workspace()
    var rows = "id,t,word,label,split\n"
    for (id, words, label, split) in [
      ("1", "a b a", "x", "train"), ("2", "c a", "y", "train"), ("3", "b c", "x", "train"), ("4", "d e c", "y", "test"),
    ] {
      for (t, word) in words.split(separator: " ").enumerated() { rows += "\(id),\(t),\(word),\(label),\(split)\n" }
    }
    try work.write("words.csv", rows)
    try work.good(
      "import", "s.sqlite", "words.csv", "--features", "word", "--tokens", "words", "--target", "label",
      "--split-column", "split")
    func vectors(_ options: String...) throws -> String? {
      let result = try work.ragged(["train", "s.sqlite", "--model", "lstm(2)", "--epochs", "1", "--force"] + options)
      #expect(result.status == 0, "\(result.errors)")
      return result.output.split(separator: "\n").first { $0.hasPrefix("embedding ") }?.split(separator: " ").last.map(
        String.init)
    }
    // 32 numbers for each of a, b, c and the unknown one; a is there three times.
    #expect(try vectors() == "128")
    #expect(try vectors("--min-count", "3") == "64")
    #expect(try vectors("--max-categories", "2") == "96")
    try work.good("evaluate", "model.best.ragged", "s.sqlite", "--split", "test")
    try work.good("train", "s.sqlite", "--resume", "model.last.ragged", "--epochs", "2")
    try work.bad(64, "--min-count", "train", "s.sqlite", "--min-count", "0")
  }

  @Test func epochsArePrintedAsPeopleKnowThem() throws {
    let work = try store()
    let result = try work.good(
      "train", "s.sqlite", "--model", "lstm(4)", "--epochs", "2", "--validation-split", "validation")
    let lines = result.outputLines.filter { $0.hasPrefix("epoch ") }
    #expect(lines.count == 2)
    let time = #/[0-9.]+ (µs|ms|s)/#
    for (number, line) in lines.enumerated() {
      let figures = #/, loss \d\.\d{4}, accuracy [01]\.\d{4}, val_loss \d\.\d{4}, val_accuracy [01]\.\d{4}/#
      let parts = line.split(separator: ", ", maxSplits: 2)
      #expect(line.hasPrefix("epoch \(number + 1)/2  7/7 [====================] "))
      #expect(try time.wholeMatch(in: parts[0].drop { $0 != "]" }.dropFirst(2)) != nil, "\(line)")
      #expect(parts[1].hasSuffix("/step"))
      #expect(line.contains(figures), "\(line)")
    }
    #expect(result.errors == "")
    #expect(
      try work.good("train", "s.sqlite", "--force", "--epochs", "1", "--quiet", "--model", "lstm(2)").output == "")
  }

  @Test func theResultDependsOnTheSeedAndNotOnThreads() throws {
    let work = try store()
    let options = ["--model", "lstm(6, dropout=0.2)", "--epochs", "2", "--quiet", "--normalize"]
    for (name, extra) in [
      ("one", ["--threads", "1"]), ("two", ["--threads", "2"]), ("seed", ["--seed", "5"]),
    ] { #expect(try work.ragged(["train", "s.sqlite", "-o", name] + options + extra).status == 0) }
    let first = try work.good("predict", "one.last.ragged", "s.sqlite").output
    #expect(try work.good("predict", "two.last.ragged", "s.sqlite").output == first)
    #expect(try work.good("predict", "seed.last.ragged", "s.sqlite").output != first)
    let runs = try RunsCommandTests.runs(work)
    #expect(runs[0].figures == runs[1].figures)
  }

  @Test func earlyStoppingEndsTheRun() throws {
    let work = try store()
    let result = try work.good(
      "train", "s.sqlite", "--model", "lstm(2)", "--epochs", "50", "--patience", "2", "--min-delta", "10",
      "--validation-fraction", "0.25")
    #expect(result.output.hasSuffix("stopped early after 3 epochs, best epoch 1: model.best.ragged\n"))
    #expect(result.output.contains("val_loss"))
    let impatient = try work.good(
      "train", "s.sqlite", "--force", "--model", "lstm(2)", "--epochs", "50", "--patience", "0", "--min-delta", "10")
    #expect(impatient.output.hasSuffix("stopped early after 2 epochs, best epoch 1: model.best.ragged\n"))
    let restored = try work.good(
      "train", "s.sqlite", "--force", "--model", "lstm(2)", "--epochs", "50", "--patience", "2", "--min-delta", "10",
      "--restore-best", "--quiet")
    #expect(restored.status == 0)
  }

  /// At the end the last file predicts as the best one, and goes on as if nothing had been taken back.
  @Test func theBestWeightsAreTakenBackIntoTheFile() throws {
    let work = try store()
    // A least change that no epoch reaches: the first stays the best, the weights go on.
    let options = [
      "--model", "lstm(2)", "--patience", "9", "--min-delta", "10", "--validation-split", "validation", "--quiet",
    ]
    func train(_ output: String, _ epochs: String, _ more: String...) throws {
      let result = try work.ragged(["train", "s.sqlite", "-e", epochs, "-o", output] + options + more)
      #expect(result.status == 0, "\(result.errors)")
    }
    func predictions(_ file: String) throws -> String { try work.good("predict", file, "s.sqlite").output }
    try train("plain", "3")
    try train("back", "3", "--restore-best")
    let best = try predictions("plain.best.ragged")
    #expect(try predictions("plain.last.ragged") != best)
    #expect(try predictions("back.best.ragged") == best)
    #expect(try predictions("back.last.ragged") == best)
    for (name, format) in [("back.npz", "keras"), ("best.npz", "keras")] {
      try work.good("export", name == "back.npz" ? "back.last.ragged" : "plain.best.ragged", name, "--to", format)
    }
    #expect(try work.data("back.npz") == work.data("best.npz"))
    // Asked for no more, it stays as it is; asked for more, it is the run that was never ended.
    let before = try work.data("back.last.ragged")
    try work.good("train", "s.sqlite", "--resume", "back.last.ragged", "--quiet")
    #expect(try work.data("back.last.ragged") == before)
    try work.good("train", "s.sqlite", "--resume", "back.last.ragged", "-e", "5", "--quiet")
    try train("whole", "5", "--restore-best")
    try train("further", "5")
    #expect(try predictions("back.last.ragged") == best)
    let runs = try RunsCommandTests.runs(work)
    #expect(runs.last?.figures == runs.first { $0.epochs.count == 5 }?.figures)
    #expect(runs.last?.epochs.count == 5)
  }

  @Test func aRunGoesOnWithMoreEpochs() throws {
    let work = try store()
    let options = ["--model", "lstm(4)", "--normalize", "--validation-split", "validation", "--quiet"]
    _ = try work.ragged(["train", "s.sqlite", "--epochs", "4", "--output", "whole"] + options)
    _ = try work.ragged(["train", "s.sqlite", "--epochs", "2", "--output", "part"] + options)
    let before = work.names
    let resumed = try work.good("train", "s.sqlite", "--resume", "part.last.ragged", "--epochs", "4")
    #expect(resumed.output.contains("epoch 3/4") && !resumed.output.contains("epoch 2/4"))
    #expect(work.names == before)
    let whole = try work.good("predict", "whole.last.ragged", "s.sqlite").output
    #expect(try work.good("predict", "part.last.ragged", "s.sqlite").output == whole)
    let runs = try RunsCommandTests.runs(work)
    #expect(runs.map(\.epochs.count) == [4, 2, 4])
    #expect(runs[2].figures == runs[0].figures)
    try work.bad(
      64, "--epochs is 3, expected at least the 4 of the resumed run", "train", "s.sqlite", "--resume",
      "part.last.ragged", "--epochs", "3")
    try work.bad(
      64, "--resume takes the checkpoint's model: leave --model out", "train", "s.sqlite", "--resume",
      "part.last.ragged", "--model", "lstm(3)")
    try work.bad(
      64, "--resume goes on with dataset \"data\", not \"other\"", "train", "s.sqlite", "--resume", "part.last.ragged",
      "--dataset", "other")
  }

  /// 40 sequences of 3…9 timesteps; by hand: a window of 4 every 2 timesteps, with and without the rest.
  @Test func windowsAreTrainedOnAndRemembered() throws {
    let work = try store()
    let options = ["--model", "lstm(4)", "--quiet", "--batch-size", "1", "--batching", "padded", "--normalize"]
    let window = ["--window", "4", "--stride", "2"]
    func steps(_ extra: [String]) throws -> Int {
      let result = try work.ragged(
        ["train", "s.sqlite", "--split", "train,validation,test", "--epochs", "1", "--model", "lstm(4)", "--force"]
          + extra
          + ["--batch-size", "1"])
      #expect(result.status == 0, "\(result.errors)")
      let line = try #require(result.outputLines.first { $0.hasPrefix("epoch 1/1") })
      return try #require(Int(line.split(separator: "/")[1].split(separator: " ")[1]))
    }
    let lengths = (0..<40).map { 3 + $0 % 7 }
    let full = lengths.map { $0 < 4 ? 0 : ($0 - 4) / 2 + 1 }
    #expect(try steps(window) == full.reduce(0, +))
    // Even lengths from 4 on are covered; odd ones, and those of 3, leave a rest.
    #expect(try steps(window + ["--keep-tail"]) == full.reduce(0, +) + lengths.filter { $0 % 2 == 1 }.count)

    let validated = options + window + ["--validation-split", "validation"]
    _ = try work.ragged(["train", "s.sqlite", "--epochs", "4", "--output", "whole"] + validated)
    _ = try work.ragged(["train", "s.sqlite", "--epochs", "2", "--output", "part"] + validated)
    try work.good("train", "s.sqlite", "--resume", "part.last.ragged", "--epochs", "4", "--quiet")
    let whole = try work.good("predict", "whole.last.ragged", "s.sqlite").output
    #expect(try work.good("predict", "part.last.ragged", "s.sqlite").output == whole)
  }

  @Test func windowsWithoutMeaningAreRefused() throws {
    let work = try store()
    func refuse(_ status: Int32, _ message: String, _ arguments: String...) throws {
      let result = try work.ragged(["train", "s.sqlite"] + arguments)
      #expect(result.status == status)
      #expect(result.errors.contains(message), "\(result.errors)")
    }
    try refuse(64, "--window is 0, expected at least 1", "--window", "0")
    try refuse(64, "--stride is 0, expected at least 1", "--window", "3", "--stride", "0")
    try refuse(64, "--stride needs --window", "--stride", "3")
    try refuse(64, "--keep-tail needs --window", "--keep-tail")
    try refuse(
      65, "no window of 10 timesteps fits into the sequences to train on, the longest of which has 9", "--window", "10")
  }

  @Test func aRunDoesNotGoOnWithOtherData() throws {
    let work = try store()
    try work.good("train", "s.sqlite", "--model", "lstm(2)", "--epochs", "1", "--quiet")
    try work.write("more.csv", Sample.readings(40..<60))
    try work.good("import", "s.sqlite", "more.csv")
    try work.bad(
      65, "the checkpoint was made with other data or other batches", "train", "s.sqlite", "--resume",
      "model.last.ragged", "--epochs", "2")
  }

  @Test func optionsWithoutAMeaningAreRefused() throws {
    let work = try store(0..<10)
    let names = work.names
    let cases: [(String, [String])] = [
      ("--epochs is 0, expected at least 1", ["--epochs", "0"]),
      ("--threads is 0, expected at least 1", ["--threads", "0"]),
      ("--batch-size is 0, expected at least 1", ["--batch-size", "0"]),
      ("there is no layer \"gru\", expected lstm, bidirectional, dense", ["--model", "gru(3)"]),
      ("the model's description has the end at character 6", ["--model", "lstm("]),
      ("lstm(…) needs its number of units: lstm(32)", ["--model", "lstm()"]),
      ("an LSTM has 0 units, expected at least 1", ["--model", "lstm(0)"]),
      ("a dropout rate is 2.0, expected 0 or more and less than 1", ["--model", "lstm(3, dropout=2)"]),
      ("The value 'best' is invalid for '--optimizer", ["--optimizer", "best"]),
      ("--min-delta goes with --patience", ["--min-delta", "0.1"]),
      ("The value 'best' is invalid for '--monitor", ["--monitor", "best"]),
      (
        "val_macro_f1 cannot be watched: it is a figure of validation data, and the run has none",
        ["--monitor", "macro-f1"]
      ),
      (
        "val_mae cannot be watched: it is for values, and the target is a class per sequence, of 2",
        ["--monitor", "mae", "--validation-fraction", "0.5"]
      ),
      ("--validation-fraction is 2.0, expected more than 0 and less than 1", ["--validation-fraction", "2"]),
      (
        "--validation-split and --validation-fraction exclude each other",
        ["--validation-split", "test", "--validation-fraction", "0.1"]
      ),
      ("has no split \"tset\", did you mean \"test\"?", ["--split", "tset"]),
      ("has no split \"xyz\"; it has \"test\", \"train\"", ["--split", "xyz"]),
      ("there is no layer \"ltsm\", did you mean \"lstm\"?", ["--model", "ltsm(3)"]),
      ("lstm(…) does not take \"sequence\", did you mean \"sequences\"?", ["--model", "lstm(3, sequence)"]),
      ("dense(…) does not take \"sofmax\", did you mean \"softmax\"?", ["--model", "lstm(3) dense(sofmax)"]),
      (
        "bidirectional(…) does not take \"cocnat\", did you mean \"concat\"?",
        ["--model", "bidirectional(lstm(3), cocnat)"]
      ),
      ("Did you mean 'buckets:4'?", ["--batching", "bucktes:4"]),
      ("Did you mean 'blocks:10'?", ["--shuffle", "block:10"]),
      ("Did you mean 'adam'?", ["--optimizer", "adma"]),
      ("Did you mean '--epochs'?", ["--epohcs", "3"]),
    ]
    for (message, options) in cases {
      let result = try work.ragged(["train", "s.sqlite"] + options)
      #expect(result.status == 64, "\(options): \(result.errors)")
      #expect(result.errors.contains(message), "\(options): \(result.errors)")
      #expect(result.output == "")
    }
    #expect(work.names == names)
  }

  @Test func aCheckpointThatCannotBeWrittenEndsTheRun() throws {
    let work = try store(0..<10)
    let result = try work.ragged("train", "s.sqlite", "--model", "lstm(2)", "--epochs", "1", "-q", "-o", "none/model")
    #expect(result.status == 73)
    #expect(
      result.errors == "ragged: error: none/model.best.ragged: cannot write the checkpoint: No such file or directory\n"
    )
    #expect(try RunsCommandTests.runs(work).map(\.status) == ["failed"])
  }
}
