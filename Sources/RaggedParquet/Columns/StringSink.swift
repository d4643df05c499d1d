/// Collects texts and byte strings, as places in the dictionary as long as pages point to it.
final class StringSink {
  private let column: ParquetColumn
  private let limit: Int
  private var pool = StringPool()
  private var codes: [Int32]?
  /// Where the dictionary begins in `pool`, once it is part of it.
  private var base: Int?
  private var dictionary: StringPool?

  init(_ column: ParquetColumn, _ limit: Int) { (self.column, self.limit) = (column, limit) }

  func setDictionary(_ page: ByteCursor, count: Int) throws {
    var decoder = ValueDecoder.plain(page)
    var made = StringPool()
    try decoder.readStrings(count, fixed: column.typeLength, into: &made, limit: limit)
    dictionary = made
  }

  func append(_ slots: Slots, from decoder: inout ValueDecoder) throws {
    guard ((codes?.count ?? pool.count) + slots.count) * 8 <= limit, pool.count <= Int(Int32.max) - slots.count else {
      throw ParquetError.limit("a batch has more than \(limit / 8) strings, the limit (ask for fewer rows)")
    }
    if case .dictionary(var places) = decoder {
      try appendPlaces(slots, &places)
      decoder = .dictionary(places)
    } else if codes == nil {
      try decoder.readStrings(slots.present, fixed: column.typeLength, into: &pool, limit: limit)
      if let levels = slots.levels { pool.spread(present: slots.present, levels, full: slots.full) }
    } else {
      let first = Int32(pool.count)
      try decoder.readStrings(slots.present, fixed: column.typeLength, into: &pool, limit: limit)
      appendCodes(slots) { first + Int32($0) }
    }
  }

  func finish() -> ParquetByteStrings {
    defer { (pool, codes, base) = (StringPool(), nil, nil) }
    return ParquetByteStrings(pool: pool, codes: codes)
  }

  private func appendPlaces(_ slots: Slots, _ places: inout HybridDecoder) throws {
    guard slots.present > 0 || dictionary != nil else {
      // Nulls alone need no dictionary.
      if codes == nil { codes = (0..<Int32(pool.count)).map(\.self) }
      codes?.append(contentsOf: repeatElement(-1, count: slots.count))
      return
    }
    guard let dictionary else { throw ParquetError.damaged("a page points to a dictionary, and none stands before it") }
    let base = join(dictionary)
    let read = try [UInt32](unsafeUninitializedCapacity: slots.present) { buffer, initialized in
      if let start = buffer.baseAddress, slots.present > 0 {
        try readPlaces(slots.present, &places, into: start, of: dictionary.count)
      }
      initialized = slots.present
    }
    appendCodes(slots) { base + Int32(bitPattern: read[$0]) }
  }

  /// Makes the dictionary part of the batch's strings, if it is not; returns where it begins.
  private func join(_ dictionary: StringPool) -> Int32 {
    if let base { return Int32(base) }
    if pool.count == 0 {
      pool = dictionary
    } else {
      if codes == nil { codes = (0..<Int32(pool.count)).map(\.self) }
      let start = pool.count
      pool.append(dictionary)
      base = start
      return Int32(start)
    }
    if codes == nil { codes = [] }
    base = 0
    return 0
  }

  @inline(__always)
  private func appendCodes(_ slots: Slots, _ code: (Int) -> Int32) {
    // Taken out and put back, so that it is not copied.
    guard var all = codes else { return }
    codes = nil
    all.reserveCapacity(all.count + slots.count)
    if let levels = slots.levels {
      var next = 0
      for level in levels {
        all.append(level == slots.full ? code(next) : -1)
        if level == slots.full { next += 1 }
      }
    } else {
      for i in 0..<slots.count { all.append(code(i)) }
    }
    codes = all
  }
}
