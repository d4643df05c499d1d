import RaggedCore

/// Makes a plan: takes sequences pool by pool, puts those of a pool together by length and cuts them into batches.
///
/// Except for blocks there is one pool, of all sequences. What fills no batch at a pool's end goes to the next.
struct Planner {
  let lengths: [Int32]
  let buckets: LengthBuckets
  let policy: BatchPolicy
  let bytesPerTimestep: Int
  var random: SeededRandom
  var positions: [Int32] = []
  var slices: [PlanSlice] = []
  var rows: [PlanRow] = []
  /// The first batch of each pool.
  var pools: [Int32] = []
  var dropped: [Int] = []
  /// What the pools so far left over.
  var leftover: [Int32] = []

  init(
    lengths: [Int32], buckets: LengthBuckets, policy: BatchPolicy, bytesPerTimestep: Int, random: SeededRandom
  ) {
    self.lengths = lengths
    self.buckets = buckets
    self.policy = policy
    self.bytesPerTimestep = bytesPerTimestep
    self.random = random
  }

  var isPacked: Bool {
    if case .packed = policy.grouping { true } else { false }
  }

  var isShuffled: Bool { policy.shuffle != .none }

  mutating func run() {
    switch policy.shuffle {
    case .none, .full: add(0..<Int32(lengths.count), isLast: true)
    case .blocks(let size, let pool): addBlocks(of: size, pool: pool)
    }
    if policy.largestFirst { putLargestFirst() }
  }

  /// Swaps the first batch with the largest, the first of equals: the order stays random but for one place.
  private mutating func putLargestFirst() {
    var largest = 0
    for index in slices.indices where slices[index].paddedTimesteps > slices[largest].paddedTimesteps {
      largest = index
    }
    if largest > 0 { slices.swapAt(0, largest) }
  }

  private mutating func addBlocks(of size: Int, pool: Int) {
    let size = min(max(size, 1), max(lengths.count, 1))
    var blocks = stride(from: 0, to: lengths.count, by: size).map { $0 }
    random.shuffle(&blocks)
    let pool = min(max(pool, 1), max(blocks.count, 1))
    for first in stride(from: 0, to: blocks.count, by: pool) {
      let end = min(first + pool, blocks.count)
      var members = leftover
      leftover = []
      for start in blocks[first..<end] {
        members.append(contentsOf: Int32(start)..<Int32(min(start + size, lengths.count)))
      }
      add(members, isLast: end == blocks.count)
    }
  }

  /// Members of a range are written down once, where they are put into order.
  private mutating func add(_ members: some RandomAccessCollection<Int32>, isLast: Bool) {
    let first = slices.count
    pools.append(Int32(first))
    switch policy.grouping {
    case .padded, .exactLength, .boundaries, .buckets: addBuckets(members, isLast: isLast)
    case .pool(let batches): addSorted(members, pool: batches, isLast: isLast)
    case .packed(let rowLength): addRows(members, rowLength: rowLength, isLast: isLast)
    }
    if isShuffled { random.shuffle(&slices[first...]) }
  }

  /// Each bucket's sequences, in random order, cut into batches.
  private mutating func addBuckets(_ members: some RandomAccessCollection<Int32>, isLast: Bool) {
    var (grouped, starts) = grouping(members)
    let first = slices.count
    for bucket in 0..<buckets.count where starts[bucket] < starts[bucket + 1] {
      let range = starts[bucket]..<starts[bucket + 1]
      if isShuffled { random.shuffle(&grouped[range]) }
      let capacity = BatchCapacity(policy, bucket: bucket, bytesPerTimestep: bytesPerTimestep)
      let open = cut(grouped, range, capacity, bucket: bucket)
      finish(grouped[open.range], open.fill, capacity, bucket: bucket, isLast: isLast)
    }
    keep(grouped, from: first)
  }

  /// Cuts a range of positions into batches, and gives back the last, which is still open.
  mutating func cut(
    _ members: [Int32], _ range: Range<Int>, _ capacity: BatchCapacity, bucket: Int
  ) -> (range: Range<Int>, fill: BatchFill) {
    var fill = BatchFill()
    var start = range.lowerBound
    for place in range {
      let length = Int(lengths[Int(members[place])])
      if !fill.add(length, to: capacity) {
        close(start..<place, fill, bucket: bucket)
        start = place
        fill = BatchFill()
        _ = fill.add(length, to: capacity)
      }
    }
    return (start..<range.upperBound, fill)
  }

  mutating func close(_ range: Range<Int>, _ fill: BatchFill, bucket: Int) {
    slices.append(
      PlanSlice(
        start: Int32(range.lowerBound), count: Int32(range.count), longest: Int32(fill.longest),
        bucket: Int32(bucket)))
  }

  /// The last batch of a bucket: left for the next pool, dropped, or taken as it is.
  mutating func finish(
    _ members: ArraySlice<Int32>, _ fill: BatchFill, _ capacity: BatchCapacity, bucket: Int, isLast: Bool
  ) {
    guard !members.isEmpty else { return }
    if fill.isFull(capacity) || isLast && !policy.dropRemainder {
      close(members.indices, fill, bucket: bucket)
    } else if isLast {
      dropped.append(contentsOf: members.lazy.map(Int.init))
    } else {
      leftover.append(contentsOf: members)
    }
  }

  /// Keeps the positions of the batches from `first` on, whose places are those in `members`.
  mutating func keep(_ members: [Int32], from first: Int) {
    if positions.isEmpty, leftover.isEmpty {
      positions = members
      return
    }
    for index in first..<slices.count {
      let range = slices[index].range
      slices[index].start = Int32(positions.count)
      positions.append(contentsOf: members[range])
    }
  }
}
