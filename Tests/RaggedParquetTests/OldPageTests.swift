import RaggedParquet
import Testing

/// Pages as only old writers made them, byte by byte after the format's description.
@Suite struct OldPageTests {
  private func batch(_ schema: [Thrift], _ pages: [UInt8], rows: Int, values: Int) throws -> ParquetColumnBatch {
    let file = try ParquetFile(
      ParquetBytes(
        parquet(
          schema: [line("root", children: 1)] + schema, pages: pages,
          groups: [group(rows: rows, bytes: pages.count, values: values)])))
    return try #require(try file.batches(rows: 100).next()).columns[0]
  }

  @Test func bitPackedLevelsAreReadFromTheHighestBit() throws {
    // Nine rows, of which the first, the fourth and the last are null.
    let levels: [UInt8] = [0b0110_1111, 0b0000_0000]
    let numbers: [UInt8] = (1...6).flatMap { [$0, 0, 0, 0] as [UInt8] }
    let pages = page(levels + numbers, values: 9, levels: 4)
    let batch = try batch([line("x", type: 1, repetition: 1)], pages, rows: 9, values: 9)
    #expect(batch.values == .int32([0, 1, 2, 0, 3, 4, 5, 6, 0]))
    #expect(batch.presence.depths == [0, 1, 1, 0, 1, 1, 1, 1, 0])
  }

  @Test func bitPackedLevelsOfTwoBits() throws {
    let lines = [
      line("a", repetition: 1, children: 1, converted: 3), line("list", repetition: 2, children: 1),
      line("x", type: 1, repetition: 1),
    ]
    // Repetition 0 1 0 0, definition 3 2 1 0: [5, null], [], null.
    let pages = page([0b0100_0000, 0b1110_0100, 5, 0, 0, 0], values: 4, levels: 4)
    let batch = try batch(lines, pages, rows: 3, values: 4)
    #expect(batch.lists[0].offsets == [0, 2, 2, 2])
    #expect(batch.lists[0].presence.depths == [1, 1, 0])
    #expect(batch.values == .int32([5, 0]))
    #expect(batch.presence.depths == [1, 0])
  }

  @Test func rowMayGoOnInTheNextPage() throws {
    // Runs of a level: twice its count, and the level. First [1, 2, then 3] and after it [4].
    let first: [UInt8] = [4, 0, 0, 0, 2, 0, 2, 1, 2, 0, 0, 0, 4, 1, 1, 0, 0, 0, 2, 0, 0, 0]
    let second: [UInt8] = [4, 0, 0, 0, 2, 1, 2, 0, 2, 0, 0, 0, 4, 1, 3, 0, 0, 0, 4, 0, 0, 0]
    let pages = page(first, values: 2) + page([], values: 0) + page(second, values: 2)
    let batch = try batch([line("x", type: 1, repetition: 2)], pages, rows: 2, values: 4)
    #expect(batch.lists[0].offsets == [0, 3, 4])
    #expect(batch.values == .int32([1, 2, 3, 4]))
  }

  @Test func pagesOfUnknownKindsArePassedOver() throws {
    let index = Thrift.fields([(1, .int(1)), (2, .int(3)), (3, .int(3)), (6, .fields([]))]).bytes + [9, 9, 9]
    let pages = index + page([7, 0, 0, 0], values: 1)
    #expect(try batch([line("x", type: 1)], pages, rows: 1, values: 1).values == .int32([7]))
  }

  @Test func metadataOfNothingFillNoMemory() {
    let empty = [UInt8](repeating: 0, count: 1 << 20)
    // A schema of a million structs without a field.
    let footer: [UInt8] = [0x29, 0xfc, 0x80, 0x80, 0x40] + empty + [0]
    let length = (0..<4).map { UInt8(truncatingIfNeeded: footer.count >> ($0 * 8)) }
    let bytes = Array("PAR1".utf8) + footer + length + Array("PAR1".utf8)
    let error = #expect(throws: ParquetError.self) { try ParquetFile(ParquetBytes(bytes)) }
    #expect(error?.message == "\"schema\" in the metadata is a list of 1048576 elements of hardly a byte each")
  }
}
