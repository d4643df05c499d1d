import GRDB
import RaggedCore
import Testing

@testable import RaggedStore

/// What the disk does not give is no damage of the file.
@Suite struct ReadErrorTests {
  @Test(arguments: [
    (ResultCode.SQLITE_IOERR_READ, false), (.SQLITE_IOERR_FSYNC, false), (.SQLITE_IOERR_SHORT_READ, true),
    (.SQLITE_CORRUPT, true), (.SQLITE_NOTADB, true), (.SQLITE_NOMEM, false), (.SQLITE_BUSY, false),
    (.SQLITE_INTERRUPT, false), (.SQLITE_CANTOPEN, false),
  ])
  func errorsOfTheDiskAreNoDamage(_ known: (code: ResultCode, isDamage: Bool)) {
    #expect(DatabaseError(resultCode: known.code).isDamage == known.isDamage)
  }

  @Test func theCheckOfPagesTellsThemApart() throws {
    // The lines are those of SQLite 3.45.1 where a read fails, and where a page is not what it should be.
    for code in [266, 8458] {
      let failed = try #require(DatabaseError(inspection: "Page 9: unable to get the page. error code=\(code)"))
      #expect(failed.resultCode == .SQLITE_IOERR && !failed.isDamage)
      let error = try #require(SequenceStore.error(failed, path: "a.ragged", waited: 0, .none) as? StoreError)
      #expect(error.code == .inputOutput && error.failureClass == .inputOutput)
    }
    let damaged = try #require(DatabaseError(inspection: "Tree 8 page 9: btreeInitPage() returns error code 11"))
    #expect(damaged.isDamage)
    #expect(DatabaseError(inspection: "row 3 missing from index sequence_key") == nil)
  }

  @Test func aDivisionIsReportedFromWithinItsTransaction() throws {
    let directory = try TemporaryDirectory()
    let store = try directory.store()
    try store.add(classifiedRecords(20))
    // Figures that cannot be reported take the division back.
    try store.vandalise("CREATE TRIGGER t AFTER INSERT ON length_count BEGIN UPDATE length_count SET count = -1; END")
    let before = try store.splits()
    #expect(throws: StoreError.self) { try store.resplit(dataset: "d", .named("all")) }
    #expect(try store.splits() == before)
  }
}
