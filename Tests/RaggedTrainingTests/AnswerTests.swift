import RaggedCore
import RaggedTraining
import Testing

/// One pass gives, bit for bit, what a pass for each thing gives.
@Suite struct AnswerTests {
  @Test(arguments: 0..<60)
  func onePassGivesWhatSeparatePassesGive(_ seed: Int) throws {
    let network = try RandomNetwork(seed: UInt64(seed), sizes: [1, 2, 3, 5, 8, 17], longest: 6)
    let trainer = try Trainer(model: network.model, loss: network.loss, reduction: network.reduction, threads: 2)
    let batch = network.batch
    let all = try trainer.answer(batch, [.outputs, .losses, .inputGradient], initialStates: network.states)
    let gradients = try trainer.gradients(batch, initialStates: network.states, wantsInputGradient: true)
    #expect(bits(all.outputs) == bits(try trainer.predict(batch, initialStates: network.states)))
    #expect(all.gradients?.loss.bitPattern == gradients.loss.bitPattern)
    #expect(all.gradients?.weights.map { bits($0.values) } == gradients.weights.map { bits($0.values) })
    #expect(all.gradients?.input.map(bits) == gradients.input.map(bits))
    #expect(all.losses.count == batch.count)
    let sums = try trainer.answer(batch, initialStates: network.states)
    #expect(sums.sum == all.sum && sums.outputs.isEmpty && sums.losses.isEmpty && sums.gradients == nil)
  }
}
