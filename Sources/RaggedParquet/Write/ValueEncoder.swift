/// The values of a page that is being written.
struct ValueEncoder {
  private let column: ParquetOutputColumn
  /// PLAIN values, of truth values the whole bytes.
  private var plain: [UInt8] = []
  private var bits: UInt8 = 0
  private var bitCount = 0
  /// Places in the dictionary, where there is one.
  private var places: [UInt32] = []
  private(set) var dictionary: StringDictionary?
  private var dictionaryBefore = 0
  /// Whether strings go to the dictionary.
  private var usesDictionary: Bool
  /// Bytes that the page's strings would take without the dictionary.
  private var withoutDictionary = 0
  private var isFirstPage = true
  private let dictionaryBytes: Int
  var statistics = StatisticsBuilder()

  init(_ column: ParquetOutputColumn, dictionaryBytes: Int) {
    (self.column, self.dictionaryBytes) = (column, dictionaryBytes)
    usesDictionary = column.type == .string && dictionaryBytes > 0
    dictionary = usesDictionary ? StringDictionary() : nil
  }

  /// Bytes that the page takes in memory, about.
  var byteCount: Int { plain.count + places.count * 4 + (dictionary?.byteCount ?? 0) - dictionaryBefore }
  /// Bytes that the dictionary takes.
  var dictionarySize: Int { dictionary?.byteCount ?? 0 }

  /// Adds the values of some slots.
  mutating func append(_ data: ParquetOutputValues, slots: Range<Int>) {
    var present = data.present
    if let all = present {
      let nulls = all[slots].count { !$0 }
      statistics.addNulls(nulls)
      if nulls == 0 { present = nil }
    }
    switch data.values {
    case .boolean(let values):
      for slot in slots where present?[slot] != false {
        appendBit(values[slot])
        statistics.add(values[slot] ? 1 : 0 as Int64)
      }
    case .int32(let values):
      if let (low, high) = appendNumbers(values, slots, present) { statistics.add([Int64(low), Int64(high)]) }
    case .int64(let values):
      if let (low, high) = appendNumbers(values, slots, present) { statistics.add([low, high]) }
    case .uint64(let values):
      if let (low, high) = appendNumbers(values, slots, present) { statistics.add([low, high]) }
    case .float(let values):
      if let (low, high) = appendNumbers(values, slots, present) { statistics.add([Double(low), Double(high)]) }
    case .double(let values):
      if let (low, high) = appendNumbers(values, slots, present) { statistics.add([low, high]) }
    case .bytes(let values):
      if usesDictionary, let codes = values.codes, values.pool.count <= slots.count {
        appendCodes(slots, codes, values.pool, present)
      } else {
        for slot in slots where present?[slot] != false { values.withBytes(slot) { appendString($0) } }
      }
    }
  }

  /// The values of the page and their encoding. The next page begins.
  mutating func finishPage() -> (bytes: [UInt8], encoding: PageEncoding) {
    defer {
      (plain, bits, bitCount, places, withoutDictionary) = ([], 0, 0, [], 0)
      (isFirstPage, dictionaryBefore) = (false, dictionarySize)
      if dictionarySize > dictionaryBytes { usesDictionary = false }
    }
    guard usesDictionary, let dictionary else {
      return (bitCount > 0 ? plain + [bits] : plain, .plain)
    }
    if isFirstPage, dictionary.byteCount + places.count > withoutDictionary {
      // Hardly a string comes twice.
      (usesDictionary, self.dictionary) = (false, nil)
      var bytes: [UInt8] = []
      bytes.reserveCapacity(withoutDictionary)
      for place in places { dictionary.pool.withBytes(Int(place)) { bytes.appendPlain($0) } }
      return (bytes, .plain)
    }
    let width = LevelDecoder.width(max(0, dictionary.count - 1))
    return ([UInt8(width)] + HybridEncoder.encode(places, width: width), .rleDictionary)
  }

  /// Adds numbers; returns the smallest and the largest, unless there are none or each is a NaN.
  private mutating func appendNumbers<Number: Comparable & BitwiseCopyable>(
    _ values: [Number], _ slots: Range<Int>, _ present: [Bool]?
  ) -> (Number, Number)? {
    let chosen = present.map { present in slots.filter { present[$0] }.map { values[$0] }[...] } ?? values[slots]
    return chosen.withUnsafeBufferPointer { numbers in
      plain.append(contentsOf: UnsafeRawBufferPointer(numbers))
      // A NaN, which is not even equal to itself, is no bound.
      guard var low = numbers.first(where: { $0 == $0 }) else { return nil }
      var high = low
      for number in numbers {
        if number < low { low = number }
        if number > high { high = number }
      }
      return (low, high)
    }
  }

  private mutating func appendBit(_ value: Bool) {
    bits |= (value ? 1 : 0) << UInt8(bitCount)
    bitCount += 1
    if bitCount == 8 {
      plain.append(bits)
      (bits, bitCount) = (0, 0)
    }
  }

  /// Adds strings of a dictionary, of which each is looked up once.
  private mutating func appendCodes(_ slots: Range<Int>, _ codes: [Int32], _ pool: StringPool, _ present: [Bool]?) {
    var known = [UInt32](repeating: .max, count: pool.count)
    for slot in slots where present?[slot] != false {
      let code = Int(codes[slot])
      if code >= 0, known[code] != .max {
        places.append(known[code])
        withoutDictionary += pool.length(code) + 4
      } else {
        pool.withBytes(code) { appendString($0) }
        if code >= 0 { known[code] = places[places.count - 1] }
      }
    }
  }

  private mutating func appendString(_ string: UnsafeBufferPointer<UInt8>) {
    statistics.add(string)
    if usesDictionary, dictionary != nil {
      places.append(dictionary!.place(string))
      withoutDictionary += string.count + 4
    } else {
      plain.appendPlain(string)
    }
  }
}
