import Foundation
import RaggedCore
import RaggedFormats
import RaggedParquet
import Testing

private let fixtures = inputFixtures.deletingLastPathComponent().appendingPathComponent("parquet")

/// A Parquet file gives what the same rows give in CSV or in JSON Lines.
@Suite struct ParquetReaderTests {
  private static let data = inputFixtures.deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("shared/data")

  @Test(arguments: [
    ("readings.parquet", "readings.csv"), ("readings-rows.parquet", "readings-rows.jsonl"),
  ])
  func aFileGivesWhatTheSameRowsGiveInText(parquet: String, text: String) throws {
    let found = readAll(fixtures.appendingPathComponent(parquet).path)
    let expected = readAll(fixtures.appendingPathComponent(text).path)
    #expect(found.messages == [])
    #expect(expected.messages == [])
    #expect(found.description == expected.description)
    #expect(found.records.count == 12)
    #expect(found.records.map(\.withoutLine) == expected.records.map(\.withoutLine))
  }

  @Test func rolesAreSaidAsOfText() throws {
    var table = try FileReader(fixtures.appendingPathComponent("readings.parquet").path)
    var csv = try FileReader(fixtures.appendingPathComponent("readings.csv").path)
    #expect(try table.roles() == csv.roles())
    #expect(table.hasRowPerTimestep)
    #expect(
      try table.takeNotes().map(\.text) == [
        #"column "notes" holds maps and is not imported"#, #"column "place" holds records and is not imported"#,
      ] + csv.takeNotes().map(\.text))
    var rows = try FileReader(fixtures.appendingPathComponent("readings-rows.parquet").path)
    var jsonl = try FileReader(fixtures.appendingPathComponent("readings-rows.jsonl").path)
    #expect(try rows.roles() == jsonl.roles())
    #expect(!rows.hasRowPerTimestep)
    #expect(try rows.takeNotes() == jsonl.takeNotes())
  }

  /// Lists side by side are the features of a long table.
  @Test func listsAreFeaturesTogether() throws {
    let rows = readAll(
      fixtures.appendingPathComponent("readings-rows.parquet").path,
      options: ParquetFileOptions(
        TableOptions(features: ["ax", "count"], target: [], skipped: ["time", "day", "activity"])))
    let table = readAll(
      fixtures.appendingPathComponent("readings.parquet").path,
      options: ParquetFileOptions(TableOptions(features: ["ax", "count"], target: [])))
    #expect(rows.messages == [])
    #expect(rows.description?.input == table.description?.input)
    #expect(rows.records.map(\.input) == table.records.map(\.input))
    #expect(rows.records.map(\.key) == table.records.map(\.key))
  }

  @Test func aLongTableWithListsLeftOutIsATable() throws {
    let reading = readAll(
      fixtures.appendingPathComponent("readings-rows.parquet").path,
      options: ParquetFileOptions(TableOptions(skipped: ["time", "ax", "count", "ok", "activity", "day"])))
    #expect(reading.records.map(\.length) == Array(repeating: 1, count: 12))
  }

  /// The type says what a column is, not what its texts look like.
  @Test func textsStayTexts() throws {
    let columns = [
      ParquetOutputColumn("id", .int64), ParquetOutputColumn("code", .string), ParquetOutputColumn("name", .string),
      ParquetOutputColumn("x", .double), ParquetOutputColumn("late", .float),
    ]
    let rows = 1200
    let reading = try withParquet(
      columns, rows: rows,
      [
        ParquetOutputValues(.int64((0..<rows).map { Int64($0 / 100) })),
        ParquetOutputValues(.bytes(ParquetByteStrings((0..<rows).map { "\($0 % 3)" }))),
        ParquetOutputValues(
          .bytes(ParquetByteStrings((0..<rows).map { ["NA", "a \"b\", c\n", "null", " d "][$0 % 4] })),
          present: (0..<rows).map { $0 != 1 }),
        ParquetOutputValues(.double((0..<rows).map { $0 == 2 ? .nan : Double($0) / 7 })),
        // Null in all the rows that are looked at first.
        ParquetOutputValues(.float((0..<rows).map { Float($0) }), present: (0..<rows).map { $0 >= 1100 }),
      ]
    ) { readAll($0) }
    #expect(reading.messages == [])
    #expect(reading.records.count == 12)
    #expect(reading.description?.columns.map(\.name) == ["code", "name"])
    #expect(reading.description?.input.featureNames == ["x", "late"])
    let first = try #require(reading.records.first)
    try #require(first.cells.count == 2)
    guard case .categories(let names) = first.cells[1], case .values(let values, 2) = first.input else {
      Issue.record("\(first)")
      return
    }
    #expect(names.prefix(5).map { $0 } == ["NA", "", "null", " d ", "NA"])
    #expect(values[0] == 0 && values[1].isNaN && values[4].isNaN && values[6] == Float(3.0 / 7))
    #expect(reading.records.map(\.line) == (0..<12).map { $0 * 100 + 1 })
  }

  @Test func numbersThatFloat32CannotHoldAreSaid() throws {
    let columns = [ParquetOutputColumn("id", .string), ParquetOutputColumn("x", .int64)]
    let notes = try withParquet(
      columns, rows: 2,
      [
        ParquetOutputValues(.bytes(ParquetByteStrings(["a", "b"]))), ParquetOutputValues(.int64([16_777_217, 3])),
      ]
    ) { path in
      var reader = try FileReader(path)
      return try reader.takeNotes().map(\.text)
    }
    #expect(
      notes == [
        #"column "x" holds "16777217", which float32 cannot hold: as a feature it is rounded"#
      ])
  }

  @Test func timesWithoutAZoneAreSaidToBeTakenForUTC() throws {
    let columns = [
      ParquetOutputColumn("id", .string), ParquetOutputColumn("x", .float),
      ParquetOutputColumn("local", .timestamp(.microseconds, utc: false)),
      ParquetOutputColumn("sure", .timestamp(.microseconds, utc: true)),
    ]
    let values = ParquetOutputValues(.int64([0, 1_000_000]))
    try withParquet(
      columns, rows: 2,
      [
        ParquetOutputValues(.bytes(ParquetByteStrings(["a", "a"]))), ParquetOutputValues(.float([1, 2])), values,
        values,
      ]
    ) { path in
      var reader = try FileReader(path)
      let note = #"column "local" has times without a zone, which are taken for UTC"#
      #expect(try reader.takeNotes().map(\.text).first == note)
      let first = try #require(try reader.next())
      #expect(first.cells == [.times([0, 1_000_000]), .times([0, 1_000_000])])
    }
  }

  /// Lists that are all named as labels are those of a long table.
  @Test func labelsOfALongTableAreLists() throws {
    let columns = [
      ParquetOutputColumn("id", .string), ParquetOutputColumn("x", .float),
      ParquetOutputColumn("tags", .string, listDepth: 1),
    ]
    func read(_ tags: [String], _ options: TableOptions = TableOptions(labels: ["tags"])) throws -> Reading {
      try withParquet(
        columns, rows: 2,
        [
          ParquetOutputValues(.bytes(ParquetByteStrings(["a", "a"]))), ParquetOutputValues(.float([1, 2])),
          ParquetOutputValues(
            .bytes(ParquetByteStrings(tags + tags)), lists: [.init(offsets: [0, tags.count, 2 * tags.count])]),
        ]
      ) { readAll($0, options: ParquetFileOptions(options)) }
    }
    let found = try read(["sil", "a|b", "sil"])
    #expect(found.messages == [])
    #expect(found.records.map(\.input) == [.values([1, 2], featureCount: 1)])
    #expect(found.records.first?.cells == [.categories(Categories(["sil", "a|b", "sil"]))])
    #expect(try read([]).records.first?.cells == [.categories(Categories([]))])
    #expect(
      try read(["u", ""]).messages == [
        #"t.parquet: row 1: column "tags" has a label that is empty or null, expected a text each"#
      ])
    #expect(
      try read(["a|b"], TableOptions(labels: ["tags"], labelSeparator: "|")).messages == [
        #"t.parquet: row 1: column "tags" has the label "a|b", which holds the separator "|"; choose another one"#
      ])
    // By itself a list makes its row a sequence.
    #expect(try read(["u", "v"], TableOptions()).records.map(\.length) == [2, 2])
  }

  @Test func metadataOfARowPerSequenceAreTheTextOfAnObject() throws {
    let columns = [
      ParquetOutputColumn("id", .string), ParquetOutputColumn("x", .float, listDepth: 1),
      ParquetOutputColumn("about", .string),
    ]
    func read(_ text: String) throws -> Reading {
      try withParquet(
        columns, rows: 1,
        [
          ParquetOutputValues(.bytes(ParquetByteStrings(["a"]))),
          ParquetOutputValues(.float([1, 2]), lists: [.init(offsets: [0, 2])]),
          ParquetOutputValues(.bytes(ParquetByteStrings([text]))),
        ]
      ) { readAll($0, options: ParquetFileOptions(TableOptions(metadataObject: "about"))) }
    }
    #expect(try read("{\"a\": [1,\n2]}").records.first?.metadata == "{\"a\": [1, 2]}")
    #expect(
      try read("{},\"id\":\"b\"").messages == [
        #"t.parquet: row 1: column "about" is "{},"id":"b"", expected a JSON object"#
      ])
  }

  /// As pyarrow and DuckDB write a sequence a row: a list of a list, or of a record, for each timestep.
  @Test func listsOfListsAndOfRecordsAreSequences() throws {
    for (column, kind) in [("trace", "lists"), ("steps", "records")] {
      let path = fixtures.appendingPathComponent("rows-of-\(kind)").path
      let found = readAll(path + ".parquet")
      let expected = readAll(path + ".jsonl")
      #expect(found.messages == [] && expected.messages == [], "\(column)")
      #expect(found.description == expected.description)
      #expect(found.records.map(\.withoutLine) == expected.records.map(\.withoutLine))
      #expect(found.records.map(\.length) == [2, 0, 3])
    }
  }

  @Test func rowsWithoutKeyAreNumbered() throws {
    let columns = [ParquetOutputColumn("x", .float, listDepth: 1)]
    try withParquet(
      columns, rows: 3,
      [
        ParquetOutputValues(.float([1, 2, 3]), lists: [.init(offsets: [0, 2, 2, 3])])
      ]
    ) { path in
      var reader = try FileReader(path)
      #expect(
        try reader.takeNotes().map(\.text) == [
          #"no column is called "id" or "key": keys are made of the file's name and the row's number"#
        ])
      #expect(readAll(path).keys == ["t:1", "t:2", "t:3"])
      #expect(readAll(path).records.map(\.length) == [2, 0, 1])
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: data.path), "the real data are not here"))
  func anEventLogIsThatOfItsCSV() throws {
    let folder = Self.data.appendingPathComponent("event-logs")
    let table = readAll(
      folder.appendingPathComponent("receipt.parquet").path,
      options: ParquetFileOptions(TableOptions(id: "case:concept:name", time: "time:timestamp")))
    let csv = readAll(
      folder.appendingPathComponent("receipt.csv").path,
      options: TableOptions(id: "case:concept:name", time: "time:timestamp"))
    #expect(table.messages == [])
    #expect(table.records.count == 1434)
    #expect(table.keys.sorted() == csv.keys.sorted())
    let others = Dictionary(uniqueKeysWithValues: csv.records.map { ($0.key, $0) })
    let columns = try #require(table.description).columns
    let csvColumns = try #require(csv.description).columns
    #expect(Set(columns.map(\.name)) == Set(csvColumns.map(\.name)))
    for (place, column) in columns.enumerated() {
      let other = try #require(csvColumns.firstIndex { $0.name == column.name })
      #expect(column.kind == csvColumns[other].kind && column.extent == csvColumns[other].extent, "\(column.name)")
      // The Parquet file has the clock's time at the place, the other the same with its zone.
      let isSame = table.records.allSatisfy { record in
        guard let cells = others[record.key]?.cells[other] else { return false }
        guard case .times(let mine) = record.cells[place], case .times(let theirs) = cells else {
          return record.cells[place] == cells
        }
        return mine.count == theirs.count
          && zip(mine, theirs).allSatisfy { $0 == $1 || [1, 2].contains(($0 - $1) / 3_600_000_000) }
      }
      #expect(isSame, "\(column.name)")
    }
  }
}

/// What is wrong with a file is said with both sides and the place.
@Suite struct BadParquetTests {
  @Test func aFileThatIsNoneIsRefused() throws {
    let bytes = try Data(contentsOf: fixtures.appendingPathComponent("readings.csv"))
    let reading = try withFile("t.parquet", bytes) { readAll($0) }
    #expect(reading.errors.count == 1 && reading.records.isEmpty)
    #expect(reading.errors.first?.failureClass == .badData)
    #expect(reading.messages.first?.hasPrefix(#"t.parquet: begins with "id,c" and ends with "#) == true)
  }

  @Test func aFileThatIsCutIsRefused() throws {
    let bytes = try Data(contentsOf: fixtures.appendingPathComponent("readings.parquet"))
    let reading = try withFile("t.parquet", bytes.prefix(bytes.count / 2)) { readAll($0) }
    #expect(reading.messages.first?.hasPrefix(#"t.parquet: begins with "PAR1" and ends with "#) == true)
    let empty = try withFile("t.parquet", Data()) { readAll($0) }
    #expect(empty.messages == ["t.parquet: has 0 bytes, and the smallest Parquet file has 12"])
  }

  @Test func aCodecThatIsNotSupportedIsNamed() {
    let reading = readAll(fixtures.appendingPathComponent("readings-brotli.parquet").path)
    #expect(reading.records.isEmpty)
    #expect(reading.messages.first?.contains("BROTLI") == true, "\(reading.messages)")
  }

  @Test func aFileThatIsNotThereIsNoInput() {
    let reading = readAll("/nowhere/t.parquet")
    #expect(reading.messages == ["t.parquet: no such file"])
    #expect(reading.errors.first?.failureClass == .noInput)
    #expect(readAll("-", format: .parquet).messages.first?.contains("name a file") == true)
  }

  @Test(arguments: [
    (
      ParquetFileOptions(TableOptions(id: "nr")),
      #"readings.parquet: there is no column "nr"; the columns are "id", "channel", "age", "label", "time", "ax", "count", "ok", "activity", "day""#
    ),
    (
      ParquetFileOptions(TableOptions(skipped: ["nr"])),
      #"readings.parquet: there is no column "nr"; the columns are "id", "channel", "age", "label", "time", "ax", "count", "ok", "activity", "day", "notes", "place""#
    ),
    (
      ParquetFileOptions(TableOptions(features: ["notes"])),
      #"readings.parquet: there is no column "notes"; the columns are "id", "channel", "age", "label", "time", "ax", "count", "ok", "activity", "day""#
    ),
  ])
  func aColumnThatIsNotThereIsNamed(options: ParquetFileOptions, message: String) {
    #expect(readAll(fixtures.appendingPathComponent("readings.parquet").path, options: options).messages == [message])
  }

  @Test(arguments: [
    (
      ParquetFileOptions(TableOptions(statics: ["age"])),
      "readings-rows.parquet: a column per sequence means nothing for a Parquet file with a row per sequence"
    ),
    (
      ParquetFileOptions(TableOptions(features: ["ax", "activity"])),
      #"readings-rows.parquet: column "activity" is no list of numbers, expected one as each of several features"#
    ),
  ])
  func whatMeansNothingForRowsThatAreSequencesIsRefused(options: ParquetFileOptions, message: String) {
    let reading = readAll(fixtures.appendingPathComponent("readings-rows.parquet").path, options: options)
    #expect(reading.messages == [message])
  }

  @Test func rowsOfAnIDApartComeTwice() throws {
    let columns = [ParquetOutputColumn("id", .string), ParquetOutputColumn("x", .float)]
    try withParquet(
      columns, rows: 3,
      [
        ParquetOutputValues(.bytes(ParquetByteStrings(["a", "b", "a"]))), ParquetOutputValues(.float([1, 2, 3])),
      ]
    ) { path in
      let lengths = try RecordSource(path).lengths
      #expect(lengths == [2, 1])
      let refused = ParquetFileOptions(TableOptions(grouping: .never))
      let error = #expect(throws: InputError.self) { try RecordSource(path, options: refused) }
      #expect(
        error?.message.hasSuffix(
          #"t.parquet:3: id "a" comes back after its rows ended (first seen on line 1); sort the rows by id, then by time"#
        )
          == true, "\(error?.message ?? "")")
    }
  }

  @Test func aFaultNamesItsRow() throws {
    let columns = [
      ParquetOutputColumn("id", .string), ParquetOutputColumn("x", .float), ParquetOutputColumn("s", .string),
    ]
    let reading = try withParquet(
      columns, rows: 4,
      [
        ParquetOutputValues(.bytes(ParquetByteStrings(["a", "b", "b", "c"]))),
        ParquetOutputValues(.float([1, 2, .infinity, 3])),
        ParquetOutputValues(.bytes(ParquetByteStrings(["1\n2\n", "\n", "\n\n", "z"]))),
      ]
    ) { readAll($0) }
    #expect(reading.messages == [#"t.parquet:3: column "x" is "inf", expected a finite number"#])
    #expect(reading.keys == ["a", "c"])
    #expect(reading.records.map(\.line) == [1, 4])
  }

  @Test func aFileWithoutRowsIsRefused() throws {
    let reading = try withParquet(
      [ParquetOutputColumn("id", .string)], rows: 0, [ParquetOutputValues(.bytes(ParquetByteStrings([])))]
    ) {
      readAll($0)
    }
    #expect(reading.messages == ["t.parquet: has no rows"])
  }
}

/// Calls `body` with the path of a file of these columns, `t.parquet`.
@discardableResult
private func withParquet<Result>(
  _ columns: [ParquetOutputColumn], rows: Int, _ values: [ParquetOutputValues], _ body: (String) throws -> Result
) throws -> Result {
  let memory = ParquetMemory()
  let writer = try ParquetWriter(memory, columns)
  try writer.write(rows: rows, values)
  try writer.finish()
  return try withFile("t.parquet", memory.bytes, body)
}

extension SequenceRecord {
  fileprivate var withoutLine: SequenceRecord {
    var record = self
    record.line = 0
    return record
  }
}
