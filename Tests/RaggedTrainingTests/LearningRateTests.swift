import Foundation
import RaggedBatching
import RaggedCore
import Testing

@testable import RaggedTraining

@Suite struct LearningRateTests {
  @Test func constantStays() {
    for step in [0, 1, 1_000_000] { #expect(LearningRate.constant(0.25).rate(step: step) == 0.25) }
  }

  @Test func exponentialDecayIsAPower() {
    for step in 0..<100 {
      let smooth = LearningRate.exponentialDecay(initial: 0.1, rate: 0.5, steps: 10, staircase: false)
      let stairs = LearningRate.exponentialDecay(initial: 0.1, rate: 0.5, steps: 10, staircase: true)
      #expect(abs(Double(smooth.rate(step: step)) - 0.1 * exp2(-Double(step) / 10)) < 1e-8)
      #expect(abs(Double(stairs.rate(step: step)) - 0.1 * exp2(-Double(step / 10))) < 1e-8)
    }
  }

  @Test func cosineDecayIsHalfACosine() {
    let rate = LearningRate.cosineDecay(initial: 0.2, steps: 40, floor: 0.1, warmup: 8)
    for step in 0..<8 { #expect(abs(rate.rate(step: step) - 0.025 * Float(step)) < 1e-7) }
    for step in 8..<48 {
      let expected = 0.2 * (0.9 * (1 + cos(Double.pi * Double(step - 8) / 40)) / 2 + 0.1)
      #expect(abs(Double(rate.rate(step: step)) - expected) < 1e-7)
    }
    for step in [48, 49, 1000] { #expect(abs(rate.rate(step: step) - 0.02) < 1e-7) }
    #expect(LearningRate.cosineDecay(initial: 0.2, steps: 4, floor: 0, warmup: 0).rate(step: 0) == 0.2)
  }

  @Test func piecewiseChangesAfterItsBoundaries() {
    let rate = LearningRate.piecewise(boundaries: [2, 5], values: [1, 0.5, 0.25])
    #expect((0..<8).map(rate.rate) == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25])
    #expect(LearningRate.piecewise(boundaries: [], values: [3]).rate(step: 9) == 3)
  }

  @Test func refusesNumbersWithoutAMeaning() {
    let wrong: [LearningRate] = [
      .constant(.nan), .constant(-1), .constant(.infinity),
      .exponentialDecay(initial: 1, rate: 0, steps: 1, staircase: false),
      .exponentialDecay(initial: 1, rate: 1, steps: 0, staircase: false),
      .exponentialDecay(initial: -1, rate: 1, steps: 1, staircase: false),
      .cosineDecay(initial: 1, steps: 0, floor: 0, warmup: 0),
      .cosineDecay(initial: 1, steps: 1, floor: 2, warmup: 0),
      .cosineDecay(initial: 1, steps: 1, floor: 0, warmup: -1),
      .piecewise(boundaries: [1], values: [1]), .piecewise(boundaries: [2, 1], values: [1, 1, 1]),
      .piecewise(boundaries: [], values: [-1]),
    ]
    for rate in wrong {
      #expect(throws: TrainingError(.invalidModel, "the learning rate \(rate) has no meaning")) { try rate.validate() }
    }
  }

  @Test func aTrainerFollowsItsSchedule() throws {
    let batches = try PlannedBatches(
      sampleSource(lengths: [3, 3, 3, 3]), policy: BatchPolicy(batchSize: 2, shuffle: false))
    let optimizer = Optimizer(
      .sgd(momentum: 0, nesterov: false), learningRate: .piecewise(boundaries: [1, 3], values: [0.1, 0.01, 0]))
    let model = try Sequential(
      input: .features(2), layers: [LSTM(3, returnSequences: true), Dense(2, activation: .softmax)])
    let trainer = try Trainer(model: model, loss: .categoricalCrossentropy, optimizer: optimizer)
    let history = try trainer.fit(batches, epochs: 3)
    #expect(history.epochs.map(\.learningRate) == [0.1, 0.01, 0])
    let before = trainer.model.weights
    try trainer.trainStep(batches.batch(epoch: 1, step: 0))
    #expect(trainer.model.weights == before)
  }
}
