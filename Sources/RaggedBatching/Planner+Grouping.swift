import RaggedCore

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
