import RaggedCore
import RaggedTraining
import Testing

/// Losses and gradients of random networks against the naive one in double precision, on every instruction set.
@Suite struct RandomNetworkTests {
  /// Many small networks, and some with layers wider than the widest vectors and tiles.
  @Test(arguments: 0..<300)
  func agree(_ seed: Int) throws {
    let network = try RandomNetwork(
      seed: UInt64(1000 + seed), sizes: seed % 30 == 0 ? [17, 40, 65] : [1, 2, 3, 4, 5, 7, 8, 9],
      longest: seed % 30 == 0 ? 2 : 4)
    let naive = NaiveNetwork(
      layers: network.model.layers, weights: network.model.weights, loss: network.loss, reduction: network.reduction)
    let expected = naive.result(network.batch, states: network.states)
    // Outputs are about 1, and float32 knows them to 1e-7: so much may be left of a sum whose terms cancel.
    func agrees(_ actual: [Float], _ gradient: [Double]) -> Bool {
      relativeError(actual, gradient, scale: max(0.01, gradient.map(abs).max() ?? 0)) <= 1e-5
    }
    for kernels in availableKernels {
      let trainer = try Trainer(
        model: network.model, loss: network.loss, reduction: network.reduction, threads: 2, kernels: kernels)
      let actual = try trainer.gradients(network.batch, initialStates: network.states, wantsInputGradient: true)
      let name = "\(kernels) \(network.testDescription)"
      #expect(abs(actual.loss - expected.loss) <= 1e-5 * abs(expected.loss), "\(name)")
      for (tensor, gradient) in zip(actual.weights, expected.weights) {
        #expect(agrees(tensor.values, gradient), "\(tensor.name), \(name)")
      }
      if let input = actual.input { #expect(agrees(input, expected.input), "input, \(name)") }
      for (state, gradient) in zip(actual.states, expected.states) {
        #expect(agrees(state.parts[0], gradient.h), "h, \(name)")
        #expect(agrees(state.parts[1], gradient.c), "c, \(name)")
      }
    }
  }
}
