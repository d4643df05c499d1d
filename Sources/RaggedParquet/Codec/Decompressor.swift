internal import CZlib
internal import CZstd

/// Decompresses one page after another. A class, since it owns what the libraries allocate.
final class Decompressor {
  private let codec: ParquetCodec
  private var zstd: OpaquePointer?

  /// - Throws: ``ParquetError`` of kind ``ParquetError/Kind/unsupported`` with the codec's name.
  init(_ codec: ParquetCodec?, code: Int) throws {
    switch codec {
    case .uncompressed, .snappy, .gzip, .zstd: self.codec = codec!
    case .lzo, .brotli, .lz4, .lz4Raw, nil:
      throw ParquetError.unsupported(
        "is compressed with \(codec?.name ?? "codec \(code)"), which is not supported (UNCOMPRESSED, SNAPPY, GZIP and "
          + "ZSTD are)")
    }
  }

  deinit { if let zstd { ZSTD_freeDCtx(zstd) } }

  var isIdentity: Bool { codec == .uncompressed }

  /// The most bytes that so many can stand for, so that a claim of more asks for no memory.
  private func most(_ compressed: Int) -> Int {
    switch codec {
    // A copy of 64 bytes takes 3.
    case .snappy: compressed * 22 + 64
    // Deflate's longest match of 258 bytes takes 2 bits.
    case .gzip: compressed * 1032 + 64
    // A block of at most 128 KiB takes 4 bytes.
    case .zstd: compressed * (1 << 15) + 64
    default: compressed
    }
  }

  /// Refuses a claim that cannot be true, before memory is asked for.
  func check(_ compressed: Int, holds claimed: Int) throws {
    guard codec == .uncompressed ? claimed == compressed : claimed <= most(compressed) else {
      throw ParquetError.damaged(
        "a page has \(compressed) bytes as stored, and claims \(claimed) as decompressed from \(codec.name)")
    }
  }

  /// Decompresses all of `compressed`, which gives as many bytes as `output` has, or is refused.
  func decompress(_ compressed: ByteCursor, into output: UnsafeMutableRawBufferPointer) throws {
    guard output.count > 0 else { return }
    switch codec {
    case .snappy: try Snappy.decompress(compressed, into: output)
    case .gzip: try inflate(compressed, into: output)
    case .zstd: try unzstd(compressed, into: output)
    default: output.copyMemory(from: UnsafeRawBufferPointer(start: compressed.pointer, count: output.count))
    }
  }

  private func unzstd(_ compressed: ByteCursor, into output: UnsafeMutableRawBufferPointer) throws {
    if zstd == nil { zstd = ZSTD_createDCtx() }
    let got = ZSTD_decompressDCtx(zstd, output.baseAddress, output.count, compressed.pointer, compressed.remaining)
    guard ZSTD_isError(got) == 0 else {
      throw ParquetError.damaged("zstd says of a page: \(String(cString: ZSTD_getErrorName(got)))")
    }
    guard got == output.count else { throw short("zstd", got, output.count) }
  }

  /// Gzip or zlib, and several gzip streams one after another.
  private func inflate(_ compressed: ByteCursor, into output: UnsafeMutableRawBufferPointer) throws {
    var stream = z_stream()
    // 32: gzip and zlib are told apart by their first bytes.
    guard inflateInit2_(&stream, 15 + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw ParquetError.limit("zlib has no memory")
    }
    defer { inflateEnd(&stream) }
    stream.next_in = UnsafeMutablePointer(mutating: compressed.pointer)
    stream.avail_in = UInt32(clamping: compressed.remaining)
    stream.next_out = output.baseAddress!.assumingMemoryBound(to: UInt8.self)
    stream.avail_out = UInt32(clamping: output.count)
    while true {
      let result = CZlib.inflate(&stream, Z_FINISH)
      guard result == Z_STREAM_END else {
        let why = stream.msg.map { String(cString: $0) } ?? "the stream is cut short, or longer than the page says"
        throw ParquetError.damaged("zlib says of a page: \(why)")
      }
      if stream.avail_in == 0 || stream.avail_out == 0 { break }
      inflateReset(&stream)
    }
    guard stream.avail_out == 0 else { throw short("gzip", output.count - Int(stream.avail_out), output.count) }
  }

  private func short(_ name: String, _ got: Int, _ expected: Int) -> ParquetError {
    .damaged("a page decompressed from \(name) has \(got) bytes, and its header says \(expected)")
  }
}
