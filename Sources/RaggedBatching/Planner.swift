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
        start: Int32(range.lowerBound), count: Int32(range.count), longest: Int32(fill.longest), bucket: Int32(bucket)))
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

extension Planner {
  /// Lengths up to here have their bucket looked up in a table.
  private static let tableLimit = 1 << 16

  /// Positions by bucket, in the order given inside it, and where each bucket begins: a counting sort.
  func grouping(_ members: some RandomAccessCollection<Int32>) -> (grouped: [Int32], starts: [Int]) {
    guard buckets.count > 1 else { return (Array(members), [0, members.count]) }
    let table = bucketTable(for: members.count)
    var starts = [Int](repeating: 0, count: buckets.count + 1)
    for position in members { starts[bucket(of: Int(lengths[Int(position)]), table) + 1] += 1 }
    for bucket in 0..<buckets.count { starts[bucket + 1] += starts[bucket] }
    var next = starts
    var grouped = [Int32](repeating: 0, count: members.count)
    for position in members {
      let bucket = bucket(of: Int(lengths[Int(position)]), table)
      grouped[next[bucket]] = position
      next[bucket] += 1
    }
    return (grouped, starts)
  }

  /// The bucket of each short length; empty where there are too few sequences to be worth it.
  private func bucketTable(for count: Int) -> [Int32] {
    let size = min(count, Self.tableLimit)
    return (0..<size).map { Int32(buckets.index(of: $0)) }
  }

  @inline(__always)
  private func bucket(of length: Int, _ table: [Int32]) -> Int {
    length < table.count ? Int(table[length]) : buckets.index(of: length)
  }
}

extension Planner {
  /// Sequences packed at a time: enough that rows are full, few enough that they stay in a processor's cache.
  private static let packedAtOnce = 1 << 16

  /// Rows of several sequences end to end, in random order, cut into batches.
  mutating func addRows(_ members: some RandomAccessCollection<Int32>, rowLength: Int, isLast: Bool) {
    var members = Array(members)
    if isShuffled { random.shuffle(&members) }
    let capacity = BatchCapacity(policy, bucket: 0, bytesPerTimestep: bytesPerTimestep)
    // A row that is longer than a batch may be would stand alone in one that is too large.
    let rowLength = min(rowLength, capacity.timesteps, capacity.paddedTimesteps, Int(Int32.max))
    var made: [PackedRow] = []
    for start in stride(from: 0, to: members.count, by: Self.packedAtOnce) {
      let range = start..<min(start + Self.packedAtOnce, members.count)
      sortByLength(&members, range)
      RowPacker(members[range], lengths: lengths, rowLength: rowLength).pack(into: &positions, &made)
    }
    if isShuffled { random.shuffle(&made) }
    let firstRow = rows.count
    rows.append(contentsOf: made.lazy.map(\.row))
    var fill = BatchFill()
    var start = firstRow
    for (index, row) in made.enumerated() where !fill.add(Int(row.timesteps), to: capacity) {
      close(start..<firstRow + index, fill, bucket: 0)
      start = firstRow + index
      fill = BatchFill()
      _ = fill.add(Int(row.timesteps), to: capacity)
    }
    guard start < rows.count else { return }
    if fill.isFull(capacity) || isLast && !policy.dropRemainder {
      close(start..<rows.count, fill, bucket: 0)
      return
    }
    let open = rows[start...].flatMap { positions[$0.range] }
    rows.removeSubrange(start...)
    if isLast {
      dropped.append(contentsOf: open.lazy.map(Int.init))
    } else {
      leftover.append(contentsOf: open)
    }
  }
}

struct PackedRow {
  var row: PlanRow
  var timesteps: Int32
}

/// First-fit decreasing, a row at a time: a row takes the longest sequence that is left, then the longest that still
/// fits, and so on. Each sequence thus lands in the first row that has room for it when they come longest first.
struct RowPacker {
  private let members: ArraySlice<Int32>  // by rising length
  private let rowLength: Int
  private let distinct: [Int]  // [d], rising
  private var ends: [Int]  // [d], where the members of each length that are left end
  private let starts: [Int]  // [d], where they begin
  /// The next shorter length of which some may be left, or −1: a disjoint-set forest, whose paths are halved.
  private var shorter: [Int32]

  init(_ members: ArraySlice<Int32>, lengths: [Int32], rowLength: Int) {
    self.members = members
    self.rowLength = rowLength
    var (distinct, starts, ends) = ([Int](), [Int](), [Int]())
    for place in members.indices {
      let length = Int(lengths[Int(members[place])])
      if distinct.last != length {
        distinct.append(length)
        starts.append(place)
        ends.append(place)
      }
      ends[ends.count - 1] += 1
    }
    self.distinct = distinct
    self.starts = starts
    self.ends = ends
    shorter = distinct.indices.map(Int32.init)
  }

  /// Appends the positions, row after row, and the rows. O(n log d) for n sequences of d distinct lengths.
  consuming func pack(into positions: inout [Int32], _ rows: inout [PackedRow]) {
    while let longest = left(atMost: distinct.count - 1) {
      let start = positions.count
      var timesteps = distinct[longest]
      take(longest, into: &positions)
      while let next = left(atMost: rank(atMost: rowLength - timesteps)) {
        timesteps += distinct[next]
        take(next, into: &positions)
      }
      rows.append(
        PackedRow(
          row: PlanRow(start: Int32(start), count: Int32(positions.count - start)), timesteps: Int32(timesteps)))
    }
  }

  private mutating func take(_ rank: Int, into positions: inout [Int32]) {
    ends[rank] -= 1
    positions.append(members[ends[rank]])
    if ends[rank] == starts[rank] { shorter[rank] = Int32(rank) - 1 }
  }

  /// The longest length of at most this rank of which some are left.
  private mutating func left(atMost rank: Int) -> Int? {
    var rank = rank
    while rank >= 0, Int(shorter[rank]) != rank {
      let parent = Int(shorter[rank])
      if parent >= 0 { shorter[rank] = shorter[parent] }
      rank = parent
    }
    return rank < 0 ? nil : rank
  }

  /// The rank of the longest length that is no longer than this, or −1.
  private func rank(atMost length: Int) -> Int { distinct.indices.bisected { distinct[$0] > length } - 1 }
}

extension Planner {
  /// Pools worth a number of batches, in random order, each sorted by length and cut into batches.
  mutating func addSorted(_ members: some RandomAccessCollection<Int32>, pool batches: Int, isLast: Bool) {
    var members = Array(members)
    if isShuffled { random.shuffle(&members) }
    let capacity = BatchCapacity(policy, bucket: 0, bytesPerTimestep: bytesPerTimestep)
    let worth = poolSize(batches: batches, capacity)
    let first = slices.count
    var open = (range: 0..<0, fill: BatchFill())
    var end = 0
    while end < members.count {
      end = min(open.range.upperBound + worth, members.count)
      let range = open.range.lowerBound..<end
      sortByLength(&members, range)
      open = cut(members, range, capacity, bucket: 0)
      // A full batch at a pool's end is whole, though no sequence came after it that did not fit.
      if end < members.count, open.fill.isFull(capacity) {
        close(open.range, open.fill, bucket: 0)
        open = (end..<end, BatchFill())
      }
    }
    finish(members[open.range], open.fill, capacity, bucket: 0, isLast: isLast)
    keep(members, from: first)
  }

  /// Sequences in a pool worth this number of batches.
  private func poolSize(batches: Int, _ capacity: BatchCapacity) -> Int {
    guard !lengths.isEmpty else { return 1 }
    let timesteps = lengths.reduce(0) { $0 + Int($1) }
    let mean = (timesteps + lengths.count - 1) / lengths.count
    let worth = min(capacity.count(ofLength: mean), lengths.count)
    return min(max(batches, 1), lengths.count) * worth
  }

  /// Sorts positions by rising length; equal lengths keep their order.
  ///
  /// Keys are unique, so that any sorting algorithm gives the same order.
  func sortByLength(_ members: inout [Int32], _ range: Range<Int>) {
    let keys = range.map { place in
      UInt64(UInt32(bitPattern: lengths[Int(members[place])])) << 32 | UInt64(place - range.lowerBound)
    }
    let order = keys.sorted()
    let before = Array(members[range])
    for (offset, key) in order.enumerated() {
      members[range.lowerBound + offset] = before[Int(key & 0xffff_ffff)]
    }
  }
}
