/// How a long table is read whose rows of a sequence do not stand together.
public enum RowGrouping: String, Sendable, CaseIterable {
  /// The rows are grouped where the first thousand rows show that they do not stand together, or, of a file that can be read
  /// again, where that is found later.
  case auto
  /// The rows are grouped from the beginning, whatever the first of them show: standard input, too.
  case always
  /// An id that comes back after its rows ended is an error.
  case never
}

/// Brings the rows of each sequence together: sequences in the order of their first rows, rows in the order of the file.
///
/// An external merge sort. Rows fill a buffer; a full one is sorted by the numbers of the sequences and written to a temporary
/// file, and what was written so is merged at the end. Memory is the buffer, later a piece of each part, and 24 bytes or so for
/// each id, whatever the size of the file.
struct RowGrouper {
  /// What is kept of a row beside its bytes, with what sorting takes.
  static let bytesPerRow = 40
  /// Bytes of rows, with what is kept of each, that are sorted at a time.
  private let bufferBytes: Int
  private let file: String
  private var ids = IDNumbers()
  private var buffer: RowBuffer
  private var spill: SpillFile?
  private var runs: [Range<Int>] = []
  private var last: UInt32?
  /// The number of rows that were added.
  private(set) var rowCount = 0
  /// Whether an id came back after rows of another.
  private(set) var isScattered = false

  /// - Parameter file: what messages call the table.
  init(file: String, bufferBytes: Int) {
    (self.file, self.bufferBytes) = (file, bufferBytes)
    buffer = RowBuffer(expecting: bufferBytes)
  }

  /// The number of ids.
  var sequenceCount: Int { ids.count }

  /// Whether there is a row, to whose sequence one without an id may belong.
  var hasRows: Bool { last != nil }

  /// Adds a row.
  /// - Parameters:
  ///   - id: nil for that of the row before.
  ///   - line: where the row begins.
  /// - Throws: a fatal ``InputError`` where the temporary file cannot be written.
  mutating func add(_ row: ByteSlice, id: ByteSlice?, line: Int) throws {
    var number = last ?? 0
    if let id {
      let found = ids.number(of: id)
      if !found.isNew, found.number != last { isScattered = true }
      number = found.number
    }
    last = number
    rowCount += 1
    let needed = row.count + RowGrouper.bytesPerRow
    if !buffer.isEmpty, buffer.bytes.count + RowGrouper.bytesPerRow * buffer.count + needed > bufferBytes {
      try flush()
    }
    buffer.append(row, number: number, line: line)
  }

  private mutating func flush() throws {
    let spill = try spill ?? SpillFile(for: file)
    self.spill = spill
    let start = spill.size
    try buffer.write(to: spill)
    runs.append(start..<spill.size)
    buffer.removeAll()
  }

  /// The rows, grouped; nothing may be added any more.
  /// - Throws: as ``add(_:id:line:)``.
  mutating func finish() throws -> GroupedRows {
    ids = IDNumbers()
    guard spill != nil else {
      defer { buffer = RowBuffer() }
      return GroupedRows(cursors: buffer.isEmpty ? [] : [RowCursor(buffer)])
    }
    if !buffer.isEmpty { try flush() }
    buffer = RowBuffer()
    guard let spill else { return GroupedRows(cursors: []) }
    let piece = min(1 << 20, max(16 << 10, bufferBytes / runs.count))
    return GroupedRows(cursors: try runs.map { try RowCursor(spill, $0, capacity: piece) })
  }
}

/// Rows that wait to be sorted.
struct RowBuffer {
  private(set) var bytes: [UInt8] = []
  private var rows: [(number: UInt32, end: Int, line: Int)] = []
  /// Bytes that come if there are many, to be reserved at once rather than doubled.
  private let expected: Int

  init(expecting bytes: Int = 0) { expected = bytes }

  var count: Int { rows.count }
  var isEmpty: Bool { rows.isEmpty }

  mutating func append(_ row: ByteSlice, number: UInt32, line: Int) {
    if bytes.count + row.count > bytes.capacity, bytes.count > 1 << 20, bytes.capacity < expected {
      rows.reserveCapacity(expected / (RowGrouper.bytesPerRow + bytes.count / rows.count) * 9 / 8)
      bytes.reserveCapacity(expected)
    }
    bytes.append(contentsOf: UnsafeBufferPointer(start: row.base, count: row.count))
    rows.append((number, bytes.count, line))
  }

  /// Forgets the rows and keeps the room.
  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    rows.removeAll(keepingCapacity: true)
  }

  /// The places of the rows by their sequences, those of one as they came. O(n log n).
  func sorted() -> [UInt32] {
    var keys = rows.indices.map { UInt64(rows[$0].number) << 32 | UInt64($0) }
    keys.sort()
    return keys.map { UInt32(truncatingIfNeeded: $0) }
  }

  func row(_ place: Int) -> (number: UInt32, line: Int, range: Range<Int>) {
    (rows[place].number, rows[place].line, (place == 0 ? 0 : rows[place - 1].end)..<rows[place].end)
  }

  /// Writes the rows in their order, each behind its number, its line and its length.
  func write(to spill: SpillFile) throws {
    var out: [UInt8] = []
    out.reserveCapacity(1 << 20)
    for place in sorted() {
      let row = row(Int(place))
      withUnsafeBytes(of: row.number.littleEndian) { out.append(contentsOf: $0) }
      withUnsafeBytes(of: Int64(row.line).littleEndian) { out.append(contentsOf: $0) }
      withUnsafeBytes(of: Int64(row.range.count).littleEndian) { out.append(contentsOf: $0) }
      bytes.withUnsafeBytes { out.append(contentsOf: $0[row.range]) }
      if out.count >= 1 << 19 {
        try spill.append(out)
        out.removeAll(keepingCapacity: true)
      }
    }
    try spill.append(out)
  }
}

/// Numbers for ids in the order in which they come, by a hash of 128 bits: keys drawn anew each time, so that no file can be made
/// to collide, and about 24 bytes an id.
struct IDNumbers {
  private static let (chunkBits, chunkMask) = (14, (1 << 14) - 1)
  private var chunks: [[SIMD2<UInt64>]] = []
  private(set) var count = 0
  /// A number and one more, 0 where there is none: open addressing, at most two thirds taken.
  private var slots = [UInt32](repeating: 0, count: 64)
  private let keys = SIMD2<UInt64>(.random(in: .min ... .max), .random(in: .min ... .max))

  /// The number of an id, from 0.
  mutating func number(of id: ByteSlice) -> (number: UInt32, isNew: Bool) {
    let hash = hash(id)
    var slot = Int(truncatingIfNeeded: hash[0]) & (slots.count - 1)
    while slots[slot] != 0 {
      let number = Int(slots[slot]) - 1
      if chunks[number >> IDNumbers.chunkBits][number & IDNumbers.chunkMask] == hash { return (UInt32(number), false) }
      slot = (slot + 1) & (slots.count - 1)
    }
    let number = UInt32(count)
    if count & IDNumbers.chunkMask == 0 {
      chunks.append([])
      chunks[chunks.count - 1].reserveCapacity(min(1 << IDNumbers.chunkBits, max(64, count)))
    }
    chunks[count >> IDNumbers.chunkBits].append(hash)
    count += 1
    slots[slot] = number + 1
    if count * 3 > slots.count * 2 { grow() }
    return (number, true)
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count * 2)
    for number in 0..<count {
      let hash = chunks[number >> IDNumbers.chunkBits][number & IDNumbers.chunkMask]
      var slot = Int(truncatingIfNeeded: hash[0]) & (slots.count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = UInt32(number) + 1
    }
  }

  /// Two products of words and keys, each folded.
  private func hash(_ id: ByteSlice) -> SIMD2<UInt64> {
    var (low, high) = (keys[0] ^ UInt64(id.count), keys[1])
    func take(_ word: UInt64) {
      low = IDNumbers.folded(low ^ word, 0x9E37_79B9_7F4A_7C15)
      high = IDNumbers.folded(high ^ word, 0xD6E8_FEB8_6659_FD93) &+ low
    }
    let bytes = UnsafeRawPointer(id.base)
    var place = 0
    while place + 8 <= id.count {
      take(bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
      place += 8
    }
    var rest: UInt64 = 0
    while place < id.count {
      rest = rest << 8 | UInt64(id[place])
      place += 1
    }
    take(rest)
    take(keys[0] &+ keys[1])
    return SIMD2(low, high)
  }

  @inline(__always)
  private static func folded(_ word: UInt64, _ factor: UInt64) -> UInt64 {
    let product = word.multipliedFullWidth(by: factor)
    return product.low ^ product.high
  }
}

/// Thrown to whoever keeps what was read of a file: its rows do not stand together, and it is to be read anew with them grouped.
package struct ScatteredRows: Error {
  package init() {}
}
