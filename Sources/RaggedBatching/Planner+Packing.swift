import RaggedCore

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

/// A row as it was packed.
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
  private func rank(atMost length: Int) -> Int {
    var (low, high) = (0, distinct.count)
    while low < high {
      let middle = (low + high) / 2
      if distinct[middle] <= length { low = middle + 1 } else { high = middle }
    }
    return low - 1
  }
}
