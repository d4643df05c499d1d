/// Integers in as few bytes each as their range needs: none where they rise by one, or else 1, 2, 4 or 8.
///
/// Row ids and classes of millions of sequences stay in memory for a whole run. Training on 9 of 10 million sequences takes
/// 9 bytes for each with its length (`ragged-benchmarks --only loader`), where arrays of `Int64` and `Int32` take 16.
struct PackedIntegers: Sendable {
  private enum Width { case none, byte, short, word, long }

  private(set) var count = 0
  private let wanted: Width
  private let capacity: Int
  /// `none` as long as the numbers rise by one from `first` on; then all are kept in the array of the width wanted.
  private var width = Width.none
  private var first: Int64 = 0
  private var bytes: [UInt8] = []
  private var shorts: [UInt16] = []
  private var words: [UInt32] = []
  private var longs: [Int64] = []

  /// No numbers yet. About `capacity` will come, which must lie in `range`.
  init(capacity: Int, range: ClosedRange<Int64>) {
    self.capacity = capacity
    switch (range.lowerBound, range.upperBound) {
    case (..<0, _), (_, 1 << 32..<Int64.max), (_, .max): wanted = .long
    case (_, 1 << 16..<1 << 32): wanted = .word
    case (_, 1 << 8..<1 << 16): wanted = .short
    default: wanted = .byte
    }
  }

  /// These numbers. O(n).
  init(_ numbers: some Collection<Int64>) {
    let lowest = numbers.min() ?? 0
    self.init(capacity: numbers.count, range: lowest...max(lowest, numbers.max() ?? 0))
    for number in numbers { append(number) }
  }

  /// The number at an index below `count`. O(1).
  subscript(index: Int) -> Int64 {
    switch width {
    case .none: first &+ Int64(index)
    case .byte: Int64(bytes[index])
    case .short: Int64(shorts[index])
    case .word: Int64(words[index])
    case .long: longs[index]
    }
  }

  /// Whether a number is one of them, which must rise. O(log n).
  func containsInOrder(_ number: Int64) -> Bool {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if self[middle] < number { low = middle + 1 } else { high = middle }
    }
    return low < count && self[low] == number
  }

  /// Bytes that the numbers take.
  var byteCount: Int { bytes.count + 2 * shorts.count + 4 * words.count + 8 * longs.count }

  /// Adds a number of the range. Amortised O(1).
  mutating func append(_ number: Int64) {
    if width == .none {
      if count == 0 { first = number }
      if number == first &+ Int64(count) {
        count += 1
        return
      }
      width = wanted
      switch width {
      case .none, .byte: bytes.reserveCapacity(capacity)
      case .short: shorts.reserveCapacity(capacity)
      case .word: words.reserveCapacity(capacity)
      case .long: longs.reserveCapacity(capacity)
      }
      for index in 0..<count { keep(first &+ Int64(index)) }
    }
    keep(number)
    count += 1
  }

  private mutating func keep(_ number: Int64) {
    switch width {
    case .none: break
    case .byte: bytes.append(UInt8(truncatingIfNeeded: number))
    case .short: shorts.append(UInt16(truncatingIfNeeded: number))
    case .word: words.append(UInt32(truncatingIfNeeded: number))
    case .long: longs.append(number)
    }
  }
}
