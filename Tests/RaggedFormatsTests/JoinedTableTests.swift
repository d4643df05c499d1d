import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// Sequences joined by key with a table that has a row of each.
@Suite struct JoinedTableTests {
  private static let sequences = "series_id,step,v\n0,0,1\n0,1,2\n1,0,5\n2,0,7\n"

  /// What came of reading, with what was said at the end.
  private struct Joined {
    var description: InputDescription?
    var records: [SequenceRecord] = []
    var notes: [String] = []
    var roles = ""
    var problem: String?
    /// What was said of keys without a partner.
    var partners: [String] { notes.filter { $0.contains(#""y.csv""#) } }
    /// The cells of the columns behind those of the sequences' own file, of each sequence.
    var cells: [[RecordCells]] { records.map { Array($0.cells.suffix(columns.count)) } }
    var columns: [Column] { description?.columns.filter { $0.extent == .sequence } ?? [] }
  }

  private func read(
    _ table: String, named name: String = "y.csv", sequences: [String] = [JoinedTableTests.sequences],
    _ settings: ReaderSettings = [:]
  ) throws -> Joined {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ragged-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let join = folder.appendingPathComponent(name)
    try Data(table.utf8).write(to: join)
    let paths = try sequences.enumerated().map { index, text in
      let path = folder.appendingPathComponent("x\(index).csv")
      try Data(text.utf8).write(to: path)
      return path.path
    }
    var result = Joined()
    do {
      var readers = try FileReader.readers(of: paths) { _ in
        settings.merging([.join: [join.path]]) { given, _ in given }
      }
      for index in readers.indices {
        result.description = try readers[index].description()
        result.roles = try readers[index].roles()
        while let record = try readers[index].next() { result.records.append(record) }
        result.notes += try readers[index].takeNotes().map(\.text)
      }
    } catch let error as InputError {
      result.problem = error.message
    }
    func short(_ text: String) -> String { text.replacingOccurrences(of: folder.path + "/", with: "") }
    result.notes = result.notes.map(short)
    (result.roles, result.problem) = (short(result.roles), result.problem.map(short))
    return result
  }

  private static let table = "series_id,group_id,surface,age\n1,31,tiled,40\n0,13,carpet,\n2,5,carpet,60\n"

  @Test func columnsBecomeColumnsPerSequence() throws {
    let joined = try read(Self.table)
    #expect(joined.problem == nil)
    #expect(joined.columns.map(\.name) == ["group_id", "age", "surface"])
    #expect(joined.columns.map(\.kind) == [.number, .number, .category])
    #expect(joined.columns.allSatisfy { $0.role == .other })
    #expect(joined.records.map(\.key) == ["0", "1", "2"])
    #expect(joined.cells.map { $0[0] } == [.numbers([13]), .numbers([31]), .numbers([5])])
    #expect(joined.cells.map { $0[1] } == [.numbers([.nan]), .numbers([40]), .numbers([60])])
    #expect(
      joined.cells.map { $0[2] } == ["carpet", "tiled", "carpet"].map { .categories(Categories([$0])) })
    #expect(joined.roles.contains(#"joined with "y.csv" by "series_id", no input unless named"#))
  }

  /// A law: the order of the rows, and in which format they are, changes nothing.
  @Test func orderAndFormatOfTheTableDoNotMatter() throws {
    let first = try read(Self.table)
    let rows = Self.table.split(separator: "\n")
    let turned = ([rows[0]] + rows.dropFirst().reversed()).joined(separator: "\n") + "\n"
    let tabs = Self.table.replacingOccurrences(of: ",", with: "\t")
    let objects = """
      {"series_id": 1, "group_id": 31, "surface": "tiled", "age": 40}
      {"series_id": 0, "group_id": 13, "surface": "carpet", "age": null}
      {"series_id": 2, "group_id": 5, "surface": "carpet", "age": 60}

      """
    for (name, text) in [
      ("y.csv", turned), ("y.tsv", tabs), ("y.txt", tabs), ("Outcomes-a.txt", Self.table), ("y.jsonl", objects),
      ("y.json", "[" + objects.split(separator: "\n").joined(separator: ",\n") + "]"),
    ] {
      let other = try read(text, named: name)
      #expect(other.problem == nil, "\(name)")
      #expect(other.records == first.records, "\(name)")
      #expect(other.columns.map(\.name) == first.columns.map(\.name), "\(name)")
    }
  }

  @Test func theTargetMayBeOfTheTable() throws {
    let named = try read(Self.table, [.target: ["surface"]])
    #expect(named.records.map(\.target) == ["carpet", "tiled", "carpet"].map { .label($0) })
    #expect(named.description?.classColumn == "surface")
    #expect(named.columns.map(\.name) == ["group_id", "age"])
    let value = try read("id,score\n0,0.5\n1,1.5\n2,2.25\n")
    #expect(value.description?.target == .valuesPerSequence(["score"]))
    #expect(value.records.map(\.target) == [.values([0.5]), .values([1.5]), .values([2.25])])
    // Whole numbers are classes, as in any table, unless it is said otherwise.
    #expect(try read("id,died\n0,0\n1,1\n2,0\n").records.map(\.target) == ["0", "1", "0"].map { .label($0) })
    #expect(
      try read("id,days\n0,3\n1,4\n2,5\n", [.targetKind: ["values"], .target: ["days"]]).records.map(\.target)
        == [.values([3]), .values([4]), .values([5])])
    #expect(try read(Self.table, [.target: ["surface"], .classes: ["tiled"]]).problem?.contains("declared") == true)
    // What is called as a target is one, and none where none is wanted.
    #expect(try read("id,age,label\n0,3,u\n1,4,v\n2,5,u\n").description?.classColumn == "label")
    #expect(
      try read("id,age,label\n0,3,u\n1,4,v\n2,5,u\n", [.noTarget: []]).description?.target
        == InputDescription.Target.none)
  }

  @Test func aTargetOfTheSequencesStays() throws {
    let own = "id,v,label\n0,1,x\n1,5,y\n"
    let joined = try read("id,age\n0,3\n1,4\n", sequences: [own])
    #expect(joined.records.map(\.target) == [.label("x"), .label("y")])
    #expect(joined.cells == [[.numbers([3])], [.numbers([4])]])
    #expect(
      try read("id,age\n0,3\n1,4\n", sequences: [own], [.target: ["label", "age"]]).problem?.contains(
        #"the target is to come from"#) == true)
  }

  @Test func keysWithoutAPartnerAreListed() throws {
    let joined = try read("series_id,age\n1,40\n7,1\n8,2\n")
    #expect(joined.records.map(\.target) == [.label(""), .label("40"), .label("")])
    #expect(
      joined.partners == [
        #"2 sequences have no row in "y.csv", so that all their cells of it are missing: "0", "2""#,
        #"2 rows of "y.csv" have no sequence: "7", "8""#,
      ])
    let many = (0..<30).map { "a\($0),1\n" }.joined()
    let note = try read("series_id,age\n0,1\n1,1\n2,2\n" + many).partners.last
    #expect(note?.hasPrefix(#"30 rows of "y.csv" have no sequence: "a0", "a1""#) == true)
    #expect(note?.hasSuffix(#""a9" and 20 more"#) == true)
  }

  @Test func noneIsAnError() throws {
    #expect(
      try read("name,age\na,40\nb,1\n").problem
        == #"x0.csv: none of the 3 keys is in column "name" of "y.csv": keys are "0", "1", "2", there "a", "b""#)
  }

  /// A file by itself may have none of the keys; all of the job's files together may not.
  @Test func partnersAreCountedOverAllFiles() throws {
    let files = ["id,v\na,1\n", "id,v\nb,2\n"]
    let joined = try read("id,age\nb,40\nc,1\n", sequences: files)
    #expect(joined.problem == nil)
    #expect(
      joined.partners == [
        #"1 sequence has no row in "y.csv", so that all its cells of it are missing: "a""#,
        #"1 row of "y.csv" has no sequence: "c""#,
      ])
    #expect(try read("id,age\nc,40\n", sequences: files).problem?.hasPrefix("x1.csv: none of the 2 keys") == true)
  }

  @Test func keysThatAreNumbersAreComparedSoWhereNoneIsEqualAsText() throws {
    let joined = try read("series_id,age\n00,40\n01,1\n2.0,3\n")
    #expect(joined.records.map(\.target) == ["40", "1", "3"].map { .label($0) })
    #expect(joined.partners.last == #"keys are compared with those of "y.csv" as numbers, as none is equal as text"#)
    // One that is equal as text decides for all.
    #expect(try read("series_id,age\n0,40\n01,1\n").records.map(\.target) == ["40", "", ""].map { .label($0) })
    // Two rows of one number are nobody's.
    #expect(try read("series_id,age\n00,40\n01,1\n1.0,3\n").records.map(\.target) == ["40", "", ""].map { .label($0) })
  }

  @Test func splitAndGroupMayBeOfTheTable() throws {
    let table = "file,part,subject,age\n0,train,p,1\n1,test,q,2\n2,test,q,3\n"
    let joined = try read(table, [.split: ["part"], .group: ["subject"], .noTarget: []])
    #expect(joined.records.map(\.split) == ["train", "test", "test"])
    #expect(joined.records.map(\.group) == ["p", "q", "q"])
    #expect(joined.columns.map(\.name) == ["age"])
  }

  @Test func optionsSayWhichColumns() throws {
    #expect(try read(Self.table, [.joinColumns: ["age"], .noTarget: []]).columns.map(\.name) == ["age"])
    let by = try read("age,who\n3,0\n4,1\n5,2\n", [.joinKey: ["who"]])
    #expect(by.records.map(\.target) == ["3", "4", "5"].map { .label($0) })
    #expect(try read(Self.table, [.categories: ["age"]]).columns.map(\.kind) == [.number, .category, .category])
    let inputs = try read(Self.table, [.inputs: ["age"]]).columns
    #expect(inputs.filter { $0.role == .input }.map(\.name) == ["age"])
    #expect(try read("id,age\n0,-1\n1,4\n", [.missing: ["-1"], .noTarget: []]).cells[0] == [.numbers([.nan])])
  }

  @Test func whatDoesNotFitIsSaid() throws {
    let cases: [(String, ReaderSettings, String)] = [
      ("id,age,w\n0,1,5\n0,2,6\n", [:], #"key "0" has more than one row, expected a row a sequence"#),
      ("id,age,w\n0,1,5\n1,2,6\n0,2,7\n", [:], #"key "0" has more than one row, expected a row a sequence"#),
      (Self.table, [.joinKey: ["ag"]], #"there is no column "ag", did you mean "age"?"#),
      (Self.table, [.joinColumns: ["x"]], #"y.csv: there is no column "x""#),
      (
        "id,v\n0,1\n1,1\n", [.noTarget: []], #"x0.csv: column "v" stands in it and in "y.csv", which it is joined with"#
      ),
      (Self.table, [.target: ["surface"], .targetKind: ["class-per-step"]], "has one row of a sequence"),
    ]
    for (table, settings, problem) in cases {
      let found = try read(table, settings).problem ?? "none"
      #expect(found.contains(problem), "\(found)")
    }
    let none = #expect(throws: InputError.self) { try FileReader("x.csv", settings: [.joinKey: ["a"]]) }
    #expect(none?.message == "x.csv: columns of a joined table are named, but no table")
    let other = #expect(throws: InputError.self) { try JoinedTable(JoinOptions("a.npz")) }
    #expect(other?.message == "a.npz: is npz, expected a table to join with: csv, tsv, parquet or jsonl")
    let absent = #expect(throws: InputError.self) { try JoinedTable(JoinOptions("/absent.csv")) }
    #expect(absent?.failureClass == .noInput)
  }

  @Test func aLibraryJoinsByOptions() throws {
    try withFile("x.csv", Self.sequences.utf8) { path in
      try withFile("y.csv", Self.table.utf8) { table in
        let join = try JoinedTable(JoinOptions(table, columns: ["age"], roles: ColumnRoles(target: [])))
        var reader = try FileReader(path, join: join)
        #expect(try reader.next()?.cells.last == .numbers([.nan]))
      }
    }
  }
}
