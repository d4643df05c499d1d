import Foundation
import Testing

/// `--mix`: several datasets trained on as one.
@Suite struct MixCommandTests {
  /// Rows of some sequences; of every third the split is `valid`. Classes come in another order in each part.
  private static func rows(_ part: String, _ sequences: Int, classes: [String]) -> [String] {
    (0..<sequences).flatMap { number in
      (0..<1 + number % 4).map { t in
        "s\(number),\(part),\(Double((number * 37 + t * 11) % 20) / 20),\(classes[number % classes.count]),"
          + "\(number % 3 == 2 ? "valid" : "train")"
      }
    }
  }

  private static let header = "id,from,x,label,split"
  private static let importing = [
    "--id", "id", "--features", "x", "--target", "label", "--split-column", "split", "--static", "from", "-q",
  ]
  private static let training = ["--inputs", "x", "-m", "lstm(4)", "-e", "3", "--validation-split", "valid", "--force"]

  /// A store `s.sqlite` with the datasets `a` and `b`, another `b.sqlite` with the second alone, and `all.sqlite` where both are
  /// one dataset with a column that says where a sequence is from.
  private func workspace() throws -> Workspace {
    let work = try Workspace()
    let (a, b) = (Self.rows("a", 40, classes: ["up", "down"]), Self.rows("b", 25, classes: ["down", "still", "up"]))
    try work.write("a.csv", ([Self.header] + a).joined(separator: "\n"))
    try work.write("b.csv", ([Self.header] + b).joined(separator: "\n"))
    let apart = b.map { "t" + $0.dropFirst() }
    try work.write("all.csv", ([Self.header] + a + apart).joined(separator: "\n"))
    for name in ["a", "b"] {
      try good(work, ["import", "s.sqlite", "\(name).csv", "--dataset", name])
    }
    try good(work, ["import", "b.sqlite", "b.csv", "--dataset", "other"])
    try good(work, ["import", "all.sqlite", "all.csv"])
    return work
  }

  private func good(_ work: Workspace, _ arguments: [String]) throws {
    let result = try work.ragged(arguments + Self.importing)
    #expect(result.status == 0, "\(arguments): \(result.errors)")
  }

  private func trained(_ work: Workspace, _ store: String, _ name: String, _ options: [String]) throws -> CommandResult
  {
    try work.ragged(["train", store, "-o", name, "--threads", "1"] + Self.training + options)
  }

  private func outputs(_ work: Workspace, _ name: String) throws -> String {
    try work.good("predict", "\(name).last.ragged", "all.sqlite").output
  }

  @Test func mixedDatasetsTrainAsOneDatasetWithTheSameShares() throws {
    let work = try workspace()
    let one = try trained(work, "all.sqlite", "one", ["--sample", "from:a=0.25,b=0.75"])
    #expect(one.status == 0, "\(one.errors)")
    let mixed = try trained(work, "s.sqlite", "mixed", ["--mix", "a=0.25,b=0.75"])
    #expect(mixed.status == 0, "\(mixed.errors)")
    #expect(mixed.errors.contains("an epoch takes 44 sequences: a 11 of 27, b 33 of 17"), "\(mixed.errors)")
    #expect(try outputs(work, "mixed") == outputs(work, "one"))
    // The first dataset keeps the run, and its report is judged by what was set aside of both.
    #expect(try work.good("runs", "s.sqlite", "--dataset", "a").output.contains("finished"))
    let report = try work.good("report", "s.sqlite", "--run", "1", "-o", "r.html")
    #expect(report.status == 0)
    #expect(try work.text("r.html").contains("of all datasets that were mixed"))
    // Another share is another epoch.
    #expect(try trained(work, "s.sqlite", "half", ["--mix", "a=0.5,b=0.5"]).status == 0)
    #expect(try outputs(work, "half") != outputs(work, "one"))
  }

  @Test func aDatasetOfAnotherStoreAndAStoppedRun() throws {
    let work = try workspace()
    let options = ["--mix", "a=0.25,b.sqlite=0.75", "-q"]
    #expect(try trained(work, "s.sqlite", "whole", options).status == 0)
    #expect(try trained(work, "s.sqlite", "part", options + ["-e", "2"]).status == 0)
    try work.good("train", "s.sqlite", "--resume", "part.last.ragged", "-e", "3", "-q")
    #expect(try outputs(work, "part") == outputs(work, "whole"))
    let folds = try work.ragged([
      "train", "s.sqlite", "--inputs", "x", "-m", "lstm(2)", "-e", "1", "--folds", "2", "--mix", "a=0.5,b=0.5", "-o",
      "f",
    ])
    #expect(folds.status == 0 && folds.output.contains("mean"), "\(folds.errors)")
    let windows = try trained(work, "s.sqlite", "w", options + ["--window", "2"])
    #expect(windows.status == 0, "\(windows.errors)")
    // Nothing of the copies is left.
    let mixed = try work.shell(
      "mkdir t && TMPDIR=t \"$RAGGED\" train s.sqlite --inputs x -e 1 --mix a=0.5,b=0.5 -o u -q; ls -A t")
    #expect(mixed.output == "", "\(mixed.output) \(mixed.errors)")
  }

  @Test func planShowsTheSharesOfEachDataset() throws {
    let work = try workspace()
    let plan = try work.good("plan", "s.sqlite", "--mix", "a=0.25,b=0.75", "--split", "train", "--epoch-size", "8")
    #expect(plan.output.contains("a + b: 44 sequences"), "\(plan.output)")
    #expect(plan.output.contains("An epoch takes 8"), "\(plan.output)")
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    let work = try workspace()
    func bad(_ status: Int32, _ message: String, _ options: [String]) throws {
      let result = try trained(work, "s.sqlite", "bad", options)
      #expect(result.status == status && result.errors.contains(message), "\(options): \(result.errors)")
    }
    try bad(64, "The value 'a' is invalid for '--mix", ["--mix", "a"])
    try bad(64, "names one dataset, expected several", ["--mix", "a=1"])
    try bad(64, "add up to 0.75, expected none below 0 and 1 in all", ["--mix", "a=0.5,b=0.25"])
    try bad(64, "dataset \"a\" is to be mixed with itself", ["--mix", "a=0.5,a=0.5"])
    try bad(64, "has no dataset \"c\", and there is no such store: it has \"a\", \"b\"", ["--mix", "a=0.5,c=0.5"])
    try bad(64, "--mix begins with \"b.sqlite\", expected a dataset of s.sqlite", ["--mix", "b.sqlite=0.5,a=0.5"])
    try bad(64, "--sample and --mix both say", ["--mix", "a=0.5,b=0.5", "--sample", "balanced"])
    try bad(64, "--mix names the datasets", ["--mix", "a=0.5,b=0.5", "--dataset", "a"])
    try bad(64, "a mix of datasets has no place there", ["--mix", "a=0.5,b=0.5", "--window", "2", "--stateful"])
    try work.write("n.csv", "id,x,label\n1,word,up\n2,other,down\n")
    try work.good("import", "s.sqlite", "n.csv", "--dataset", "n", "--id", "id", "-q", "--target", "label")
    let other = try trained(work, "s.sqlite", "bad", ["--mix", "a=0.5,n=0.5"])
    #expect(other.status == 65 && other.errors.contains("s.sqlite: dataset \"n\""), "\(other.errors)")
    // What is stored already can be read in no other way.
    #expect(!other.errors.contains("--skip"), "\(other.errors)")
  }

  @Test func aConfigurationKeepsTheMix() throws {
    let work = try workspace()
    let printed = try work.good("train", "s.sqlite", "--print-config", "--mix", "a=0.25,b=0.75", "--epoch-size", "9")
    #expect(printed.output.contains("mix: \"a=0.25,b=0.75\""))
    try work.write("l.yaml", "store: s.sqlite\nmix: [a=0.25, b=0.75]\nepoch-size: 9\n")
    #expect(try work.good("train", "--config", "l.yaml", "--print-config").output == printed.output)
  }
}
