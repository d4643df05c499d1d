import Foundation
import Testing

/// Python with its `sqlite3`.
private enum PythonWithSQLite {
  static let isThere: Bool = {
    guard let work = try? Workspace(), let result = try? work.shell("python3 -c 'import sqlite3'") else { return false }
    return result.status == 0
  }()
}

/// What the store tells of its own accord, with stores of before and another writer that Python makes.
@Suite(.enabled(if: PythonWithSQLite.isThere)) struct NoteTests {
  @Test func anOlderStoreIsBroughtUpToDate() throws {
    let work = try Workspace()
    let sql = BuiltCommand.fixtures.deletingLastPathComponent().appending(path: "stores/version-1.sql").path
    try work.write(
      "make.py",
      """
      import sqlite3, sys
      sqlite3.connect("old.sqlite", isolation_level=None).executescript(open(sys.argv[1]).read())
      """)
    #expect(try work.shell("python3 make.py '\(sql)'").status == 0)
    #expect(try work.good("stats", "old.sqlite", "-d", "readings").errors == "")
    try work.shell("cp old.sqlite quiet.sqlite")
    let note = "ragged: old.sqlite: brought up to date, from version 1 to 2\n"
    #expect(try work.good("rename", "old.sqlite", "-d", "readings", "--to", "r").errors == note)
    #expect(try work.good("rename", "old.sqlite", "-d", "r", "--to", "readings").errors == "")
    #expect(try work.good("rename", "quiet.sqlite", "-d", "readings", "--to", "r", "-q").errors == "")
  }

  @Test func waitingForAnotherProcessIsTold() throws {
    let work = try Workspace()
    try work.write("a.csv", Sample.readings())
    try work.good("import", "s.sqlite", "a.csv")
    try work.write(
      "hold.py",
      """
      import sqlite3, subprocess, sys, time
      db = sqlite3.connect("s.sqlite", isolation_level=None)
      db.execute("BEGIN IMMEDIATE")
      command = subprocess.Popen([sys.argv[1], "rename", "s.sqlite", "-d", "data", "--to", "x"], stderr=subprocess.PIPE)
      line = command.stderr.readline()
      db.rollback()
      sys.stderr.write(line.decode() + command.stderr.read().decode())
      sys.exit(command.wait())
      """)
    let result = try work.shell("python3 hold.py \"$RAGGED\"")
    #expect(result.status == 0 && result.output == "dataset \"data\" is \"x\" now\n")
    #expect(result.errors == "ragged: s.sqlite: another process is writing to it; waiting up to 10.0 s\n")
  }
}
