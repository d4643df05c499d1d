/// Integers in as few bytes each as the widest needs: none where they rise by one, or else 1, 2, 4 or 8.
///
/// Row ids and classes of millions of sequences stay in memory for a whole run.
struct PackedIntegers: Sendable {
  private enum Storage {
    case rising(from: Int64)
    case bytes([UInt8])
    case shorts([UInt16])
    case words([UInt32])
    case longs([Int64])
  }

  private let storage: Storage
  let count: Int

  /// These numbers. O(n).
  init(_ numbers: [some FixedWidthInteger]) {
    count = numbers.count
    let first = numbers.first.map { Int64($0) } ?? 0
    let (lowest, highest) = (numbers.min().map { Int64($0) } ?? 0, numbers.max().map { Int64($0) } ?? 0)
    let isRising = zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 && $1 - $0 == 1 }
    if isRising {
      storage = .rising(from: first)
    } else if lowest < 0 || highest >= 1 << 32 {
      storage = .longs(numbers.map { Int64($0) })
    } else if highest >= 1 << 16 {
      storage = .words(numbers.map { UInt32($0) })
    } else if highest >= 1 << 8 {
      storage = .shorts(numbers.map { UInt16($0) })
    } else {
      storage = .bytes(numbers.map { UInt8($0) })
    }
  }

  /// The number at an index below `count`. O(1).
  subscript(index: Int) -> Int64 {
    switch storage {
    case .rising(let first): first + Int64(index)
    case .bytes(let numbers): Int64(numbers[index])
    case .shorts(let numbers): Int64(numbers[index])
    case .words(let numbers): Int64(numbers[index])
    case .longs(let numbers): numbers[index]
    }
  }

  /// Bytes that the numbers take.
  var byteCount: Int {
    switch storage {
    case .rising: 0
    case .bytes(let numbers): numbers.count
    case .shorts(let numbers): 2 * numbers.count
    case .words(let numbers): 4 * numbers.count
    case .longs(let numbers): 8 * numbers.count
    }
  }
}
