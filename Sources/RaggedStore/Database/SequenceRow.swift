import RaggedFormats

struct SequenceRow {
  var id: Int64
  var datasetID: Int64
  var key: String
  var split: String
  var length: Int64
  var classIndex: Int64?
  var checksum: Int64
  var sourceID: Int64
  var line: Int64
  var weight: Double?
  var group: String?
  var metadata: String?
  /// The cells of the columns per sequence, see ``StaticColumns``.
  var statics: String?

  /// The columns in the order of the table, without the seal.
  static let columns =
    "id, dataset_id, key, split, length, class, checksum, source_id, line, weight, \"group\", metadata, statics"
  /// The number of these columns.
  static let columnCount: Int32 = 13
  /// A statement for ``bind(to:)``.
  static let insertion = "INSERT INTO sequence (\(columns), seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

  /// CRC-32 of all that the row holds beside the blobs' checksum and with it, so that no damage to it goes unseen.
  ///
  /// The bytes are the columns in order: `i` and eight bytes for an integer, `r` and eight for a real number, `t`, the
  /// UTF-8 and a zero for a text, `n` for NULL; numbers are little-endian.
  var seal: UInt32 {
    withUnsafeTemporaryAllocation(byteCount: 256, alignment: 8) { buffer in
      var bytes = SealBytes(buffer)
      bytes.add(id)
      bytes.add(datasetID)
      bytes.add(key)
      bytes.add(split)
      bytes.add(length)
      bytes.add(classIndex)
      bytes.add(checksum)
      bytes.add(sourceID)
      bytes.add(line)
      bytes.add(weight)
      bytes.add(group)
      bytes.add(metadata)
      bytes.add(statics)
      bytes.flush()
      return bytes.sum.value
    }
  }
}

/// The bytes that a seal is the sum of, gathered so that most seals are one call.
private struct SealBytes {
  private(set) var sum = CRC32()
  private let buffer: UnsafeMutableRawBufferPointer
  private var count = 0

  init(_ buffer: UnsafeMutableRawBufferPointer) { self.buffer = buffer }

  mutating func add(_ number: Int64?) {
    if let number { add(0x69, UInt64(bitPattern: number)) } else { add(byte: 0x6e) }
  }

  mutating func add(_ number: Double?) { if let number { add(0x72, number.bitPattern) } else { add(byte: 0x6e) } }

  mutating func add(_ text: String?) {
    guard var text else { return add(byte: 0x6e) }
    add(byte: 0x74)
    text.withUTF8 { text in
      makeRoom(for: text.count)
      if text.count > buffer.count {
        sum.add(UnsafeRawBufferPointer(text))
      } else if let start = text.baseAddress {
        UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).copyMemory(
          from: UnsafeRawBufferPointer(start: start, count: text.count))
        count += text.count
      }
    }
    add(byte: 0)
  }

  /// Adds to the sum what has been gathered.
  mutating func flush() {
    sum.add(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    count = 0
  }

  private mutating func add(_ tag: UInt8, _ bits: UInt64) {
    makeRoom(for: 9)
    buffer[count] = tag
    buffer.storeBytes(of: bits.littleEndian, toByteOffset: count + 1, as: UInt64.self)
    count += 9
  }

  private mutating func add(byte: UInt8) {
    makeRoom(for: 1)
    buffer[count] = byte
    count += 1
  }

  private mutating func makeRoom(for bytes: Int) { if count + bytes > buffer.count { flush() } }
}

extension SequenceRow {
  /// The row at which a statement stands that selects ``columns`` first.
  init(_ row: SQLStatement) {
    self.init(
      id: row.int64(0), datasetID: row.int64(1), key: row.text(2), split: row.text(3), length: row.int64(4),
      classIndex: row.isNull(5) ? nil : row.int64(5), checksum: row.int64(6), sourceID: row.int64(7),
      line: row.int64(8), weight: row.isNull(9) ? nil : row.double(9), group: row.textUnlessNull(10),
      metadata: row.textUnlessNull(11), statics: row.textUnlessNull(12))
  }

  /// Binds the columns and the seal.
  func bind(to statement: SQLStatement) {
    statement.bind(id, at: 1)
    statement.bind(datasetID, at: 2)
    statement.bind(key, at: 3)
    statement.bind(split, at: 4)
    statement.bind(length, at: 5)
    if let classIndex { statement.bind(classIndex, at: 6) } else { statement.bindNull(at: 6) }
    statement.bind(checksum, at: 7)
    statement.bind(sourceID, at: 8)
    statement.bind(line, at: 9)
    if let weight { statement.bind(weight, at: 10) } else { statement.bindNull(at: 10) }
    statement.bind(group, at: 11)
    statement.bind(metadata, at: 12)
    statement.bind(statics, at: 13)
    statement.bind(Int64(seal), at: 14)
  }
}
