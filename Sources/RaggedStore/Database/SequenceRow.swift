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
    var bytes: [UInt8] = []
    bytes.reserveCapacity(128)
    func add(_ tag: UInt8, _ bits: UInt64) {
      bytes.append(tag)
      for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
    }
    func add(_ number: Int64?) {
      if let number { add(0x69, UInt64(bitPattern: number)) } else { bytes.append(0x6e) }
    }
    func add(_ text: String?) {
      guard let text else { return bytes.append(0x6e) }
      bytes.append(0x74)
      bytes.append(contentsOf: text.utf8)
      bytes.append(0)
    }
    add(id)
    add(datasetID)
    add(key)
    add(split)
    add(length)
    add(classIndex)
    add(checksum)
    add(sourceID)
    add(line)
    if let weight { add(0x72, weight.bitPattern) } else { bytes.append(0x6e) }
    add(group)
    add(metadata)
    add(statics)
    var sum = CRC32()
    bytes.withUnsafeBytes { sum.add($0) }
    return sum.value
  }
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
