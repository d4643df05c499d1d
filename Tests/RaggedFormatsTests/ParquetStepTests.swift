import Foundation
import RaggedCore
import RaggedFormats
import RaggedParquet
import Testing

/// Rows that are taken from their columns come to what their text comes to. The first row of each row group is always read as
/// text: a file with a row group a row is read as text throughout, and the same rows in one group mostly are not.
@Suite struct ParquetStepTests {
  private static let columns = [
    ParquetOutputColumn("id", .string), ParquetOutputColumn("time", .timestamp(.nanoseconds, utc: true)),
    ParquetOutputColumn("x", .double), ParquetOutputColumn("y", .float), ParquetOutputColumn("n", .int64),
    ParquetOutputColumn("code", .string), ParquetOutputColumn("label", .string), ParquetOutputColumn("ok", .boolean),
    ParquetOutputColumn("day", .date), ParquetOutputColumn("note", .string), ParquetOutputColumn("kind", .int32),
  ]

  /// Rows before the strange ones, more than are looked at to find out what the columns are.
  private static let plainRows = 1040

  private static let variants: [TableOptions] = [
    TableOptions(target: []),
    TableOptions(features: ["x", "y", "n"], target: ["label"], targetKind: .classPerTimestep),
    TableOptions(
      features: ["x", "ok"], target: ["y"], targetKind: .valuesPerTimestep, time: "", times: ["time"],
      numbers: ["n"], categories: ["code", "kind"], skipped: ["note"]),
    TableOptions(
      features: ["y"], target: [], time: "n", valid: "ok", metadata: ["note"], missing: ["é", "NA"],
      times: ["day"], categories: ["code", "label"]),
    TableOptions(features: ["y"], target: ["kind"], targetKind: .classPerTimestep, time: "x"),
  ]

  private struct Rows {
    var (id, code, label, note): ([String], [String], [String], [String]) = ([], [], [], [])
    var (time, n, x, y): ([Int64], [Int64], [Double], [Float]) = ([], [], [], [])
    var (ok, day, kind): ([Bool], [Int32], [Int32]) = ([], [], [])
    /// Of each column, which cells are there.
    var present = ParquetStepTests.columns.map { _ in [Bool]() }

    func values(_ rows: Range<Int>) -> [ParquetOutputValues] {
      let all: [ParquetValues] = [
        .bytes(ParquetByteStrings(id[rows])), .int64(Array(time[rows])), .double(Array(x[rows])),
        .float(Array(y[rows])), .int64(Array(n[rows])), .bytes(ParquetByteStrings(code[rows])),
        .bytes(ParquetByteStrings(label[rows])), .boolean(Array(ok[rows])), .int32(Array(day[rows])),
        .bytes(ParquetByteStrings(note[rows])), .int32(Array(kind[rows])),
      ]
      return zip(all, present).map { ParquetOutputValues($0, present: Array($1[rows])) }
    }
  }

  private static func rows(_ random: inout SeededRandom) -> Rows {
    var rows = Rows()
    func one<Element>(_ elements: [Element]) -> Element { elements[Int(random.next() % UInt64(elements.count))] }
    let strangeness = 2 + random.next() % 30
    var (row, sequence) = (0, 0)
    while row < plainRows + 260 {
      sequence += 1
      let (note, length) = (one(["", "n", "né", "q\"q"]), 1 + Int(random.next() % 24))
      var time = Int64(1_600_000_000) * 1_000_000_000 + Int64(sequence)
      for t in 0..<length {
        let isStrange = row >= plainRows && random.next() % strangeness == 0
        // A fall, a tie or a rise.
        time += isStrange ? one([-1_000_000_000, 0, 1]) : 1_500_000_000
        rows.id.append("s\(sequence)")
        rows.time.append(time)
        let oddDoubles: [Double] = [
          .nan, .infinity, 1 + 0x1p-24, 1 + 0x3p-24, .leastNormalMagnitude / 4, -0.0, 3.5e38, 1e-45, 16_777_217,
        ]
        let oddFloats: [Float] = [.nan, -.infinity, -0.0, .leastNonzeroMagnitude, .leastNormalMagnitude]
        let fraction = Float(random.next() % 1000)
        rows.x.append(isStrange ? one(oddDoubles) : Double(fraction / 1024) + Double(t) / 8)
        rows.y.append(isStrange ? one(oddFloats) : fraction / 7)
        rows.n.append(isStrange ? one([16_777_217, 33_554_432, -16_777_219, .max, .min]) : Int64(t))
        rows.code.append(
          isStrange ? one(["é", "", " b ", "a,b", "\"q", "l\nm", "r\rs", "NA", "\0"]) : one(["a", "b", "c"]))
        rows.label.append(isStrange && random.next() % 4 == 0 ? one(["new", "NA", "é"]) : one(["u", "v", "w"]))
        rows.ok.append(random.next() % 5 > 0)
        rows.day.append(isStrange ? one([0, -719_162, -719_163, 2_932_896, 2_932_897]) : Int32(18_000 + t))
        rows.note.append(isStrange && random.next() % 6 == 0 ? "other" : note)
        rows.kind.append(Int32(random.next() % 3))
        for place in columns.indices {
          rows.present[place].append(row < 20 || random.next() % (isStrange ? 9 : 60) > 0 || place < 2 && !isStrange)
        }
        row += 1
      }
    }
    return rows
  }

  private static func reading(_ rows: Rows, groups: Int, _ options: TableOptions) throws -> (Reading, [String]) {
    let memory = ParquetMemory()
    var writing = ParquetWriterOptions()
    (writing.rowGroupRows, writing.compression) = (groups, ParquetCompression.none)
    let writer = try ParquetWriter(memory, columns, writing)
    let count = rows.id.count
    for start in stride(from: 0, to: count, by: groups) {
      let part = start..<min(count, start + groups)
      try writer.write(rows: part.count, rows.values(part))
    }
    try writer.finish()
    return try withFile("t.parquet", memory.bytes) { path in
      let options = ParquetFileOptions(options)
      let reading = readAll(path, options: options)
      // Notes come beside the sequences.
      var reader = try FileReader(path, options: options)
      while true {
        do {
          guard try reader.next() != nil else { break }
        } catch let error as InputError {
          if error.isFatal { break }
        }
      }
      return (reading, (try? reader.takeNotes().map(\.text)) ?? [])
    }
  }

  @Test(arguments: 0..<5) func rowsFromColumnsAreThoseOfTheirText(variant: Int) throws {
    for seed in 0..<2 {
      var random = SeededRandom(seed: UInt64(100 * variant + seed))
      let rows = Self.rows(&random)
      let (text, notes) = try Self.reading(rows, groups: 1, Self.variants[variant])
      #expect(text.records.count > 20, "variant \(variant), seed \(seed): \(text.messages.prefix(2))")
      for groups in [1 << 20, 64] {
        let (direct, others) = try Self.reading(rows, groups: groups, Self.variants[variant])
        #expect(direct.description == text.description)
        #expect(direct.messages == text.messages, "variant \(variant), seed \(seed)")
        #expect(others == notes, "variant \(variant), seed \(seed)")
        #expect(direct.records.count == text.records.count)
        for (one, other) in zip(direct.records, text.records) where one != other || !one.hasSameBits(as: other) {
          Issue.record("variant \(variant), seed \(seed), groups of \(groups): \(one) is not \(other)")
          return
        }
      }
    }
  }
}

extension SequenceRecord {
  /// Whether the numbers of both have the same bits, zeros their signs among them.
  fileprivate func hasSameBits(as other: SequenceRecord) -> Bool {
    func bits(_ record: SequenceRecord) -> [[UInt32]] {
      var all: [[UInt32]] = []
      if case .values(let values, _) = record.input { all.append(values.map(\.bitPattern)) }
      if case .stepValues(let values, _) = record.target { all.append(values.map(\.bitPattern)) }
      for case .numbers(let numbers) in record.cells { all.append(numbers.map(\.bitPattern)) }
      return all
    }
    return bits(self) == bits(other)
  }
}
