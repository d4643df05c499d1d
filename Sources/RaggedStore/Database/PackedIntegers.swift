import RaggedCore

/// Integers in as few bytes each as their range needs: none where they rise by one, or else 1, 2, 4 or 8.
///
/// Row ids and classes of millions of sequences stay in memory for a whole run. Training on 9 of 10 million sequences takes
/// 9 bytes for each with its length (`ragged-benchmarks --only loader`), where arrays of `Int64` and `Int32` take 16.
struct PackedIntegers: Sendable {
  private(set) var count = 0
  /// Bytes of a number: 1, 2, 4 or 8.
  private let width: Int
  private let capacity: Int
  /// Whether the numbers rise by one from `first` on; otherwise all are kept.
  private var isRun = true
  private var first: Int64 = 0
  private var bytes: [UInt8] = []  // [count, width], little-endian

  /// No numbers yet. About `capacity` will come, which must lie in `range`.
  init(capacity: Int, range: ClosedRange<Int64>) {
    self.capacity = capacity
    switch (range.lowerBound, range.upperBound) {
    case (0..., ..<(1 << 8)): width = 1
    case (0..., ..<(1 << 16)): width = 2
    case (0..., ..<(1 << 32)): width = 4
    default: width = 8
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
    precondition(index >= 0 && index < count)
    if isRun { return first &+ Int64(index) }
    return bytes.withUnsafeBytes { bytes in
      switch width {
      case 1: Int64(bytes[index])
      case 2: Int64(bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
      case 4: Int64(bytes.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
      default: bytes.loadUnaligned(fromByteOffset: 8 * index, as: Int64.self)
      }
    }
  }

  /// Whether a number is one of them, which must rise. O(log n).
  func containsInOrder(_ number: Int64) -> Bool {
    let index = (0..<count).bisected { self[$0] >= number }
    return index < count && self[index] == number
  }

  /// Bytes that the numbers take.
  var byteCount: Int { bytes.count }

  /// Adds a number of the range. Amortised O(1).
  mutating func append(_ number: Int64) {
    if count == 0 { first = number }
    if isRun, number != first &+ Int64(count) {
      isRun = false
      bytes.reserveCapacity(capacity * width)
      for index in 0..<count { keep(first &+ Int64(index)) }
    }
    if !isRun { keep(number) }
    count += 1
  }

  private mutating func keep(_ number: Int64) {
    withUnsafeBytes(of: number) { bytes.append(contentsOf: $0.prefix(width)) }
  }
}
