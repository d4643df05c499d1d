import RaggedCore

/// The batches of one epoch dealt to ranks that train together: at each step per batch each.
///
/// A pure function of the plan, the number of ranks and, where that number changed on the way, of how many steps were
/// taken with how many ranks. No rank needs to know what another does, and no state has to be saved:
///
/// - every batch goes to one rank at one step; none is given twice, none is left out;
/// - every rank has the same number of steps: at the last one, a rank for which nothing is left has no batch;
/// - the batches of a step are near each other in length, so that no rank waits long for another;
/// - after a change of the number of ranks, what was left then is dealt anew.
///
/// 4 bytes per batch and rank.
public struct ShardedPlan: Sendable, Equatable {
  /// A number of steps taken together by a number of ranks.
  public struct Segment: Sendable, Equatable, Codable {
    /// Steps that every one of the ranks took.
    public var steps: Int
    /// The number of ranks that took them.
    public var worldSize: Int

    /// A stretch of an epoch between two changes of the number of ranks.
    public init(steps: Int, worldSize: Int) {
      self.steps = steps
      self.worldSize = worldSize
    }
  }

  /// The batches in their own order.
  public let plan: BatchPlan
  /// Ranks at the end of the epoch.
  public let worldSize: Int
  /// Steps of each rank in the epoch, those before changes of the number of ranks included.
  public let stepCount: Int
  private let parts: [Part]

  /// The steps between two changes of the number of ranks.
  private struct Part: Sendable, Equatable {
    var firstStep: Int
    var worldSize: Int
    var batches: [Int32]  // [steps, worldSize], −1 for none
  }

  /// Deals a plan to ranks. O(m log m) for m batches.
  /// - Parameters:
  ///   - plan: the batches of all ranks.
  ///   - worldSize: ranks, from now to the end.
  ///   - history: what was done before with other numbers of ranks, from the epoch's start on.
  /// - Throws: ``BatchingError`` for less than one rank and for a history of more steps than there were.
  public init(_ plan: BatchPlan, worldSize: Int, after history: [Segment] = []) throws {
    var left = plan.indices.map(Int32.init)
    var parts: [Part] = []
    var firstStep = 0
    let segments: [(steps: Int?, worldSize: Int)] = history.map { ($0.steps, $0.worldSize) } + [(nil, worldSize)]
    for segment in segments {
      guard segment.worldSize >= 1 else {
        throw BatchingError(.invalidPolicy, "the number of ranks is \(segment.worldSize), expected at least 1")
      }
      var dealt = ShardedPlan.deal(left, of: plan, worldSize: segment.worldSize, part: parts.count)
      if let steps = segment.steps {
        let possible = dealt.count / segment.worldSize
        guard 0...possible ~= steps else {
          throw BatchingError(
            .outOfRange,
            "\(steps.counted("step")) of \(segment.worldSize.counted("rank")), where \(possible) were left to take")
        }
        dealt.removeSubrange((steps * segment.worldSize)...)
        var isTaken = [Bool](repeating: false, count: plan.count)
        for index in dealt where index >= 0 { isTaken[Int(index)] = true }
        left.removeAll { isTaken[Int($0)] }
      }
      parts.append(Part(firstStep: firstStep, worldSize: segment.worldSize, batches: dealt))
      firstStep += dealt.count / segment.worldSize
    }
    self.plan = plan
    self.worldSize = worldSize
    self.parts = parts
    stepCount = firstStep
  }

  /// The index in ``plan`` of what a rank takes at a step; nil where nothing is left for it, and for a rank or step
  /// that did not exist. O(changes of the number of ranks).
  public func index(step: Int, rank: Int) -> Int? {
    guard 0..<stepCount ~= step, let part = parts.last(where: { $0.firstStep <= step }),
      0..<part.worldSize ~= rank
    else { return nil }
    let index = part.batches[(step - part.firstStep) * part.worldSize + rank]
    return index < 0 ? nil : Int(index)
  }

  /// What a rank takes at a step; nil where nothing is left for it. O(sequences in the batch).
  public func batch(step: Int, rank: Int) -> PlannedBatch? { index(step: step, rank: rank).map { plan[$0] } }

  /// Batches among which those of like length are looked for.
  private static let pool = 1024

  /// Deals batches, given in the plan's order, to ranks. A single rank keeps the order, and so does a plan that is not
  /// shuffled.
  ///
  /// Otherwise pools of whole steps are cut from the order, each is sorted by length, neighbours become a step, and
  /// steps, and the ranks in a step, are shuffled.
  private static func deal(_ batches: [Int32], of plan: BatchPlan, worldSize: Int, part: Int) -> [Int32] {
    var dealt = batches
    if let seed = plan.shuffleSeed, worldSize > 1 {
      var stream = StableHash()
      stream.add(UInt64(worldSize))
      stream.add(UInt64(part))
      var random = SeededRandom(seed: seed, stream: stream.value)
      let pool = max(1, pool / worldSize) * worldSize
      dealt = []
      for start in stride(from: 0, to: batches.count, by: pool) {
        let members = batches[start..<min(start + pool, batches.count)].sorted { one, other in
          let (a, b) = (plan.slices[Int(one)], plan.slices[Int(other)])
          return (-a.longest, -a.count, one) < (-b.longest, -b.count, other)
        }
        var steps = stride(from: 0, to: members.count, by: worldSize).map {
          Array(members[$0..<min($0 + worldSize, members.count)])
        }
        // A step that does not go round is the epoch's last.
        let whole = steps.count - (members.count % worldSize == 0 ? 0 : 1)
        random.shuffle(&steps[..<whole])
        for index in steps.indices { random.shuffle(&steps[index]) }
        if plan.isLargestFirst, whole > 0, let first = steps.firstIndex(where: { $0.contains(0) }) {
          if first < whole {
            steps.swapAt(0, first)
          } else if let rank = steps[first].firstIndex(of: 0) {
            (steps[0][0], steps[first][rank]) = (0, steps[0][0])
          }
        }
        dealt += steps.joined()
      }
    }
    let missing = (worldSize - dealt.count % worldSize) % worldSize
    return dealt + [Int32](repeating: -1, count: missing)
  }
}

extension BatchPlan {
  /// The plan dealt to ranks: see ``ShardedPlan``.
  /// - Throws: ``BatchingError`` for less than one rank and for a history of more steps than there were.
  public func sharded(worldSize: Int, after history: [ShardedPlan.Segment] = []) throws -> ShardedPlan {
    try ShardedPlan(self, worldSize: worldSize, after: history)
  }
}
