/// The values of a page that have not been read yet.
enum ValueDecoder {
  /// Numbers, or byte strings with their lengths.
  case plain(ByteCursor)
  /// Truth values, a bit each, lowest first.
  case bits(ByteCursor, at: Int)
  /// Truth values in runs.
  case runs(HybridDecoder)
  /// Places in the dictionary.
  case dictionary(HybridDecoder)
  case delta(DeltaDecoder)
  /// Lengths, and then the bytes of all strings.
  case deltaLength(DeltaDecoder, ByteCursor)
  /// How much of the string before each begins with, the lengths of the rest, the rests; and the last string.
  case deltaStrings(prefixes: DeltaDecoder, suffixes: DeltaDecoder, ByteCursor, last: [UInt8])
  /// The first bytes of all values, then the second bytes, and so on.
  case split(ByteCursor, count: Int, at: Int)

  /// - Throws: ``ParquetError`` where the encoding is unknown or not one for values of the column's type.
  init(_ code: Int, _ bytes: ByteCursor, _ column: ParquetColumn) throws {
    var bytes = bytes
    guard let encoding = PageEncoding(rawValue: code) else {
      throw ParquetError.unsupported("a page has encoding \(code), which is not supported")
    }
    switch (encoding, column.physicalType) {
    case (.plain, .boolean): self = .bits(bytes, at: 0)
    case (.plain, _): self = .plain(bytes)
    case (.rle, .boolean):
      let size = try bytes.little32("the length of a run of truth values")
      self = .runs(try HybridDecoder(try bytes.take(Int(size), "the block of truth values"), width: 1))
    case (.plainDictionary, let type) where type != .boolean, (.rleDictionary, let type) where type != .boolean:
      // A page of nulls alone may have no bytes at all.
      let width = bytes.remaining > 0 ? try bytes.byte("the width of places in the dictionary") : 0
      self = .dictionary(try HybridDecoder(bytes, width: Int(width)))
    case (.deltaBinaryPacked, .int32), (.deltaBinaryPacked, .int64): self = .delta(try DeltaDecoder(bytes))
    case (.deltaLengthByteArray, .byteArray):
      let lengths = try DeltaDecoder(bytes)
      self = .deltaLength(lengths, try lengths.rest())
    case (.deltaByteArray, .byteArray), (.deltaByteArray, .fixedLengthByteArray):
      let prefixes = try DeltaDecoder(bytes)
      let suffixes = try DeltaDecoder(try prefixes.rest())
      self = .deltaStrings(prefixes: prefixes, suffixes: suffixes, try suffixes.rest(), last: [])
    case (.byteStreamSplit, let type) where type != .boolean && type != .byteArray && type != .int96:
      let width = column.storedWidth
      guard bytes.remaining % width == 0 else {
        throw ParquetError.damaged(
          "BYTE_STREAM_SPLIT values of \(width) bytes have \(bytes.remaining) bytes, no multiple of it")
      }
      self = .split(bytes, count: bytes.remaining / width, at: 0)
    default:
      throw ParquetError.unsupported(
        "a page of \(column.physicalType) values is encoded as \(encoding.name), which is not supported")
    }
  }

  /// Decodes numbers of `width` bytes as they are stored (truth values as 0 and 1 in a byte).
  mutating func readFixed(_ count: Int, width: Int, into target: UnsafeMutableRawPointer) throws {
    switch self {
    case .plain(var cursor):
      let part = try cursor.take(count * width, "the page's part of \(count) values")
      target.copyMemory(from: part.pointer, byteCount: part.remaining)
      self = .plain(cursor)
    case .bits(let cursor, let at):
      guard at + count <= cursor.remaining * 8 else {
        throw ParquetError.damaged("a page needs \(at + count) truth values, and \(cursor.remaining) bytes are there")
      }
      for i in 0..<count {
        target.storeBytes(of: cursor.pointer[(at + i) >> 3] >> UInt8((at + i) & 7) & 1, toByteOffset: i, as: UInt8.self)
      }
      self = .bits(cursor, at: at + count)
    case .runs(var decoder):
      try decoder.read(count, into: target.assumingMemoryBound(to: UInt8.self))
      self = .runs(decoder)
    case .delta(var decoder):
      if width == 4 {
        try decoder.read(count, into: target.assumingMemoryBound(to: Int32.self))
      } else {
        try decoder.read(count, into: target.assumingMemoryBound(to: Int64.self))
      }
      self = .delta(decoder)
    case .split(let cursor, let all, let at):
      guard count <= all - at else {
        throw ParquetError.damaged("a page needs \(at + count) values, and has \(all) BYTE_STREAM_SPLIT ones")
      }
      let bytes = target.assumingMemoryBound(to: UInt8.self)
      for stream in 0..<width {
        let source = cursor.pointer + stream * all + at
        for i in 0..<count { bytes[i * width + stream] = source[i] }
      }
      self = .split(cursor, count: all, at: at + count)
    case .deltaStrings:
      var pool = StringPool()
      try readStrings(count, fixed: width, into: &pool, limit: count * width)
      for i in 0..<count {
        try pool.withBytes(i) { bytes in
          guard bytes.count == width else {
            throw ParquetError.damaged("a value has \(bytes.count) bytes, and the schema says \(width)")
          }
          (target + i * width).copyMemory(from: bytes.baseAddress!, byteCount: width)
        }
      }
    case .dictionary, .deltaLength:
      throw ParquetError.damaged("a page's encoding is not one of numbers")
    }
  }

  /// Decodes byte strings; `fixed` is the length of each where the type has one.
  mutating func readStrings(_ count: Int, fixed: Int, into pool: inout StringPool, limit: Int) throws {
    switch self {
    case .plain(var cursor):
      if fixed > 0 {
        try pool.appendFixed(count, length: fixed, from: &cursor, limit: limit)
      } else {
        try pool.appendPlain(count, from: &cursor, limit: limit)
      }
      self = .plain(cursor)
    case .split:
      let bytes = PageBytes()
      try StringPool.check(pool.bytes.count + count * fixed, limit)
      guard let start = bytes.resize(count * fixed).baseAddress else { return }
      try readFixed(count, width: fixed, into: start)
      var cursor = ByteCursor(bytes)
      try pool.appendFixed(count, length: fixed, from: &cursor, limit: limit)
      withExtendedLifetime(bytes) {}
    case .deltaLength(var lengths, var bytes):
      let wanted = try Self.lengths(count, from: &lengths)
      for length in wanted {
        let string = try bytes.take(Int(length), "a string")
        try StringPool.check(pool.bytes.count + string.remaining, limit)
        pool.append(UnsafeBufferPointer(start: string.pointer, count: string.remaining))
      }
      self = .deltaLength(lengths, bytes)
    case .deltaStrings(var prefixes, var suffixes, var bytes, let last):
      guard count > 0 else { return }
      let (shared, own) = (try Self.lengths(count, from: &prefixes), try Self.lengths(count, from: &suffixes))
      // The last string of the part before stands in front for a moment, so that a prefix can be taken from it.
      var strings = StringPool()
      strings.append(last)
      var previous = 0..<last.count
      for i in 0..<count {
        guard shared[i] <= previous.count else {
          throw ParquetError.damaged("a string begins with \(shared[i]) bytes of one that has \(previous.count)")
        }
        let rest = try bytes.take(Int(own[i]), "the rest of a string")
        try StringPool.check(
          pool.bytes.count + strings.bytes.count + Int(shared[i]) + rest.remaining, limit + last.count)
        let start = strings.bytes.count
        strings.append(prefix: Int(shared[i]), of: previous, suffix: rest)
        previous = start..<strings.bytes.count
        guard fixed == 0 || previous.count == fixed else {
          throw ParquetError.damaged("a value has \(previous.count) bytes, and the schema says \(fixed)")
        }
      }
      for i in 1...count { strings.withBytes(i) { pool.append($0) } }
      self = .deltaStrings(prefixes: prefixes, suffixes: suffixes, bytes, last: Array(strings.bytes[previous]))
    default:
      throw ParquetError.damaged("a page's encoding is not one of strings")
    }
  }

  private static func lengths(_ count: Int, from decoder: inout DeltaDecoder) throws -> [Int32] {
    let lengths = try [Int32](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let start = buffer.baseAddress, count > 0 { try decoder.read(count, into: start) }
      initialized = count
    }
    if let negative = lengths.first(where: { $0 < 0 }) {
      throw ParquetError.damaged("a string has a length of \(negative)")
    }
    return lengths
  }
}

extension ParquetColumn {
  /// Bytes of a value as stored, 0 where each has its own length.
  var storedWidth: Int {
    switch physicalType {
    case .boolean: 1
    case .int32, .float: 4
    case .int64, .double: 8
    case .int96: 12
    case .fixedLengthByteArray: typeLength
    case .byteArray: 0
    }
  }
}
