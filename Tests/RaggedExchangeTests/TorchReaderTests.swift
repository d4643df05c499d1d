import Foundation
import RaggedCore
import RaggedExchange
import RaggedTraining
import Testing

/// Which tensors are taken for which layer.
@Suite struct TorchReaderTests {
  /// Tensors of these names and shapes; each tensor's numbers are its place.
  private func tensors(_ tensors: [(String, [Int])]) -> [WeightTensor] {
    tensors.enumerated().map { place, tensor in
      WeightTensor(
        name: tensor.0, shape: tensor.1, values: Array(repeating: Float(place), count: tensor.1.reduce(1, *)))
    }
  }

  /// What a model reads of a file of tensors.
  private func read(_ tensors: [WeightTensor], for model: Sequential) throws -> ImportedWeights {
    let folder = try Folder()
    let path = folder.file("m.safetensors")
    try SafetensorsWriter.write(tensors, metadata: [:], to: path)
    do {
      return try ImportedWeights(for: model, contentsOf: path, as: .safetensors)
    } catch let error as ExchangeError {
      #expect(error.message.hasPrefix("\(path): "))
      throw ExchangeError(error.code, String(error.message.dropFirst(path.count + 2)))
    }
  }

  private func lstm(_ prefix: String, _ inputs: Int, _ units: Int, level: Int = 0, _ suffix: String = "") -> [(
    String, [Int]
  )] {
    [
      ("\(prefix)weight_ih_l\(level)\(suffix)", [4 * units, inputs]),
      ("\(prefix)weight_hh_l\(level)\(suffix)", [4 * units, units]),
      ("\(prefix)bias_ih_l\(level)\(suffix)", [4 * units]), ("\(prefix)bias_hh_l\(level)\(suffix)", [4 * units]),
    ]
  }

  private let stacked = [LSTM(4, returnSequences: true), LSTM(4), Dense(2)] as [any Layer]

  private func read(_ tensors: [(String, [Int])], _ layers: [any Layer], features: Int = 4) throws -> [Float] {
    let model = try Sequential(input: .features(features), layers: layers)
    return try read(self.tensors(tensors), for: model).weights.map { $0.values[0] }
  }

  @Test func anyPrefixWillDoWhereShapesTell() throws {
    let tensors = lstm("encoder.rnn.", 3, 4) + [("head.weight", [2, 4]), ("head.bias", [2])]
    // Biases are added: 2 + 3.
    #expect(try read(tensors, [LSTM(4), Dense(2)], features: 3) == [0, 1, 5, 4, 5])
    #expect(try read(tensors.reversed(), [LSTM(4), Dense(2)], features: 3) == [5, 4, 5, 1, 0])
    #expect(try read(lstm("", 3, 4), [LSTM(4)], features: 3) == [0, 1, 5])
  }

  @Test func layersOfOneModuleAreTakenInOrder() throws {
    let tensors = lstm("rnn.", 4, 4, level: 1) + lstm("rnn.", 4, 4) + [("out.weight", [2, 4]), ("out.bias", [2])]
    #expect(try read(tensors, stacked) == [4, 5, 13, 0, 1, 5, 8, 9])
  }

  @Test func numbersInNamesTellTheOrderByTheirValue() throws {
    let tensors = lstm("part10.", 4, 4) + lstm("part9.", 4, 4) + [("part11.weight", [2, 4]), ("part11.bias", [2])]
    #expect(try read(tensors, stacked) == [4, 5, 13, 0, 1, 5, 8, 9])
  }

  @Test func whatNamesDoNotTellIsRefused() throws {
    let tensors = lstm("first.", 4, 4) + lstm("second.", 4, 4) + [("out.weight", [2, 4]), ("out.bias", [2])]
    #expect(
      message { _ = try read(tensors, stacked) }
        == "the model has an LSTM 4 → 4 in layers.0, an LSTM 4 → 4 in layers.1, and the file an LSTM 4 → 4 in first, an "
        + "LSTM 4 → 4 in second: their shapes are the same and their names do not say which comes first; rename them to "
        + "what the model calls them")
  }

  @Test func anotherNetworkIsToldFromBothSides() throws {
    let tensors = lstm("rnn.", 3, 5) + lstm("rnn.", 3, 5, "_reverse") + [("emb.weight", [7, 3])]
    #expect(
      message { _ = try read(tensors, [LSTM(4), Dense(2)], features: 3) }
        == "the weights are those of another network: the model has an LSTM 3 → 4 in layers.0, a Linear 4 → 2 in layers.1; "
        + "the file has an Embedding of 7 × 3 in emb, a bidirectional LSTM 3 → 5 in rnn")
    #expect(
      message { _ = try read([], [LSTM(4)], features: 3) }
        == "the weights are those of another network: the model has an LSTM 3 → 4 in layers.0; the file has no tensors")
  }

  @Test func aMisspeltNameIsPutRight() throws {
    var tensors = lstm("layers.0.", 3, 4) + [("layers.1.weight", [2, 4]), ("layers.1.bais", [2])]
    #expect(
      message { _ = try read(tensors, [LSTM(4), Dense(2)], features: 3) }.hasSuffix(
        #"and tensors "layers.1.bais" [2]; did you mean "layers.1.bias" by "layers.1.bais"?"#))
    tensors =
      lstm("net.", 3, 4).map { ($0.0.replacing("bias_hh", with: "bias_h"), $0.1) } + [
        ("o.weight", [2, 4]), ("o.bias", [2]),
      ]
    #expect(
      message { _ = try read(tensors, [LSTM(4), Dense(2)], features: 3) }.hasSuffix(
        #"did you mean "net.bias_hh_l0" by "net.bias_h_l0"?"#))
  }

  @Test func whatIsMissingIsNamed() throws {
    let tensors = lstm("layers.0.", 3, 4).dropLast() + [("layers.1.weight", [2, 4]), ("layers.1.bias", [2])]
    #expect(
      message { _ = try read(Array(tensors), [LSTM(4), Dense(2)], features: 3) }.hasSuffix(
        #"; it lacks "layers.0.bias_hh_l0""#))
  }

  @Test func anotherShapeUnderTheModelsOwnNameIsTold() throws {
    let tensors = lstm("layers.0.", 3, 4) + [("layers.1.weight", [3, 4]), ("layers.1.bias", [3])]
    #expect(
      message { _ = try read(tensors, [LSTM(4), Dense(2)], features: 3) }
        == #"tensor "layers.1.weight" has shape [3, 4], the model's has [2, 4]"#)
  }

  @Test func halfANormalizationIsRefused() throws {
    let network = lstm("layers.0.", 3, 4)
    func told(_ tensors: [(String, [Int])]) -> String {
      message { _ = try read(network + tensors, [LSTM(4)], features: 3) }
    }
    #expect(
      told([("normalization_mean", [3])])
        == #"there is "normalization_mean" without its other half, expected both or neither"#)
    #expect(
      told([("normalization_mean", [2]), ("normalization_deviation", [3])])
        == #""normalization_mean" has 2 numbers, the model takes 3 features"#)
    let model = try Sequential(input: .features(3), layers: [LSTM(4)])
    let zero = tensors([("normalization_deviation", [3]), ("normalization_mean", [3])] + network)
    #expect(
      message { _ = try read(zero, for: model) }
        == #""normalization_deviation" holds 0.0 at element 0, expected more than 0"#)
    let tokens = try Sequential(input: .tokens(3), layers: [Embedding(3, 3), LSTM(4)])
    #expect(
      message { _ = try read(zero, for: tokens) }
        == #"there is a normalisation, "normalization_mean", and the model takes tokens"#)
  }

  @Test func whatIsNoNumberIsRefused() throws {
    let model = try Sequential(input: .features(3), layers: [LSTM(4)])
    var tensors = tensors(lstm("layers.0.", 3, 4))
    tensors[1].values[5] = .nan
    #expect(
      message { _ = try read(tensors, for: model) }
        .hasPrefix("the weights for lstm/recurrent_kernel hold nan at element "))
  }
}
