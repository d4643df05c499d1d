import RaggedBatching
import RaggedCore
import Testing

/// Plans computed by `fixtures/reference/python/make_orders.py`: the same on every machine and in every version.
@Suite struct OrderReferenceTests {
  struct Case: Decodable {
    var lengths: [Int32]
    var policy: BatchPolicy
    var epoch: Int  // from 0
    var batches: [[[Int]]]
    var dropped: [Int]
    var worldSize: Int
    var history: [ShardedPlan.Segment]
    var steps: [[Int]]
  }

  @Test func plansAreThoseOfTheSecondImplementation() throws {
    let cases: [Case] = try reference("python/orders.json")
    #expect(cases.count == 84)
    for (number, problem) in cases.enumerated() {
      let plan = BatchPlan(lengths: problem.lengths, policy: problem.policy, epoch: problem.epoch + 1)
      let rows = plan.map { batch -> [[Int]] in
        var rest = batch.positions[...]
        return (batch.sequencesPerRow ?? batch.positions.map { _ in 1 }).map { count in
          defer { rest = rest.dropFirst(count) }
          return Array(rest.prefix(count))
        }
      }
      #expect(rows == problem.batches, "case \(number) \(problem.policy)")
      #expect(plan.dropped == problem.dropped, "case \(number) \(problem.policy)")
      let shards = try plan.sharded(worldSize: problem.worldSize, after: problem.history)
      let ranks = max(problem.worldSize, problem.history.map(\.worldSize).max() ?? 0)
      let steps = (0..<shards.stepCount).map { step in
        (0..<ranks).map { shards.index(step: step, rank: $0) ?? -1 }
      }
      let expected = problem.steps.map { $0 + Array(repeating: -1, count: ranks - $0.count) }
      #expect(steps == expected, "case \(number) \(problem.policy)")
    }
  }

  struct Print: Decodable {
    var policy: BatchPolicy
    var fingerprint: String
  }

  /// Policies as version 0.1 wrote them into checkpoints: a run of that time must find itself again.
  @Test func policiesOfTheFirstVersionKeepTheirFingerprint() throws {
    let cases: [Print] = try reference("python/fingerprints.json")
    #expect(cases.count == 3)
    for problem in cases {
      let text = String(problem.policy.fingerprint, radix: 16)
      #expect(String(repeating: "0", count: 16 - text.count) + text == problem.fingerprint)
      #expect(problem.policy.limits.isEmpty && !problem.policy.largestFirst && problem.policy.costModel == nil)
    }
  }
}
