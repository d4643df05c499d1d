import Foundation
import Testing

/// Rows in any order, by the command: what is stored, and what is said.
@Suite struct RowOrderCommandTests {
  private func exported(_ work: Workspace) throws -> [String] {
    try work.good("export", "s.sqlite", "out.csv")
    return try String(decoding: work.data("out.csv"), as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test func anEventLogInTheOrderOfTime() throws {
    let work = try Workspace()
    try work.write(
      "log.csv",
      """
      case,what,when
      7,open,2024-03-01 10:00:00
      9,open,2024-03-01 10:04:00
      7,check,2024-03-01 10:11:00
      9,close,2024-03-01 10:12:00
      7,close,2024-03-01 10:30:00

      """)
    let result = try work.good(
      "import", "s.sqlite", "log.csv", "--id", "case", "--features", "what", "--tokens", "words", "--time", "when")
    #expect(result.output == "stored 2 sequences, 5 timesteps, 4 tokens, 0 classes, 0 rejected\n")
    #expect(
      result.errors.contains(
        "log.csv: the rows of a sequence do not stand together: grouped by \"case\" (2 sequences, 5 rows); --group-rows never "
          + "refuses them\n"), "\(result.errors)")
    #expect(
      try exported(work).dropFirst().map { $0.split(separator: ",").prefix(3).joined(separator: " ") } == [
        "7 0 open", "7 1 check", "7 2 close", "9 0 open", "9 1 close",
      ])
    let stream = try work.good(
      "import", "t.sqlite", "-", "--format", "csv", "--id", "case", "--features", "what", "--tokens", "words", "--time",
      "when", input: String(decoding: work.data("log.csv"), as: UTF8.self))
    #expect(stream.output == result.output)
  }

  @Test func newestFirst() throws {
    let work = try Workspace()
    try work.write(
      "d.csv", "shop,day,sold\nN,2021-05-03,30\nN,2021-05-02,20\nN,2021-05-01,10\nS,2021-05-02,5\nS,2021-05-01,4\n")
    let result = try work.good("import", "s.sqlite", "d.csv", "--id", "shop", "--time", "day", "--target", "none")
    #expect(
      result.errors.contains(
        "d.csv: the rows of 2 sequences stand newest first throughout, first of the one in line 2: sorted by column \"day\"; --order "
          + "none keeps the order of the file\n"), "\(result.errors)")
    let (header, rows) = (try exported(work)[0].split(separator: ","), try exported(work).dropFirst())
    let place = try #require(header.firstIndex(of: "sold"))
    #expect(rows.map { $0.split(separator: ",")[place] } == ["10.0", "20.0", "30.0", "4.0", "5.0"])
  }

  @Test func ofAStreamWhatIsFoundLateIsRefusedWithTheOption() throws {
    let work = try Workspace()
    let rows = (0..<1100).map { "s\($0 / 2),\($0)\n" }.joined() + "s3,5\n"
    try work.bad(
      65,
      "id \"s3\" comes back after its rows ended (first seen on line 8); sort the rows by id, then by time, or let "
        + "--group-rows always do so", "import", "s.sqlite", "-", "--format", "csv", "--id", "id", "--features", "x",
      input: "id,x\n" + rows)
    #expect(work.names == [])
    let result = try work.good(
      "import", "s.sqlite", "-", "--format", "csv", "--id", "id", "--features", "x", "--group-rows", "always",
      input: "id,x\n" + rows)
    #expect(result.output.hasPrefix("stored 550 sequences, 1,101 timesteps, "))
    try work.write("a.csv", "id,x\n" + rows)
    try work.good("import", "t.sqlite", "a.csv", "--features", "x")
    #expect(try work.good("stats", "t.sqlite").output == work.good("stats", "s.sqlite").output)
  }

  @Test func idsThatStandOnceABlock() throws {
    let work = try Workspace()
    try work.write("ner.csv", "Text #,Word,Tag\nT1,Ann,P\n,likes,O\n,Rome,L\nT2,Bob,P\n,sleeps,O\n")
    let options = [
      "--id", "Text #", "--features", "Word", "--target", "Tag", "--tokens", "words", "--target-kind", "class-per-step",
    ]
    let result = try work.ragged(["import", "s.sqlite", "ner.csv"] + options)
    #expect(result.output == "stored 2 sequences, 5 timesteps, 6 tokens, 3 classes, 0 rejected\n", "\(result.errors)")
    let skipped = try work.ragged(
      ["import", "t.sqlite", "ner.csv", "--blank-ids", "refuse", "--on-error", "skip"] + options)
    #expect(skipped.status == 65 && work.names == ["ner.csv", "s.sqlite"], "\(skipped.errors)")
  }
}
