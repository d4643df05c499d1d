import Ragged
import Testing

@Suite struct LaggedSumTests {
  /// The definition, term by term: Σ x_k(t − k) over k ≤ min(4, t).
  static func naive(_ values: [Float], _ first: Int, _ t: Int) -> Float {
    (0..<5).filter { t - $0 >= 0 }.reduce(0) { $0 + values[(first + t - $1) * 5 + $1] }
  }

  @Test func targetsAreTheDefinition() {
    let lengths = [0, 1, 2, 3, 4, 5, 6, 40, 99]
    let honest = LaggedSum(seed: 3).batch(lengths: lengths)
    let leaking = LaggedSum(leaks: true, seed: 3).batch(lengths: lengths)
    #expect(honest.targets == leaking.targets)
    #expect(honest.isConsistent && leaking.isConsistent)
    #expect(honest.lengths == lengths)
    let (values, leaked) = (honest.input.values, leaking.input.values)
    for b in 0..<honest.count {
      for t in 0..<honest.length(b) {
        let n = honest.offsets[b] + t
        let sum = Self.naive(values, honest.offsets[b], t)
        #expect(honest.targets.classes[n] == (sum > 2.5 ? 1 : 0))
        #expect(leaked[n * 5] == sum)
        #expect(leaked[n * 5 + 1..<n * 5 + 5] == values[n * 5 + 1..<n * 5 + 5])
      }
    }
    #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
  }

  @Test func classesAreAboutEven() {
    let classes = LaggedSum(seed: 1).batch(lengths: Array(repeating: 104, count: 200)).targets.classes
    let late = classes.indices.filter { $0 % 104 >= 4 }.map { Double(classes[$0]) }
    #expect(abs(late.reduce(0, +) / Double(late.count) - 0.5) < 0.02)
  }

  @Test func seedsAndStreamsDecide() {
    let batch = LaggedSum(seed: 5).batch(lengths: [7, 3], stream: 2)
    #expect(LaggedSum(seed: 5).batch(lengths: [7, 3], stream: 2) == batch)
    #expect(LaggedSum(seed: 6).batch(lengths: [7, 3], stream: 2) != batch)
    #expect(LaggedSum(seed: 5).batch(lengths: [7, 3], stream: 3) != batch)
  }

  @Test func batchesHaveOneLengthEach() throws {
    let batches = try LaggedSum(seed: 2).batches(batchSize: 2)
    #expect(batches.stepCount(epoch: 5) == 30)
    #expect(batches.signature == LaggedSum().signature)
    var found: Set<Int> = []
    for epoch in 1...20 {
      for step in 0..<30 {
        let batch = try batches.batch(epoch: epoch, step: step)
        #expect(batch.count == 2)
        #expect(Set(batch.lengths).count == 1)
        found.formUnion(batch.lengths)
      }
    }
    #expect(found.min() == 10 && found.max() == 99)
    #expect(found.count > 80)
    #expect(try batches.batch(epoch: 2, step: 2) == batches.batch(epoch: 2, step: 2))
    #expect(try batches.batch(epoch: 2, step: 2) != batches.batch(epoch: 1, step: 2))
    let other = try LaggedSum(seed: 3).batches(batchSize: 2)
    #expect(try other.batch(epoch: 2, step: 2) != batches.batch(epoch: 2, step: 2))
    #expect(other.fingerprint != batches.fingerprint)
  }

  /// A leaking and an honest experiment of the same seed are different data.
  @Test func leakingDataHasAFingerprintOfItsOwn() throws {
    let honest = try LaggedSum(seed: 2).batches()
    let leaking = try LaggedSum(leaks: true, seed: 2).batches()
    #expect(honest.fingerprint != leaking.fingerprint)
    #expect(try LaggedSum(seed: 2).batches(batchSize: 9).fingerprint != honest.fingerprint)
    #expect(try LaggedSum(seed: 2).batches(lengths: 5...6).fingerprint != honest.fingerprint)
    #expect(try LaggedSum(seed: 2).batches(stepsPerEpoch: 7).fingerprint != honest.fingerprint)
    #expect(try LaggedSum(seed: 2).batches().fingerprint == honest.fingerprint)
  }

  @Test func aShortTrainingLowersTheLoss() throws {
    let task = LaggedSum(seed: 1)
    let model = try Sequential(
      input: .features(LaggedSum.featureCount),
      layers: [
        LSTM(16, returnSequences: true), LSTM(8, returnSequences: true),
        TimeDistributed(Dense(2, activation: .sigmoid)),
      ], seed: 1)
    let trainer = try Trainer(model: model, loss: .categoricalCrossentropy, optimizer: .adam(0.02))
    let history = try trainer.fit(try task.batches(batchSize: 32, stepsPerEpoch: 30, lengths: 5...20), epochs: 12)
    let losses = history.epochs.map(\.loss)
    #expect(losses[0] > 0.5 && losses[0] < 0.72)
    #expect(losses[11] < 0.3)
    #expect(try #require(history.epochs[11].accuracy) > 0.85)
  }
}
