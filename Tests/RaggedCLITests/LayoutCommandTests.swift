import Foundation
import Testing

/// Files whose rows are no timesteps of a sequence with an id, by one command each.
@Suite struct LayoutCommandTests {
  /// What an import says.
  private func imported(_ files: [String: String], _ arguments: String...) throws -> (stored: String, said: String) {
    let work = try Workspace()
    for (name, text) in files { try work.write(name, text) }
    let result = try work.ragged(["import", "s.sqlite"] + arguments)
    #expect(result.status == 0, "\(result.errors)")
    return (result.output, result.errors)
  }

  @Test func aRowIsASequence() throws {
    let rows = "1\t0.5\t1.5\tNaN\n2\t-1\tNaN\tNaN\n1\t3\t4\t5.5\n"
    let archive = try imported(["Toy_TRAIN.tsv": rows], "Toy_TRAIN.tsv")
    #expect(archive.stored.hasPrefix("stored 3 sequences, 6 timesteps, 1 feature, 2 classes,"))
    #expect(
      archive.said.contains(
        "a row is a sequence; id: \"file and line\"; features: \"value\"; target (class): \"c1\""))
    #expect(archive.said.contains("(--layout says what a row is)"))
    let lines = try imported(["series.txt": "0.1 0.5\n0.2\n1e-3 2 3\n"], "series.txt")
    #expect(lines.stored.hasPrefix("stored 3 sequences, 6 timesteps, 1 feature,"))
    let channels = try imported(
      ["w.csv": "1,4,2,5\n3,6,,\n"], "w.csv", "--no-header", "--layout", "wide", "--feature-names", "x,y", "--channels",
      "last", "--target", "none")
    #expect(channels.stored.hasPrefix("stored 2 sequences, 3 timesteps, 2 features,"))
  }

  @Test func aCellIsAList() throws {
    let logs = try imported(
      ["logs.csv": "BlockId,Events,Label\nb1,\"[E5, E22]\",ok\nb2,\"[E7]\",bad\n"], "logs.csv", "--id", "BlockId",
      "--features", "Events", "--target", "Label", "--tokens", "words")
    #expect(logs.stored.hasPrefix("stored 2 sequences, 3 timesteps, 4 tokens, 2 classes,"))
    let bare = ["n.csv": "id,values,label\na,\"0.5,1.5\",up\nb,\"3,2,1\",down\n"]
    let numbers = try imported(bare, "n.csv", "--layout", "lists")
    #expect(numbers.stored.hasPrefix("stored 2 sequences, 5 timesteps, 1 feature, 2 classes,"))
    let found = try imported(bare, "n.csv")
    #expect(found.stored == numbers.stored)
  }

  @Test func aBlockIsASequence() throws {
    let vowels = try imported(["ae.train": "1.5 2.5 \n1.6 2.4 \n\n3 0.2 \n"], "ae.train", "--format", "text")
    #expect(vowels.stored.hasPrefix("stored 2 sequences, 3 timesteps, 2 features,"))
    #expect(vowels.said.contains("id: file and number of the block"))
    let headed = try imported(["p.csv": "aX,aY\n1,2\n3,4\n\n5,6\n"], "p.csv")
    #expect(headed.stored.hasPrefix("stored 2 sequences, 3 timesteps, 2 features,"))
  }

  @Test func aRowIsAMeasurement() throws {
    let head = "Time,Parameter,Value\n00:00,RecordID,1\n00:00,Age,70\n"
    let files = ["1.txt": head + "00:07,HR,80\n00:07,GCS,15\n01:00,HR,-1\n", "2.txt": head + "00:10,Lactate,1.5\n"]
    let stays = try imported(
      files, "1.txt", "2.txt", "--format", "csv", "--pivot", "Parameter", "--value", "Value", "--static", "Age",
      "--skip",
      "RecordID", "--missing", "-1")
    #expect(stays.stored.hasPrefix("stored 2 sequences, 2 timesteps, 3 features,"))
    #expect(stays.said.contains("1 row has no value and makes no timestep"))
    #expect(stays.said.contains("a row is a measurement, of \"Parameter\", \"Value\"; id: none"))
  }

  @Test func aFileIsASequence() throws {
    let one = try imported(["3.csv": "\"Time (s)\",\"a x (m/s^2)\"\n2.5E-3,3.7E-2\n1.2E-2,1.9E-2\n"], "3.csv")
    #expect(one.stored.hasPrefix("stored 1 sequence, 2 timesteps, 1 feature,"))
    #expect(one.said.contains("no column holds ids: the rows are one sequence; --id names a column of ids"))
  }

  @Test func whatIsDoubtfulIsAskedWithTheOptions() throws {
    let work = try Workspace()
    try work.write("who.csv", "who,v\n" + (0..<9).map { "p\($0 / 3),\($0 * 2 % 5)\n" }.joined())
    try work.write("m.txt", "0.5 1\n2 3\n")
    try work.write("n.csv", "1,2,3\n4,5,6\n")
    let runs = try work.ragged("import", "s.sqlite", "who.csv")
    #expect(runs.status == 65)
    #expect(
      runs.errors.contains("(use --id who where it names the sequences, or --layout series where the file is one)"))
    let lines = try work.ragged("import", "s.sqlite", "m.txt")
    #expect(lines.status == 65 && lines.errors.contains("(--layout wide: a line is a sequence; --layout series:"))
    let bare = try work.ragged("import", "s.sqlite", "n.csv")
    #expect(bare.status == 65 && bare.errors.contains("(--no-header takes it for a row; --layout says what a row is)"))
    #expect(try work.ragged("import", "s.sqlite", "m.txt", "--layout", "lists").status == 64)
    #expect(try work.ragged("import", "s.sqlite", "who.csv", "--layout", "series", "--id", "who").status == 64)
  }

  /// A model predicts for the layout that it was trained on.
  @Test func aModelReadsAWideTable() throws {
    let work = try Workspace()
    let rows = (0..<12).map { row in
      "\(row % 2 + 1)\t" + (0..<6).map { $0 < 3 + row % 4 ? "\(row % 2).\($0)5" : "NaN" }.joined(separator: "\t") + "\n"
    }
    try work.write("toy.tsv", rows.joined())
    try work.good("import", "s.sqlite", "toy.tsv", "-q")
    try work.good("train", "s.sqlite", "-m", "lstm(2)", "-e", "1", "-q", "-o", "m")
    let stored = try work.good("predict", "m.best.ragged", "s.sqlite").output
    let file = try work.good("predict", "m.best.ragged", "toy.tsv", "--target", "c1").output
    #expect(stored.split(separator: "\n").count == 13)
    #expect(file.split(separator: "\n").count == 13)
  }
}
