import Foundation
import RaggedCore
import RaggedFormats
import Testing

/// Lists of labels of a length of their own, in each format.
@Suite struct LabelColumnTests {
  /// The labels of each record in the one column of them.
  private func labels(_ reading: Reading) throws -> [[String]] {
    let place = try #require(reading.description?.columns.firstIndex { $0.extent == .labels })
    return try reading.records.map { record in
      guard case .categories(let names) = record.cells[place] else { throw CocoaError(.coderInvalidValue) }
      return Array(names)
    }
  }

  private func read(_ name: String, _ text: String, _ options: any FormatOptions) throws -> Reading {
    try withFile(name, Array(text.utf8)) { readAll($0, options: options) }
  }

  // MARK: CSV

  private static let table = """
    id,x,phones
    a,1,sil|a|b
    a,2,sil|a|b
    b,3,
    c,4,NA
    d,5,sil

    """

  @Test func aCellIsCutAtItsSeparator() throws {
    let reading = try read("t.csv", Self.table, TableOptions(labels: ["phones"]))
    #expect(reading.messages == [])
    #expect(reading.description?.columns.map(\.extent) == [.labels])
    #expect(reading.description?.columns.map(\.role) == [.other])
    #expect(try labels(reading) == [["sil", "a", "b"], [], [], ["sil"]])
    #expect(reading.records.map(\.length) == [2, 1, 1, 1])
  }

  @Test func theSeparatorCanBeAnother() throws {
    let text = Self.table.replacing("|", with: " - ")
    let reading = try read("t.csv", text, TableOptions(labels: ["phones"], labelSeparator: " - "))
    #expect(try labels(reading) == [["sil", "a", "b"], [], [], ["sil"]])
  }

  /// Without the option the cell is one name.
  @Test func nobodyCutsACellThatWasNotNamed() throws {
    let reading = try read("t.csv", Self.table, TableOptions())
    #expect(reading.description?.columns.contains { $0.extent == .labels } == false)
  }

  @Test func featuresThatAreNamedLeaveTheLabels() throws {
    let reading = try read("t.csv", Self.table, TableOptions(features: ["x"], labels: ["phones"]))
    #expect(reading.description?.input == .features(["x"]))
    #expect(try labels(reading)[0] == ["sil", "a", "b"])
  }

  @Test func whatIsMissingIsSaid() throws {
    try withFile("t.csv", Array(Self.table.utf8)) { path in
      var reader = try FileReader(path, options: TableOptions(labels: ["phones"]))
      #expect(try reader.roles() == #"id: "id"; features: "x"; labels: "phones""#)
      while try reader.next() != nil {}
      #expect(try reader.takeNotes().map(\.text) == [#"sequences without a label: 2 of 4 in "phones""#])
    }
  }

  @Test(arguments: [
    (
      "id,x,phones\na,1,sil||b\n",
      #"t.csv:2: column "phones" is "sil||b", which has an empty label: expected one on each side of every "|""#
    ),
    (
      "id,x,phones\na,1,|b\n",
      #"t.csv:2: column "phones" is "|b", which has an empty label: expected one on each side of every "|""#
    ),
    (
      "id,x,phones\na,1,sil\na,2,b\n",
      #"t.csv:3: column "phones" is "b", but "sil" in the first row of sequence "a""#
    ),
    (
      "id,x,tags\na,1,sil\n",
      #"t.csv:1: there is no column "phones"; the columns are "id", "x", "tags""#
    ),
  ]) func aTableAtFaultSaysWhere(text: String, message: String) throws {
    #expect(try read("t.csv", text, TableOptions(labels: ["phones"])).messages == [message])
  }

  @Test(arguments: [
    (
      TableOptions(labels: ["phones"], labelSeparator: ""),
      "t.csv: the separator of labels is the empty text, expected one character or more"
    ),
    (TableOptions(target: ["phones"], labels: ["phones"]), #"t.csv: column "phones" is given two roles"#),
    (TableOptions(categories: ["phones"], labels: ["phones"]), #"t.csv: column "phones" is given two roles"#),
    (TableOptions(labels: ["phones"], skipped: ["phones"]), #"t.csv: column "phones" is given two roles"#),
    (TableOptions(labels: ["phones"], statics: ["phones"]), #"t.csv: column "phones" is given two roles"#),
  ]) func optionsWithoutAMeaningAreRefused(options: TableOptions, message: String) throws {
    #expect(try read("t.csv", Self.table, options).messages == [message])
  }

  @Test func labelsAloneAreNoInput() throws {
    let reading = try read("t.csv", "id,phones\na,x|y\n", TableOptions(labels: ["phones"]))
    #expect(
      reading.messages == [
        #"t.csv:1: no column is left that holds numbers; the columns are "id", "phones""#
      ])
  }

  // MARK: JSON Lines

  @Test func aListOfTextOfAnotherLengthIsLabels() throws {
    let text = """
      {"id": "a", "features": [[1], [2]], "tags": ["u", "v"], "phones": ["sil", "a"]}
      {"id": "b", "features": [[3]], "tags": ["u"], "phones": ["sil", null, "b"]}
      {"id": "c", "features": [], "tags": [], "phones": []}
      {"id": "d", "features": [[3]], "tags": ["u"]}
      {"id": "e", "features": [[3]], "tags": ["u"], "phones": null}

      """
    let reading = try read("t.jsonl", text, JSONLinesOptions())
    #expect(reading.messages == [])
    #expect(
      reading.description?.columns.map { "\($0.name) \($0.extent) \($0.role)" } == [
        "tags timestep input", "phones labels other",
      ])
    #expect(try labels(reading) == [["sil", "a"], ["sil", "", "b"], [], [], []])
  }

  /// One rule for all objects that are read ahead; what they leave open an option says.
  @Test func anOptionMakesLabelsOfAListOfTheSameLength() throws {
    let text = """
      {"id": "a", "features": [[1], [2]], "phones": ["sil", 7]}
      {"id": "b", "features": [[3]], "phones": [8]}

      """
    #expect(try read("t.jsonl", text, JSONLinesOptions()).description?.columns.map(\.extent) == [.timestep])
    let reading = try read("t.jsonl", text, JSONLinesOptions(labels: ["phones"]))
    #expect(try labels(reading) == [["sil", "7"], ["8"]])
  }

  @Test(arguments: [
    // Numbers may be anything.
    (#"{"id": "a", "features": [[1], [2]], "p": [1, 2, 3]}"#, JSONLinesOptions(), []),
    (
      #"{"id": "a", "features": [[1], [2]], "p": "x"}"#, JSONLinesOptions(labels: ["p"]),
      [#"t.jsonl:1: byte 48: "\"x\"", expected a list of labels as field "p""#]
    ),
    (
      #"{"id": "a", "features": [[1], [2]], "p": [["x"]]}"#, JSONLinesOptions(labels: ["p"]),
      [#"t.jsonl:1: byte 49: "[", expected a label in field "p""#]
    ),
    (
      #"{"id": "a", "features": [[1], [2]], "p": ["x"]}"#, JSONLinesOptions(labels: ["q"]),
      [#"t.jsonl:1: there is no field "q"; the fields are "id", "features", "p""#]
    ),
  ]) func aListThatIsNoLabels(text: String, options: JSONLinesOptions, messages: [String]) throws {
    let reading = try read("t.jsonl", text + "\n", options)
    #expect(reading.messages.count == messages.count)
    for (found, wanted) in zip(reading.messages, messages) {
      #expect(found.hasPrefix("t.jsonl:1") && found.contains(wanted.split(separator: "expected").last ?? ""))
    }
    if messages.isEmpty { #expect(reading.description?.columns.isEmpty == true) }
  }

  /// A list that was as long as its sequence in all objects ahead, and is not later.
  @Test func aListThatChangesItsMindSaysWhatToDo() throws {
    let ahead = (0..<1000).map { #"{"id": "\#($0)", "features": [[1]], "p": ["x"]}"# }
    let text = (ahead + [#"{"id": "z", "features": [[1]], "p": ["x", "y"]}"#]).joined(separator: "\n") + "\n"
    let reading = try read("t.jsonl", text, JSONLinesOptions())
    #expect(reading.errors.last?.remedy == .takeAsLabels(["p"]))
    #expect(
      reading.messages == [
        #"t.jsonl:1001: field "p" has 2 values, but the sequence has 1 timestep"#
      ])
  }

  // MARK: Arrays

  private func archive(_ arrays: [(String, NPYArray)], _ options: NPZOptions = NPZOptions()) throws -> Reading {
    let folder = try WriterFolder()
    let path = folder.file("t.npz")
    try NPZWriter.write(arrays.map { (name: $0.0, array: $0.1) }, to: path)
    return readAll(path, options: options)
  }

  private static let values = ("values", NPYArray(shape: [3, 1], .float32([1, 2, 3])))
  private static let offsets = ("offsets", NPYArray(shape: [3], .int64([0, 1, 3])))
  private static func phones(_ offsets: [Int64] = [0, 3, 4], _ codes: [Int32] = [7, 0, 7, 5]) -> [(String, NPYArray)] {
    [
      ("phones", NPYArray(shape: [codes.count], .int32(codes))),
      ("phones_offsets", NPYArray(shape: [offsets.count], .int64(offsets))),
    ]
  }

  @Test func anArrayWithOffsetsOfItsOwnIsLabels() throws {
    for options in [NPZOptions(), NPZOptions(labels: ["phones"])] {
      let reading = try archive([Self.values, Self.offsets] + Self.phones(), options)
      #expect(reading.messages == [])
      #expect(reading.description?.columns.map(\.name) == ["phones"])
      #expect(try labels(reading) == [["7", "0", "7"], ["5"]])
    }
    let padded = ("values", NPYArray(shape: [2, 2, 1], .float32([1, 2, 3, 4])))
    let reading = try archive([padded] + Self.phones())
    #expect(try labels(reading) == [["7", "0", "7"], ["5"]])
  }

  @Test(
    arguments: [
      ([0, 3, 2], #"t.npz: array "phones_offsets" goes back from 3 to 2 at [2]"#),
      ([1, 3, 4], #"t.npz: array "phones_offsets" begins with 1, expected 0"#),
      ([0, 3, 9], #"t.npz: array "phones_offsets" is 9 at [2], but "phones" has 4 labels"#),
      ([0, 1, 3], #"t.npz: array "phones_offsets" ends with 3, but "phones" has 4 labels"#),
    ] as [([Int64], String)]) func offsetsThatDoNotFitAreRefused(offsets: [Int64], message: String) throws
  {
    let reading = try archive([Self.values, Self.offsets] + Self.phones(offsets))
    #expect(reading.messages.last == message)
  }

  @Test func arraysThatAreNoLabelsAreRefusedWhereTheyAreNamed() throws {
    func message(_ arrays: [(String, NPYArray)]) throws -> String? {
      try archive([Self.values, Self.offsets] + arrays, NPZOptions(labels: ["phones"])).messages.last
    }
    #expect(
      try message(Self.phones([0, 4]))
        == #"t.npz: array "phones_offsets" is <i8 [2], expected whole numbers [B + 1] = [3]"#)
    #expect(
      try message([Self.phones()[0]])
        == #"t.npz: array "phones" of labels has no array "phones_offsets" [B + 1] that says where those of each sequence begin"#
    )
    #expect(
      try message([("phones", NPYArray(shape: [1], .float32([1]))), Self.phones()[1]])
        == #"t.npz: array "phones" is <f4 [1], expected labels [M], text or whole numbers"#)
  }

  // MARK: What comes back

  private func held(_ lists: [[Int32]], names: [String] = ["a", "b|c", ";"]) -> HeldSequences {
    HeldSequences(
      signature: SequenceSignature(input: .features(["x"]), target: .none),
      furtherColumns: [
        Column("phones", .category, per: .labels, role: .other, vocabulary: Vocabulary(unit: .words, tokens: names))
      ],
      records: lists.enumerated().map { index, codes in
        SequenceRecord(
          key: "s\(index)", input: .values([1], featureCount: 1),
          cells: [.categories(Categories(codes: codes, names: [""] + names))])
      })
  }

  @Test func anUnknownLabelComesBackWhereAFormatHasOne() throws {
    let given = held([[1, 0, 2], [0], [], [3]])
    for export in ColumnLawTests.exports where export.format != .csv {
      let (records, description, losses) = try ColumnLawTests.copy(of: given, export)
      #expect(description.columns.map(\.extent) == [.labels], "\(export)")
      #expect(records.map(Contents.init) == given.records.map(Contents.init), "\(export)")
      #expect(losses == [])
    }
    let error = #expect(throws: ExportError.self) { try ColumnLawTests.copy(of: given, SequenceExport(.csv)) }
    #expect(
      error?.message
        == #"sequence "s0" has an unknown label in column "phones", which csv cannot hold; use jsonl, npz or tfrecord"#)
  }

  @Test func theSeparatorIsOneThatNoLabelHolds() throws {
    let given = held([[1, 2], [3]])
    let path = NSTemporaryDirectory() + "labels-\(UUID().uuidString).csv"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let report = try SequenceExport(.csv).write(given, to: .file(path))
    #expect(report.readerSettings[.labelSeparator] == ["/"])
    #expect(try String(contentsOfFile: path, encoding: .utf8).contains("a/b|c"))
    let error = #expect(throws: ExportError.self) {
      try ColumnLawTests.copy(of: held([[1]], names: ["|;/~^||"]), SequenceExport(.csv))
    }
    #expect(
      error?.message
        == #"the labels hold all of "|", ";", "/", "~", "^", "||", of which csv needs one between them; use jsonl, npz or tfrecord"#
    )
  }

  @Test func labelsGoIntoASourceAndItsBatches() throws {
    try withFile("t.csv", Array(Self.table.utf8)) { path in
      let source = try RecordSource(path, options: TableOptions(labels: ["phones"]))
      #expect(source.signature.labels.isEmpty)
      #expect(try source.gather([0, 1]).labels.isEmpty)
      let chosen = try source.choosing(ColumnChoice(labels: ["phones"]))
      #expect(chosen.signature.labels.map { $0.vocabulary?.tokens } == [["sil", "a", "b"]])
      #expect(try chosen.gather([3, 0, 1]).labels == [LabelLists([[1], [1, 2, 3], []] as [[Int32]])])
      #expect(chosen.fingerprint != source.fingerprint)
      let target = try source.choosing(ColumnChoice(target: ["phones"]))
      #expect(target.signature.target == .labels(["sil", "a", "b"]) && target.signature.labels.isEmpty)
      #expect(try target.gather([3, 0, 1]).targets == .labels(LabelLists([[0], [0, 1, 2], []] as [[Int32]])))
      let error = #expect(throws: RaggedCoreError.self) { try source.choosing(ColumnChoice(inputs: ["phones"])) }
      #expect(error?.message.contains("it cannot be an input") == true)
    }
  }

  @Test func aFileWithTextWhereOthersHaveLabelsIsRefused() throws {
    try withFile("t.csv", Array(Self.table.utf8)) { path in
      let readers = [try FileReader(path, options: TableOptions(labels: ["phones"])), try FileReader(path)]
      let error = #expect(throws: InputError.self) { try RecordSource(readers) }
      #expect(error?.problem.contains(#"column "phones" is no list here and a list of labels in "#) == true)
      #expect(error?.remedy == .takeAsLabels(["phones"]))
    }
  }

  @Test func batchesAsArraysHaveTheLabelsPadded() throws {
    let batch = SequenceBatch(
      input: .tokens([1, 2, 3]), labels: [LabelLists([[3, 1], []] as [[Int32]])], offsets: [0, 1, 3])
    for arrays in [try batch.padded().npzArrays, try batch.packed(sequencesPerRow: [2]).npzArrays] {
      let found = Dictionary(uniqueKeysWithValues: arrays.map { ($0.name, $0.array) })
      #expect(found["labels_0"] == NPYArray(shape: [2, 2], .int32([3, 1, 0, 0])))
      #expect(found["label_counts_0"] == NPYArray(shape: [2], .int64([2, 0])))
    }
  }
}
