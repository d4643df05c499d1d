/// What a file may claim before it is refused: each is checked before memory is asked for.
public struct ParquetLimits: Sendable, Equatable {
  /// Bytes of the metadata at a file's end.
  public var footerBytes = 1 << 28
  /// Bytes of a page, as stored and as decompressed.
  public var pageBytes = 1 << 29
  /// Bytes of the values of one column in one batch.
  public var batchBytes = 1 << 30
  /// Values (null ones counted) of one column in one batch, which a single row with a long list can exceed.
  public var batchSlots = 1 << 27
  /// Groups within groups of a schema; 200 at most.
  public var schemaDepth = 100

  /// The limits that hold unless said otherwise.
  public init() {}
}

/// What a timestamp of the outdated type INT96 becomes.
public enum ParquetInt96: Sendable, Equatable {
  /// Nanoseconds since 1970 (years 1678 to 2262); others are an error.
  case nanoseconds
  /// Microseconds since 1970, digits below them dropped: what Spark means.
  case microseconds

  var unit: ParquetTimeUnit { self == .nanoseconds ? .nanoseconds : .microseconds }
}

/// How a file is read.
public struct ParquetOptions: Sendable, Equatable {
  /// What a file may claim.
  public var limits = ParquetLimits()
  /// Whether a page that has a checksum is held to it.
  public var verifiesChecksums = true
  /// What a timestamp of type INT96 becomes.
  public var int96 = ParquetInt96.nanoseconds

  /// The options that hold unless said otherwise.
  public init() {}
}
