import RaggedCore
import RaggedTraining
import Testing

/// Losses and gradients of several heads beside PyTorch's in double precision.
@Suite struct HeadReferenceTests {
  struct File: Decodable {
    struct Targets: Decodable {
      var kind: String
      var shape: [Int]
      var values: [Double]
      var holes: [Int]?
    }
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
      var `case`: String
      var both: Bool
      var lengths: [Int]
      var features: ReferenceTensor
      var heads: [String]
      var headWeights: [Double]
      var targets: [Targets]
      var weights: [ReferenceCase.Weight]
      var lossValue: Double
      var headLosses: [Double]
      var gradients: [ReferenceCase.Weight]

      var testDescription: String { `case` }
    }
    var cases: [Case]
  }

  private func targets(_ given: File.Targets) -> BatchTargets {
    let width = given.shape.count > 1 ? given.shape[1] : 1
    let holes = Set(given.holes ?? [])
    switch given.kind {
    case "class_per_timestep": return .classPerTimestep(given.values.map { Int32($0) })
    case "class_per_sequence": return .classPerSequence(given.values.map { Int32($0) })
    default:
      return .valuesPerTimestep(
        given.values.enumerated().map { holes.contains($0 / width) ? .nan : Float($1) }, width: width)
    }
  }

  @Test func lossesAndGradientsAreThoseOfPyTorch() throws {
    let file = try decode(File.self, "pytorch-2.15.0/heads.json")
    #expect(file.cases.count == 3)
    for reference in file.cases {
      let lstm = LSTM(5, returnSequences: true)
      var model = try Sequential(
        input: .features(3), layers: [reference.both ? Bidirectional(lstm) : lstm],
        heads: reference.heads.map { name in
          switch name {
          case "class": ModelHead(name, [Dense(4, activation: .softmax)])
          case "values": ModelHead(name, [Dense(2)])
          default: ModelHead(name, [Last(), Dense(3, activation: .softmax)])
          }
        })
      try model.setWeights(
        reference.weights.map { WeightTensor(name: $0.name, shape: $0.shape, values: $0.values.map(Float.init)) })
      let trainer = try Trainer(
        model: model,
        losses: zip(reference.heads, reference.headWeights).map {
          HeadLoss($0 == "values" ? .meanSquaredError : .sparseCategoricalCrossentropy, weight: $1)
        })
      let batch = SequenceBatch(
        input: .values(reference.features.floats, featureCount: 3),
        offsets: reference.lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) },
        targets: .several(reference.targets.map(targets)))
      for gradients in [try trainer.gradients(batch), try trainer.gradients(batch.padded())] {
        #expect(abs(gradients.loss - reference.lossValue) < 1e-5, "\(reference.case)")
        for (tensor, expected) in zip(gradients.weights, reference.gradients) {
          #expect(tensor.name == expected.name && tensor.shape == expected.shape)
          for (value, truth) in zip(tensor.values, expected.values) {
            #expect(abs(Double(value) - truth) < 1e-5, "\(reference.case): \(tensor.name)")
          }
        }
      }
      let heads = try trainer.answer(batch).sum.heads
      for (head, truth) in zip(heads, reference.headLosses) { #expect(abs(head.sum.mean - truth) < 1e-5) }
    }
  }
}
