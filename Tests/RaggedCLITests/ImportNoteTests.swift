import Foundation
import Testing

/// What an import says of what it guessed and left out.
@Suite struct ImportNoteTests {
  @Test func aRowNumberIsLeftOutWithALine() throws {
    let work = try Workspace()
    let rows = (0..<12).map { "\($0),s\($0 / 4),\($0 % 4),\(($0 * 5) % 7),\($0 / 4 == 1 ? "u" : "v")\n" }
    try work.write("frame.csv", ",id,t,v,label\n" + rows.joined())
    let result = try work.good("import", "s.sqlite", "frame.csv")
    #expect(result.output.hasPrefix("stored 3 sequences, 12 timesteps, 1 feature, 2 classes"))
    #expect(
      result.errors
        == "id: \"id\"; features: \"v\"; target (class): \"label\"; time: \"t\"; not imported: \"\"\n"
        + "frame.csv: column 1 has no name and counts the rows, so it is no feature unless --features names it\n")
    #expect(try work.good("import", "q.sqlite", "frame.csv", "-q").errors == "")
    #expect(
      try work.good("import", "n.sqlite", "frame.csv", "--features", "\"\",v").output.contains(
        "12 timesteps, 2 features"))
  }

  @Test func notesComeFromStandardInputAndOfEveryFile() throws {
    let work = try Workspace()
    let text = "id,label,v\na,1.0,1\nb,0.0,4\n"
    let note =
      "column \"label\" holds whole numbers written with a point and is taken for a value; --target-kind class takes "
    #expect(
      try work.good("import", "s.sqlite", "-", "--format", "csv", input: text).errors.contains(
        "standard input: \(note)"))
    try work.write("one.csv", text)
    try work.write("two.csv", text.replacing("a,", with: "c,").replacing("b,", with: "d,"))
    let errors = try work.good("import", "t.sqlite", "one.csv", "two.csv").errors
    #expect(errors.contains("one.csv: \(note)") && errors.contains("two.csv: \(note)"))
  }

  @Test func timesNeedNotBeChecked() throws {
    let work = try Workspace()
    try work.write(
      "log.csv",
      "case,activity,time\n7,open,2023-05-01T08:00:00.000\n7,assign,2023-05-01T08:00:00.000\n8,open,2023-05-02T08:10Z\n"
    )
    try work.bad(
      65, "--time none takes the rows as they stand)", "import", "s.sqlite", "log.csv", "--id", "case", "--features",
      "activity", "--tokens", "words")
    let result = try work.good(
      "import", "s.sqlite", "log.csv", "--id", "case", "--features", "activity", "--tokens", "words", "--time", "none")
    #expect(result.output.hasPrefix("stored 2 sequences, 3 timesteps"))
    try work.write("ties.csv", "id,t,v\na,1,5\na,1,6\n")
    #expect(
      try work.good("import", "t.sqlite", "ties.csv").errors.hasSuffix(
        "ties.csv: 1 timestep has the time of the one before in column \"t\", first in line 3; they keep the order of the rows\n"
      ))
  }
}
