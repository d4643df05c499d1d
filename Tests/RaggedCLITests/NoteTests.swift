import Foundation
import Testing

/// Python with its `sqlite3`.
private enum PythonWithSQLite {
  static let isThere: Bool = {
    guard let work = try? Workspace(), let result = try? work.shell("python3 -c 'import sqlite3'") else { return false }
    return result.status == 0
  }()
}

/// What the store tells of its own accord, with another writer that Python makes.
@Suite(.enabled(if: PythonWithSQLite.isThere)) struct NoteTests {
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
