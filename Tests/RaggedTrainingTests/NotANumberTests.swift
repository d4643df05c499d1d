import RaggedCore
import RaggedTraining
import Testing

/// What is not a number stays visible to the end, whatever its bits.
@Suite struct NotANumberTests {
  /// The usual one, one of the other sign, and some with bits set that other software uses as marks.
  static let patterns: [UInt32] = [0x7fc0_0000, 0xffc0_0000, 0x7fa0_0001, 0x7fc0_0001, 0x7fff_ffff, 0xffc7_a2ff]

  static let endings = Activation.allCases.map { LayerSpec(Dense(3, activation: $0)) }

  @Test(arguments: availableKernels, endings)
  func oneInTheInputShowsInTheOutput(_ kernels: String, _ ending: LayerSpec) throws {
    for layers: [any Layer] in [[ending.layer], [LSTM(9, returnSequences: true), ending.layer]] {
      let model = try Sequential(input: .features(2), layers: layers, seed: 1)
      let trainer = try Trainer(model: model, loss: .meanSquaredError, threads: 1, kernels: kernels)
      for pattern in Self.patterns {
        let values = [0.5, Float(bitPattern: pattern), 1, 1]
        let batch = SequenceBatch(
          input: .values(values, featureCount: 2), offsets: [0, 1, 2],
          targets: .valuesPerTimestep([0, 0, 0, 0, 0, 0], width: 3))
        let outputs = try trainer.predict(batch)
        #expect(outputs[0..<3].allSatisfy { $0.isNaN }, "\(pattern)")
        #expect(outputs[3..<6].allSatisfy { $0.isFinite }, "\(pattern)")
        #expect(throws: TrainingError.self) { try trainer.trainStep(batch) }
      }
    }
  }

  @Test(arguments: availableKernels)
  func everyLossShowsIt(_ kernels: String) throws {
    for loss in Loss.ofOutputs {
      let model = try Sequential(input: .features(2), layers: [Dense(3, activation: .sigmoid)], seed: 1)
      let trainer = try Trainer(model: model, loss: loss, threads: 1, kernels: kernels)
      for pattern in Self.patterns {
        let batch = SequenceBatch(
          input: .values([0.5, Float(bitPattern: pattern)], featureCount: 2), offsets: [0, 1],
          targets: .valuesPerTimestep([0, 0, 1], width: 3))
        #expect(try trainer.evaluate(batch).loss.isNaN, "\(loss) \(pattern)")
      }
    }
  }

  @Test func noClassIsCountedForIt() throws {
    let network = try Sequential(input: .features(1), layers: [Dense(2, activation: .softmax)], seed: 1)
    let trainer = try Trainer(model: network, loss: .sparseCategoricalCrossentropy, threads: 1)
    let batch = SequenceBatch(
      input: .values([0.5, 1, .nan], featureCount: 1), offsets: [0, 1, 3], targets: .classPerTimestep([0, 1, 1]))
    let source = try InMemorySource(
      batch, signature: SequenceSignature(input: .features(["a"]), target: .classPerTimestep(["x", "y"])))
    #expect(
      throws: TrainingError(
        .diverged, "an output at timestep 1 of sequence 1 is nan, expected a number to tell its class by")
    ) { try trainer.report(on: source) }
  }

  /// What is not a number is seen in the outputs and in every loss; gates and clips do not hide it.
  @Test(arguments: availableKernels)
  func undefinedInputsGiveUndefinedOutputs(_ kernels: String) throws {
    for layer in [LSTM(3, returnSequences: true), LSTM(3, returnSequences: true, goBackwards: true)] as [any Layer] {
      for activation in Activation.allCases {
        for loss in Loss.ofOutputs {
          let model = try Sequential(input: .features(1), layers: [layer, Dense(2, activation: activation)]).scattered()
          let trainer = try Trainer(model: model, loss: loss, kernels: kernels)
          let batch = SequenceBatch(
            input: .values([1, 2, .nan, 1, 2], featureCount: 1), offsets: [0, 3, 5],
            targets: .classPerTimestep([0, 1, 1, 0, 1]))
          let outputs = try trainer.predict(batch)
          #expect(outputs[0..<6].contains { $0.isNaN })
          #expect(outputs[6...].allSatisfy { !$0.isNaN }, "\(activation)")
          #expect(try trainer.evaluate(batch).loss.isNaN, "\(loss) \(activation)")
        }
      }
    }
  }
}
