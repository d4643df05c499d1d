import Foundation
import Testing

/// A target that is missing in a file: said, kept, neither learned nor judged, and the same whenever it is named.
@Suite struct MissingTargetCommandTests {
  /// Sequences of a few timesteps, a target of which is missing now and then.
  private static func table() -> String {
    var text = "id,x,stage,value,label,score\n"
    for sequence in 0..<24 {
      for t in 0..<4 {
        let isMissing = (sequence + t) % 5 == 0
        let kind = (sequence + t) % 2 == 0 ? "up" : "down"
        text += "s\(sequence),\(Double(sequence % 7) / 4 + Double(t)),\(isMissing ? "" : kind),"
        text += "\(isMissing ? "" : "\(t).5"),\(sequence % 6 == 5 ? "" : sequence % 2 == 0 ? "a" : "b"),"
        text += "\(sequence % 4 == 3 ? "" : "\(sequence).25")\n"
      }
    }
    return text
  }

  private func good(_ work: Workspace, _ arguments: [String]) throws -> CommandResult {
    let result = try work.ragged(arguments)
    #expect(result.status == 0, "\(arguments): \(result.errors)")
    return result
  }

  @Test(arguments: [
    (
      "stage", "class-per-step", "19 of 96 timesteps have",
      "19 of 96 valid timesteps to train on have no target \"stage\""
    ),
    (
      "value", "values-per-step", "19 of 96 timesteps have",
      "19 of 96 valid timesteps to train on have no target \"value\""
    ),
    ("label", "class", "4 of 24 sequences have", "4 of 24 sequences to train on have no target and are left out"),
    ("score", "values", "6 of 24 sequences have", "6 of 24 sequences to train on have no target and are left out"),
  ]) func itTrainsAlikeWheneverItIsNamed(column: String, kind: String, imported: String, trained: String) throws {
    let work = try Workspace()
    try work.write("d.csv", Self.table())
    let named = try work.good(
      "import", "named.sqlite", "d.csv", "--features", "x", "--target", column, "--target-kind", kind)
    #expect(named.errors.contains("\(imported) no target: they have no loss and are not judged"), "\(named.errors)")
    let chosen = try work.good("import", "chosen.sqlite", "d.csv", "--features", "x", "--target", "none")
    #expect(!chosen.errors.contains("no target"), "\(chosen.errors)")
    var losses: [String] = []
    for (store, options) in [("named", []), ("chosen", ["--target", column])] {
      let run = try good(
        work,
        [
          "train", "\(store).sqlite", "-o", store, "-e", "3", "-m",
          kind.hasSuffix("-per-step") ? "lstm(4, sequences)" : "lstm(4)",
          "--inputs", "x", "--seed", "5",
        ] + options)
      #expect(run.errors.contains(trained), "\(run.errors)")
      let judged = try work.good("evaluate", "\(store).best.ragged", "\(store).sqlite", "--json").output
      let report = try #require(JSONSerialization.jsonObject(with: Data(judged.utf8)) as? [String: Any])
      losses.append("\((report["overall"] as? [String: Any])?["loss"] ?? "")")
      try work.good("predict", "\(store).best.ragged", "\(store).sqlite")
      try work.good("check", "\(store).sqlite")
    }
    #expect(losses[0] == losses[1])
    let stats = try work.good("stats", "named.sqlite").output
    #expect(stats.contains(column == "label" ? "16.7 %" : column == "score" ? "25.0 %" : "19.8 %"), "\(stats)")
  }

  @Test func filesWithoutAnyTargetArePredicted() throws {
    let work = try Workspace()
    try work.write("d.csv", Self.table())
    try work.good("import", "s.sqlite", "d.csv", "--features", "x", "--target", "label", "-q")
    try work.good("train", "s.sqlite", "-o", "m", "-e", "1", "-m", "lstm(2)", "--inputs", "x", "-q")
    let predicted = try work.good("predict", "m.best.ragged", "d.csv")
    #expect(predicted.output.split(separator: "\n").count == 25)
    #expect(!predicted.errors.contains("left out"), "\(predicted.errors)")
  }

  @Test func nothingToLearnIsSaid() throws {
    let work = try Workspace()
    try work.write("d.csv", "id,x,y\na,1,\na,2,\nb,1,\nb,3,\n")
    try work.good("import", "s.sqlite", "d.csv", "--target", "y", "--target-kind", "values-per-step", "-q")
    let result = try work.ragged("train", "s.sqlite", "-m", "lstm(2, sequences)", "-o", "m")
    #expect(result.status == 65)
    #expect(result.errors.contains("every target is missing, so there is nothing to learn from"), "\(result.errors)")
  }

  @Test func aSequenceIsShownWithoutItsTarget() throws {
    let work = try Workspace()
    try work.write("d.csv", Self.table())
    try work.good("import", "s.sqlite", "d.csv", "--features", "x", "--target", "label", "-q")
    #expect(try work.good("show", "s.sqlite", "s5").output.contains("class: –"))
    let stats = try work.good("stats", "s.sqlite", "--by", "class").output
    #expect(stats.contains("d, without a class: 4 sequences") || stats.contains(", without a class: 4 sequences"))
    try work.good("report", "s.sqlite", "-o", "r.html")
  }

  @Test func aColumnOfNamesOfTheirOwnIsSaidToBeOne() throws {
    let work = try Workspace()
    let rows = (0..<120).map { "s\($0 / 4),\($0 % 3),task-\($0),\($0 % 2 == 0 ? "u" : "v")\n" }.joined()
    try work.write("d.csv", "id,x,task,label\n" + rows)
    let words = "column \"task\" has 120 names in 120 cells, nearly one for each, which a model can only learn by heart"
    let imported = try work.good("import", "s.sqlite", "d.csv", "--target", "label", "--target-kind", "class-per-step")
    #expect(imported.errors.contains("\(words) (--skip task leaves it out)\n"), "\(imported.errors)")
    let options = ["train", "s.sqlite", "-m", "lstm(2, sequences)", "-e", "1", "-o", "m", "--force"]
    let trained = try good(work, options)
    #expect(trained.errors.contains("\(words); name the inputs by --inputs without it"), "\(trained.errors)")
    #expect(!(try good(work, options + ["--inputs", "x"]).errors.contains("by heart")))
    let skipped = try work.good(
      "import", "t.sqlite", "d.csv", "--target", "label", "--target-kind", "class-per-step", "--skip", "task")
    #expect(!skipped.errors.contains("by heart"))
  }

  /// Columns of all roles go through each format and the command that the export shows.
  @Test(arguments: ["csv", "jsonl", "npz", "tfrecord"]) func theCommandOfAnExportKeepsRoles(format: String) throws {
    let work = try Workspace()
    try work.write("d.csv", Self.table())
    try work.good(
      "import", "s.sqlite", "d.csv", "--features", "x", "--target", "label", "--input-columns", "value,stage", "-q")
    func columns(_ store: String) throws -> String { try work.good("stats", store, "--json").output }
    let said = try work.good("export", "s.sqlite", "o.\(format)").errors
    let command = try #require(said.split(separator: "\n").first { $0.hasPrefix("to read it again: ") })
      .dropFirst("to read it again: ragged import STORE".count)
    #expect(try work.shell("\"$RAGGED\" import t.sqlite\(command) -q").status == 0)
    #expect(try columns("t.sqlite") == columns("s.sqlite"))
    #expect(try columns("s.sqlite").contains("other"))
    for store in ["s", "t"] { try work.good("export", "\(store).sqlite", "\(store).jsonl", "-q") }
    #expect(try work.text("s.jsonl") == work.text("t.jsonl"))
  }
}
