internal import CZlib

/// The pages of a column chunk one after another, as they are stored. A class, since a page is lent from its buffer.
final class PageStream {
  /// How much is read at once where pages are smaller.
  private static let window = 1 << 16

  private let input: any ParquetInput
  private let options: ParquetOptions
  /// Where the next page's header begins, and where the chunk ends.
  private(set) var offset: Int
  private let end: Int
  private let buffer = PageBytes()
  private var bufferOffset = 0

  init(_ input: any ParquetInput, from offset: Int, to end: Int, _ options: ParquetOptions) {
    (self.input, self.offset, self.end, self.options) = (input, offset, end, options)
  }

  var isAtEnd: Bool { offset >= end }

  /// The next page, whose bytes are lent until the next call.
  func next() throws -> (header: PageHeader, bytes: ByteCursor) {
    let (header, length) = try readHeader()
    let size = header.compressedBytes
    guard size <= options.limits.pageBytes, header.uncompressedBytes <= options.limits.pageBytes else {
      throw ParquetError.limit(
        "a page has \(size) bytes, \(header.uncompressedBytes) decompressed, and the limit is \(options.limits.pageBytes)"
      )
    }
    guard size <= end - offset - length else {
      throw ParquetError.damaged("a page has \(size) bytes, and its column chunk has \(end - offset - length) more")
    }
    let bytes = try load(at: offset + length, size)
    if options.verifiesChecksums, let expected = header.checksum {
      let found = UInt32(truncatingIfNeeded: crc32_z(0, bytes.pointer, bytes.remaining))
      guard found == expected else {
        throw ParquetError(
          .checksum,
          "a page's checksum is \(String(found, radix: 16)), and its header says \(String(expected, radix: 16))")
      }
    }
    offset += length + size
    return (header, bytes)
  }

  private func readHeader() throws -> (PageHeader, length: Int) {
    var wanted = min(Self.window, end - offset)
    while true {
      var reader = ThriftReader(try load(at: offset, wanted))
      do {
        return (try PageHeader(&reader), reader.consumed)
      } catch is ThriftEnd {
        // Statistics of long strings can make a header long.
        guard wanted < min(end - offset, 1 << 24) else {
          throw ParquetError.damaged("a page's header goes on beyond \(wanted) bytes, the end of its column chunk")
        }
        wanted = min(end - offset, wanted * 8)
      }
    }
  }

  /// The bytes at a place of the file, which are there. Those in the buffer are not read again.
  private func load(at place: Int, _ count: Int) throws -> ByteCursor {
    if place < bufferOffset || place + count > bufferOffset + buffer.count {
      let size = max(count, min(Self.window, end - place))
      try input.read(at: place, into: buffer.resize(size))
      bufferOffset = place
    }
    let whole = ByteCursor(buffer, from: place - bufferOffset)
    return ByteCursor(whole.pointer, count: count)
  }
}
