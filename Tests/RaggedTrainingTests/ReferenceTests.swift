import Foundation
import RaggedCore
import RaggedTraining
import Testing

/// Outputs, losses and gradients against Keras and PyTorch, on every instruction set that the machine has.
@Suite struct ReferenceTests {
  static let files = ((try? referenceFiles("keras-3.15.1")) ?? []) + ((try? referenceFiles("pytorch-2.15.0")) ?? [])
  static let kernels = ["baseline", "avx2", "avx512"].filter { availableKernels.contains($0) }

  @Test func thereAreReferences() {
    #expect(Self.files.count >= 60)
    #expect(Self.kernels.contains("baseline"))
  }

  @Test(arguments: files, kernels)
  func agree(_ file: String, _ kernels: String) throws {
    let reference = try ReferenceCase.load(file)
    let model = try reference.model()
    let trainer = try Trainer(
      model: model, loss: try #require(Loss(rawValue: reference.loss)),
      reduction: try #require(Reduction(rawValue: reference.reduction)), threads: 2, kernels: kernels)
    let padded = try reference.padded()
    let states = reference.initialState.map { [RecurrentState(parts: [$0.h.floats, $0.c.floats])] } ?? []

    let output = try trainer.predict(padded, initialStates: states)
    if reference.outputCompare == "all_timesteps" {
      #expect(relativeError(output, reference.output.values) <= 1e-5)
    } else {
      let width = reference.output.values.count / padded.mask.count
      let real = padded.mask.indices.filter { padded.mask[$0] }.flatMap { $0 * width..<($0 + 1) * width }
      #expect(relativeError(real.map { output[$0] }, real.map { reference.output.values[$0] }) <= 1e-5)
    }

    let result = try trainer.gradients(padded, initialStates: states, wantsInputGradient: true)
    #expect(abs(result.loss - reference.lossValue) <= 1e-5 * abs(reference.lossValue))
    for (actual, expected) in zip(result.weights, reference.gradients) {
      #expect(actual.shape == expected.shape)
      let error = relativeError(actual.values, expected.values, scale: reference.scale(of: expected))
      #expect(error <= 1e-5, "\(expected.name)")
    }
    #expect(result.weights.count == reference.gradients.count)
    if let expected = reference.inputGradient {
      #expect(relativeError(result.input ?? [], expected.values) <= 1e-5)
    }
    if let expected = reference.initialStateGradient {
      #expect(relativeError(result.states[0].parts[0], expected.h.values) <= 1e-5)
      #expect(relativeError(result.states[0].parts[1], expected.c.values) <= 1e-5)
    }
  }
}
