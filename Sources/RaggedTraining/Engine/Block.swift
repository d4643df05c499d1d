/// A few sequences of a batch, longest first: the unit of work of one thread.
///
/// Their real timesteps lie one after the other, time-major: the first timesteps of all sequences, then the second ones
/// of those that have two, and so on (the order of PyTorch's `PackedSequence`). There is no row for padding.
struct Block: Sendable, Equatable {
  /// The row of the batch of each sequence.
  let rows: [Int]
  /// The length of each sequence, falling.
  let lengths: [Int]
  /// The first row of each timestep, and at the end how many rows there are: `[steps + 1]`.
  let starts: [Int]

  /// The sequences of a batch at these rows, which come longest first.
  init(rows: [Int], lengths: [Int]) {
    self.rows = rows
    self.lengths = lengths
    var starts = [0]
    starts.reserveCapacity((lengths.first ?? 0) + 1)
    var count = lengths.count
    for t in 0..<(lengths.first ?? 0) {
      while count > 0, lengths[count - 1] <= t { count -= 1 }
      starts.append(starts[t] + count)
    }
    self.starts = starts
  }

  /// Timesteps of the longest sequence.
  var steps: Int { starts.count - 1 }
  /// Timesteps of all sequences.
  var timesteps: Int { starts[steps] }
  /// Sequences that have any timestep: they are the first ones.
  var occupied: Int { steps == 0 ? 0 : starts[1] }

  /// The row of a timestep of a sequence.
  func row(_ sequence: Int, _ t: Int) -> Int { starts[t] + sequence }

  /// The row of the timestep of a sequence that is read first, and of that read last.
  func firstRead(_ sequence: Int, _ isBackwards: Bool) -> Int {
    row(sequence, isBackwards ? lengths[sequence] - 1 : 0)
  }
  func lastRead(_ sequence: Int, _ isBackwards: Bool) -> Int { firstRead(sequence, !isBackwards) }
}

extension Block {
  /// Cuts a batch into blocks of sequences of like length. A pure function of the lengths, so that results do not depend
  /// on the number of threads.
  ///
  /// Four sequences keep the registers of a tile busy; eight read the weights half as often; and a block of short ones has
  /// up to sixteen, for beginning a block costs as much as a few timesteps, while many timesteps leave the cache. Small
  /// batches are cut finer, so that there is work for every thread.
  static func cut(lengths: [Int]) -> [Block] {
    let order = longestFirst(lengths)
    let occupied = lengths.count { $0 > 0 }
    let size = occupied >= 64 ? 8 : occupied >= 8 ? 4 : max(1, (occupied + 1) / 2)
    let most = occupied >= 256 ? 16 : size
    // Empty sequences have blocks of their own, so that those with timesteps are cut alike with and without them.
    return blocks(order[..<occupied], lengths) { max(size, min(most, 512 / $0 / 4 * 4)) }
      + blocks(order[occupied...], lengths) { _ in 64 }
  }

  /// Rows by falling length, equal ones in their order: by counting, or by comparing where lengths are few and long.
  private static func longestFirst(_ lengths: [Int]) -> [Int] {
    let longest = lengths.max() ?? 0
    guard longest < 8 * lengths.count + 1024 else {
      return lengths.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
    }
    var next = [Int](repeating: 0, count: longest + 2)
    for length in lengths { next[longest - length + 1] += 1 }
    for i in 1..<next.count { next[i] += next[i - 1] }
    var order = [Int](repeating: 0, count: lengths.count)
    for (row, length) in lengths.enumerated() {
      order[next[longest - length]] = row
      next[longest - length] += 1
    }
    return order
  }

  /// Blocks of as many sequences as `size` says for the length of the first.
  private static func blocks(_ order: ArraySlice<Int>, _ lengths: [Int], of size: (Int) -> Int) -> [Block] {
    var blocks: [Block] = []
    var first = order.startIndex
    while first < order.endIndex {
      let rows = Array(order[first..<min(first + size(lengths[order[first]]), order.endIndex)])
      blocks.append(Block(rows: rows, lengths: rows.map { lengths[$0] }))
      first += rows.count
    }
    return blocks
  }
}
