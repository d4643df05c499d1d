/// A Parquet file: what its metadata say, and cursors that read its columns.
///
/// Nothing but the metadata is held; each cursor reads pages on its own, so that tasks can share a file.
public struct ParquetFile: Sendable {
  /// The fields of a row, and the columns that they are stored in.
  public let schema: ParquetSchema
  /// The parts of the file's rows.
  public let rowGroups: [ParquetRowGroup]
  /// How many rows the row groups have. (The number of all that a file's metadata also say is not heeded: writers differ.)
  public let rowCount: Int
  /// Notes that the writer left, such as pandas' about its index.
  public let notes: [ParquetNote]
  /// The writer's name and version.
  public let createdBy: String?

  private let input: any ParquetInput
  private let options: ParquetOptions
  private let footerOffset: Int

  /// The file at a path.
  /// - Throws: ``ParquetError`` where it cannot be read, is no Parquet file or has metadata that make no sense.
  public init(_ path: String, _ options: ParquetOptions = ParquetOptions()) throws {
    try self.init(try ParquetDiskFile(path), options)
  }

  /// A file that something else reads.
  public init(_ input: some ParquetInput, _ options: ParquetOptions = ParquetOptions()) throws {
    (self.input, self.options) = (input, options)
    let footer = try located(ParquetPlace(file: input.name)) { try FileFooter(input, options.limits) }
    footerOffset = footer.offset
    (rowGroups, notes, createdBy) = (footer.rowGroups, footer.notes, footer.createdBy)
    (schema, rowCount) = try located(ParquetPlace(file: input.name)) {
      let schema = try SchemaBuilder.schema(footer.elements, options)
      return (schema, try Self.countRows(footer, schema))
    }
  }

  private static func countRows(_ footer: FileFooter, _ schema: ParquetSchema) throws -> Int {
    var rows = 0
    for (place, group) in footer.rowGroups.enumerated() {
      guard group.rowCount >= 0, group.rowCount <= Int.max - rows else {
        throw ParquetError(.damaged, "it has \(group.rowCount) rows", ParquetPlace(rowGroup: place))
      }
      guard group.chunks.count == schema.columns.count else {
        throw ParquetError(
          .damaged, "it has \(group.chunks.count) columns, and the schema \(schema.columns.count)",
          ParquetPlace(rowGroup: place))
      }
      rows += group.rowCount
    }
    return rows
  }

  /// A cursor at the first row of a row group.
  /// - Throws: ``ParquetError`` where the column's pages are compressed, encrypted or placed in a way that is not
  ///   supported; of kind ``ParquetError/Kind/usage`` where there is no such row group.
  public func cursor(_ column: ParquetColumn, rowGroup: Int) throws -> ParquetColumnCursor {
    guard rowGroups.indices.contains(rowGroup), schema.columns.indices.contains(column.index) else {
      throw ParquetError(
        .usage,
        "row group \(rowGroup) of column \(column.index) is asked for, and there are \(rowGroups.count) of "
          + "\(schema.columns.count)", ParquetPlace(file: input.name))
    }
    return try ParquetColumnCursor(
      input, footerOffset, schema.columns[column.index], rowGroups[rowGroup], rowGroup, options)
  }

  /// All rows of some columns (or all), batch after batch.
  /// - Parameters:
  ///   - columns: The columns; nil for all.
  ///   - rows: The most rows of a batch; nil for as many as take about 4 MiB.
  public func batches(_ columns: [ParquetColumn]? = nil, rows: Int? = nil) -> ParquetBatches {
    ParquetBatches(self, columns ?? schema.columns, rows: rows)
  }
}
