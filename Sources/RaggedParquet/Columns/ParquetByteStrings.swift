/// Texts or byte strings of a column, one after another in one buffer, or as places in a dictionary.
public struct ParquetByteStrings: Sendable, Equatable {
  /// The distinct ones where ``codes`` are there, else all of them.
  private(set) var pool: StringPool
  /// For each string its place in ``dictionary``, -1 for one that is null; nil where the strings are stored one by one.
  ///
  /// A reader of categories looks each distinct string up once.
  public let codes: [Int32]?

  init(pool: StringPool, codes: [Int32]? = nil) { (self.pool, self.codes) = (pool, codes) }

  /// Strings, stored one by one.
  public init(_ strings: some Sequence<String>) {
    pool = StringPool()
    for string in strings { pool.append(string.utf8) }
    codes = nil
  }

  /// Strings of a dictionary by their places in it, each of which must be one.
  package init(dictionary: ParquetByteStrings, codes: [Int32]) { (pool, self.codes) = (dictionary.pool, codes) }

  /// How many there are, null ones counted.
  public var count: Int { codes?.count ?? pool.count }

  /// The strings that ``codes`` point to. In rare files (where a writer gave its dictionary up half way) some are equal.
  public var dictionary: ParquetByteStrings? { codes == nil ? nil : ParquetByteStrings(pool: pool) }

  /// The string at a place as text; what is not UTF-8 becomes U+FFFD. Empty where it is null.
  public subscript(_ place: Int) -> String { withBytes(place) { String(decoding: $0, as: UTF8.self) } }

  /// Lends the bytes of the string at a place; none where it is null.
  public func withBytes<Result>(_ place: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result
  {
    let place = codes.map { Int($0[place]) } ?? place
    return try pool.withBytes(place, body)
  }
}

extension ParquetByteStrings {
  /// All strings, for as long as they are lent.
  package struct Lent {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let ends: UnsafeBufferPointer<Int>
    /// As ``ParquetByteStrings/codes``.
    package let codes: UnsafeBufferPointer<Int32>?

    fileprivate init(
      _ bytes: UnsafeBufferPointer<UInt8>, _ ends: UnsafeBufferPointer<Int>, _ codes: UnsafeBufferPointer<Int32>?
    ) {
      (self.bytes, self.ends, self.codes) = (bytes, ends, codes)
    }

    /// The bytes of the string at a place; none where it is null.
    package subscript(place: Int) -> UnsafeBufferPointer<UInt8> {
      let place = codes.map { Int($0[place]) } ?? place
      if place < 0 { return UnsafeBufferPointer(start: nil, count: 0) }
      return UnsafeBufferPointer(rebasing: bytes[(place > 0 ? ends[place - 1] : 0)..<ends[place]])
    }

    /// Whether the strings at two places are the same; one that is null is empty.
    package func areEqual(_ one: Int, _ other: Int) -> Bool {
      if let codes, codes[one] == codes[other] { return true }
      let (one, other) = (self[one], self[other])
      return one.count == other.count && one.elementsEqual(other)
    }
  }

  /// Lends all strings, which costs as much as lending one.
  package func withAll<Result>(_ body: (Lent) throws -> Result) rethrows -> Result {
    try pool.bytes.withUnsafeBufferPointer { bytes in
      try pool.ends.withUnsafeBufferPointer { ends in
        guard let codes else { return try body(Lent(bytes, ends, nil)) }
        return try codes.withUnsafeBufferPointer { try body(Lent(bytes, ends, $0)) }
      }
    }
  }
}

/// Strings of bytes in one buffer.
struct StringPool: Sendable, Equatable {
  private(set) var bytes: [UInt8] = []
  /// Where each string ends.
  private(set) var ends: [Int] = []

  var count: Int { ends.count }

  /// The bytes of a string; none at place -1.
  func withBytes<Result>(_ place: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
    let start = place > 0 ? ends[place - 1] : 0
    let end = place < 0 ? 0 : ends[place]
    return try bytes.withUnsafeBufferPointer { try body(UnsafeBufferPointer(rebasing: $0[start..<end])) }
  }

  /// How many bytes a string has, which is there.
  func length(_ place: Int) -> Int { ends[place] - (place > 0 ? ends[place - 1] : 0) }

  mutating func append(_ string: some Collection<UInt8>) {
    bytes.append(contentsOf: string)
    ends.append(bytes.count)
  }

  mutating func append(_ other: StringPool) {
    let base = bytes.count
    bytes.append(contentsOf: other.bytes)
    ends.append(contentsOf: other.ends.lazy.map { $0 + base })
  }

  /// Adds `count` strings of the encoding PLAIN: each its length in 4 bytes and its bytes.
  mutating func appendPlain(_ count: Int, from cursor: inout ByteCursor, limit: Int) throws {
    guard count <= cursor.remaining / 4 else {
      throw ParquetError.damaged("there are \(count) strings, and the \(cursor.remaining) bytes left are too few")
    }
    var (walk, total) = (cursor, bytes.count)
    let first = ends.count
    ends.append(contentsOf: repeatElement(0, count: count))
    for i in 0..<count {
      let length = Int(try walk.little32("the length of a string"))
      guard length <= walk.remaining else {
        throw ParquetError.damaged("a string has \(length) bytes, and only \(walk.remaining) are left")
      }
      walk.advance(length)
      total += length
      ends[first + i] = total
    }
    try StringPool.check(total, limit)
    var start = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: total - start))
    bytes.withUnsafeMutableBytes { buffer in
      var source = cursor.pointer
      for i in first..<first + count {
        let length = ends[i] - start
        if length > 0 { (buffer.baseAddress! + start).copyMemory(from: source + 4, byteCount: length) }
        source += 4 + length
        start = ends[i]
      }
    }
    cursor = walk
  }

  /// Adds `count` strings of one length.
  mutating func appendFixed(_ count: Int, length: Int, from cursor: inout ByteCursor, limit: Int) throws {
    let part = try cursor.take(count * length, "a page's values")
    try StringPool.check(bytes.count + part.remaining, limit)
    let base = bytes.count
    bytes.append(contentsOf: UnsafeBufferPointer(start: part.pointer, count: part.remaining))
    ends.append(contentsOf: (0..<count).lazy.map { base + ($0 + 1) * length })
  }

  /// Adds a string that begins with the first bytes of the one before it.
  mutating func append(prefix: Int, of previous: Range<Int>, suffix: ByteCursor) {
    bytes.append(contentsOf: bytes[previous.prefix(prefix)])
    bytes.append(contentsOf: UnsafeBufferPointer(start: suffix.pointer, count: suffix.remaining))
    ends.append(bytes.count)
  }

  /// Makes the last strings, one for each of `levels` that is `full`, stand at those places; the others are empty.
  mutating func spread(present: Int, _ levels: UnsafeBufferPointer<UInt8>, full: UInt8) {
    let first = ends.count - present
    ends.append(contentsOf: repeatElement(0, count: levels.count - present))
    let before = first > 0 ? ends[first - 1] : 0
    ends.withUnsafeMutableBufferPointer { all in
      var from = present
      for i in stride(from: levels.count - 1, through: 0, by: -1) {
        // An absent string ends where the one before it does.
        all[first + i] = from > 0 ? all[first + from - 1] : before
        if levels[i] == full { from -= 1 }
      }
    }
  }

  static func check(_ bytes: Int, _ limit: Int) throws {
    guard bytes <= limit else {
      throw ParquetError.limit("a batch has strings of \(bytes) bytes, and the limit is \(limit) (ask for fewer rows)")
    }
  }
}
