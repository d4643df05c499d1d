import Foundation
import RaggedBatching
import RaggedCore
import Testing

/// Epochs with shares that were asked for, over random groups, shares and sizes.
@Suite struct EpochDrawTests {
  /// A random draw, and its groups.
  static func problem(_ number: Int) throws -> (draw: EpochDraw, groups: [Int32], lengths: [Int32]) {
    var random = SeededRandom(seed: 4, stream: UInt64(number))
    let names = (0..<1 + random.below(5)).map { "g\($0)" }
    let count = 1 + random.below(60)
    var groups = (0..<count).map { _ in Int32(random.below(names.count + 1)) - 1 }
    groups[0] = 0
    let met = Set(groups)
    var shares = names.indices.map {
      met.contains(Int32($0)) && ($0 == 0 || random.below(4) > 0) ? random.uniformDouble() : 0
    }
    shares[0] += 0.01
    let sum = shares.reduce(0, +)
    let size = random.below(2) == 0 ? nil : 1 + random.below(200)
    let draw = try EpochDraw(
      groups: groups, names: names, shares: random.below(3) == 0 ? nil : shares.map { $0 / sum }, size: size,
      seed: random.next())
    return (draw, groups, (0..<count).map { _ in Int32(random.below(9)) })
  }

  @Test func quotasAreWithinOneOfWhatIsAskedAndAddUp() throws {
    for number in 0..<300 {
      let (draw, _, _) = try Self.problem(number)
      var sums = draw.shares.map { _ in 0 }
      for epoch in 1...40 {
        let quotas = draw.quotas(epoch: epoch)
        #expect(quotas.reduce(0, +) == draw.size)
        for (quota, share) in zip(quotas, draw.shares) {
          #expect(abs(Double(quota) - share * Double(draw.size)) < 1 + 1e-6, "case \(number)")
        }
        sums = zip(sums, quotas).map(+)
      }
      // In the mean the shares are met: of 40 draws of a fraction the deviation is at most 40 · ¼ under the root.
      for (sum, share) in zip(sums, draw.shares) { #expect(abs(Double(sum) - 40 * share * Double(draw.size)) < 16) }
    }
  }

  @Test func noSequenceComesMoreThanOnceOftenerThanAnotherOfItsGroup() throws {
    for number in 0..<300 {
      let (draw, groups, _) = try Self.problem(number)
      for epoch in 1...6 {
        var times = [Int](repeating: 0, count: groups.count)
        let positions = draw.positions(epoch: epoch)
        for position in positions { times[Int(position)] += 1 }
        #expect(positions == positions.sorted() && positions.count == draw.size)
        for (group, quota) in draw.quotas(epoch: epoch).enumerated() {
          let own = groups.indices.filter { groups[$0] == group }.map { times[$0] }
          #expect(own.reduce(0, +) == quota, "case \(number)")
          if let least = own.min(), let most = own.max() { #expect(most - least <= 1, "case \(number)") }
        }
        for position in groups.indices where groups[position] < 0 { #expect(times[position] == 0) }
      }
    }
  }

  @Test func everySequenceWithAShareComesRound() throws {
    for number in 0..<300 {
      let (draw, groups, _) = try Self.problem(number)
      let size = Double(draw.size)
      // Epochs that the slowest group with a sequence an epoch needs.
      var epochs = 1
      for (share, count) in zip(draw.shares, draw.counts) where share * size >= 1 {
        let least = Int((share * size).rounded(.down))
        epochs = max(epochs, (count + least - 1) / least)
      }
      var seen = Set<Int32>()
      for epoch in 1...epochs { seen.formUnion(draw.positions(epoch: epoch)) }
      for (position, group) in groups.enumerated() where group >= 0 {
        guard draw.shares[Int(group)] * size >= 1 else { continue }
        #expect(seen.contains(Int32(position)), "case \(number)")
      }
    }
  }

  /// Batches of any epoch are those of the draw, whenever they are asked for, alone or dealt to ranks.
  @Test func plansAndRanksTakeTheDraw() throws {
    for number in 0..<120 {
      let (draw, _, lengths) = try Self.problem(number)
      let source = try numberedSource(lengths.map(Int.init))
      var policy = PlanningCase(number: number).policy
      (policy.dropRemainder, policy.bucketBatchSizes) = (false, nil)
      let batches = try PlannedBatches(source, policy: policy, draw: draw)
      for epoch in [7, 1, 2] {
        let plan = batches.plan(epoch: epoch)
        #expect(plan == BatchPlan(lengths: lengths, buckets: batches.buckets, policy: policy, epoch: epoch, draw: draw))
        #expect(plan.flatMap(\.positions).sorted() == draw.positions(epoch: epoch).map { Int($0) }, "case \(number)")
        let ranks = try ShardedPlan(plan, worldSize: 3)
        let dealt = (0..<ranks.stepCount).flatMap { step in
          (0..<3).flatMap { ranks.batch(step: step, rank: $0)?.positions ?? [] }
        }
        #expect(dealt.sorted() == draw.positions(epoch: epoch).map { Int($0) })
        for (step, planned) in plan.enumerated() {
          let batch = try batches.batch(epoch: epoch, step: step)
          #expect(batch.ids == planned.positions)
          #expect(batch.lengths.max() ?? 0 <= planned.longest)
        }
      }
      #expect(batches.fingerprint != (try PlannedBatches(source, policy: policy).fingerprint))
    }
  }

  @Test func theTableSaysWhatThereIsAndWhatIsTaken() throws {
    let draw = try EpochDraw(groups: [0, 0, 0, 1, -1], names: ["a", "b"], shares: [0.5, 0.5], size: 4, seed: 1)
    let table = draw.table(lengths: [1, 1, 1, 5, 9])
    #expect(table.map(\.sequences) == [3, 1] && table.map(\.timesteps) == [3, 5])
    #expect(table.map(\.drawn) == [2, 2] && table.map(\.drawnTimesteps) == [2, 10])
    #expect(draw.leftOut == 1)
    #expect(try EpochDraw(groups: [0, 1], names: ["a", "b"]).shares == [0.5, 0.5])
    #expect(try EpochDraw(groups: [0, 0, 2], names: ["a", "b", "c"]).shares == [0.5, 0, 0.5])
  }

  @Test func whatMakesNoSenseIsRefused() throws {
    func message(groups: [Int32] = [0, 1], _ shares: [Double]?, size: Int? = nil) -> String {
      do {
        _ = try EpochDraw(groups: groups, names: ["a", "b"], shares: shares, size: size)
        return ""
      } catch { return (error as? BatchingError)?.message ?? "\(error)" }
    }
    #expect(message([0.5, 0.4]) == "the shares of an epoch add up to 0.9, expected 1")
    #expect(message([-0.5, 1.5]).contains("the share of \"a\" is -0.5, expected 0 to 1"))
    #expect(message(groups: [0, 0], [0.5, 0.5]).contains("\"b\" is to have a share of 0.5, and no sequence has it"))
    #expect(message([0.5, 0.5], size: 0).contains("expected 1 to"))
    #expect(message([1]).contains("1 share for 2 groups"))
    #expect(message(groups: [], nil).contains("an epoch has 0 sequences"))
  }

  @Test func samplingsAreReadAndWritten() throws {
    for text in ["balanced", "channel:balanced", "channel:web=0.7,shop=0.3", "c:a:b=1"] {
      let sampling = try #require(Sampling(text))
      #expect(sampling.description == text)
      #expect(try JSONDecoder().decode(Sampling.self, from: JSONEncoder().encode(sampling)) == sampling)
    }
    for text in ["", "channel", ":a=1", "channel:", "channel:web", "channel:web="] { #expect(Sampling(text) == nil) }
  }
}
