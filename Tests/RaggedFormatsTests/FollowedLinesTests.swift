import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// Lines that are taken one at a time.
@Suite struct FollowedLinesTests {
  private static func file(_ text: String, _ name: String = "a.csv") throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ragged-follow-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let url = folder.appending(path: name)
    try Data(text.utf8).write(to: url)
    return url
  }

  /// All records of the lines, and the errors between them.
  private static func followed(
    _ url: URL, _ format: FileFormat, _ settings: ReaderSettings
  ) throws -> (records: [SequenceRecord], faults: [InputError]) {
    defer { try? FileManager.default.removeItem(at: url.deletingLastPathComponent()) }
    var lines = try FollowedLines(url.path, format: format, settings: settings)
    var (records, faults) = ([SequenceRecord](), [InputError]())
    while true {
      do {
        guard try lines.columnNames() != nil else { break }
        lines.begin(settings)
        guard let record = try lines.next() else { break }
        records.append(record)
      } catch let error as InputError where !error.isFatal {
        faults.append(error)
      }
    }
    #expect(lines.description != nil)
    return (records, faults)
  }

  /// The law: the rows of a sequence, one by one, hold what the whole holds, however the table is written.
  @Test(arguments: [
    ("id,x,y,kind\na,1,2,p\na,,4,q\nb,5,6,\"r, s\"\n", [:] as ReaderSettings),
    ("\u{FEFF}id;x;y;kind\r\na;1,5;2;p\r\n\r\na;3;4,25;\"q\"\"\"\r\nb;5;6;\r\n", [.delimiter: [";"], .decimal: [","]]),
    ("id\tx\ty\tkind\na\t1\t2\tp q\nb\t-3e2\tNA\t\"\n", [:]),
    ("junk\n# c\nid,x,y,kind\n# d\na,1,2,p\na,-200,4,q", [.skippedLines: ["1"], .comment: ["#"], .missing: ["-200"]]),
    ("id,x,y,kind\nn,m,s,\na,1,2,p\na,3,4,q\n", [.unitsRows: ["1"]]),
    ("a,1,2,p\na,3,4,q\nb,5,6,r\n", [.isHeaderless: [], .id: ["c1"], .numbers: ["c2", "c3"], .categories: ["c4"]]),
  ]) func rowsHoldWhatTheFileHolds(_ text: String, _ settings: ReaderSettings) throws {
    var asked = settings
    if asked[.isHeaderless] == nil {
      (asked[.id], asked[.features], asked[.categories]) = (["id"], ["x", "y"], ["kind"])
    }
    asked[.noTarget] = []
    let isTabbed = text.contains("\t")
    let whole = try Self.file(text, isTabbed ? "a.tsv" : "a.csv")
    defer { try? FileManager.default.removeItem(at: whole.deletingLastPathComponent()) }
    var reader = try FileReader(whole.path, settings: asked)
    var expected: [SequenceRecord] = []
    while let record = try reader.next() { expected.append(record) }
    let (records, faults) = try Self.followed(try Self.file(text), isTabbed ? .tsv : .csv, asked)
    #expect(faults.isEmpty, "\(faults.map(\.message))")
    #expect(records.allSatisfy { $0.length == 1 })
    for record in expected {
      let rows = records.filter { $0.key == record.key }
      #expect(rows.count == record.length && rows.first?.line == record.line)
      #expect(bits(rows.map(\.input)) == bits([record.input]))
      let names = { (records: [SequenceRecord]) in
        records.flatMap { record in
          record.cells.flatMap { cells -> [String] in
            switch cells {
            case .categories(let texts): Array(texts)
            case .numbers(let numbers): numbers.map { "\($0)" }
            case .times(let times): times.map { "\($0)" }
            }
          }
        }
      }
      if record.cells.count == 1 { #expect(names(rows) == names([record])) }
    }
  }

  private func bits(_ inputs: [RecordInput]) -> [UInt32] {
    inputs.flatMap { input -> [UInt32] in
      if case .values(let values, _) = input { values.map { $0.isNaN ? 0x7FC0_0000 : $0.bitPattern } } else { [] }
    }
  }

  /// An empty row is a timestep of which all is missing: nobody knows of the rows to come.
  @Test func anEmptyRowIsATimestep() throws {
    let (records, _) = try Self.followed(
      try Self.file("id,x\na,\na,1\n"), .csv, [.id: ["id"], .features: ["x"], .noTarget: []])
    #expect(records.map(\.length) == [1, 1])
  }

  @Test func objectsAreTimestepsOrPieces() throws {
    let rows =
      #"{"id": "a", "x": 1, "n": "u"}"# + "\n\n" + #"{"n": null, "x": 2.5, "z": [], "id": "b"}"# + "\n"
      + #"{"id": "a"}"#
    let asked: ReaderSettings = [.id: ["id"], .numbers: ["x"], .categories: ["n"], .noTarget: []]
    let (records, faults) = try Self.followed(try Self.file(rows), .jsonl, asked)
    #expect(records.map(\.key) == ["a", "a"] && records.map(\.line) == [1, 4] && faults.map(\.line) == [3])
    let pieces = #"{"id": "a", "features": [[1, 2], [3, 4]]}"# + "\n" + #"{"id": "b", "features": []}"# + "\n{\n"
    let (found, bad) = try Self.followed(try Self.file(pieces), .jsonl, [:])
    #expect(found.map(\.length) == [2, 0] && found.map(\.line) == [1, 2] && bad.map(\.line) == [3])
    let channels =
      #"{"id": "a", "s": {"p": [1, 2], "q": [3, null]}}"# + "\n" + #"{"id": "a", "s": {"p": [5], "q": [6]}}"#
    let (flat, none) = try Self.followed(try Self.file(channels), .jsonl, [.id: ["id"]])
    #expect(flat.map(\.length) == [2, 1] && none.isEmpty)
  }

  @Test func whatCannotBeFollowedIsRefused() throws {
    func refused(_ format: FileFormat, _ settings: ReaderSettings, _ words: String) {
      do {
        _ = try FollowedLines("-", format: format, settings: settings)
        Issue.record("\(format) can be followed")
      } catch let error as InputError {
        #expect(error.isFatal && error.failureClass == .usage && error.problem.contains(words), "\(error.message)")
      } catch {
        Issue.record("\(error)")
      }
    }
    refused(.npz, [:], "lines can be followed in the formats csv, tsv, jsonl, and the format is npz")
    refused(.csv, [.layout: ["wide"]], "the layout is wide")
    refused(.csv, [.pivot: ["v"], .pivotValue: ["w"]], "is a measurement")
    refused(.jsonl, [.delimiter: [";"]], "delimiter")
    #expect(throws: InputError.self) { try FollowedLines("/nowhere/a.csv", format: .csv) }
  }
}
