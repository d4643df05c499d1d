/// The smallest and the largest of some values.
struct Extremes<Value: Comparable> {
  private(set) var smallest: Value?
  private(set) var largest: Value?

  mutating func add(_ value: Value) {
    if smallest.map({ value < $0 }) ?? true { smallest = value }
    if largest.map({ value > $0 }) ?? true { largest = value }
  }
}

/// What is noted of a column chunk's values while they are written.
struct StatisticsBuilder {
  private var whole = Extremes<Int64>()
  private var unsigned = Extremes<UInt64>()
  private var real = Extremes<Double>()
  private var text: (smallest: [UInt8], largest: [UInt8])?
  private(set) var nullCount = 0
  /// Longer texts are no use as bounds.
  private static let longest = 64
  private var hasLongText = false

  mutating func addNulls(_ count: Int) { nullCount += count }
  mutating func add(_ value: Int64) { whole.add(value) }
  mutating func add(_ values: [Int64]) { for value in values { whole.add(value) } }
  mutating func add(_ values: [UInt64]) { for value in values { unsigned.add(value) } }
  mutating func add(_ values: [Double]) { for value in values { real.add(value) } }
  /// Texts are in the order of their unsigned bytes.
  mutating func add(_ value: UnsafeBufferPointer<UInt8>) {
    guard value.count <= Self.longest else {
      hasLongText = true
      return
    }
    guard let (smallest, largest) = text else {
      text = (Array(value), Array(value))
      return
    }
    if value.lexicographicallyPrecedes(smallest) { text?.smallest = Array(value) }
    if largest.lexicographicallyPrecedes(value) { text?.largest = Array(value) }
  }

  /// The bounds as PLAIN values; nil where there are none.
  func bounds(_ type: ParquetOutputType) -> (minimum: [UInt8], maximum: [UInt8])? {
    switch type {
    case .boolean: pair(whole) { [UInt8($0)] }
    case .int32, .date: pair(whole) { littleEndian(Int32($0)) }
    case .int64, .timestamp: pair(whole, littleEndian)
    case .uint64: pair(unsigned, littleEndian)
    // By the format a zero is a lower bound as -0 and an upper one as +0.
    case .float: signed { littleEndian(Float($0).bitPattern) }
    case .double: signed { littleEndian($0.bitPattern) }
    case .string, .bytes: hasLongText ? nil : text.map { ($0.smallest, $0.largest) }
    }
  }

  private func signed(_ bytes: (Double) -> [UInt8]) -> ([UInt8], [UInt8])? {
    guard let smallest = real.smallest, let largest = real.largest else { return nil }
    return (bytes(smallest == 0 ? -0.0 : smallest), bytes(largest == 0 ? 0 : largest))
  }

  private func pair<Value>(_ extremes: Extremes<Value>, _ bytes: (Value) -> [UInt8]) -> ([UInt8], [UInt8])? {
    guard let smallest = extremes.smallest, let largest = extremes.largest else { return nil }
    return (bytes(smallest), bytes(largest))
  }
}

/// A number's bytes, lowest first.
func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: number.littleEndian) { Array($0) }
}
