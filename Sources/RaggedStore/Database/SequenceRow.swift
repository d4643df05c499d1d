import RaggedCore
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

  /// The columns in the order of the table, without the seal.
  static let columns =
    "id, dataset_id, key, split, length, class, checksum, source_id, line, weight, \"group\", metadata"
  /// The number of these columns.
  static let columnCount: Int32 = 12
  /// A statement for ``bind(to:)``.
  static let insertion = "INSERT INTO sequence (\(columns), seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

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
      metadata: row.textUnlessNull(11))
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
    statement.bind(Int64(seal), at: 13)
  }
}

/// How large the blobs of a sequence are, given its length.
struct BlobShape: Sendable {
  /// Numbers per timestep of the input: `F`, or 1 for tokens.
  let inputWidth: Int
  let isTokens: Bool
  /// Tokens below which an index must lie.
  let tokenSize: Int
  let target: TargetSignature
  /// Bytes per timestep of the target's blob; 0 where it has none or one value per sequence.
  let targetStepBytes: Int
  /// Bytes of the target's blob that do not depend on the length.
  let targetRowBytes: Int

  init(_ signature: SequenceSignature) {
    inputWidth = signature.input.timestep.names.count
    target = signature.target
    switch signature.target {
    case .none, .classPerSequence: (targetStepBytes, targetRowBytes) = (0, 0)
    case .classPerTimestep: (targetStepBytes, targetRowBytes) = (4, 0)
    case .valuesPerSequence(let names): (targetStepBytes, targetRowBytes) = (0, 4 * names.count)
    case .valuesPerTimestep(let names): (targetStepBytes, targetRowBytes) = (4 * names.count, 0)
    }
    isTokens = signature.input.isTokens
    tokenSize = signature.input.tokens?.size ?? 0
  }

  /// Features whose figures are kept: none for tokens.
  var featureCount: Int { isTokens ? 0 : inputWidth }

  /// Bytes per timestep of the input.
  var inputStepBytes: Int { 4 * inputWidth }

  /// Bytes of the target's blob, 0 where the target has none.
  func targetBytes(length: Int) -> Int { targetStepBytes * length + targetRowBytes }

  /// Checks blobs against the length that the sequence claims.
  /// - Throws: ``StoreError`` that names both.
  func check(_ blobs: SequenceBlobs, length: Int, id: Int64) throws {
    try check(
      input: blobs.input.count, target: blobs.target.count, validity: blobs.validity?.count, length: length, id: id)
  }

  /// Checks the sizes of blobs against the length that the sequence claims.
  /// - Throws: ``StoreError`` that names both.
  func check(input: Int, target: Int, validity: Int?, length: Int, id: Int64) throws {
    func check(_ name: String, _ found: Int, _ expected: Int) throws {
      guard found == expected else {
        throw StoreError(
          .damaged,
          "sequence \(id): its \(name) has \(found) bytes, but a length of \(length) timesteps asks for \(expected)")
      }
    }
    // A file from elsewhere may claim any length.
    guard (0...Int(Int32.max)).contains(length) else {
      throw StoreError(.damaged, "sequence \(id): its length is \(length)")
    }
    try check("input", input, inputStepBytes * length)
    try check("target", target, targetBytes(length: length))
    if let validity { try check("validity", validity, length) }
  }
}

/// The three blobs of a sequence, where they lie.
struct SequenceBlobs {
  var input: UnsafeRawBufferPointer
  var target: UnsafeRawBufferPointer
  var validity: UnsafeRawBufferPointer?

  /// CRC-32 of input, target and validity, one after the other.
  var checksum: UInt32 {
    var sum = CRC32()
    for bytes in [input, target, validity] { if let bytes { sum.add(bytes) } }
    return sum.value
  }
}

extension UnsafeRawBufferPointer {
  /// The numbers of four bytes each that lie there.
  func numbers<Number: BitwiseCopyable>(_ type: Number.Type) -> some RandomAccessCollection<Number> {
    (0..<count / 4).lazy.map { loadUnaligned(fromByteOffset: 4 * $0, as: type) }
  }
}

extension EncodedSequence {
  func withBlobs<R>(_ body: (SequenceBlobs) throws -> R) rethrows -> R {
    func withValidity(_ input: UnsafeRawBufferPointer, _ target: UnsafeRawBufferPointer) throws -> R {
      guard let validity else { return try body(SequenceBlobs(input: input, target: target, validity: nil)) }
      return try validity.withUnsafeBytes { try body(SequenceBlobs(input: input, target: target, validity: $0)) }
    }
    func withTarget(_ input: UnsafeRawBufferPointer) throws -> R {
      switch target {
      case .none: try withValidity(input, UnsafeRawBufferPointer(start: nil, count: 0))
      case .classes(let classes): try classes.withUnsafeBytes { try withValidity(input, $0) }
      case .values(let values): try values.withUnsafeBytes { try withValidity(input, $0) }
      }
    }
    switch input {
    case .values(let values): return try values.withUnsafeBytes(withTarget)
    case .tokens(let tokens): return try tokens.withUnsafeBytes(withTarget)
    }
  }
}
