import Foundation
import RaggedCore
import RaggedTraining
import Testing

/// Losses at their edges: outputs of exactly 0 or 1, not summing to 1, beyond the clip.
@Suite struct LossTests {
  struct Reference: Decodable {
    struct Case: Decodable {
      var loss: String
      var yTrue: ReferenceTensor
      var yPred: ReferenceTensor
      var lossValues: ReferenceTensor
      var lossValuesFloat32: ReferenceTensor?
      var gradientFloat32: ReferenceTensor?
      var gradient: ReferenceTensor
    }

    var cases: [Case]
  }

  /// A trainer whose model is the identity: the input's gradient is the gradient by the outputs.
  static func identity(_ width: Int, _ loss: Loss, kernels: String) throws -> Trainer {
    var model = try Sequential(input: .features(width), layers: [Dense(width)])
    try model.setWeights([
      WeightTensor(
        name: "kernel", shape: [width, width],
        values: (0..<width * width).map { $0 % (width + 1) == 0 ? 1 : 0 }),
      WeightTensor(name: "bias", shape: [width], values: Array(repeating: 0, count: width)),
    ])
    return try Trainer(model: model, loss: loss, reduction: .sum, kernels: kernels)
  }

  @Test(arguments: availableKernels)
  func edgesAreThoseOfKeras(_ kernels: String) throws {
    let reference = try decode(Reference.self, "keras-3.15.1/loss_edges.json")
    #expect(reference.cases.count == 6)
    for item in reference.cases {
      let loss = try #require(Loss(rawValue: item.loss), "\(item.loss)")
      let (rows, width) = (item.yPred.shape[0], item.yPred.shape[1])
      let trainer = try Self.identity(width, loss, kernels: kernels)
      let isClass = loss == .sparseCategoricalCrossentropy && item.yTrue.values.count == rows
      let batch = SequenceBatch(
        input: .values(item.yPred.floats, featureCount: width), offsets: [0, rows],
        targets: isClass
          ? .classPerTimestep(item.yTrue.values.map { Int32($0) })
          : .valuesPerTimestep(item.yTrue.floats, width: width))
      let losses = item.lossValuesFloat32 ?? item.lossValues
      let gradients = item.gradientFloat32 ?? item.gradient
      for row in 0..<rows {
        let one = SequenceBatch(
          input: .values(Array(item.yPred.floats[row * width..<(row + 1) * width]), featureCount: width),
          offsets: [0, 1],
          targets: isClass
            ? .classPerTimestep([Int32(item.yTrue.values[row])])
            : .valuesPerTimestep(Array(item.yTrue.floats[row * width..<(row + 1) * width]), width: width))
        let result = try trainer.gradients(one, wantsInputGradient: true)
        let expected = losses.values[row]
        #expect(abs(result.loss - expected) <= 1e-5 * max(abs(expected), 0.01), "\(item.loss) row \(row)")
        let slopes = Array(gradients.values[row * width..<(row + 1) * width])
        #expect(relativeError(result.input ?? [], slopes) <= 1e-5, "\(item.loss) row \(row)")
      }
      let all = try trainer.gradients(batch, wantsInputGradient: true)
      #expect(abs(all.loss - losses.values.reduce(0, +)) <= 1e-5 * losses.values.reduce(0, +))
      #expect(relativeError(all.input ?? [], gradients.values) <= 1e-5)
    }
  }

  @Test func hitsCountTheHighestOutput() throws {
    let trainer = try Self.identity(3, .sparseCategoricalCrossentropy, kernels: "baseline")
    let batch = SequenceBatch(
      input: .values([0.1, 0.7, 0.2, 0.5, 0.3, 0.2, 0.2, 0.3, 0.5, 0.4, 0.4, 0.2], featureCount: 3), offsets: [0, 4],
      targets: .classPerTimestep([1, 2, 2, 0]))
    let sum = try trainer.evaluate(batch)
    #expect(sum.hits == 3)
    #expect(sum.counted == 4)
    #expect(sum.accuracy == 0.75)
  }

  @Test func aSingleOutputIsRightOnItsSideOfAHalf() throws {
    let trainer = try Self.identity(1, .binaryCrossentropy, kernels: "baseline")
    let batch = SequenceBatch(
      input: .values([0.4, 0.6, 0.6, 0.5], featureCount: 1), offsets: [0, 4], targets: .classPerTimestep([0, 1, 0, 0]))
    #expect(try trainer.evaluate(batch).accuracy == 0.75)
  }

  @Test func sumsAddUp() {
    var sum = LossSum()
    #expect(sum.mean == 0)
    #expect(sum.accuracy == nil)
    for _ in 0..<3 {
      var part = LossSum()
      (part.loss, part.weight, part.hits, part.counted) = (1.5, 2, 1, 4)
      sum += part
    }
    #expect(sum.mean == 0.75)
    #expect(sum.accuracy == 0.25)
  }
}
