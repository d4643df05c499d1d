import Foundation
import Testing

/// Labels in another file, and files of JSON and arrays in the forms that people have.
@Suite struct JoinCommandTests {
  private static func workspace() throws -> Workspace {
    let work = try Workspace()
    try work.write("X_train.csv", "series_id,measurement_number,v\n0,0,1\n0,1,2\n1,0,5\n1,1,6\n2,0,3\n")
    try work.write("y_train.csv", "series_id,group_id,surface\n0,13,carpet\n1,31,tiled\n7,3,wood\n")
    return work
  }

  @Test func labelsInAnotherFile() throws {
    for option in ["--labels", "--join"] {
      let work = try Self.workspace()
      let result = try work.good(
        "import", "s.sqlite", "X_train.csv", option, "y_train.csv", "--target", "surface")
      #expect(result.output.hasPrefix("stored 3 sequences, 5 timesteps"), "\(result.output)")
      #expect(
        result.errors.contains(
          #"joined with "y_train.csv" by "series_id", no input unless named; target (class): "surface"; numbers per sequence: "group_id""#
        ), "\(result.errors)")
      #expect(
        result.errors.contains(#"1 sequence has no row in "y_train.csv", so that all its cells of it are missing: "2""#)
      )
      #expect(result.errors.contains(#"1 row of "y_train.csv" has no sequence: "7""#))
      let stats = try work.good("stats", "s.sqlite").output
      #expect(stats.contains("carpet") && stats.contains("tiled"))
      try work.good("export", "s.sqlite", "out.csv")
      #expect(try work.text("out.csv").contains("carpet"))
    }
  }

  /// The stays of PhysioNet's challenge lie so: a file each, named by the key of the table of outcomes.
  @Test func aFileASequenceWithLabelsInOne() throws {
    let work = try Workspace()
    for stay in [132539, 132540, 132541] {
      try work.write("\(stay).txt", "Hour,HR,Temp\n0,\(stay % 100),36.5\n1,80,\n")
    }
    try work.write("Outcomes-a.txt", "RecordID,SAPS-I,In-hospital_death\n132539,6,0\n132540,16,1\n132541,21,0\n")
    let result = try work.good(
      "import", "s.sqlite", "132539.txt", "132540.txt", "132541.txt", "--format", "csv", "--join", "Outcomes-a.txt",
      "--target", "In-hospital_death")
    #expect(result.output.hasPrefix("stored 3 sequences, 6 timesteps"), "\(result.output)")
    #expect(result.output.contains("2 classes"))
    #expect(!result.errors.contains("no row in") && !result.errors.contains("has no sequence"))
    let again = try work.bad(
      65, "(--join-key names the column, --key-from name makes keys of the files' names)", "import", "t.sqlite",
      "132539.txt", "132540.txt", "--format", "csv", "--join", "Outcomes-a.txt", "--join-key", "SAPS-I")
    #expect(again.errors.contains("none of the 2 keys is in column \"SAPS-I\""))
    #expect(!work.names.contains("t.sqlite"))
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    let work = try Self.workspace()
    try work.bad(
      64, "one table can be joined, and there are several: y_train.csv, y_train.csv", "import", "s.sqlite",
      "X_train.csv", "--labels", "y_train.csv", "--join", "y_train.csv")
    try work.bad(
      64, "--join-key and --join-columns go with --join", "import", "s.sqlite", "X_train.csv", "--join-key", "a")
    try work.bad(66, "no such file", "import", "s.sqlite", "X_train.csv", "--join", "absent.csv")
    try work.write("twice.csv", "series_id,v\n0,1\n1,2\n2,3\n")
    try work.bad(
      65, "(name those that are wanted with --join-columns)", "import", "s.sqlite", "X_train.csv", "--join",
      "twice.csv",
      "--target", "none")
  }

  @Test func jsonShapes() throws {
    let work = try Workspace()
    try work.write(
      "array.json", #"[{"id":"a","features":[[1,2],[3,4]],"target":"x"},{"id":"b","features":[[5,6]],"target":"y"}]"#)
    #expect(
      try work.good("import", "s.sqlite", "array.json").output.hasPrefix(
        "stored 2 sequences, 3 timesteps, 2 features, 2 classes"))
    try work.write(
      "dict.jsonl",
      #"{"id":"a","target":"x","signals":{"hr":[60,61,62],"acc":[0.1,0.2,0.3]}}"# + "\n"
        + #"{"id":"b","target":"y","signals":{"hr":[70],"acc":[0.9]}}"# + "\n")
    let result = try work.good("import", "d.sqlite", "dict.jsonl", "--features", "hr,acc")
    #expect(result.output.hasPrefix("stored 2 sequences, 4 timesteps, 2 columns, 2 classes"))
    try work.good("train", "d.sqlite", "-m", "lstm(1)", "-e", "1", "-q", "-o", "m")
    try work.write("inf.jsonl", #"{"id":"a","features":[[1,-Infinity]]}"# + "\n")
    try work.bad(65, "expected a finite number", "import", "i.sqlite", "inf.jsonl")
  }

  /// What an export writes comes back, in either form of JSON.
  @Test func exportsComeBack() throws {
    let work = try Self.workspace()
    try work.good("import", "s.sqlite", "X_train.csv", "--join", "y_train.csv", "--target", "surface")
    try work.good("export", "s.sqlite", "out.jsonl")
    let lines = try work.text("out.jsonl").split(separator: "\n")
    try work.write("array.json", "[\n" + lines.joined(separator: ",\n") + "\n]\n")
    try work.good("import", "a.sqlite", "out.jsonl", "-q")
    try work.good("import", "b.sqlite", "array.json", "-q")
    try work.good("export", "a.sqlite", "a.csv", "-q")
    try work.good("export", "b.sqlite", "b.csv", "-q")
    #expect(try work.text("a.csv") == work.text("b.csv"))
  }
}
