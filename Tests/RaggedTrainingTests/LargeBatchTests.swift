import RaggedCore
import Testing

@testable import RaggedTraining

/// Batches of more blocks than there are shares, whose shares hold several blocks: against sums of small batches, whose
/// gradients other tests compare with Keras, PyTorch and double precision.
@Suite struct LargeBatchTests {
  @Test(arguments: availableKernels, [700, 900, 1100])
  func gradientsAreTheSumOfThoseOfTheParts(_ kernels: String, _ count: Int) throws {
    var random = SeededRandom(seed: UInt64(count))
    let lengths = (0..<count).map { _ in random.below(24) }
    let network = BatchLawTests.networks[0]
    let batch = BatchLawTests.batch(try network.model(), lengths)
    let trainer = try Trainer(
      model: network.model(), loss: .categoricalCrossentropy, reduction: .sum, threads: 3, kernels: kernels)
    #expect(Block.cut(lengths: lengths).count > 40)
    let whole = try trainer.gradients(batch)
    var sums = whole.weights.map { [Double](repeating: 0, count: $0.values.count) }
    var loss = 0.0
    for first in stride(from: 0, to: count, by: 30) {
      let part = try trainer.gradients(batch.selecting(Array(first..<min(first + 30, count))))
      loss += part.loss
      for (index, tensor) in part.weights.enumerated() {
        for (place, value) in tensor.values.enumerated() { sums[index][place] += Double(value) }
      }
    }
    #expect(abs(whole.loss - loss) <= 1e-5 * abs(loss))
    for (tensor, sum) in zip(whole.weights, sums) { #expect(relativeError(tensor.values, sum) <= 1e-5) }
  }
}
