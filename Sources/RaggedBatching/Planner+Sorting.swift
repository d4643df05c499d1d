import RaggedCore

extension Planner {
  /// Pools of so many batches' worth, in random order, each sorted by length and cut into batches.
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

  /// Sequences in a pool of so many batches.
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
