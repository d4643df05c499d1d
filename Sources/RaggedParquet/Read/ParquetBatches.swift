/// Some rows of some columns.
public struct ParquetBatch: Sendable {
  /// The fields of a row.
  public let schema: ParquetSchema
  /// The row group that they are of.
  public let rowGroup: Int
  /// The place of the first of them in the file.
  public let firstRow: Int
  /// How many rows.
  public let rowCount: Int
  /// The columns that were asked for, in that order.
  public let columns: [ParquetColumnBatch]
  /// Where in ``columns`` each column of the schema is, -1 for one that was not asked for.
  let places: [Int]
}

/// The rows of a file batch after batch, row group after row group; a batch has rows of one row group.
///
/// A class, since it moves on; each task has its own.
public final class ParquetBatches {
  private let file: ParquetFile
  private let columns: [ParquetColumn]
  private let places: [Int]
  private let rows: Int?
  /// Why nothing more can be read: columns would not be in step any more.
  private var failure: (any Error)?
  private var rowGroup = -1
  private var cursors: [ParquetColumnCursor] = []
  private var rowsLeft = 0
  private var firstRow = 0
  private var rowsAtOnce = 1

  init(_ file: ParquetFile, _ columns: [ParquetColumn], rows: Int?) {
    (self.file, self.columns, self.rows) = (file, columns, rows)
    places = file.schema.columns.map { column in columns.firstIndex { $0.index == column.index } ?? -1 }
  }

  /// The next rows; nil after the last.
  /// - Throws: ``ParquetError`` with the place, and the same each time afterwards.
  public func next() throws -> ParquetBatch? {
    if let failure { throw failure }
    do { return try read() } catch {
      failure = error
      throw error
    }
  }

  private func read() throws -> ParquetBatch? {
    while rowsLeft == 0 {
      guard rowGroup + 1 < file.rowGroups.count else { return nil }
      rowGroup += 1
      let group = file.rowGroups[rowGroup]
      rowsLeft = group.rowCount
      cursors = rowsLeft == 0 ? [] : try columns.map { try file.cursor($0, rowGroup: rowGroup) }
      rowsAtOnce = rows.map { max(1, $0) } ?? sensibleRows(group)
    }
    let count = min(rowsAtOnce, rowsLeft)
    let batch = ParquetBatch(
      schema: file.schema, rowGroup: rowGroup, firstRow: firstRow, rowCount: count,
      columns: try cursors.compactMap { try $0.next(rows: count) }, places: places)
    rowsLeft -= count
    firstRow += count
    return batch
  }

  /// As many rows as take about 4 MiB by the metadata, which may be wrong: the limits hold in any case.
  private func sensibleRows(_ group: ParquetRowGroup) -> Int {
    let bytes = columns.reduce(0.0) { sum, column in
      let chunk = group.chunks[column.index]
      return sum + max(Double(chunk.uncompressedBytes), Double(chunk.valueCount) * 8)
    }
    let perRow = max(bytes / Double(group.rowCount), 1)
    return max(1, Int(min(65_536, Double(1 << 22) / perRow)))
  }
}
