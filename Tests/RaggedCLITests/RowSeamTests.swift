import Foundation
import Testing

/// Where grouping rows meets what else an import does.
@Suite struct RowSeamTests {
  /// Rows whose last stands apart from those of its sequence, behind the rows that are looked at first.
  private static func late(_ column: String = "x", pairs: Int = 700) -> String {
    "id,\(column)\n" + (0..<pairs * 2).map { "s\($0 / 2),\($0 * 7 % 13)\n" }.joined() + "s3,5\n"
  }

  @Test func aFileThatIsDecidedWithOthersIsGrouped() throws {
    let work = try Workspace()
    try work.write("a.csv", Self.late())
    // Text in one file makes it text in both.
    try work.write("b.csv", "id,x\nt1,low\nt2,high\nt1,mid\n")
    let result = try work.good("import", "s.sqlite", "a.csv", "b.csv")
    #expect(result.output.hasPrefix("stored 702 sequences, 1,404 timesteps"), "\(result.output)\(result.errors)")
    #expect(result.errors.contains("so it is taken for text in all files"), "\(result.errors)")
    let alone = try work.good("import", "t.sqlite", "a.csv", "--category", "x")
    #expect(alone.output.hasPrefix("stored 700 sequences, 1,401 timesteps"))
  }

  @Test func aJoinSurvivesAFileThatIsBegunAnew() throws {
    let work = try Workspace()
    try work.write("a.csv", Self.late())
    let keys = (0..<690).map { "s\($0),\($0 % 3 == 0 ? "u" : "v")\n" }.joined()
    try work.write("y.csv", "id,label\n" + keys + "other,u\n")
    let result = try work.good("import", "s.sqlite", "a.csv", "--join", "y.csv")
    #expect(result.output.hasPrefix("stored 700 sequences, 1,401 timesteps"), "\(result.output)")
    #expect(result.errors.contains("10 sequences have no row in \"y.csv\""), "\(result.errors)")
    #expect(result.errors.contains("1 row of \"y.csv\" has no sequence: \"other\""), "\(result.errors)")
    #expect(result.output.contains("2 classes"))
  }

  @Test func aScatteredSequenceThatIsThereIsSkippedOnce() throws {
    let work = try Workspace()
    try work.write("d.csv", "id,x\na,1\na,2\nb,3\n")
    try work.write("e.csv", "id,x\na,1\nb,3\na,2\nc,4\nb,5\n")
    try work.good("import", "s.sqlite", "d.csv", "-q")
    for grouping in ["never", "always", "auto"] {
      let copy = "s-\(grouping).sqlite"
      try FileManager.default.copyItem(at: work.url.appending(path: "s.sqlite"), to: work.url.appending(path: copy))
      let result = try work.good("import", copy, "e.csv", "--if-exists", "skip", "--group-rows", grouping)
      #expect(result.output.contains("stored 1 sequence, 1 timestep"), "\(result.output)")
      #expect(result.output.contains("2 there already"), "\(result.output)")
    }
  }

  @Test func hoursBeyondADayAreTimeThatHasPassed() throws {
    let work = try Workspace()
    try work.write("stay.csv", "Time,HR\n00:07,80\n23:10,81\n25:10,82\n47:37,83\n")
    let result = try work.good("import", "s.sqlite", "stay.csv")
    #expect(
      result.errors.contains(
        "column \"Time\" has hours beyond 24, first in line 4, and is taken for the time that has passed rather than for a time of day"
      ), "\(result.errors)")
    try work.write("day.csv", "Time,HR\n00:07,80\n23:10,81\n")
    #expect(!(try work.good("import", "t.sqlite", "day.csv").errors.contains("beyond 24")))
  }

  #if os(Linux)
    /// Runs a line of shell with a disk of so many bytes in the folder `small`, which no other process sees.
    private static func withDisk(_ size: Int, _ work: Workspace, _ line: String) throws -> CommandResult {
      try work.shell(
        "mkdir -p small; export RAGGED; exec unshare -rm sh -c 'mount -t tmpfs -o size=\(size) tmpfs small || exit 99; \(line)'"
      )
    }

    static let canMount = (try? withDisk(65536, Workspace(), "true").status) == 0

    @Test(.enabled(if: canMount, "a disk of one's own cannot be mounted here"))
    func aFullDiskForTheRowsThatAreGroupedIs74() throws {
      let work = try Workspace()
      // More than is kept in memory.
      let filler = String(repeating: "0123456789", count: 100)
      try work.write("big.csv", "id,x,note\n")
      let file = try FileHandle(forWritingTo: work.url.appending(path: "big.csv"))
      try file.seekToEnd()
      for part in 0..<120 {
        let rows = (0..<500).map { "s\(($0 * 7 + part) % 50),\($0),\(filler)\n" }.joined()
        try file.write(contentsOf: Data(rows.utf8))
      }
      try file.close()
      let result = try Self.withDisk(
        1 << 20, work,
        "TMPDIR=small \"$RAGGED\" import s.sqlite big.csv --metadata note --on-error skip; code=$?; ls -A small; exit $code"
      )
      #expect(result.status == 74, "\(result.errors)")
      #expect(result.output == "", "\(result.output)")
      #expect(result.errors.contains("the rows cannot be grouped in a temporary file in \"small\""), "\(result.errors)")
      #expect(result.errors.contains("No space left on device"), "\(result.errors)")
      #expect(work.names == ["big.csv", "small"], "\(work.names)")
    }
  #endif
}
