import Foundation
import Ragged

/// Takes bytes as weights of another framework, for some models, and works with what comes out.
struct FuzzedWeights {
  let format: ModelFormat

  /// Networks whose weights the seeds hold.
  private static let networks: [(ModelInput, [any Layer])] = [
    (.features(2), [LSTM(1), Dense(2)]),
    (.tokens(3), [Embedding(3, 2), Bidirectional(LSTM(1, returnSequences: true)), LSTM(1), Dense(1)]),
    (.features(2), [LSTM(2, returnSequences: true), LSTM(2)]),
  ]

  func run(_ bytes: [UInt8]) throws {
    let scratch = try Scratch()
    let path = try scratch.file("weights", bytes)
    for (input, layers) in FuzzedWeights.networks {
      try tolerating { try read(path, try Sequential(input: input, layers: layers), scratch) }
    }
  }

  private func read(_ path: String, _ model: Sequential, _ scratch: Scratch) throws {
    let imported = try ImportedWeights(for: model, contentsOf: path, as: format)
    try law(imported.weights.map(\.shape) == model.parameterInfo.map(\.shape), "weights of other shapes came out")
    try law(imported.weights.allSatisfy { $0.values.allSatisfy(\.isFinite) }, "weights that are no numbers came out")
    var model = model
    try model.setWeights(imported.weights)
    let trainer = try Trainer(
      model: model, loss: .meanSquaredError, normalization: imported.normalization, threads: 1)
    let copy = scratch.path("copy")
    let checkpoint = trainer.checkpoint()
    try checkpoint.export(to: copy, as: format)
    let again = try ImportedWeights(for: model, contentsOf: copy, as: format)
    try law(again.weights == imported.weights, "what was written is not what is read")
    try law(again.normalization == imported.normalization, "the normalisation is not what was written")
  }
}
