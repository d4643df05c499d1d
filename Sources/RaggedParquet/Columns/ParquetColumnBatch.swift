/// Values of a column, one for each slot; where a slot is null its value is 0, false or empty.
public enum ParquetValues: Sendable, Equatable {
  case boolean([Bool])
  case int32([Int32])
  case int64([Int64])
  case uint64([UInt64])
  case float([Float])
  case double([Double])
  case bytes(ParquetByteStrings)

  /// How many there are, null ones counted.
  public var count: Int {
    switch self {
    case .boolean(let values): values.count
    case .int32(let values): values.count
    case .int64(let values): values.count
    case .uint64(let values): values.count
    case .float(let values): values.count
    case .double(let values): values.count
    case .bytes(let values): values.count
    }
  }
}

/// Which slots (rows, lists or values) are there, and which are null.
public struct ParquetPresence: Sendable, Equatable {
  /// How many slots there are.
  public let count: Int
  /// How many of the optional fields on the way down to a slot are there; nil where all are, for every slot. In a flat
  /// column 1 is a value and 0 a null; in a record that may be null itself 2 is a value, 1 a null, 0 a record that is null.
  public let depths: [UInt8]?
  /// The depth of a slot that is there.
  public let complete: UInt8

  /// Whether the slot is there.
  public func isPresent(_ slot: Int) -> Bool { depths.map { $0[slot] == complete } ?? true }

  /// How many slots are null.
  public var nullCount: Int { depths.map { depths in depths.count { $0 != complete } } ?? 0 }
}

/// A list in each slot of the level above (the rows, or the elements of the list around it).
public struct ParquetLists: Sendable, Equatable {
  /// The elements of list `i` are slots `offsets[i]..<offsets[i + 1]` of the level below.
  public let offsets: [Int]
  /// Which lists are there; one that is null has no elements.
  public let presence: ParquetPresence

  /// The slots of a list's elements in the level below.
  public func elements(_ list: Int) -> Range<Int> { offsets[list]..<offsets[list + 1] }
}

/// What a column has in some rows.
///
/// A flat column has a slot for each row. In a list column `lists[0]` has a list for each row, `lists[1]` for each of their
/// elements and so on, and the values are the elements of the innermost lists.
public struct ParquetColumnBatch: Sendable, Equatable {
  /// The column.
  public let column: ParquetColumn
  /// How many rows it covers.
  public let rowCount: Int
  /// The lists around its values, the outermost first; none in a flat column.
  public let lists: [ParquetLists]
  /// The values, one for each slot.
  public let values: ParquetValues
  /// Which values are there.
  public let presence: ParquetPresence

  /// The presence of the slots at a depth: lists first, at last the values.
  func presence(_ depth: Int) -> ParquetPresence { depth < lists.count ? lists[depth].presence : presence }
}

/// Collects a ``ParquetPresence``.
struct PresenceBuilder {
  private(set) var count = 0
  private var depths: [UInt8]?
  let complete: UInt8

  init(complete: Int) { self.complete = UInt8(complete) }

  mutating func append(_ depth: UInt8) {
    if depth != complete, depths == nil { depths = Array(repeating: complete, count: count) }
    depths?.append(depth)
    count += 1
  }

  mutating func append(complete more: Int) {
    depths?.append(contentsOf: repeatElement(complete, count: more))
    count += more
  }

  mutating func append(_ more: UnsafeBufferPointer<UInt8>) {
    if depths == nil { depths = Array(repeating: complete, count: count) }
    depths?.append(contentsOf: more)
    count += more.count
  }

  /// What was collected; the builder is empty again.
  mutating func finish() -> ParquetPresence {
    defer { self = PresenceBuilder(complete: Int(complete)) }
    return ParquetPresence(count: count, depths: depths, complete: complete)
  }
}
