import Foundation
import Testing

/// Columns of the data beside predictions, and CoNLL's columns.
@Suite struct PredictColumnsTests {
  private static let tagged = """
    Ada B-PER
    lives O
    in O
    Lima B-LOC

    Bob B-PER
    sleeps O

    Lima B-LOC
    sleeps O

    """

  private func trained(_ work: Workspace) throws {
    try work.write("train.conll", Self.tagged)
    try work.good("import", "s.sqlite", "train.conll")
    try work.good("train", "s.sqlite", "-m", "embedding(4) lstm(4, sequences)", "--epochs", "3", "-o", "m", "-q")
  }

  @Test func conllHasTokenTagAndPrediction() throws {
    let work = try Workspace()
    try trained(work)
    // Words and a tag that the model does not know stand there as the data has them.
    try work.write("test.conll", "Eve B-PER\nsings B-NEW\n\nLima B-LOC\n")
    let table = try work.good("predict", "m.last.ragged", "test.conll", "--actual")
    let predicted = table.outputLines.dropFirst().filter { !$0.isEmpty }.map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(predicted.map { $0[3] } == ["B-PER", "B-NEW", "B-LOC"])
    let conll = try work.good("predict", "m.last.ragged", "test.conll", "--to", "conll")
    #expect(
      conll.output
        == "Eve B-PER \(predicted[0][2])\nsings B-NEW \(predicted[1][2])\n\nLima B-LOC \(predicted[2][2])\n\n")
    // Of a store too, and without tags.
    try work.good("import", "t.sqlite", "test.conll")
    #expect(try work.good("predict", "m.last.ragged", "t.sqlite", "--to", "conll").output == conll.output)
    try work.write("bare.conll", "Eve\nsings\n\nLima\n")
    let bare = try work.good("predict", "m.last.ragged", "bare.conll", "--to", "conll")
    #expect(bare.output == "Eve \(predicted[0][2])\nsings \(predicted[1][2])\n\nLima \(predicted[2][2])\n\n")
    #expect(bare.errors.contains("there is no column of it beside what is predicted"))
    // It is read as it was written.
    try work.write("again.conll", conll.output)
    #expect(try work.good("import", "u.sqlite", "again.conll").output.contains("2 sequences"))
  }

  @Test func whatConllCannotHoldIsRefused() throws {
    let work = try Workspace()
    try trained(work)
    try work.write("t.jsonl", #"{"id": "a", "token": ["New York", "sleeps"]}"# + "\n")
    try work.bad(
      65, #"key "a": column "token" is "New York", and a blank separates CoNLL's columns; use csv or jsonl"#, "predict",
      "m.last.ragged", "t.jsonl", "--features", "token", "--to", "conll", "-q")
    try work.write("a.csv", Sample.readings())
    try work.good("import", "r.sqlite", "a.csv")
    try work.good("train", "r.sqlite", "-m", "lstm(2)", "--epochs", "1", "-o", "r", "-q")
    try work.bad(
      64, "--to conll is for a class at each timestep", "predict", "r.last.ragged", "r.sqlite", "--to", "conll")
  }

  @Test func columnsStandBesidePredictions() throws {
    let work = try Workspace()
    try work.write(
      "a.csv",
      """
      id,patient,site,age,v,w,label
      a,p1,north,40,1,5,x
      a,p1,north,40,2,6,x
      b,p2,"so, uth",,3,7,y
      b,p2,"so, uth",,,8,y

      """)
    try work.good("import", "s.sqlite", "a.csv", "--group-column", "patient")
    try work.good(
      "train", "s.sqlite", "--inputs", "v", "--target", "label", "-m", "lstm(2)", "--epochs", "1", "-o", "m", "-q")
    for data in ["s.sqlite", "a.csv"] {
      let table = try work.good("predict", "m.last.ragged", data, "--columns", "group,site,age", "-q")
      #expect(table.outputLines[0] == "key,group,site,age,prediction,p_x,p_y")
      #expect(table.outputLines[1].hasPrefix("a,p1,north,40.0,"))
      #expect(table.outputLines[2].hasPrefix("b,p2,\"so, uth\",,"))
      let lines = try work.good(
        "predict", "m.last.ragged", data, "--columns", "group,site,age", "--to", "jsonl", "-q")
      #expect(lines.output.contains(#""columns":{"age":null,"group":"p2","site":"so, uth"}"#))
    }
    try work.bad(
      64, #"column "w" has a cell per timestep, and there is a prediction per sequence"#, "predict", "m.last.ragged",
      "s.sqlite", "--columns", "w")
    try work.bad(64, "nowhere", "predict", "m.last.ragged", "s.sqlite", "--columns", "nowhere")
    // At each timestep, columns of both extents.
    try work.good(
      "train", "s.sqlite", "--inputs", "v", "--target", "w", "-m", "lstm(2, sequences)", "--epochs", "1", "-o", "n",
      "-q")
    let rows = try work.good("predict", "n.last.ragged", "s.sqlite", "--columns", "site,v", "-q").outputLines
    #expect(rows[0] == "key,t,site,v,w")
    try #require(rows.count == 6)
    #expect(rows[1].hasPrefix("a,0,north,1.0,") && rows[4].hasPrefix("b,1,\"so, uth\",,"))
    let last = try work.good("predict", "n.last.ragged", "s.sqlite", "--columns", "v", "--last", "-q").outputLines
    #expect(last[1].hasPrefix("a,1,2.0,"))
    let part = try work.good("predict", "n.last.ragged", "a.csv", "--columns", "v", "--where", "site = 'north'", "-q")
    #expect(part.outputLines.count == 4 && part.outputLines[1].hasPrefix("a,0,1.0,"))
  }
}
