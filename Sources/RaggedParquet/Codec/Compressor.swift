internal import CZlib
internal import CZstd

/// How a writer compresses pages.
public enum ParquetCompression: Sendable, Equatable {
  case none
  case snappy
  /// Zstandard at a level of 1 (fast) to 22 (small).
  case zstd(level: Int)

  var codec: ParquetCodec {
    switch self {
    case .none: .uncompressed
    case .snappy: .snappy
    case .zstd: .zstd
    }
  }
}

/// Compresses one page after another. A class, since it owns what the library allocates.
final class Compressor {
  private let compression: ParquetCompression
  private var zstd: OpaquePointer?

  init(_ compression: ParquetCompression) { self.compression = compression }

  deinit { if let zstd { ZSTD_freeCCtx(zstd) } }

  func compress(_ bytes: [UInt8]) throws -> [UInt8] {
    switch compression {
    case .none: return bytes
    case .snappy: return bytes.withUnsafeBufferPointer(Snappy.compress)
    case .zstd(let level):
      if zstd == nil { zstd = ZSTD_createCCtx() }
      return try [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { buffer, initialized in
        let size = bytes.withUnsafeBytes {
          ZSTD_compressCCtx(zstd, buffer.baseAddress, buffer.count, $0.baseAddress, $0.count, Int32(clamping: level))
        }
        guard ZSTD_isError(size) == 0 else {
          throw ParquetError(.inputOutput, "zstd cannot compress a page: \(String(cString: ZSTD_getErrorName(size)))")
        }
        initialized = size
      }
    }
  }

  /// The checksum of a page's bytes as stored.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBufferPointer { UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count)) }
  }
}
