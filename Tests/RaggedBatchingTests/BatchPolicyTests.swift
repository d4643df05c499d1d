import Foundation
import RaggedBatching
import RaggedCore
import Testing

@Suite struct BatchPolicyTests {
  static let groupings: [(BatchPolicy.Grouping, String)] = [
    (.padded, "padded"), (.exactLength, "exact"), (.boundaries([10, 20, 40]), "boundaries:10,20,40"),
    (.boundaries([5]), "boundaries:5"), (.buckets(8), "buckets:8"),
  ]

  @Test(arguments: groupings) func groupingsAreTexts(grouping: BatchPolicy.Grouping, text: String) {
    #expect(grouping.description == text)
    #expect(BatchPolicy.Grouping(text) == grouping)
  }

  @Test(arguments: ["", "pad", "padded:1", "exact:", "boundaries", "boundaries:", "boundaries:1,,2", "buckets:x"])
  func otherTextsAreNoGroupings(text: String) {
    #expect(BatchPolicy.Grouping(text) == nil)
  }

  @Test func encodingKeepsEverything() throws {
    for number in 0..<200 {
      let policy = PlanningCase(number: number).policy
      #expect(try JSONDecoder().decode(BatchPolicy.self, from: JSONEncoder().encode(policy)) == policy)
    }
  }

  @Test func anUnknownGroupingIsNamed() throws {
    let error = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([BatchPolicy.Grouping].self, from: Data(#"["sorted"]"#.utf8))
    }
    guard case .dataCorrupted(let context) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(
      context.debugDescription
        == #""sorted" is no grouping, expected padded, exact, boundaries:10,20, buckets:8, pool:16 or packed:512"#)
  }

  static let faults: [(BatchPolicy, String)] = [
    (BatchPolicy(batchSize: 0), "the batch size is 0, expected at least 1"),
    (BatchPolicy(grouping: .buckets(0)), "the number of buckets is 0, expected at least 1"),
    (BatchPolicy(grouping: .boundaries([])), "there are no bucket boundaries, expected at least one"),
    (BatchPolicy(grouping: .boundaries([-1])), "the first bucket boundary is -1, expected at least 0"),
    (BatchPolicy(grouping: .boundaries([3, 9, 9])), "bucket boundary 9 follows 9, expected rising boundaries"),
    (
      BatchPolicy(grouping: .buckets(2), bucketBatchSizes: [1, -1]),
      "the batch size of a bucket is -1, expected at least 1"
    ),
    (BatchPolicy(grouping: .buckets(2), bucketBatchSizes: [1, 2, 3]), "3 batch sizes for 2 buckets"),
    (BatchPolicy(grouping: .boundaries([4, 8]), bucketBatchSizes: [1, 2]), "2 batch sizes for 3 buckets"),
    (
      BatchPolicy(grouping: .exactLength, bucketBatchSizes: [1]),
      "batch sizes a bucket need boundaries or a number of buckets, but the grouping is exact"
    ),
  ]

  @Test(arguments: faults) func aPolicyWithoutMeaningIsRefused(policy: BatchPolicy, message: String) {
    let error = #expect(throws: BatchingError.self) { try policy.validate() }
    #expect(error?.message == message)
    #expect(error?.failureClass == .usage)
  }

  @Test func everyOptionChangesTheFingerprint() {
    let base = BatchPolicy(grouping: .buckets(2), batchSize: 4)
    var others = [base]
    for change in [
      { $0.grouping = .buckets(3) }, { $0.batchSize = 5 }, { $0.bucketBatchSizes = [4, 4] }, { $0.seed = 1 },
      { $0.dropRemainder = true }, { $0.shuffle = false }, { $0.bucketBatchSizes = [4, 3] },
    ] as [(inout BatchPolicy) -> Void] {
      var policy = base
      change(&policy)
      others.append(policy)
    }
    #expect(Set(others.map(\.fingerprint)).count == others.count)
  }
}
