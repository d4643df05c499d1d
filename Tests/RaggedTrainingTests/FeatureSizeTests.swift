import RaggedCore
import RaggedTraining
import Testing

/// Outputs and gradients of networks with zero biases on features of every size, against PyTorch in double precision: near
/// 0 a cell is as small as its features, and so is what may be wrong with it.
@Suite struct FeatureSizeTests {
  struct File: Decodable {
    var cases: [Case]
  }

  struct Case: Decodable {
    var reference: ReferenceCase
    /// The largest error of PyTorch's own float32, as a part of a tensor's largest gradient.
    var float32Error: Double

    private enum CodingKeys: CodingKey { case float32Error }

    init(from decoder: any Decoder) throws {
      reference = try ReferenceCase(from: decoder)
      float32Error = try decoder.container(keyedBy: CodingKeys.self).decode(Double.self, forKey: .float32Error)
    }

    /// At 100 times the features per gate's argument is itself rounded by more than 1e-6, in any float32 computation.
    var limit: Double { max(2e-6, 1.5 * float32Error) }
  }

  static let networks = ["sequences", "stacked_tagger", "bidirectional_last"]

  @Test(arguments: networks, availableKernels)
  func digitsAreKept(_ network: String, _ kernels: String) throws {
    let cases = try decode(File.self, "pytorch-2.15.0/feature_sizes/\(network).json").cases
    #expect(cases.count == 7)
    #expect(cases.count { $0.limit > 2e-6 } <= 1)
    for (number, item) in cases.enumerated() {
      let reference = item.reference
      let trainer = try Trainer(
        model: reference.model(), loss: #require(Loss(rawValue: reference.loss)), threads: 1, kernels: kernels)
      let padded = try reference.padded()
      let output = try trainer.predict(padded)
      let width = reference.output.values.count / (output.count / trainer.model.outputWidth)
      let mask = reference.outputCompare == "all_timesteps" ? nil : padded.mask
      let real = output.indices.filter { mask?[$0 / width] ?? true }
      let outputError = relativeError(real.map { output[$0] }, real.map { reference.output.values[$0] })
      #expect(outputError <= item.limit, "size \(number)")
      let result = try trainer.gradients(padded)
      for (actual, expected) in zip(result.weights, reference.gradients) {
        let error = relativeError(actual.values, expected.values)
        #expect(error <= item.limit, "size \(number), \(expected.name)")
      }
    }
  }
}
