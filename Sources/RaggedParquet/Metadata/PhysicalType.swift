/// How the values of a column are stored.
public enum ParquetPhysicalType: Int, Sendable {
  case boolean = 0
  case int32, int64, int96, float, double
  /// Bytes, each value of its own length.
  case byteArray
  /// Bytes, all values of one length.
  case fixedLengthByteArray
}

/// Whether a field may be absent, or there several times.
public enum ParquetRepetition: Int, Sendable {
  case required = 0
  case optional, repeated
}

/// How pages are compressed.
public enum ParquetCodec: Int, Sendable, CaseIterable {
  case uncompressed = 0
  case snappy, gzip, lzo, brotli, lz4, zstd, lz4Raw

  /// The name that the format gives it.
  public var name: String {
    switch self {
    case .uncompressed: "UNCOMPRESSED"
    case .snappy: "SNAPPY"
    case .gzip: "GZIP"
    case .lzo: "LZO"
    case .brotli: "BROTLI"
    case .lz4: "LZ4"
    case .zstd: "ZSTD"
    case .lz4Raw: "LZ4_RAW"
    }
  }
}

/// How values or levels are written in a page.
enum PageEncoding: Int {
  case plain = 0
  case plainDictionary = 2
  case rle, bitPacked, deltaBinaryPacked, deltaLengthByteArray, deltaByteArray, rleDictionary, byteStreamSplit

  /// The name that the format gives it.
  var name: String {
    switch self {
    case .plain: "PLAIN"
    case .plainDictionary: "PLAIN_DICTIONARY"
    case .rle: "RLE"
    case .bitPacked: "BIT_PACKED"
    case .deltaBinaryPacked: "DELTA_BINARY_PACKED"
    case .deltaLengthByteArray: "DELTA_LENGTH_BYTE_ARRAY"
    case .deltaByteArray: "DELTA_BYTE_ARRAY"
    case .rleDictionary: "RLE_DICTIONARY"
    case .byteStreamSplit: "BYTE_STREAM_SPLIT"
    }
  }
}
