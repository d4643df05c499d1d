/// How a file is written.
public struct ParquetWriterOptions: Sendable, Equatable {
  /// How pages are compressed.
  public var compression = ParquetCompression.zstd(level: 3)
  /// Rows of a row group at most, about.
  public var rowGroupRows = 1 << 20
  /// Bytes of a row group at most, about: so much is held in memory until it is written.
  public var rowGroupBytes = 1 << 26
  /// Bytes of a page before it is compressed, about; a row is never split.
  public var pageBytes = 1 << 20
  /// Bytes of a column's dictionary of strings in a row group, about; 0 for none. Beyond it strings are written one by one.
  public var dictionaryBytes = 1 << 20
  /// Notes for readers, such as what the columns mean.
  public var notes: [ParquetNote] = []
  /// The writer's name.
  public var createdBy = "ragged"

  /// The options that hold unless said otherwise.
  public init() {}
}
