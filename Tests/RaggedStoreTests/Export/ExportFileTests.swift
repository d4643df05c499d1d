import Foundation
import RaggedCore
import RaggedFormats
import RaggedStore
import RaggedTestSupport
import Testing

@Suite struct ExportFileTests {
  private let folder: TemporaryDirectory
  private let store: SequenceStore

  init() throws {
    folder = try TemporaryDirectory()
    store = try folder.store()
  }

  private func text(_ format: FileFormat, where condition: String? = nil) throws -> String {
    let file = folder.file("out." + format.name)
    let selection = SequenceSelection(dataset: "d", condition: condition)
    _ = try store.export(selection, as: SequenceExport(format), to: .file(file))
    return try String(contentsOfFile: file, encoding: .utf8)
  }

  private func expectRefusal(
    _ message: String, _ export: SequenceExport, to name: String = "out",
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: ExportError.self, sourceLocation: sourceLocation) {
      try store.export(SequenceSelection(dataset: "d"), as: export, to: .file(folder.file(name)))
    }
    let found = error?.message.replacingOccurrences(of: folder.path + "/", with: "")
    #expect(found == message, sourceLocation: sourceLocation)
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.contains(name) }
    #expect(names == [], sourceLocation: sourceLocation)
  }

  @Test func textOfEachFormat() throws {
    try store.add(
      [
        SequenceRecord(
          key: "a,1", input: .values([0.1, -0.0, 0, 0, 1e16, 3], featureCount: 2), target: .label("up"), weight: 0.5,
          validity: [true, false, true], metadata: "{\"n\":\n1}"),
        SequenceRecord(key: "b", input: .values([], featureCount: 2), target: .label("down"), split: "test"),
      ])
    #expect(
      try text(.csv) == """
        id,t,valid,x,y,class,weight,split,metadata
        "a,1",0,1,0.1,-0.0,up,0.5,train,"{""n"":
        1}"
        "a,1",1,0,0.0,0.0,up,0.5,train,"{""n"":
        1}"
        "a,1",2,1,1e+16,3.0,up,0.5,train,"{""n"":
        1}"
        b,,,,,down,,test,

        """)
    #expect(
      try text(.jsonl) == """
        {"id":"a,1","split":"train","weight":0.5,"metadata":{"n": 1},"target":"up","valid":[true,false,true],\
        "features":[[0.1,-0.0],[0.0,0.0],[1e+16,3.0]]}
        {"id":"b","split":"test","target":"down","features":[]}

        """)
    #expect(
      try text(.ts, where: "length > 0") == """
        @problemName d
        @timeStamps false
        @missing true
        @univariate false
        @dimensions 2
        @equalLength true
        @seriesLength 3
        @classLabel true up down
        @data
        0.1,?,1e+16:-0.0,?,3.0:up

        """)
  }

  @Test func whatSeriesFilesCannotHold() throws {
    let cases: [(InputDescription, SequenceRecord, String)] = [
      (
        InputDescription(input: .tokens, target: .none), SequenceRecord(key: "a", input: .tokens([1])),
        "tokens, only features"
      ),
      (
        InputDescription(input: .features(["x"]), target: .classPerTimestep(declared: nil)),
        SequenceRecord(key: "a", input: .values([1], featureCount: 1), target: .labels(["u"])),
        "a target per timestep, only one per sequence"
      ),
      (
        InputDescription(input: .features(["x"]), target: .valuesPerSequence(["u", "v"])),
        SequenceRecord(key: "a", input: .values([1], featureCount: 1), target: .values([1, 2])),
        "2 target values per sequence, only one"
      ),
      (
        InputDescription(input: .features(["x"]), target: .classPerSequence(declared: nil)),
        SequenceRecord(key: "a", input: .values([1], featureCount: 1), target: .label("a b")),
        "the class \"a b\", only names without white space and colons"
      ),
    ]
    for (index, (description, record, problem)) in cases.enumerated() {
      let other = try folder.store("s\(index).ragged")
      try other.add([record], description)
      let error = #expect(throws: ExportError.self) {
        try other.export(SequenceSelection(dataset: "d"), as: SequenceExport(.ts), to: .file(folder.file("out.ts")))
      }
      #expect(error?.message == "ts cannot hold \(problem); use jsonl, csv, npz or tfrecord")
      #expect(error?.failureClass == .badData)
    }
    try store.add([SequenceRecord(key: "e", input: .values([], featureCount: 1))], .plain)
    expectRefusal(
      "ts cannot hold sequence \"e\", which has no timesteps; leave such sequences out with a condition, length > 0",
      SequenceExport(.ts))
  }

  @Test func whatOtherFormatsCannotHold() throws {
    let description = InputDescription(input: .text(.words), target: .classPerSequence(declared: nil))
    try store.add([SequenceRecord(key: "k", input: .text(["", "x"]), target: .label("u"), group: "")], description)
    for format in [FileFormat.csv, .npz] {
      expectRefusal(
        "the group of sequence \"k\" is the empty text, which \(format) cannot tell from no group; use jsonl or tfrecord",
        SequenceExport(format))
    }
    for format in [FileFormat.jsonl, .tfrecord] {
      let copy = try reimported(store, SequenceExport(format), in: folder).store
      #expect(try DatasetContents(copy) == DatasetContents(store))
    }
  }

  @Test func aSeriesFileHoldsNoMissingTarget() throws {
    try store.add([SequenceRecord(key: "k", input: .values([1, 2], featureCount: 2), target: .label(""))])
    expectRefusal(
      "ts cannot hold sequence \"k\", which has no target; leave such sequences out with a condition, or use jsonl, csv, "
        + "npz or tfrecord", SequenceExport(.ts))
  }

  @Test func csvCannotHoldABlankKey() throws {
    try store.add([SequenceRecord(key: " \t", input: .values([1], featureCount: 1))], .plain)
    expectRefusal(
      "key \" \\t\" is blank, which csv cannot hold for an id; use jsonl, npz or tfrecord", SequenceExport(.csv))
    for format in [FileFormat.jsonl, .npz, .tfrecord] {
      let copy = try reimported(store, SequenceExport(format), in: folder).store
      #expect(try DatasetContents(copy) == DatasetContents(store))
    }
  }

  @Test func enormousArraysAreRefusedWithTheirSize() throws {
    try store.add(
      [
        SequenceRecord(key: "long", input: .values([Float](repeating: 1, count: 2000), featureCount: 1)),
        SequenceRecord(key: "b", input: .values([1], featureCount: 1)),
      ], .plain)
    expectRefusal(
      "out.npz: would take 20,092 bytes, expected at most 16,000; padded to 2,000 timesteps, 2,001 of 4,000 timesteps "
        + "are real (use the ragged layout); its array \"values\" alone would take 16,000 bytes",
      SequenceExport(.npz, layout: .padded, maximumBytes: 16_000), to: "out.npz")
    _ = try reimported(store, SequenceExport(.npz, maximumBytes: 16_000), in: folder)
  }

  @Test func arraysNeedAFile() throws {
    try store.add([SequenceRecord(key: "a", input: .values([1], featureCount: 1))], .plain)
    expectRefusal(
      "out.npz.gz: an npz is not compressed by gzip, numpy would not read it", SequenceExport(.npz), to: "out.npz.gz")
    let error = #expect(throws: ExportError.self) {
      try store.export(SequenceSelection(dataset: "d"), as: SequenceExport(.npz), to: .stream { _ in })
    }
    #expect(error?.message == "an npz is written into a file, not to standard output or a device")
  }

  /// Those that hold several features.
  private static let formats = FormatRegistry.writable.filter { ![.tsf, .conll, .conllu].contains($0) }

  @Test(arguments: formats)
  func whatIsStoppedLeavesNoFile(format: FileFormat) throws {
    try store.add(classifiedRecords(30))
    #expect(throws: Cancelled("no file was written")) {
      try store.export(
        SequenceSelection(dataset: "d"), as: SequenceExport(format), to: .file(folder.file("out")),
        monitor: Questions(endingAfter: 40).monitor)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { !$0.hasPrefix("out") })
  }

  @Test func theSameDatasetGivesTheSameBytes() throws {
    try store.add(classifiedRecords(30).filter { $0.input.length > 0 })
    for format in Self.formats {
      let files = try (0..<2).map { number in
        let file = folder.file("\(number).\(format.name)\(format.isStreamed ? ".gz" : "")")
        _ = try store.export(SequenceSelection(dataset: "d"), as: SequenceExport(format), to: .file(file))
        return try Data(contentsOf: URL(fileURLWithPath: file))
      }
      #expect(files[0] == files[1], "\(format)")
    }
  }

  @Test func longSequencesAreReadAloneAndShortOnesTogether() throws {
    let long = [Float](repeating: 0.5, count: 700_000)
    try store.add(
      (0..<5).map { SequenceRecord(key: "\($0)", input: .values($0 % 2 == 0 ? long : [1], featureCount: 1)) }, .plain)
    let copy = try reimported(store, SequenceExport(.tfrecord), in: folder).store
    #expect(try DatasetContents(copy) == DatasetContents(store))
  }

  @Test func namesTellFormats() {
    let names: [(String, FileFormat?)] = [
      ("a.csv", .csv), ("A.CSV.GZ", .csv), ("a.ndjson", .jsonl), ("a.npz", .npz), ("a.ts", .ts),
      ("a.tfrecord", .tfrecord), ("a.tfrecords.gz", .tfrecord), ("a", nil), ("a.txt", nil), ("-", nil),
    ]
    for (name, format) in names {
      #expect(FileFormat(fileName: name).flatMap { $0.isWritten ? $0 : nil } == format, "\(name)")
    }
  }
}
