/// The distinct strings of a column chunk, numbered in the order in which they came.
struct StringDictionary {
  private(set) var pool = StringPool()
  private var places: [[UInt8]: UInt32] = [:]

  /// Bytes of its page.
  var byteCount: Int { pool.bytes.count + pool.count * 4 }
  var count: Int { pool.count }

  mutating func place(_ string: UnsafeBufferPointer<UInt8>) -> UInt32 {
    let key = Array(string)
    if let place = places[key] { return place }
    let place = UInt32(pool.count)
    places[key] = place
    pool.append(key)
    return place
  }

  /// All of them as PLAIN values.
  func plain() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount)
    for i in 0..<count { pool.withBytes(i) { bytes.appendPlain($0) } }
    return bytes
  }
}

extension [UInt8] {
  /// A string as PLAIN has it: its length in 4 bytes and its bytes.
  mutating func appendPlain(_ string: UnsafeBufferPointer<UInt8>) {
    append(contentsOf: littleEndian(UInt32(truncatingIfNeeded: string.count)))
    append(contentsOf: string)
  }
}
