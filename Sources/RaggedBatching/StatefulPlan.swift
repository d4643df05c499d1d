public import RaggedCore

/// Which timesteps each row of each batch holds where sequences are read on from batch to batch: a pure value that holds
/// no data.
///
/// The rows take the sequences one after the other, window after window, each row the next sequence when its own has
/// ended; a sequence without timesteps takes one batch. Any step can be asked for at once. 8 bytes per sequence.
public struct StatefulPlan: Sendable, Equatable {
  /// What a row of a batch holds.
  public struct Row: Sendable, Equatable {
    /// The timesteps; none where no sequence was left for the row, at the end of the last one that it had.
    public var slice: SequenceSlice
    /// Whether a sequence begins here, so that the row's state must be set back.
    public var isStart: Bool
    /// Whether a sequence ends here.
    public var isEnd: Bool
    /// Whether no sequence was left for the row.
    public var isDry: Bool
  }

  /// Timesteps of a row of a batch; fewer where a sequence ends.
  public let windowLength: Int
  /// Batches in the epoch.
  public let stepCount: Int
  private let lengths: [Int32]
  private let laneStarts: [Int]  // [rows + 1], into the next two
  private let positions: [Int32]  // row after row, each in the order of its batches
  private let starts: [Int32]  // the step with which each of them begins

  /// The plan of an epoch. O(n log rows).
  /// - Parameters:
  ///   - lengths: the length of the sequence at each position.
  ///   - windowLength: timesteps per row and batch; less than 1 counts as 1.
  ///   - rows: sequences per batch; less than 1 counts as 1, more than there are as many.
  ///   - shuffle: whether sequences are taken in random order, by seed and epoch; otherwise in the order of their
  ///     source.
  ///   - seed: decides the random order, with the epoch.
  ///   - epoch: which epoch's order, from 1.
  public init(lengths: [Int32], windowLength: Int, rows: Int, shuffle: Bool, seed: UInt64, epoch: Int) {
    let windowLength = max(1, windowLength)
    let rows = min(max(1, rows), lengths.count)
    var order = lengths.indices.map { Int32($0) }
    if shuffle {
      var random = SeededRandom(
        seed: seed, stream: StableHash.of("stateful batches", seed: UInt64(bitPattern: Int64(epoch &- 1))))
      random.shuffle(&order)
    }
    var ends = RowEnds(rows: rows)
    var taken: [(row: Int32, start: Int32)] = []
    taken.reserveCapacity(order.count)
    var laneStarts = [Int](repeating: 0, count: rows + 1)
    for position in order {
      let (row, start) = ends.next
      taken.append((Int32(row), Int32(clamping: start)))
      laneStarts[row + 1] += 1
      ends.extendNext(by: StatefulPlan.windows(Int(lengths[Int(position)]), of: windowLength))
    }
    for row in 0..<rows { laneStarts[row + 1] += laneStarts[row] }
    var free = laneStarts
    var positions = [Int32](repeating: 0, count: order.count)
    var starts = positions
    for (position, (row, start)) in zip(order, taken) {
      positions[free[Int(row)]] = position
      starts[free[Int(row)]] = start
      free[Int(row)] += 1
    }
    self.windowLength = windowLength
    self.lengths = lengths
    self.laneStarts = laneStarts
    self.positions = positions
    self.starts = starts
    stepCount = ends.last
  }

  /// Rows of every batch.
  public var rowCount: Int { laneStarts.count - 1 }

  /// Batches that a sequence of this length goes through.
  private static func windows(_ length: Int, of windowLength: Int) -> Int {
    max(1, length / windowLength + (length % windowLength == 0 ? 0 : 1))
  }

  /// The rows of a batch. O(rows · log sequences).
  /// - Parameter step: `0 ..< stepCount`.
  public func rows(step: Int) -> [Row] {
    (0..<rowCount).map { row in
      // The row's last sequence that has begun by then; every row has one that begins with step 0.
      let next = (laneStarts[row]..<laneStarts[row + 1]).bisected { Int(starts[$0]) > step }
      let position = Int(positions[next - 1])
      let length = Int(lengths[position])
      let (window, windows) = (step - Int(starts[next - 1]), StatefulPlan.windows(length, of: windowLength))
      let isDry = window >= windows
      let start = isDry ? length : window * windowLength
      return Row(
        slice: SequenceSlice(position: position, start: start, count: min(windowLength, length - start)),
        isStart: window == 0, isEnd: window == windows - 1, isDry: isDry)
    }
  }

  /// The size of a step's batch. O(rows · log sequences).
  /// - Parameter step: `0 ..< stepCount`.
  public func size(step: Int) -> BatchSize {
    let rows = rows(step: step)
    return BatchSize(
      bucket: 0, sequences: rows.count { !$0.isDry }, rows: rows.count,
      paddedLength: PaddingOptions().paddedLength(longest: rows.map(\.slice.count).max() ?? 0),
      timesteps: rows.reduce(0) { $0 + $1.slice.count })
  }
}

/// The step at which each row's sequences end, the earliest first, the lower row where two are equal: a binary heap.
private struct RowEnds {
  private var heap: [(end: Int, row: Int)]
  private(set) var last = 0

  init(rows: Int) { heap = (0..<rows).map { (0, $0) } }

  var next: (row: Int, start: Int) { (heap[0].row, heap[0].end) }

  mutating func extendNext(by steps: Int) {
    heap[0].end += steps
    last = max(last, heap[0].end)
    var i = 0
    while true {
      var least = i
      for child in [2 * i + 1, 2 * i + 2] where child < heap.count && heap[child] < heap[least] { least = child }
      guard least != i else { return }
      heap.swapAt(i, least)
      i = least
    }
  }
}
