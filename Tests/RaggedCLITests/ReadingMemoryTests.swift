import Foundation
import Testing

/// A model remembers how its data was read, so that files are predicted and judged without a word on it.
@Suite struct ReadingMemoryTests {
  @discardableResult
  private func good(_ work: Workspace, _ arguments: [String]) throws -> CommandResult {
    let result = try work.ragged(arguments)
    #expect(result.status == 0, "\(arguments): \(result.errors)")
    return result
  }

  /// Writes a table, trains on it with options, and predicts another table with and without them.
  /// - Returns: what was predicted without options.
  @discardableResult
  private func agreeing(
    _ table: String, named name: String = "a.csv", other: String, named otherName: String = "b.csv",
    options: [String], train: [String] = [], says words: String? = nil
  ) throws -> CommandResult {
    let work = try Workspace()
    try work.write(name, table)
    try work.write(otherName, other)
    try good(work, ["import", "s.sqlite", name] + options)
    try good(work, ["train", "s.sqlite", "-m", "lstm(3)", "--epochs", "2", "-o", "m", "-q"] + train)
    let given = try good(work, ["predict", "m.last.ragged", otherName] + options)
    let remembered = try work.good("predict", "m.last.ragged", otherName)
    #expect(remembered.output == given.output)
    #expect(remembered.outputLines.count > 2)
    if let words { #expect(remembered.errors.contains("\(otherName): read as the training data was, with \(words)\n")) }
    return remembered
  }

  /// Dates that do not tell day from month are those of the training data, where these told it; and so is the decimal mark of lines
  /// that are followed, of which the first may have none.
  @Test func whatOtherRowsDoNotTell() throws {
    let work = try Workspace()
    let rows = (0..<12).flatMap { number in
      (1...4).map { t in "k\(number);\(10 + number + t)/0\(t)/2026;\(number % 3),5;\(number % 2 == 0 ? "up" : "down")" }
    }
    try work.write("a.csv", (["id;when;x;label"] + rows).joined(separator: "\n"))
    try good(work, ["import", "s.sqlite", "a.csv", "--id", "id", "--target", "label", "--time", "when"])
    try good(work, ["train", "s.sqlite", "--inputs", "x,when:log-delta", "-m", "lstm(3)", "-e", "1", "-o", "m", "-q"])
    let new = ["id;when;x", "q;01/02/2026;1", "q;02/02/2026;0,5", "q;01/03/2026;2"].joined(separator: "\n") + "\n"
    try work.write("b.csv", new)
    let told = try work.good("predict", "m.last.ragged", "b.csv", "--time-format", "day-first")
    let remembered = try work.good("predict", "m.last.ragged", "b.csv")
    #expect(remembered.output == told.output)
    #expect(try work.good("predict", "m.last.ragged", "b.csv", "--time-format", "month-first").output != told.output)
    #expect(remembered.errors.contains("--time-format day-first"), "\(remembered.errors)")
    let followed = try work.ragged(["predict", "m.last.ragged", "-", "--follow"], input: new)
    #expect(followed.status == 0 && followed.outputLines.last == told.outputLines.last, "\(followed.errors)")
    // Dates with the year first stand beside them, and another file shows its own decimal mark.
    try work.write("c.csv", "id,when,x\nq,2026-02-01,1\nq,2026-02-02,0.5\nq,2026-03-01,2\n")
    #expect(try work.good("predict", "m.last.ragged", "c.csv").output == told.output)
  }

  @Test func dialectAndColumns() throws {
    let table = """
      Lauf;Zeit;ax;ay;Klasse
      r1;1;0,5;-200;geht
      r1;2;0,25;1,5;geht
      r2;1;1,5;2,5;steht
      r2;2;-200;3,5;steht

      """
    let other = "Lauf;Zeit;ax;ay\nn1;1;0,5;-200\nn1;2;1,5;2,5\nn2;1;7,25;1\n"
    let options = ["--id", "Lauf", "--time", "Zeit", "--missing", "-200"]
    let work = try Workspace()
    try work.write("a.csv", table)
    try work.write("b.csv", other)
    try good(work, ["import", "s.sqlite", "a.csv", "--target", "Klasse"] + options)
    try work.good("train", "s.sqlite", "-m", "lstm(3)", "--epochs", "2", "-o", "m", "-q")
    let given = try good(work, ["predict", "m.last.ragged", "b.csv"] + options)
    let remembered = try work.good("predict", "m.last.ragged", "b.csv")
    #expect(remembered.output == given.output && remembered.outputLines.count == 4)
    #expect(
      remembered.errors.contains(
        "b.csv: read as the training data was, with --id Lauf --time Zeit --missing=-200\n"))
    // What is asked now is stronger.
    try work.write("c.csv", other.replacing("Lauf", with: "Run"))
    #expect(try work.good("predict", "m.last.ragged", "c.csv", "--id", "Run").output == given.output)
    // Judged too, with the target that was named.
    #expect(try work.good("evaluate", "m.last.ragged", "a.csv").output.contains("4 timesteps") == false)
    let judged = try good(work, ["evaluate", "m.last.ragged", "a.csv", "--json", "--target", "Klasse"] + options)
    #expect(try work.good("evaluate", "m.last.ragged", "a.csv", "--json").output == judged.output)
  }

  /// Of a file without the target there is nothing to read it as, and a column that it lacks is named.
  @Test func whatAFileLacks() throws {
    let work = try Workspace()
    try work.write("a.csv", "run,v,ok,level\nr,1,1,0\nr,2,1,1\nq,3,0,0\nq,4,1,1\n")
    try work.write("b.csv", "run,v\nn,1\nn,2\n")
    let options = ["--id", "run", "--valid", "ok", "--target", "level", "--target-kind", "class-per-step"]
    try good(work, ["import", "s.sqlite", "a.csv"] + options)
    try work.good("train", "s.sqlite", "-m", "lstm(3, sequences)", "--epochs", "2", "-o", "m", "-q")
    let plain = try work.good("predict", "m.last.ragged", "b.csv")
    #expect(
      plain.errors.contains("b.csv: has no such column as the training data was read with: --valid ok\n"),
      "\(plain.errors)")
    let beside = try good(work, ["predict", "m.last.ragged", "b.csv", "--columns", "v"])
    #expect(beside.outputLines.count == 4)
    try good(work, ["predict", "m.last.ragged", "b.csv", "--actual"])
    #expect(!(try good(work, ["predict", "m.last.ragged", "a.csv"]).errors.contains("has no such column")))
  }

  /// What is asked for a file is stronger than what was asked otherwise for the training data.
  @Test func aTargetInPlaceOfTheFolders() throws {
    let work = try Workspace()
    for folder in ["walk", "sit"] {
      try FileManager.default.createDirectory(at: work.url.appending(path: folder), withIntermediateDirectories: true)
    }
    for (folder, name, value) in [("walk", "a", 1), ("walk", "b", 2), ("sit", "c", 7), ("sit", "d", 8)] {
      try work.write("\(folder)/\(name).csv", "v\n\(value)\n\(value + 1)\n")
    }
    try work.write("b.csv", "id,v,what\nn,1,walk\nn,2,walk\nm,8,sit\n")
    try good(
      work,
      ["import", "s.sqlite", "walk/a.csv", "walk/b.csv", "sit/c.csv", "sit/d.csv", "--class-from", "folder"])
    try work.good("train", "s.sqlite", "-m", "lstm(3)", "--epochs", "2", "-o", "m", "-q")
    let judged = try good(work, ["evaluate", "m.last.ragged", "b.csv", "--target", "what", "--id", "id"])
    #expect(judged.output.contains("accuracy"), "\(judged.output) \(judged.errors)")
  }

  @Test func wordsOfATable() throws {
    let table = "case,activity,outcome\n1,ask,paid\n1,pay,paid\n2,ask,open\n2,ask,open\n"
    let work = try Workspace()
    try work.write("a.csv", table)
    try work.write("b.csv", "case,activity\n7,ask\n7,pay\n8,go\n")
    let options = ["--id", "case", "--features", "activity", "--tokens", "words"]
    try good(work, ["import", "s.sqlite", "a.csv", "--target", "outcome"] + options)
    try work.good("train", "s.sqlite", "-m", "embedding(3) lstm(3)", "--epochs", "2", "-o", "m", "-q")
    let given = try good(work, ["predict", "m.last.ragged", "b.csv"] + options)
    #expect(try work.good("predict", "m.last.ragged", "b.csv").output == given.output)
  }

  @Test func aFormatThatWasNamed() throws {
    let table = "id;v;label\na;1;x\na;2;x\nb;3;y\n"
    let work = try Workspace()
    try work.write("a.dat", table)
    try work.write("b.dat", "id;v\nn;1\nn;2\n")
    try work.good("import", "s.sqlite", "a.dat", "--format", "csv")
    try work.good("train", "s.sqlite", "-m", "lstm(3)", "--epochs", "2", "-o", "m", "-q")
    let remembered = try work.good("predict", "m.last.ragged", "b.dat")
    #expect(remembered.errors.contains("b.dat: read as the training data was, with --format csv\n"))
    #expect(remembered.output == (try work.good("predict", "m.last.ragged", "b.dat", "--format", "csv").output))
    let piped = try work.start(
      ["predict", "m.last.ragged", "-"],
      input: FileHandle(
        forReadingFrom: work.url.appending(path: "b.dat"))
    ).result()
    #expect(piped.status == 0 && piped.output == remembered.output)
    // A name that says another format is believed.
    try work.write("c.jsonl", #"{"id": "n", "features": [[1], [2]]}"# + "\n")
    #expect(try work.good("predict", "m.last.ragged", "c.jsonl").output == remembered.output)
  }

  /// Few rows look otherwise than many: a category that is called by numbers, a column that is the same throughout.
  @Test func columnsAreOfTheModelsKind() throws {
    var rows = "run,when,code,speed,site,label\n"
    for run in 1...12 {
      for t in 0..<3 {
        rows +=
          "r\(run),2024-01-0\(t + 1),\(run % 3 == 0 ? "x" : "\(run + t)"),\(t).5,\(run % 2),\(run % 2 == 0 ? "a" : "b")\n"
      }
    }
    let work = try Workspace()
    try work.write("a.csv", rows)
    // One run, whose code and speed do not change, and whose site is text.
    try work.write("b.csv", "run,when,code,speed,site,note\nn,2024-02-01,3,0.5,1,hm\nn,2024-02-02,3,0.5,1,hm\n")
    try work.good("import", "s.sqlite", "a.csv", "--id", "run", "--category", "code,site", "--static", "site")
    try work.good(
      "train", "s.sqlite", "--inputs", "code,speed,site,when:delta", "-m", "lstm(3)", "--epochs", "2", "-o", "m", "-q")
    let given = try work.good(
      "predict", "m.last.ragged", "b.csv", "--id", "run", "--category", "code,site", "--number", "speed", "--static",
      "site")
    let remembered = try work.good("predict", "m.last.ragged", "b.csv")
    #expect(remembered.output == given.output && remembered.outputLines.count == 3)
    #expect(!remembered.errors.contains("constant"))
  }

  /// Variables that a file lacks are missing cells to a model that takes them.
  @Test func variablesOfAPivot() throws {
    let work = try Workspace()
    let rows = { (name: String, variables: [String]) in
      "id,time,what,value\n"
        + variables.enumerated().map { "\(name),\($0.offset),\($0.element),\($0.offset + 1)\n" }.joined()
    }
    try work.write("a.csv", rows("a", ["hr", "bp", "hr"]) + "b,0,bp,3\nb,1,hr,4\n")
    try work.write("labels.csv", "id,outcome\na,x\nb,y\n")
    try work.write("b.csv", rows("c", ["hr", "hr", "other"]))
    let options = ["--pivot", "what", "--value", "value"]
    try good(work, ["import", "s.sqlite", "a.csv", "--join", "labels.csv", "--target", "outcome"] + options)
    try work.good("train", "s.sqlite", "-m", "lstm(3)", "--epochs", "2", "-o", "m", "-q")
    let remembered = try work.good("predict", "m.last.ragged", "b.csv")
    #expect(remembered.outputLines.count == 3)
    #expect(
      remembered.output
        == (try good(work, ["predict", "m.last.ragged", "b.csv", "--pivot-columns", "hr,bp"] + options).output))
  }

  @Test func aMergedStoreRemembersToo() throws {
    let work = try Workspace()
    try work.write("a.csv", "Lauf;v;label\na;1;x\na;2;x\nb;3;y\n")
    try work.write("b.csv", "Lauf;v\nn;1\nn;2\n")
    try work.good("import", "s.sqlite", "a.csv", "--id", "Lauf")
    try work.good("merge", "t.sqlite", "s.sqlite")
    try work.good("train", "t.sqlite", "-m", "lstm(3)", "--epochs", "2", "-o", "m", "-q")
    #expect(try work.good("predict", "m.last.ragged", "b.csv").outputLines.count == 3)
  }

  /// Lists in rows, and rows that are sequences.
  @Test func layouts() throws {
    try agreeing(
      "id,class,1,2,3\na,x,1,2,3\nb,y,4,5,\nc,x,3,1,2\n", other: "id,1,2,3\nn,7,8,\nm,1,1,1\n",
      options: ["--layout", "wide"])
    try agreeing(
      "name|what|v\na|x|1/2/3\nb|y|4/5\n", other: "name|v\nn|1/2\nm|3\n",
      options: ["--delimiter", "|", "--id", "name", "--list-separator", "/"],
      train: ["--target", "what"], says: "--id name --delimiter '|' --list-separator /")
  }
}
