import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// What is found out of files without storing them.
@Suite struct FileInspectionTests {
  private func inspect(
    _ name: String, _ text: String, settings: ReaderSettings = [:], full: Bool = false,
    wholeBytes: Int = FileInspection.wholeBytes
  ) throws -> FileInspection {
    try withFile(name, text.utf8) {
      try FileInspection([FileReader($0, settings: settings)], full: full, wholeBytes: wholeBytes)
    }
  }

  private static let readings: String = {
    var text = "id,t,ax,note,label\n"
    for row in 0..<30 {
      let ax = row % 4 == 0 ? "" : "\(row).5"
      text += "s\(row / 3),\(row % 3),\(ax),\(row % 2 == 0 ? "up" : "down"),\(row / 3 % 2)\n"
    }
    return text
  }()

  @Test func aTableIsDescribed() throws {
    let found = try inspect("s.csv", Self.readings)
    #expect(found.firstFault == nil && found.isWhole && found.estimatedSequences == nil)
    #expect(found.lengths.count == 10 && found.lengths.minimum == 3 && found.lengths.maximum == 3)
    #expect(found.columns.map(\.name) == ["id", "t", "ax", "note", "label"])
    #expect(found.columns.map(\.role) == [.id, .time, .feature, .input, .target])
    #expect(found.columns.map(\.kind) == [.text, .time, .number, .text, .number])
    #expect(found.columns.map(\.extent) == [.sequence, .timestep, .timestep, .timestep, .sequence])
    let ax = found.columns[2]
    #expect(ax.cells == 30 && ax.missing == 8 && ax.least == 1.5 && ax.greatest == 29.5)
    #expect(ax.examples == ["1.5", "2.5", "3.5"])
    #expect(found.columns[3].distinct == 2 && found.columns[3].examples == ["up", "down"])
    #expect(found.order?.isGrouped == true && found.order?.isOrdered == true && found.order?.rises == 20)
    #expect(found.files[0].traits.map(\.name) == ["delimiter", "header", "encoding", "decimal mark"])
    #expect(found.files[0].traits.map(\.value) == [",", "the first row", "utf-8", "."])
    #expect(found.first?.key == "s0")
    #expect(
      found.settings == [
        .id: ["id"], .features: ["ax"], .inputs: ["t", "note"], .target: ["label"], .targetKind: ["class"],
        .time: ["t"],
      ])
  }

  @Test func aSampleSaysThatItIsOne() throws {
    let rows = (0..<5000).map { "s\($0 / 2),\($0 % 2),\($0 % 7)\n" }.joined()
    let sample = try inspect("s.csv", "id,t,v\n" + rows, wholeBytes: 1000)
    #expect(!sample.isWhole && sample.lengths.count == 1000)
    let estimate = try #require(sample.estimatedSequences)
    #expect(estimate >= 1000 && estimate < 4000)
    let whole = try inspect("s.csv", "id,t,v\n" + rows, full: true)
    #expect(whole.isWhole && whole.lengths.count == 2500 && whole.columns[2].cells == 5000)
    // A file that is soon read is counted rather than estimated.
    let small = try inspect("s.csv", "id,t,v\n" + rows)
    #expect(small.isWhole && small.lengths.count == 2500 && small.estimatedSequences == nil)
  }

  @Test func howATableIsWrittenIsSaid() throws {
    let text = "# made by hand\nid;t;v\na;0;1,5\na;1;2,25\nb;0;3,5\n"
    let found = try inspect("s.csv", text)
    let traits = Dictionary(uniqueKeysWithValues: found.files[0].traits.map { ($0.name, $0.value) })
    #expect(traits["delimiter"] == ";" && traits["decimal mark"] == ",", "\(traits)")
  }

  @Test func interleavedRowsAreSaidToBe() throws {
    let rows = (0..<40).map { "s\($0 % 4),\($0 / 4),\($0 * 3 % 7)\n" }.joined()
    let found = try inspect("s.csv", "id,t,v\n" + rows)
    #expect(found.order?.sequences == 4)
    #expect(found.order?.isGrouped == false && found.order?.runs == 40 && found.order?.falls == 0)
    #expect(found.lengths.count == 4 && found.lengths.minimum == 10)
    let newest = try inspect("s.csv", "id,t,v\n" + (0..<9).map { "s\($0 / 3),\(9 - $0),1\n" }.joined())
    #expect(newest.order?.rises == 0 && newest.order?.falls == 6)
  }

  /// A row per sequence: the columns of the sequence are those of the file, and what its timesteps hold is one column.
  @Test func aWideTableIsDescribed() throws {
    let text = "id,site,V1,V2,V3,V4,note,label\na,x,1.5,2,NaN,4,,up\nb,,2,3.25,,,,down\nc,y,7,,1,-2,,up\n"
    let found = try inspect("w.csv", text, settings: [.layout: ["wide"], .skipped: ["note"]])
    #expect(found.firstFault == nil && found.isWhole)
    #expect(found.columns.map(\.name) == ["id", "site", "label", "value", "note"])
    #expect(found.columns.map(\.role) == [.id, .input, .target, .feature, ColumnFacts.Role.none])
    #expect(found.columns.map(\.kind) == [.text, .text, .text, .number, .empty])
    #expect(found.columns.map(\.extent) == [.sequence, .sequence, .sequence, .timestep, nil])
    #expect(found.columns.map(\.cells) == [3, 3, 3, 10, 3])
    // What a row ends in is padding, and not missing.
    #expect(found.columns.map(\.missing) == [0, 1, 0, 2, 3])
    #expect(found.columns[0].examples == ["a", "b", "c"] && found.columns[0].distinct == 3)
    #expect(found.columns[1].examples == ["x", "y"] && found.columns[1].distinct == 2)
    #expect(found.columns[3].examples == ["1.5", "2", "4"])
    #expect(found.columns[3].least == -2 && found.columns[3].greatest == 7)
    #expect(found.lengths.minimum == 2 && found.lengths.maximum == 4 && found.lengths.count == 3)
  }

  /// Rows without a header may end where their sequences do.
  @Test func rowsOfNumbersAreDescribed() throws {
    let found = try inspect("u.tsv", "1\t0.5\t1.5\t2.5\n2\t3.5\t4.25\n1\t-1.5\t2.5\tNaN\n")
    #expect(found.firstFault == nil)
    #expect(found.columns.map(\.name) == ["c1", "value"])
    #expect(found.columns.map(\.role) == [.target, .feature])
    #expect(found.columns.map(\.cells) == [3, 7] && found.columns.map(\.missing) == [0, 0])
    #expect(found.columns[0].distinct == 2 && found.columns[0].examples == ["1", "2"])
    #expect(found.lengths.minimum == 2 && found.lengths.maximum == 3)
  }

  @Test func aTableOfListsIsDescribed() throws {
    let text = "id,words,v,place,label\na,\"['x', 'y']\",\"[1, 2]\",north,up\nb,\"['z']\",\"[3]\",,down\n"
    let found = try inspect("l.csv", text)
    #expect(found.firstFault == nil && found.isWhole)
    #expect(found.columns.map(\.name) == ["id", "place", "label", "v", "words"])
    #expect(found.columns.map(\.role) == [.id, .input, .target, .feature, .input])
    #expect(found.columns.map(\.kind) == [.text, .text, .text, .number, .text])
    #expect(found.columns.map(\.cells) == [2, 2, 2, 3, 3] && found.columns.map(\.missing) == [0, 1, 0, 0, 0])
    #expect(found.columns[4].examples == ["x", "y", "z"] && found.columns[0].examples == ["a", "b"])
    #expect(found.lengths.minimum == 1 && found.lengths.maximum == 2)
  }

  /// A row per measurement: the columns are those of the table with a row per timestep.
  @Test func aTableOfMeasurementsIsDescribed() throws {
    let text = "id,time,name,value,by\na,0,HR,70,x\na,0,BP,120,x\na,1,HR,71,x\nb,0,HR,80,y\nb,2,HR,82,y\n"
    let found = try inspect(
      "p.csv", text, settings: [.pivot: ["name"], .pivotValue: ["value"], .id: ["id"], .time: ["time"]])
    #expect(found.firstFault == nil && found.isWhole)
    #expect(found.columns.map(\.name) == ["id", "time", "HR", "BP", "by"])
    #expect(found.columns.map(\.role) == [.id, .time, .feature, .feature, ColumnFacts.Role.none])
    #expect(found.columns.prefix(4).map(\.cells) == [4, 4, 4, 4])
    #expect(found.columns.prefix(4).map(\.missing) == [0, 0, 0, 3])
    #expect(found.columns[2].examples == ["70", "71", "80"] && found.columns[2].greatest == 82)
    #expect(found.order?.sequences == 2 && found.lengths.count == 2)
    let traits = Dictionary(uniqueKeysWithValues: found.files[0].traits.map { ($0.name, $0.value) })
    #expect(traits["variables"] == "named in \"name\"" && traits["their values"] == "in \"value\"")
  }

  /// Columns of which it is not known what they mean are shown all the same.
  @Test func columnsOfRowsThatCannotBeReadAreShown() throws {
    let text = "id,V1,V2,V3\na,1,2,3\nb,1,2,3\n"
    let found = try inspect("w.csv", text, settings: [.layout: ["wide"], .target: ["klass"]])
    #expect(found.firstFault != nil)
    #expect(found.columns.map(\.name) == ["id", "V1", "V2", "V3"])
    #expect(found.columns.allSatisfy { $0.role == nil && $0.cells == 2 })
  }

  @Test func aFileWithoutAnIdIsShownAllTheSame() throws {
    let found = try inspect("s.csv", "time,run,v\n0,a,1\n1,a,2\n0,b,3\n1,b,4\n")
    #expect(found.columns.map(\.name) == ["time", "run", "v"])
    #expect(found.columns.map(\.role) == [nil, nil, nil])
    #expect(found.columns[1].distinct == 2 && found.columns[1].kind == .text)
    #expect(found.firstFault?.remedy == .sayWhatSequencesAre(id: "run"))
    #expect(found.firstFault?.line == 1 && found.firstFault?.problem.contains("\"time\", \"run\", \"v\"") == true)
    #expect(found.description == nil && found.lengths.count == 0)
  }

  @Test func faultsAreListed() throws {
    let found = try inspect("s.csv", "id,t,v\na,0,1\nb,0,x\nb,1,2\nb,2,3\nc,0,2\n")
    #expect(found.firstFault?.problem == "column \"v\" is \"x\", expected a number")
    #expect(found.files[0].rejectedCount == 1 && found.lengths.count == 2 && found.isWhole)
    #expect(found.description != nil)
  }

  @Test func jsonSaysWhatIsNotImported() throws {
    let lines = (0..<3).map {
      #"{"id": "s\#($0)", "features": [[1, 2], [3, null]], "target": "u", "age": \#($0), "odd": {"a": 1}}"# + "\n"
    }
    let found = try inspect("s.jsonl", lines.joined())
    #expect(found.columns.map(\.name) == ["id", "f0", "f1", "class", "age", "odd"])
    let roles = Dictionary(
      uniqueKeysWithValues: found.columns.compactMap { column in
        column.role.map { (column.name, $0) }
      })
    #expect(
      roles["odd"] == ColumnFacts.Role.none && roles["id"] == .id && roles["f1"] == .feature && roles["age"] == .input)
    #expect(found.columns.first { $0.name == "f1" }?.missingShare == 0.5)
    #expect(found.columns.first { $0.name == "id" }?.examples == ["s0", "s1", "s2"])
    #expect(found.settings[.id] == ["id"] && found.settings[.targetKind] == ["class"])
  }

  @Test func everyFormatIsLookedAt() throws {
    let ts = "@univariate true\n@classLabel true a b\n@data\n1,2,3:a\n4,5,6:b\n"
    let series = try inspect("s.ts", ts)
    #expect(series.lengths.count == 2 && series.columns.map(\.role) == [.feature, .target])
    let text = try inspect("s.txt", "abc\nab\n")
    #expect(text.lengths.maximum == 3 && text.columns.map(\.role) == [.tokens])
    #expect(text.columns.first?.distinct == 3)
    let tsv = try inspect("s.tsv", "id\tv\na\t1\n")
    #expect(tsv.files[0].traits.first?.value == "tab")
    let broken = try inspect("s.jsonl", "{\n")
    #expect(broken.firstFault != nil && broken.description == nil)
  }

  @Test func severalFilesAreOneDataset() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("ragged-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let paths = ["a.csv", "b.csv"].map { folder.appendingPathComponent($0).path }
    try Data("id,t,v\na,0,1\na,1,2\n".utf8).write(to: URL(fileURLWithPath: paths[0]))
    try Data("id,t,v,w\nb,0,1,5\n".utf8).write(to: URL(fileURLWithPath: paths[1]))
    let found = try FileInspection(paths.map { try FileReader($0) })
    #expect(found.files.map(\.sequences) == [1, 1] && found.lengths.count == 2 && found.notes.count == 1)
    #expect(found.columns.map(\.name) == ["id", "t", "v", "w"])
    #expect(found.description?.input == .features(["v", "w"]))
  }
}
