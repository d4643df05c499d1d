/// A few sequences of a batch laid out in lanes side by side: the unit of work of one thread.
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

  /// Sequences side by side in a vector: ``wide`` or ``narrow``, the same in all blocks of a batch.
  var lanes: Int
  /// Timesteps: the fullest lane's.
  var steps: Int
  /// Every sequence of the block; the index is its slot where a layer gives one output a sequence.
  var placements: [Placement]

  /// Timesteps of a plane that holds one column a sequence.
  var sequenceSteps: Int { (placements.count + lanes - 1) / lanes }

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
  /// Lanes of a block of a large batch.
  static let wide = 16
  /// Lanes of a block of a small batch, or of one whose lengths differ much.
  static let narrow = 8

  /// A lane alone: vectors run across the gates. Forward only.
  static let single = 1

  /// Cuts a batch for prediction: a few rows each for itself, more of them as for training.
  static func cutToPredict(lengths: [Int]) -> [Block] {
    guard lengths.count <= 4 else { return cut(lengths: lengths) }
    return lengths.enumerated().map { row, length in
      Block(
        lanes: single, steps: length, placements: [Placement(row: row, lane: 0, start: 0, length: length)])
    }
  }

  /// Cuts a batch into blocks. A pure function of the lengths, so that results do not depend on the number of threads.
  ///
  /// Two layouts are weighed: rows sorted by length and cut after so many, and lanes filled longest first up to a common
  /// length; each with wide and with narrow blocks. The one that two processors would finish first is taken: sorted and
  /// wide for large batches, filled lanes for small ones of mixed lengths.
  static func cut(lengths: [Int]) -> [Block] {
    // One number a row, the length above the row's complement: falling order is longest first, then first row first.
    let keys = lengths.enumerated().map { UInt64($1) << 32 | UInt64(UInt32.max - UInt32($0)) }.sorted(by: >)
    let order = keys.map { Int(UInt32.max - UInt32(truncatingIfNeeded: $0)) }
    let timesteps = lengths.reduce(0, +)
    // No layout takes less; one that takes a few hundredths more is not worth a search.
    let least = Double(timesteps) / Double(2 * wide)
    var best = cutSorted(order, lengths, lanes: wide)
    func weigh(_ blocks: [Block]) { if span(blocks) < span(best) { best = blocks } }
    guard span(best) > 1.06 * least else { return best }
    weigh(cutSorted(order, lengths, lanes: narrow))
    guard lengths.count <= 512, let longest = order.first.map({ lengths[$0] }) else { return best }
    for count in [2, 4, 1, 3] {
      for lanes in [narrow, wide] where span(best) > 1.12 * least {
        // As many timesteps a lane as fill so many blocks, and a little room.
        let even = (timesteps * 102 / 100 + lanes * count - 1) / (lanes * count)
        weigh(cutFilled(order, lengths, lanes: lanes, capacity: max(even, longest)))
      }
    }
    return best
  }

  /// What two processors need for the blocks, in timesteps of a wide block; a narrow one costs a little over half.
  private static func span(_ blocks: [Block]) -> Double {
    var total = 0
    var longest = 0
    for block in blocks {
      total += block.steps
      longest = max(longest, block.steps)
    }
    let cost = blocks.first?.lanes == narrow ? 0.55 : 1
    // Of two that end together the one with less work is better: more processors may be there.
    return cost * (max(Double(total) / 2, Double(longest)) + Double(total) / 256)
  }

  private static func cutSorted(_ order: [Int], _ lengths: [Int], lanes: Int) -> [Block] {
    stride(from: 0, to: order.count, by: lanes).map { first in
      let rows = order[first..<min(first + lanes, order.count)]
      return Block(
        lanes: lanes, steps: lengths[order[first]],
        placements: rows.enumerated().map { lane, row in
          Placement(row: row, lane: lane, start: 0, length: lengths[row])
        })
    }
  }

  /// Each row goes, longest first, into the fullest lane of the block at hand that has room for it.
  private static func cutFilled(_ order: [Int], _ lengths: [Int], lanes: Int, capacity: Int) -> [Block] {
    var remaining = order
    var blocks: [Block] = []
    while !remaining.isEmpty {
      var fill = [Int](repeating: 0, count: lanes)
      var block = Block(lanes: lanes, steps: 0, placements: [])
      var left: [Int] = []
      for row in remaining {
        var fullest: Int?
        for lane in 0..<lanes where fill[lane] + lengths[row] <= capacity {
          if fullest.map({ fill[lane] > fill[$0] }) ?? true { fullest = lane }
        }
        if let lane = fullest {
          block.placements.append(Placement(row: row, lane: lane, start: fill[lane], length: lengths[row]))
          fill[lane] += lengths[row]
          block.steps = max(block.steps, fill[lane])
        } else {
          left.append(row)
        }
      }
      blocks.append(block)
      remaining = left
    }
    return blocks
  }
}
