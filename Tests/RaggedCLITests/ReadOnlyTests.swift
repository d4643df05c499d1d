import Foundation
import Testing

/// Stores that cannot be written: everything that reads them works, and everything that writes says why it does not.
@Suite(.serialized) struct ReadOnlyTests {
  /// A folder `media` of a workspace, with a store and a model of it, that cannot be written until this is gone: to root a
  /// mount, for nobody else could keep it from writing, and to others the permissions.
  private final class Media {
    let work: Workspace

    /// - Parameter prepare: done in the folder while it can be written.
    init(_ prepare: (Workspace) throws -> Void = { _ in }) throws {
      work = try Workspace()
      try work.write("readings.csv", Sample.readings())
      #expect(try work.shell("mkdir media").status == 0)
      try work.good("import", "media/s.sqlite", "readings.csv", "--split", "0.8,0.2", "--quiet")
      try work.good("train", "media/s.sqlite", "-m", "lstm(2)", "--epochs", "1", "--quiet", "-o", "m")
      try prepare(work)
      try #require(try Media.lock(work))
    }

    deinit {
      _ = try? work.shell("if [ \"$(id -u)\" = 0 ]; then umount media; else chmod -R u+w media; fi")
    }

    private static func lock(_ work: Workspace) throws -> Bool {
      try work.shell(
        """
        if [ "$(id -u)" = 0 ]; then mount --bind media media && mount -o remount,ro,bind media;
        else chmod -R a-w media; fi
        """
      ).status == 0
    }

    /// Whether a folder can be made that cannot be written.
    static let isPossible: Bool = {
      guard let work = try? Workspace(), (try? work.shell("mkdir media").status) == 0 else { return false }
      defer { _ = try? work.shell("if [ \"$(id -u)\" = 0 ]; then umount media; else chmod u+w media; fi") }
      return (try? lock(work)) == true
    }()
  }

  private static let cannot = "media/s.sqlite: cannot be written: it or its folder is read-only"

  /// Every command that only reads.
  private static func read(_ work: Workspace) throws {
    let commands = [
      ["stats", "media/s.sqlite"], ["stats", "media/s.sqlite", "--where", "length > 4"], ["plan", "media/s.sqlite"],
      ["batches", "media/s.sqlite", "--output", "out"], ["evaluate", "m.last.ragged", "media/s.sqlite"],
      ["predict", "m.last.ragged", "media/s.sqlite", "--where", "split = 'test'"], ["check", "media/s.sqlite"],
      ["verify", "media/s.sqlite", "-m", "m.last.ragged"], ["runs", "media/s.sqlite"],
      ["merge", "copy.sqlite", "media/s.sqlite"],
      ["train", "media/s.sqlite", "-m", "lstm(2)", "--epochs", "1", "--no-record", "-o", "n", "--quiet"],
    ]
    for result in try commands.map({ try work.start($0) }).map({ $0.result() }) {
      #expect(result.status == 0, "\(result.errors)")
    }
    try work.good("train", "media/s.sqlite", "--resume", "n.last.ragged", "--epochs", "2", "--no-record", "--quiet")
  }

  /// Every command that writes.
  private static func write(_ work: Workspace) throws {
    let commands = [
      ["import", "media/s.sqlite", "readings.csv"], ["delete", "media/s.sqlite", "--all"],
      ["rename", "media/s.sqlite", "--to", "x"], ["split", "media/s.sqlite", "--split", "0.5,0.5"],
      ["merge", "media/s.sqlite", "copy.sqlite"], ["compact", "media/s.sqlite"],
    ]
    for result in try commands.map({ try work.start($0) }).map({ $0.result() }) {
      #expect(result.status == 73, "\(result.output)")
      #expect(result.errors.hasSuffix("ragged: error: \(cannot)\n"), "\(result.errors)")
    }
    try work.bad(
      73, "\(cannot), so the run cannot be kept in it; train with --no-record, or on a copy", "train", "media/s.sqlite",
      "-o", "o", "--quiet")
    #expect(!work.names.contains("o.last.ragged"))
  }

  @Test(.enabled(if: Media.isPossible, "no folder can be made that cannot be written"))
  func aStoreAloneIsRead() throws {
    let media = try Media()
    #expect(try media.work.shell("ls media").output == "s.sqlite\n")
    try Self.read(media.work)
    try Self.write(media.work)
    #expect(try media.work.shell("ls media").output == "s.sqlite\n")
  }

  /// What a URI would take for something else: SQLite opens such a file by one.
  @Test(.enabled(if: Media.isPossible, "no folder can be made that cannot be written"))
  func aStoreOfAnyNameIsRead() throws {
    let names = ["a?mode=memory", "b#c", "d%41e", "file:f", "g h&i;j"]
    let media = try Media { work in
      for name in names {
        try FileManager.default.copyItem(
          at: work.url.appending(path: "media/s.sqlite"), to: work.url.appending(path: "media/\(name)"))
      }
    }
    let expected = try media.work.good("stats", "media/s.sqlite", "--where", "length > 4").output
    for name in names {
      #expect(try media.work.good("stats", "media/\(name)", "--where", "length > 4").output == expected)
      try media.work.good("check", "media/\(name)")
    }
  }

  @Test func aRunThatIsNotKeptLeavesTheStoreAsItWas() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    try work.good("import", "s.sqlite", "readings.csv", "--quiet")
    let before = try work.data("s.sqlite")
    let training = ["train", "s.sqlite", "-m", "lstm(2)", "--epochs", "1", "--no-record", "--quiet"]
    let result = try work.ragged(training)
    #expect(result.status == 0 && result.errors == "", "\(result.errors)")
    #expect(try RunsCommandTests.runs(work).isEmpty)
    #expect(try work.data("s.sqlite") == before)
  }

  /// Copied while a writer had it open.
  @Test(.enabled(if: Media.isPossible, "no folder can be made that cannot be written"))
  func aStoreWithItsLogIsRead() throws {
    let media = try Media { work in
      try StoreFile(work, "media/s.sqlite").leavingLog("UPDATE run SET seconds = 7") {
        let copied = try work.shell("mkdir copy; cp media/s.sqlite* copy; ls copy").output
        #expect(copied.contains("s.sqlite-shm"))
      }
      #expect(try work.shell("rm media/*; cp copy/* media").status == 0)
    }
    try Self.read(media.work)
    try Self.write(media.work)
    #expect(try media.work.good("runs", "media/s.sqlite", "--json").output.contains("\"seconds\" : 7"))
  }

  /// The same, without the shared memory: nothing is read rather than what is out of date.
  @Test(.enabled(if: Media.isPossible, "no folder can be made that cannot be written"))
  func aLogWithoutItsSharedMemoryIsAnError() throws {
    let media = try Media { work in
      try StoreFile(work, "media/s.sqlite").leavingLog("UPDATE run SET seconds = 7") {
        let status = try work.shell("mkdir copy; cp media/s.sqlite media/s.sqlite-wal copy").status
        #expect(status == 0)
      }
      #expect(try work.shell("rm media/*; cp copy/* media").status == 0)
    }
    for command in ["stats", "check"] {
      try media.work.bad(74, "copy both files to a place that can be written", command, "media/s.sqlite")
    }
    #expect(try media.work.shell("mkdir here; cp media/* here").status == 0)
    try media.work.good("check", "here/s.sqlite")
    #expect(try media.work.good("runs", "here/s.sqlite", "--json").output.contains("\"seconds\" : 7"))
  }

  /// A writer was killed while it changed the file itself: SQLite's rollback journal says how it was.
  @Test(.enabled(if: Media.isPossible, "no folder can be made that cannot be written"))
  func aJournalIsRolledBackWhereThatIsPossible() throws {
    let media = try Media { work in
      // Enough that not all of it is kept in memory until the transaction ends.
      try work.write("more.csv", Sample.readings(40..<4000))
      try work.good("import", "media/s.sqlite", "more.csv", "--quiet")
      try StoreFile(work, "media/s.sqlite").leavingJournal("UPDATE sequence_data SET input = zeroblob(length(input))") {
        let copied = try work.shell("mkdir copy; cp media/s.sqlite* copy; ls copy").output
        #expect(copied == "s.sqlite\ns.sqlite-journal\n")
      }
      #expect(try work.shell("rm media/*; cp copy/* media; cp -r copy again; cp -r copy made").status == 0)
    }
    for command in ["stats", "check"] {
      try media.work.bad(74, "left a journal, which cannot be read from read-only media", command, "media/s.sqlite")
    }
    try media.work.bad(73, "cannot be written", "rename", "media/s.sqlite", "--to", "x")
    try media.work.good("check", "copy/s.sqlite")
    try media.work.good("rename", "again/s.sqlite", "--to", "x")
    try media.work.good("check", "again/s.sqlite")
    try media.work.good("import", "made/s.sqlite", "readings.csv", "--if-exists", "skip", "--quiet")
    try media.work.good("check", "made/s.sqlite")
  }

  /// Whoever may not write the file may still write beside it, where SQLite leaves shared memory that is read-only too.
  @Test(.enabled(if: Self.hasNobody, "the command cannot be run as another user"))
  func aFileThatIsSomeoneElsesIsRead() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    try work.good("import", "s.sqlite", "readings.csv", "--quiet")
    #expect(try work.shell("chmod 444 s.sqlite; chmod 777 .").status == 0)
    for command in ["stats s.sqlite --where 'length > 4'", "check s.sqlite"] {
      let result = try work.shell("\(Self.nobody) $RAGGED \(command)")
      #expect(result.status == 0, "\(result.errors)")
    }
    let writing = try work.shell("\(Self.nobody) $RAGGED rename s.sqlite --to x")
    #expect(writing.status == 73 && writing.errors.contains("s.sqlite: cannot be written"), "\(writing.errors)")
  }

  /// That it cannot be written would be no help.
  @Test(.enabled(if: Self.hasNobody, "the command cannot be run as another user"))
  func aFileThatMayNotBeReadIsNotTakenForOneThatMay() throws {
    let work = try Workspace()
    try work.write("readings.csv", Sample.readings())
    try work.good("import", "s.sqlite", "readings.csv", "--quiet")
    #expect(try work.shell("chmod 000 s.sqlite; chmod 777 .").status == 0)
    for command in ["stats s.sqlite", "check s.sqlite", "rename s.sqlite --to x"] {
      let result = try work.shell("\(Self.nobody) $RAGGED \(command)")
      #expect(result.status == 74 && result.errors.contains("unable to open"), "\(result.errors)")
      #expect(!result.errors.contains("read-only"), "\(result.errors)")
    }
  }

  private static let nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups"

  private static let hasNobody: Bool = {
    guard let work = try? Workspace() else { return false }
    return (try? work.shell("[ \"$(id -u)\" = 0 ] && \(nobody) $RAGGED --version").status) == 0
  }()
}
