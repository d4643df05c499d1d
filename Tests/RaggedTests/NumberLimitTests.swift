import Ragged
import Testing

/// Numbers from outside that would overflow, or that no one can mean, in the hands of whoever uses the library.
@Suite struct NumberLimitTests {
  private static func source() throws -> InMemorySource {
    try InMemorySource(
      SequenceBatch(
        input: .values([0.5, -1, 2, 0.25, 1, -0.5], featureCount: 1), offsets: [0, 1, 3, 6],
        targets: .classPerSequence([0, 1, 0])),
      signature: SequenceSignature(input: .features(["x"]), target: .classPerSequence(["u", "v"])))
  }

  @Test(arguments: [
    (configuration { $0.epochs = 1 << 31 }, "the number of epochs is 2147483648, expected 1 to 2147483647"),
    (configuration { $0.epochs = 0 }, "the number of epochs is 0, expected 1 to 2147483647"),
    (configuration { $0.optimizer = .adam(clipNorm: .infinity) }, "the clip norm is inf, expected at most 1e+30"),
    (configuration { $0.optimizer = .adam(clipNorm: .nan) }, "the clip norm is nan, expected more than 0"),
    (
      configuration { $0.earlyStopping = EarlyStopping(patience: .max) },
      "the patience is 9,223,372,036,854,775,807 epochs, expected 0 to 2147483647"
    ),
    (
      configuration { $0.earlyStopping = EarlyStopping(patience: 1, minimumChange: .nan) },
      "the least change is nan, expected 0 to 1e+30"
    ),
    (
      configuration { $0.policy.grouping = .boundaries([1, .max]) },
      "the last bucket boundary is 9223372036854775807, expected at most 2147483647"
    ),
    (
      configuration { $0.policy.grouping = .buckets(.max) },
      "the number of buckets is 9223372036854775807, expected at most 2147483647"
    ),
    (
      configuration { $0.policy.shuffle = .blocks(size: .max, pool: 1) },
      "the order mixes 1 block of 9,223,372,036,854,775,807 sequences, expected at most 2147483647 of either"
    ),
    (
      configuration { $0.policy.limits.bytes = .max },
      "the limit of bytes per batch is 9223372036854775807, expected at most 1000000000000000"
    ),
    (
      configuration { $0.truncation = .max },
      "the number of timesteps that a gradient flows through is 9223372036854775807, expected 1 to 2147483647"
    ),
    (
      configuration { $0.validationFraction = .nan },
      "the share to validate with is nan, expected more than 0 and less than 1"
    ),
  ])
  func aConfigurationNamesTheNumberAtFault(_ configuration: TrainingConfiguration, _ message: String) throws {
    do {
      try configuration.validate()
      Issue.record("\(message): taken")
    } catch let error as any RaggedError {
      #expect(error.message == message)
      #expect(error.failureClass == .usage)
    }
  }

  private static func configuration(_ change: (inout TrainingConfiguration) -> Void) -> TrainingConfiguration {
    var configuration = TrainingConfiguration(dataset: "data")
    change(&configuration)
    return configuration
  }

  private static func model() throws -> Sequential {
    try Sequential(input: .features(1), layers: [LSTM(2), Dense(2, activation: .softmax)], seed: 1)
  }

  @Test(arguments: [0, -1, 1025, 1 << 31, .max]) func threadsHaveALimit(_ threads: Int) throws {
    let error = #expect(throws: TrainingError.self) {
      try Trainer(model: Self.model(), loss: .sparseCategoricalCrossentropy, threads: threads)
    }
    #expect(error?.message.contains("expected at ") == true)
  }

  @Test(arguments: [Int.max, 0, -5]) func anyBatchSizeJudgesEverySequence(_ size: Int) throws {
    let trainer = try Trainer(model: Self.model(), loss: .sparseCategoricalCrossentropy, threads: 1)
    let report = try trainer.report(on: Self.source(), batchSize: size)
    #expect(report.overall.sequences == 3)
  }

  @Test func aMaskValueIsANumber() {
    for value in [Float.infinity, .nan] {
      #expect(throws: TrainingError.self) {
        try Sequential(input: .features(1), layers: [Masking(maskValue: value), LSTM(1)], seed: 1)
      }
    }
  }

  @Test func aBucketEndsWhereNumbersDo() {
    #expect(LengthBuckets(limits: [.max]).lowerLimit(1) == .max)
  }
}
