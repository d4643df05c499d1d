import Testing

@testable import RaggedExchange
@testable import RaggedTraining

/// A cell that is no LSTM in files of other frameworks: three gates whose orders differ, and two biases.
@Suite struct CellLayoutTests {
  static let cell = RecurrentCell(
    name: "three", title: "Three", article: "a", gateCount: 3, biasCount: 2, torchGates: [1, 2, 0],
    onnxGates: [2, 1, 0], onnxAttributes: [:], openGate: nil, statePartCount: 1, computation: LSTM.cell.computation)

  /// Two inputs and one unit: a kernel `[2, 3]`, a recurrent kernel `[1, 3]` and a bias `[2, 3]`.
  static let keras: [[Float]] = [[1, 2, 3, 4, 5, 6], [7, 8, 9], [10, 11, 12, 13, 14, 15]]

  @Test func ofPyTorch() {
    let kind = TorchModule.Kind.recurrent(Self.cell, inputs: 2, units: 1, directions: 1)
    let torch: [[Float]] = [[2, 5, 3, 6, 1, 4], [8, 9, 7], [11, 12, 10], [14, 15, 13]]
    #expect(TorchLayout.torch(kind, Self.keras) == torch)
    #expect(TorchLayout.keras(kind, torch) == Self.keras)
    let module = TorchModule(kind: kind, prefix: "layers.0.")
    #expect(module.tensors.map(\.shape) == [[3, 2], [3, 1], [3], [3]])
    #expect(module.sentence == "a Three 2 → 1 in layers.0")
  }

  @Test func ofONNX() {
    let shapes = [[2, 3], [1, 3], [2, 3]]
    let tensors = zip(shapes, Self.keras).map { WeightTensor(name: "", shape: $0, values: $1) }
    let gates = OnnxGates(tensors, Self.cell, units: 1)
    #expect(gates.kernels == [3, 6, 2, 5, 1, 4])
    #expect(gates.recurrentKernels == [9, 8, 7])
    #expect(gates.biases == [12, 11, 10, 15, 14, 13])
  }
}
