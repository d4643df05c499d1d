/// One of several ranks that divide batches between them.
struct RankPart {
  /// From 0.
  var rank: Int
  /// The number of ranks.
  var worldSize: Int
}

/// Which shares of a batch each rank computes: consecutive ones, so that a sum which goes from rank to rank adds them in
/// their order. A function of the blocks and the number of ranks alone.
struct ShareDivision {
  let blocks: [Block]
  /// The blocks of each share.
  let shares: [Range<Int>]
  /// The shares of the ranks that have any: the first ones.
  let parts: [Range<Int>]

  /// Divides shares so that the rank with the most timesteps has as few as can be.
  init(_ blocks: [Block], _ shares: [Range<Int>], ranks: Int) {
    (self.blocks, self.shares) = (blocks, shares)
    let loads = shares.map { blocks[$0].reduce(0) { $0 + $1.timesteps + 1 } }
    var (least, most) = (loads.max() ?? 0, loads.reduce(0, +))
    while least < most {
      let middle = (least + most) / 2
      if Self.parts(loads, of: middle).count <= ranks { most = middle } else { least = middle + 1 }
    }
    parts = Self.parts(loads, of: most)
  }

  /// Parts as large as a limit allows, one after the other.
  private static func parts(_ loads: [Int], of limit: Int) -> [Range<Int>] {
    var parts: [Range<Int>] = []
    var (first, load) = (0, 0)
    for (share, own) in loads.enumerated() {
      if load + own > limit, share > first {
        parts.append(first..<share)
        (first, load) = (share, 0)
      }
      load += own
    }
    if first < loads.count { parts.append(first..<loads.count) }
    return parts
  }

  /// The shares of a rank; none where there are fewer shares than ranks.
  func shares(of rank: Int) -> [Range<Int>] { parts.indices.contains(rank) ? Array(shares[parts[rank]]) : [] }

  /// The blocks of a rank.
  func blocks(of rank: Int) -> Range<Int> {
    guard parts.indices.contains(rank) else { return blocks.count..<blocks.count }
    return shares[parts[rank].lowerBound].lowerBound..<shares[parts[rank].upperBound - 1].upperBound
  }

  /// The number of ranks that take part in sums: one of a batch of nothing.
  var owners: Int { max(1, parts.count) }
}

/// A rank's part of a pass.
struct PartialAnswer {
  var division: ShareDivision
  /// Of one end's blocks after the other's; zeros for those of other ranks.
  var sums: [LossSum]
  var totals: EndTotals
}

extension Engine {
  /// Makes the whole of what ranks have: sums, gradients and states, on every rank the same, and with the bits that one rank
  /// alone comes to.
  ///
  /// A message has the sums, the states of all rows where states go on, and the gradients, float32 all but the sums.
  /// - Parameters:
  ///   - answer: that of this rank's part, right after its pass; one for a whole batch is left as it is.
  ///   - gradients: become those of the batch; nil where none are wanted.
  ///   - wish: something that a rank may want.
  /// - Returns: whether any rank wants it.
  func combine(
    _ answer: inout EngineAnswer, gradients: UnsafeMutablePointer<Float>?, over exchange: any GradientExchange,
    wish: Bool
  ) throws -> Bool {
    guard let part = answer.part else { return wish }
    let division = part.division
    let blocks = division.blocks(of: exchange.rank)
    let (ends, blockCount) = (part.totals.weights.count, division.blocks.count)
    // Wish, then the numbers of each end.
    let head = UnsafeMutableBufferPointer<Double>.allocate(capacity: 1 + ends * LossSum.numberCount)
    defer { head.deallocate() }
    head.initialize(repeating: 0)
    let ownStates = packed(answer.states, division.blocks[...])
    let statesBefore = packedCount(division.blocks[..<blocks.lowerBound])
    let own = statesBefore..<statesBefore + packedCount(division.blocks[blocks])
    let states = UnsafeMutableBufferPointer<Float>.allocate(capacity: ownStates.count)
    defer { states.deallocate() }
    states.initialize(repeating: 0)
    var segments = [
      CarriedSegment(bytes: UnsafeMutableRawBufferPointer(head)) { _, isFirst in
        if wish { head[0] = 1 }
        for end in 0..<ends {
          let place = 1 + end * LossSum.numberCount
          var sum = LossSum()
          if !isFirst { sum.numbers = Array(head[place..<place + LossSum.numberCount]) }
          for block in blocks { sum += part.sums[end * blockCount + block] }
          for (number, value) in sum.numbers.enumerated() { head[place + number] = value }
        }
      },
      CarriedSegment(bytes: UnsafeMutableRawBufferPointer(states)) { range, _ in
        for i in (range.lowerBound / 4..<range.upperBound / 4).clamped(to: own) { states[i] = ownStates[i] }
      },
    ]
    if let gradients {
      let bytes = UnsafeMutableRawBufferPointer(
        start: gradients, count: program.parameterCount * MemoryLayout<Float>.stride)
      segments.append(
        CarriedSegment(bytes: bytes) { range, isFirst in
          self.addShares(over: range.lowerBound / 4..<range.upperBound / 4, onto: gradients, isFirst: isFirst)
        })
    }
    try exchange.carry(segments, owners: division.owners)
    let sums = (0..<ends).map { end in
      var sum = LossSum()
      let place = 1 + end * LossSum.numberCount
      sum.numbers = Array(head[place..<place + LossSum.numberCount])
      return sum
    }
    answer.sum = whole(sums, part.totals)
    unpack(Array(states), division.blocks, to: &answer.states)
    answer.part = nil
    return head[0] != 0
  }

  /// Numbers of the states of a row.
  private var statesPerRow: Int { program.states.reduce(0) { $0 + $1.partCount * $1.units } }

  private func packedCount(_ blocks: ArraySlice<Block>) -> Int {
    statesPerRow * blocks.reduce(0) { $0 + $1.rows.count }
  }

  /// The states of the rows of blocks, row after row; none where there are none.
  private func packed(_ states: [RecurrentState], _ blocks: ArraySlice<Block>) -> [Float] {
    guard !states.isEmpty else { return [] }
    var packed: [Float] = []
    packed.reserveCapacity(packedCount(blocks))
    for block in blocks {
      for row in block.rows {
        for (number, shape) in program.states.enumerated() {
          for part in states[number].parts { packed += part[row * shape.units..<(row + 1) * shape.units] }
        }
      }
    }
    return packed
  }

  private func unpack(_ packed: [Float], _ blocks: [Block], to states: inout [RecurrentState]) {
    guard !states.isEmpty else { return }
    var place = 0
    for block in blocks {
      for row in block.rows {
        for (number, shape) in program.states.enumerated() {
          for part in states[number].parts.indices {
            let range = row * shape.units..<(row + 1) * shape.units
            states[number].parts[part].replaceSubrange(range, with: packed[place..<place + shape.units])
            place += shape.units
          }
        }
      }
    }
  }
}

extension LossSum {
  /// Numbers of the sums of one target.
  static let numberCount = 7

  /// Those sums in an order.
  var numbers: [Double] {
    get { [loss, weight, hits, counted, labelErrors, labelCount, unaligned] }
    set {
      (loss, weight, hits, counted) = (newValue[0], newValue[1], newValue[2], newValue[3])
      (labelErrors, labelCount, unaligned) = (newValue[4], newValue[5], newValue[6])
    }
  }

  /// Makes sums of one batch, or of each of several targets, those of all ranks' batches, whatever their order.
  /// - Parameter wish: something that a rank may want.
  /// - Returns: whether any rank wants it.
  mutating func add(over exchange: any GradientExchange, wish: Bool) throws -> Bool {
    let parts = heads.isEmpty ? [self] : heads.map(\.sum)
    let sums = try exchange.sums([wish ? 1 : 0] + parts.flatMap(\.numbers))
    func total(_ place: Int, of part: LossSum) -> LossSum {
      var part = part
      part.numbers = Array(sums[1 + place * Self.numberCount..<1 + (place + 1) * Self.numberCount])
      return part
    }
    if heads.isEmpty {
      self = total(0, of: self)
    } else {
      for place in heads.indices { heads[place].sum = total(place, of: heads[place].sum) }
    }
    return sums[0] != 0
  }
}
