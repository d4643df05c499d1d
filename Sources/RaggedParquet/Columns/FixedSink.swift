/// Collects numbers and truth values.
final class FixedSink<Value: ZeroValue> {
  /// Makes a value of the bytes that are stored, whose count is given.
  typealias Convert = (UnsafeRawPointer, Int, UnsafeMutablePointer<Value>) throws -> Void

  private let column: ParquetColumn
  private let limit: Int
  /// Nil where values are stored as they are given.
  private let convert: Convert?
  private var values: [Value] = []
  private var dictionary: [Value]?
  private let scratch = PageBytes()
  private var codes = [UInt32](repeating: 0, count: 1024)

  init(_ column: ParquetColumn, _ limit: Int, _ convert: Convert? = nil) {
    (self.column, self.limit, self.convert) = (column, limit, convert)
  }

  func setDictionary(_ page: ByteCursor, count: Int) throws {
    // A string takes the 4 bytes of its length at least.
    let width = column.storedWidth == 0 ? 4 : column.storedWidth
    guard count <= page.remaining / width else {
      throw ParquetError.damaged(
        "its dictionary has \(count) values of \(width) bytes or more, and its page \(page.remaining) bytes")
    }
    var decoder = ValueDecoder.plain(page)
    var made = [Value](repeating: .zero, count: count)
    try made.withUnsafeMutableBufferPointer { try decode(count, from: &decoder, into: $0) }
    dictionary = made
  }

  func append(_ slots: Slots, from decoder: inout ValueDecoder) throws {
    let start = values.count
    guard (start + slots.count) * MemoryLayout<Value>.stride <= limit else {
      throw ParquetError.limit(
        "a batch has more than \(limit / MemoryLayout<Value>.stride) values, the limit (ask for fewer rows)")
    }
    values.append(contentsOf: repeatElement(.zero, count: slots.count))
    try values.withUnsafeMutableBufferPointer { all in
      let own = UnsafeMutableBufferPointer(rebasing: all[start...])
      try decode(slots.present, from: &decoder, into: UnsafeMutableBufferPointer(rebasing: own[..<slots.present]))
      guard let levels = slots.levels else { return }
      // The values stand in front; the last goes to the last slot that is there.
      var from = slots.present
      for i in stride(from: slots.count - 1, through: 0, by: -1) {
        if levels[i] == slots.full {
          from -= 1
          own[i] = own[from]
        } else {
          own[i] = .zero
        }
      }
    }
  }

  func finish() -> [Value] {
    defer { values = [] }
    return values
  }

  private func decode(
    _ count: Int, from decoder: inout ValueDecoder, into target: UnsafeMutableBufferPointer<Value>
  ) throws {
    guard count > 0, let start = target.baseAddress else { return }
    if case .dictionary(var places) = decoder {
      try lookUp(count, &places, into: start)
      decoder = .dictionary(places)
    } else if column.physicalType == .byteArray {
      try decodeStrings(count, from: &decoder, into: start)
    } else if let convert {
      let width = column.storedWidth
      try StringPool.check(count * width, limit)
      let stored = scratch.resize(count * width)
      guard let source = stored.baseAddress else { return }
      try decoder.readFixed(count, width: width, into: source)
      for i in 0..<count { try convert(source + i * width, width, start + i) }
    } else {
      try decoder.readFixed(count, width: MemoryLayout<Value>.stride, into: start)
    }
  }

  /// Numbers that are stored as strings: decimals.
  private func decodeStrings(
    _ count: Int, from decoder: inout ValueDecoder, into start: UnsafeMutablePointer<Value>
  ) throws {
    var pool = StringPool()
    try decoder.readStrings(count, fixed: 0, into: &pool, limit: limit)
    guard let convert else { throw ParquetError.damaged("strings stand where numbers are expected") }
    for i in 0..<count {
      try pool.withBytes(i) { bytes in
        try withUnsafePointer(to: UInt8(0)) { none in
          try convert(UnsafeRawPointer(bytes.baseAddress ?? none), bytes.count, start + i)
        }
      }
    }
  }

  private func lookUp(
    _ count: Int, _ places: inout HybridDecoder, into target: UnsafeMutablePointer<Value>
  ) throws {
    guard let dictionary else { throw ParquetError.damaged("a page points to a dictionary, and none stands before it") }
    try dictionary.withUnsafeBufferPointer { known in
      try codes.withUnsafeMutableBufferPointer { codes in
        for first in stride(from: 0, to: count, by: codes.count) {
          let part = min(codes.count, count - first)
          try readPlaces(part, &places, into: codes.baseAddress!, of: known.count)
          for i in 0..<part { target[first + i] = known[Int(codes[i])] }
        }
      }
    }
  }
}

/// Reads places in a dictionary, each within it.
@inline(__always)
func readPlaces(
  _ count: Int, _ decoder: inout HybridDecoder, into codes: UnsafeMutablePointer<UInt32>, of known: Int
) throws {
  try decoder.read(count, into: codes)
  var highest: UInt32 = 0
  for i in 0..<count { highest = max(highest, codes[i]) }
  guard Int(highest) < known else {
    throw ParquetError.damaged("a page points to value \(highest) of a dictionary of \(known)")
  }
}
