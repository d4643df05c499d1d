/// A few sequences of a batch laid out in sixteen lanes: the unit of work of one thread.
///
/// A lane may hold several sequences end to end. Where one begins, h and c start anew, which for an LSTM is exactly the
/// same as a lane of its own.
struct Block: Sendable {
  /// Where one sequence lies.
  struct Placement: Sendable {
    /// The row of the batch.
    var row: Int
    var lane: Int
    /// The first timestep within the block.
    var start: Int
    var length: Int
  }

  /// Timesteps: the fullest lane's.
  var steps: Int
  /// Every sequence of the block; the index is its slot where a layer gives one output a sequence.
  var placements: [Placement]

  /// Timesteps of a plane that holds one column a sequence.
  var sequenceSteps: Int { (placements.count + laneCount - 1) / laneCount }

  /// A timestep at which some lanes begin a sequence, in one reading direction.
  struct Seam: Sendable {
    /// Counted in the direction of reading.
    var step: Int
    /// The placements that begin here.
    var placements: [Int]
  }

  /// Where sequences begin for a reader that goes forwards or backwards, in its order; step 0 comes first and is always
  /// there.
  func seams(backwards: Bool) -> [Seam] {
    var byStep: [Int: [Int]] = [0: []]
    for (index, placement) in placements.enumerated() where placement.length > 0 {
      let step = backwards ? steps - placement.start - placement.length : placement.start
      byStep[step, default: []].append(index)
    }
    return byStep.map { Seam(step: $0.key, placements: $0.value) }.sorted { $0.step < $1.step }
  }
}

extension Block {
  /// Cuts a batch into blocks. A pure function of the lengths, so that results do not depend on the number of threads.
  ///
  /// Two layouts are weighed: rows sorted by length and cut every sixteen, and lanes filled longest first up to the
  /// length of the block's longest row. The one with the lower cost on a few processors is taken; the second wins for
  /// small batches of very mixed lengths.
  static func cut(lengths: [Int]) -> [Block] {
    // One number a row, the length above the row's complement: falling order is longest first, then first row first.
    let keys = lengths.enumerated().map { UInt64($1) << 32 | UInt64(UInt32.max - UInt32($0)) }.sorted(by: >)
    let order = keys.map { Int(UInt32.max - UInt32(truncatingIfNeeded: $0)) }
    let sorted = cutSorted(order, lengths)
    let waste = cost(sorted) * laneCount - lengths.reduce(0, +)
    guard waste * 20 > lengths.reduce(0, +) else { return sorted }
    let packed = cutPacked(order, lengths)
    func span(_ blocks: [Block]) -> Int { max(cost(blocks), 2 * (blocks.map(\.steps).max() ?? 0)) }
    return span(packed) < span(sorted) ? packed : sorted
  }

  private static func cost(_ blocks: [Block]) -> Int { blocks.reduce(0) { $0 + $1.steps } }

  private static func cutSorted(_ order: [Int], _ lengths: [Int]) -> [Block] {
    stride(from: 0, to: order.count, by: laneCount).map { first in
      let rows = order[first..<min(first + laneCount, order.count)]
      return Block(
        steps: lengths[order[first]],
        placements: rows.enumerated().map { lane, row in
          Placement(row: row, lane: lane, start: 0, length: lengths[row])
        })
    }
  }

  private static func cutPacked(_ order: [Int], _ lengths: [Int]) -> [Block] {
    var remaining = order[...]
    var blocks: [Block] = []
    while let longest = remaining.first {
      let capacity = lengths[longest]
      var fill = [Int](repeating: 0, count: laneCount)
      var block = Block(steps: capacity, placements: [])
      var left: [Int] = []
      for row in remaining {
        let length = lengths[row]
        if let lane = fill.indices.filter({ fill[$0] + length <= capacity }).max(by: { (fill[$0], $1) < (fill[$1], $0) }
        ) {
          block.placements.append(Placement(row: row, lane: lane, start: fill[lane], length: length))
          fill[lane] += length
        } else {
          left.append(row)
        }
      }
      blocks.append(block)
      remaining = left[...]
    }
    return blocks
  }
}
