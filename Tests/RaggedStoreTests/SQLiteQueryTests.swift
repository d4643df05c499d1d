import Foundation
import GRDB
import RaggedCore
import RaggedFormats
import RaggedStore
import Testing

// GRDB has one too.
private typealias TableOptions = RaggedFormats.TableOptions

/// The rows of a query are those of a table.
@Suite struct SQLiteQueryTests {
  private let folder: TemporaryDirectory
  private let path: String

  init() throws {
    folder = try TemporaryDirectory()
    path = folder.file("shop.db")
    try make(
      path,
      """
      CREATE TABLE visit (customer TEXT, at TEXT, amount REAL, pages INTEGER, what TEXT, code TEXT, late REAL, "a b" INTEGER);
      CREATE VIEW recent AS SELECT customer, at FROM visit;
      CREATE TABLE picture (bytes BLOB);
      INSERT INTO picture VALUES (x'00ff');
      INSERT INTO visit VALUES
        ('ada', '2020-03-01T09:00:00Z', 0.1, 3, 'look', '0012', NULL, 1),
        ('ada', '2020-03-01T09:05:00Z', NULL, 4, 'buy, "two"' || char(10) || 'lines', '0013', NULL, 2),
        ('bob', '2020-03-02T10:00:00Z', 1e300, -7, 'NA', '0012', NULL, 3),
        ('cy, "c"', '2020-03-02T10:00:00Z', 2, 8, NULL, '', NULL, 4);
      """)
  }

  private func make(_ path: String, _ sql: String, isLogged: Bool = false) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { db in
      if isLogged { _ = try Row.fetchAll(db, sql: "PRAGMA journal_mode = WAL") }
      try db.execute(sql: sql)
    }
    try queue.close()
  }

  private func read(_ query: String?, _ table: TableOptions = TableOptions(), path: String? = nil) -> (
    description: InputDescription?, records: [SequenceRecord], errors: [InputError], notes: [InputNote]
  ) {
    var options = SQLiteOptions()
    (options.query, options.table) = (query, table)
    var records: [SequenceRecord] = []
    do {
      var reader = try FileReader(path ?? self.path, format: .sqlite, options: options)
      let notes = try reader.takeNotes()
      while let record = try reader.next() { records.append(record) }
      return (try reader.description(), records, [], notes)
    } catch {
      return (nil, records, [error as? InputError].compactMap { $0 }, [])
    }
  }

  @Test func columnsAreWhatTheirValuesAre() throws {
    let found = read("SELECT customer AS id, at, pages, what, code, late FROM visit ORDER BY customer, at")
    #expect(found.errors == [])
    #expect(found.records.map(\.key) == ["ada", "bob", "cy, \"c\""])
    #expect(found.description?.input.featureNames == ["pages"])
    let columns = try #require(found.description).columns
    #expect(columns.map { "\($0.name) \($0.kind)" } == ["at time", "what category", "code category"])
    #expect(found.records[0].input == .values([3, 4], featureCount: 1))
    #expect(found.records[0].cells[0] == .times([1_583_053_200_000_000, 1_583_053_500_000_000]))
    #expect(found.records[0].cells[1] == .categories(Categories(["look", "buy, \"two\"\nlines"])))
    #expect(found.records[1].cells[1] == .categories(Categories(["NA"])))
    #expect(found.records[2].cells[1] == .categories(Categories([""])))
    #expect(found.records[0].cells[2] == .categories(Categories(["0012", "0013"])))
    #expect(found.records.map(\.line) == [1, 3, 4])
  }

  /// A query gives what the same rows give in CSV.
  @Test func rowsAreThoseOfATable() throws {
    var rows: [(id: String, x: Double, n: Int, kind: String)] = []
    for row in 0..<3000 {
      let number = Double(Float(row % 17) / 7)
      rows.append((id: "s\(row / 100)", x: number, n: row % 5, kind: row % 2 == 0 ? "u" : "v w"))
    }
    let many = folder.file("many.sqlite3")
    try make(many, "CREATE TABLE t (id TEXT, x REAL, n INTEGER, kind TEXT)")
    let queue = try DatabaseQueue(path: many)
    try queue.write { db in
      for row in rows {
        try db.execute(
          sql: "INSERT INTO t VALUES (?, ?, ?, ?)", arguments: [row.id, row.x, row.n, row.kind])
      }
    }
    try queue.close()
    var text = "id,x,n,kind\n"
    for row in rows { text += "\(row.id),\(row.x),\(row.n),\(row.kind)\n" }
    let csv = folder.file("many.csv")
    try text.write(toFile: csv, atomically: true, encoding: .utf8)
    var table = try FileReader(csv)
    let found = read("SELECT * FROM t", path: many)
    #expect(found.errors == [])
    #expect(try found.description == table.description())
    for record in found.records {
      var other = try #require(try table.next())
      other.line = record.line
      #expect(record == other)
    }
    #expect(try table.next() == nil)
  }

  @Test func queriesAreImportedIntoAStore() throws {
    let store = try folder.store()
    var reader = try FileReader(
      path, format: .sqlite,
      options: SQLiteOptions(query: "SELECT customer AS id, pages FROM visit", TableOptions(target: [])))
    let report = try store.importSequences(from: &reader, named: path, into: "d", rowPerTimestep: true)
    #expect(report.sequences == 3)
    // A store is a database as any other.
    let keys = read("SELECT key AS id, length FROM sequence ORDER BY key", TableOptions(target: []), path: store.path)
    #expect(keys.errors == [])
    #expect(keys.records.map(\.key) == ["ada", "bob", "cy, \"c\""])
    #expect(keys.records.map(\.input) == [2, 1, 1].map { .values([$0], featureCount: 1) })
  }

  static let faults: [(String, FailureClass, String)] = [
    ("SELEC 1", .usage, "the query cannot be run: near \"SELEC\": syntax error"),
    ("SELECT none", .usage, "the query cannot be run: no such column: none"),
    ("SELECT none FROM visit", .usage, "the query cannot be run: no such column: none"),
    ("SELECT \"none\" FROM visit", .usage, "the query cannot be run: no such column: none"),
    ("SELECT 1 FROM nowhere", .usage, "the query cannot be run: no such table: nowhere"),
    ("", .usage, "the query is \"\", expected one SELECT"),
    ("SELECT 1; SELECT 2", .usage, "the query is \"SELECT 1; SELECT 2\", expected one SELECT"),
    (
      "DELETE FROM visit", .usage,
      "the query would write, expected a SELECT: a database is read here and never changed"
    ),
    (
      "DELETE FROM visit RETURNING customer", .usage,
      "the query would write, expected a SELECT: a database is read here and never changed"
    ),
    ("ATTACH 'other.db' AS o", .usage, "the query gives no columns, expected a SELECT"),
    ("SELECT customer AS id, amount FROM visit WHERE 0", .badData, "the query gives no rows"),
    (
      "SELECT 'a' AS id, 1 AS x, bytes FROM picture", .badData,
      "column \"bytes\" holds a BLOB, which is neither number nor text: leave it out of the query, or make it one of them there"
    ),
    (
      "SELECT customer AS id, amount FROM visit", .badData, "column \"amount\" is \"1e+300\", which overflows float32"
    ),
    (
      "SELECT customer, pages FROM visit", .badData,
      "no column for the id of a sequence is named, and none is called \"id\", \"key\", \"sequence\", \"series\", "
        + "\"sequence_id\", \"series_id\"; the columns are \"customer\", \"pages\"; one sequence is not plainly what the "
        + "file holds, as column \"customer\", which is called as ids are, has 3 different cells in 4 rows"
    ),
  ]

  @Test(arguments: faults) func whatIsWrongIsSaid(query: String, failure: FailureClass, message: String) throws {
    let before = try Data(contentsOf: URL(filePath: path))
    let found = read(query)
    #expect(found.errors.map(\.problem) == [message])
    #expect(found.errors.map(\.failureClass) == [failure])
    #expect(try Data(contentsOf: URL(filePath: path)) == before)
    #expect(!FileManager.default.fileExists(atPath: folder.file("other.db")))
  }

  @Test func withoutAQueryTheTablesAreListed() throws {
    let error = try #require(read(nil).errors.first)
    #expect(error.failureClass == .usage)
    #expect(
      error.problem
        == "no query says which rows of the database are read; there is table \"picture\" (bytes), view \"recent\" "
        + "(customer, at), table \"visit\" (customer, at, amount, pages, what, code, late, a b)")
    #expect(error.remedy == .giveQuery("SELECT customer, at FROM recent", file: path))
    let store = try folder.store("own.sqlite")
    let own = try #require(read(nil, path: store.path).errors.first)
    #expect(own.problem.hasPrefix("is a store, whose datasets are merged rather than imported; or a query says"))
  }

  @Test func whatIsNoDatabaseIsRefused() throws {
    let text = folder.file("text.db")
    try "id,x\na,1\n".write(toFile: text, atomically: true, encoding: .utf8)
    #expect(read("SELECT 1", path: text).errors.map(\.problem) == ["is no SQLite database"])
    #expect(read("SELECT 1", path: text).errors.map(\.failureClass) == [.badData])
    let absent = read("SELECT 1", path: folder.file("none.db")).errors
    #expect(absent.map(\.problem) == ["no such file"] && absent.map(\.failureClass) == [.noInput])
    #expect(read("SELECT 1", path: "-").errors.first?.failureClass == .usage)
  }

  /// A database is left as it was, and nothing beside it.
  @Test func nothingIsWrittenBesideADatabase() throws {
    let logged = folder.file("logged.db")
    try make(logged, "CREATE TABLE t (id TEXT, x REAL); INSERT INTO t VALUES ('a', 1), ('a', 2)", isLogged: true)
    let before = try Data(contentsOf: URL(filePath: logged))
    #expect(read("SELECT * FROM t", path: logged).records.map(\.length) == [2])
    #expect(try Data(contentsOf: URL(filePath: logged)) == before)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasPrefix("logged") }
    #expect(names == ["logged.db"])
  }

  /// What another process has written and not yet put into the file is read too.
  @Test func whatIsInTheLogIsRead() throws {
    let logged = folder.file("open.db")
    let queue = try DatabaseQueue(path: logged)
    try queue.writeWithoutTransaction { db in
      _ = try Row.fetchAll(db, sql: "PRAGMA journal_mode = WAL")
      try db.execute(sql: "CREATE TABLE t (id TEXT, x REAL); INSERT INTO t VALUES ('a', 1), ('a', 2)")
    }
    #expect(read("SELECT * FROM t", path: logged).records.map(\.length) == [2])
    try queue.close()
  }

  @Test func namesTellTheFormat() {
    for name in ["a.sqlite", "b.SQLITE3", "c.db"] {
      #expect(FileFormat(fileName: name, among: FormatRegistry.allWithDatabases) == .sqlite)
      #expect(FileFormat(fileName: name) == nil)
    }
  }
}
