import Foundation
import Testing

/// `ragged inspect` and `ragged import --dry-run`.
@Suite struct InspectCommandTests {
  private static func command(_ output: String) -> String? {
    output.split(separator: "\n").last { $0.hasPrefix("  ragged import ") }.map { String($0.dropFirst(2)) }
  }

  @Test func aTableIsShownWithTheCommandThatImportsIt() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    let result = try work.good("inspect", "readings.csv")
    #expect(result.errors == "")
    #expect(result.output.hasPrefix("readings.csv: csv, "))
    #expect(result.output.contains("  delimiter: , (--delimiter)\n  header: the first row (--no-header)\n"))
    #expect(result.output.contains("40 sequences, 235 timesteps (all of them)\n"), "\(result.output)")
    #expect(result.output.contains("rows: those of a sequence stand together\n"))
    #expect(result.output.contains("times: \"t\" never falls within a sequence\n"))
    #expect(
      Self.command(result.output)
        == "ragged import STORE readings.csv --id id --features ax,ay --target label --target-kind class --time t",
      "\(result.output)")
    #expect(work.names == ["readings.csv"])
  }

  /// Tables of several kinds.
  private static let tables: [String] = {
    func rows(_ count: Int, _ row: (Int) -> [String]) -> String {
      (0..<count).map { row($0).joined(separator: ",") + "\n" }.joined()
    }
    let indexed = rows(24) {
      ["\($0)", "s\($0 / 4)", "\($0 % 4)", "\($0 * 5 % 7)", $0 % 2 == 0 ? "u" : "v", "\($0 / 4 % 2)"]
    }
    let perSequence = rows(12) { ["s\($0 / 3)", "\($0 / 3 * 7)", "\($0 % 5)", "k\($0 / 3)"] }
    let dated = rows(8) { ["s\($0 / 2)", "2020-01-0\($0 + 1)", "\($0 % 5).5", "\($0 / 2).25"] }
    return [
      "id,t,v,label\na,0,1,x\na,1,2,x\nb,0,3,y\n", ",id,t,v,w,label\n" + indexed, "id,site,v,kind\n" + perSequence,
      "id,when,v,y\n" + dated, "id,a b,it's,t\na,1,2,0\na,2,3,1\n", "id,word\na,up\na,down\nb,up\n", "id,x\na,1\nb,2\n",
    ]
  }()

  /// The law of the command that is shown: it makes the store that the command without options makes.
  @Test(arguments: tables) func theCommandShownMakesTheSameStore(text: String) throws {
    let work = try Workspace()
    try work.write("d.csv", text)
    let shown = try #require(Self.command(try work.good("inspect", "d.csv").output))
    let result = try work.shell("$RAGGED" + shown.replacing("STORE", with: "a.sqlite").dropFirst("ragged".count))
    #expect(result.status == 0, "\(shown): \(result.errors)")
    try work.good("import", "b.sqlite", "d.csv")
    for command in [["stats"], ["export"]] {
      let rest = command == ["stats"] ? ["--json"] : ["-", "--to", "jsonl"]
      let (one, two) = (try work.ragged(command + ["a.sqlite"] + rest), try work.ragged(command + ["b.sqlite"] + rest))
      // A time is no input by itself, whatever its role.
      func lines(_ text: String) -> [Substring] { text.split(separator: "\n").filter { !$0.contains("\"role\"") } }
      #expect(one.status == 0 && lines(one.output) == lines(two.output), "\(shown)\n\(one.errors)")
    }
  }

  @Test func jsonSaysTheSame() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    let output = try work.good("inspect", "readings.csv", "--json").output
    let object = try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any])
    #expect(object["sequences"] as? Int == 40 && object["isWhole"] as? Bool == true)
    let columns = try #require(object["columns"] as? [[String: Any]])
    #expect(columns.map { $0["role"] as? String } == ["id", "time", "feature", "feature", "target"])
    #expect((object["command"] as? String)?.hasPrefix("ragged import STORE readings.csv --id id ") == true)
    let files = try #require(object["files"] as? [[String: Any]])
    let traits = try #require(files.first?["traits"] as? [[String: Any]])
    #expect(traits.first?["option"] as? String == "--delimiter")
  }

  @Test func whatAnImportWouldRefuseIsShownAndRefused() throws {
    let work = try Workspace()
    try work.write("runs.csv", "time,run,v\n0,a,1\n1,a,2\n0,b,3\n1,b,4\n")
    let result = try work.ragged("inspect", "runs.csv")
    #expect(result.status == 65 && result.output.contains("run") && result.output.contains("a, b"))
    #expect(result.errors.contains("(use --id run where it names the sequences"))
    #expect(Self.command(result.output) == nil)
    try work.bad(66, "no such file", "inspect", "none.csv")
    try work.bad(64, "expected one of", "inspect", "runs.dat")
    try work.bad(64, "means nothing for the format csv", "inspect", "runs.csv", "--mask", "m")
  }

  @Test func aDryRunMakesNoStore() throws {
    let work = try Workspace()
    try work.write("d.csv", "id,t,v,label\na,0,1,x\na,1,2,x\nb,0,3,y\n")
    let result = try work.good(
      "import", "my store.sqlite", "d.csv", "--dry-run", "--split", "0.5,0.5", "--seed", "3", "-d", "set")
    #expect(work.names == ["d.csv"])
    #expect(
      Self.command(result.output)?.hasPrefix(
        "ragged import 'my store.sqlite' d.csv --dataset set --split 0.5,0.5 --seed 3 --id id ") == true,
      "\(result.output)")
    try work.good("import", "s.sqlite", "d.csv")
    let before = try work.data("s.sqlite")
    try work.write("e.csv", "id,t,v,label\nc,0,1,x\n")
    #expect(
      try work.good("import", "s.sqlite", "e.csv", "--dry-run").output.hasSuffix(
        "The sequences would be added to those of dataset \"data\".\n"))
    try work.write("f.csv", "id,t,u,label\nc,0,1,x\n")
    let other = try work.ragged("import", "s.sqlite", "f.csv", "--dry-run")
    #expect(other.status == 65 && other.errors.contains("the files do not fit dataset \"data\""))
    #expect(try work.data("s.sqlite") == before)
  }

  @Test func severalFilesAreDecidedTogether() throws {
    let work = try Workspace()
    try work.write("one.csv", "id,t,v\na,0,1\na,1,2\n")
    try work.write("two.csv", "id,t,v,w\nb,0,1,5\nb,1,2,6\n")
    let note = "column \"w\" of two.csv is not in one.csv: its cells are missing there (--skip w leaves it out)"
    let shown = try work.good("inspect", "one.csv", "two.csv").output
    #expect(shown.contains(note))
    // Columns that one of them has not cannot be named for both.
    #expect(Self.command(shown) == "ragged import STORE one.csv two.csv --id id --time t", "\(shown)")
    let result = try work.good("import", "s.sqlite", "one.csv", "two.csv")
    #expect(result.errors.contains(note + "\n"))
    #expect(result.output.hasPrefix("stored 2 sequences, 4 timesteps, 2 features"))
    try work.write("three.csv", "id,t,v,label\nc,0,1,x\n")
    let refused = try work.bad(
      65, "three.csv: its target is a class per sequence, that of one.csv none", "import", "t.sqlite", "one.csv",
      "three.csv")
    #expect(!work.names.contains("t.sqlite"), "\(refused.errors)")
  }

  @Test func aTerminalCanShowIt() throws {
    let work = try Workspace()
    let columns = (0..<30).map { "c\($0)" }
    let rows = (0..<20).map { row in
      "s\(row / 5)," + columns.indices.map { "\((row * 7 + $0) % 11)" }.joined(separator: ",")
    }
    try work.write("wide.csv", "id," + columns.joined(separator: ",") + "\n" + rows.joined(separator: "\n") + "\n")
    let output = try work.good("inspect", "wide.csv").output
    // More features than anybody reads are not listed.
    #expect(Self.command(output) == "ragged import STORE wide.csv --id id")
    #expect(output.contains("▁"))
  }
}
