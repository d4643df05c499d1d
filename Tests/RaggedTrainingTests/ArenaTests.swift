import RaggedCore
import Testing

@testable import RaggedTraining

/// What a block computes depends on what was written to its memory, and is written to its memory alone.
@Suite struct ArenaTests {
  static let sizes = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 23, 24, 25, 31, 32, 33, 40, 64, 65, 100, 129]

  /// Signalling, and with a payload that no arithmetic makes; a number that swamps every sum; and zeros.
  static let fillings: [UInt32] = [0x7fa0_0001, 0x7e00_0000, 0]

  /// Everything that a step and a prediction give, by its bits.
  static func results(_ network: RandomNetwork, _ engine: Engine) -> [[UInt32]] {
    let batch = network.batch.compacted()
    let parameters = network.model.parameters
    var (gradients, input) = (parameters, batch.input.values)
    let request = EngineRequest(
      losses: [HeadLoss(network.loss)], reduction: network.reduction, dropoutSeed: 5, states: network.states)
    let step = input.withUnsafeMutableBufferPointer { input in
      engine.step(
        batch, parameters: parameters, gradients: &gradients, inputGradient: input.isEmpty ? nil : input.baseAddress,
        weights: engine.weights(of: batch, request), request)
    }
    var states = network.states
    let outputs = engine.outputs(batch, parameters: parameters, states: &states)
    let sum = step.sum.loss.bitPattern
    return [
      bits(gradients), bits(input), bits(outputs), bits(engine.blankOutputs(batch, parameters: parameters)),
      [UInt32(truncatingIfNeeded: sum), UInt32(sum >> 32), UInt32(step.sum.hits)],
    ] + (step.states + step.stateGradients + states).flatMap { $0.parts.map(bits) }
  }

  @Test(arguments: availableKernels)
  func resultsDoNotDependOnWhatMemoryHeld(_ kernels: String) throws {
    for seed in 0..<40 as Range<UInt64> {
      let network = try RandomNetwork(seed: seed, sizes: Self.sizes, longest: 6, dropout: true)
      let expected = Self.results(
        network, try Engine(program: network.model.program, threads: 2, kernels: kernels))
      for filling in Self.fillings {
        let engine = try Engine(program: network.model.program, threads: 2, kernels: kernels, filling: filling)
        #expect(Self.results(network, engine) == expected, "\(network.testDescription)")
        #expect(engine.hasIntactGuards, "\(network.testDescription)")
      }
    }
  }

  @Test func whatIsWrittenBesideAnAllocationShows() {
    for offset in [-1, 16] {
      let arena = Arena(filling: 7)
      let numbers = arena.floats(3)
      #expect((0..<3).allSatisfy { numbers[$0].bitPattern == 7 })
      for i in 0..<16 { numbers[i] = 1 }
      arena.reset()
      #expect(arena.hasIntactGuards)
      let others = arena.floats(3)
      #expect((0..<3).allSatisfy { others[$0].bitPattern == 7 })
      others[offset] = 1
      arena.reset()
      #expect(!arena.hasIntactGuards)
    }
  }

  @Test func memoryIsKeptInOnePiece() {
    let arena = Arena()
    for _ in 0..<3 {
      arena.reset()
      for _ in 0..<10 { _ = arena.floats(100_000) }
    }
    let held = arena.byteCount
    arena.reset()
    #expect(arena.byteCount == held)
    let first = arena.floats(100_000)
    #expect(arena.floats(100_000) == first + 100_000)
  }
}
