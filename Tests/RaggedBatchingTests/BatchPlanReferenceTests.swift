import RaggedBatching
import RaggedCore
import Testing

/// Plans computed by `fixtures/reference/python/make_python.py`: the same on every machine and in every version.
@Suite struct BatchPlanReferenceTests {
  struct Case: Decodable {
    var lengths: [Int32]
    var policy: BatchPolicy
    var epoch: Int  // from 0
    var limits: [Int]
    var batches: [[Int]]
  }

  @Test func plansAreThoseOfTheSecondImplementation() throws {
    let cases: [Case] = try reference("python/plans.json")
    #expect(cases.count == 81)
    for (number, problem) in cases.enumerated() {
      let plan = BatchPlan(lengths: problem.lengths, policy: problem.policy, epoch: problem.epoch + 1)
      #expect(plan.buckets.limits == problem.limits, "case \(number)")
      #expect(plan.map(\.positions) == problem.batches, "case \(number)")
    }
  }
}
