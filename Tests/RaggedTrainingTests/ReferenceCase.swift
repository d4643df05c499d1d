import Foundation
import RaggedCore
import RaggedTraining

/// A tensor of a reference file.
struct ReferenceTensor: Decodable {
  var shape: [Int]
  var values: [Double]

  var floats: [Float] { values.map(Float.init) }
}

/// A network with data, outputs, loss and gradients computed by another framework in double precision; the format is
/// described in `fixtures/reference/README.md`.
struct ReferenceCase: Decodable {
  struct Input: Decodable {
    var kind: String
    var shape: [Int]
    var values: [Double]
  }

  struct Weight: Decodable {
    var name: String
    var shape: [Int]
    var values: [Double]
  }

  struct States: Decodable {
    var h: ReferenceTensor
    var c: ReferenceTensor
  }

  var layers: [ReferenceLayer]
  var input: Input
  var mask: ReferenceTensor?
  var maskFromMaskingLayer: ReferenceTensor?
  var initialState: States?
  var loss: String
  var reduction: String
  var targets: Input
  var sampleWeight: [Double]?
  var weights: [Weight]
  var output: ReferenceTensor
  var outputCompare: String
  var lossValue: Double
  var gradients: [Weight]
  var inputGradient: ReferenceTensor?
  var initialStateGradient: States?

  static func load(_ path: String) throws -> ReferenceCase {
    try decode(ReferenceCase.self, path)
  }
}

/// A layer of a reference file.
struct ReferenceLayer: Decodable {
  var type: String
  var units: Int?
  var returnSequences: Bool?
  var goBackwards: Bool?
  var activation: String?
  var mergeMode: String?
  var inputDim: Int?
  var outputDim: Int?
  var maskValue: Double?
  var layer: [ReferenceLayer]?

  enum CodingKeys: String, CodingKey {
    case type, units, returnSequences, goBackwards, activation, mergeMode, inputDim, outputDim, maskValue, layer
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    type = try container.decode(String.self, forKey: .type)
    units = try container.decodeIfPresent(Int.self, forKey: .units)
    returnSequences = try container.decodeIfPresent(Bool.self, forKey: .returnSequences)
    goBackwards = try container.decodeIfPresent(Bool.self, forKey: .goBackwards)
    activation = try container.decodeIfPresent(String.self, forKey: .activation)
    mergeMode = try container.decodeIfPresent(String.self, forKey: .mergeMode)
    inputDim = try container.decodeIfPresent(Int.self, forKey: .inputDim)
    outputDim = try container.decodeIfPresent(Int.self, forKey: .outputDim)
    maskValue = try container.decodeIfPresent(Double.self, forKey: .maskValue)
    layer = try container.decodeIfPresent(ReferenceLayer.self, forKey: .layer).map { [$0] }
  }

  var lstm: LSTM {
    LSTM(units ?? 0, returnSequences: returnSequences ?? false, goBackwards: goBackwards ?? false)
  }

  var dense: Dense { Dense(units ?? 0, activation: Activation(rawValue: activation ?? "linear") ?? .linear) }

  var made: any Layer {
    switch type {
    case "LSTM": lstm
    case "Bidirectional":
      Bidirectional(layer?[0].lstm ?? lstm, merge: Bidirectional.Merge(rawValue: mergeMode ?? "concat") ?? .concat)
    case "TimeDistributed": TimeDistributed(layer?[0].dense ?? dense)
    case "Embedding": Embedding(inputDim ?? 0, outputDim ?? 0)
    case "Masking": Masking(maskValue: Float(maskValue ?? 0))
    default: dense
    }
  }
}

let referenceFolder = URL(filePath: #filePath).deletingLastPathComponent()
  .appending(path: "../../fixtures/reference").standardizedFileURL

func decode<Value: Decodable>(_ type: Value.Type, _ path: String) throws -> Value {
  let decoder = JSONDecoder()
  decoder.keyDecodingStrategy = .convertFromSnakeCase
  return try decoder.decode(type, from: Data(contentsOf: referenceFolder.appending(path: path)))
}

func referenceFiles(_ folder: String) throws -> [String] {
  let special: Set = [
    "adam_trajectory", "optimizers", "initializers", "pad_sequences", "loss_edges", "loss_logits", "ctc",
    "heads",
  ]
  return try FileManager.default.contentsOfDirectory(atPath: referenceFolder.appending(path: folder).path)
    .filter { $0.hasSuffix(".json") && !special.contains(String($0.dropLast(5))) }
    .sorted().map { "\(folder)/\($0)" }
}

/// The largest difference, as a share of the largest expected magnitude, or of a scale that is given.
func relativeError(_ actual: [Float], _ expected: [Double], scale: Double? = nil) -> Double {
  guard actual.count == expected.count else { return .infinity }
  let scale = scale ?? expected.map(abs).max() ?? 0
  let worst = zip(actual, expected).map { abs(Double($0) - $1) }.max() ?? 0
  return worst.isNaN ? .infinity : scale == 0 ? worst : worst / scale
}

extension ReferenceCase {
  /// The case's padded batch.
  func padded() throws -> PaddedBatch {
    let (count, length) = (input.shape[0], input.shape[1])
    let data: BatchCells =
      input.kind == "tokens"
      ? .tokens(input.values.map { Int32($0) })
      : .values(input.values.map(Float.init), featureCount: input.shape[2])
    let width = targets.shape.last ?? 1
    let batchTargets: BatchTargets =
      switch targets.kind {
      case "class_per_sequence": .classPerSequence(targets.values.map { Int32($0) })
      case "class_per_timestep": .classPerTimestep(targets.values.map { Int32($0) })
      case "values_per_sequence": .valuesPerSequence(targets.values.map(Float.init), width: width)
      default: .valuesPerTimestep(targets.values.map(Float.init), width: width)
      }
    return try PaddedBatch(
      count: count, paddedLength: length, input: data,
      mask: mask?.values.map { $0 != 0 } ?? Array(repeating: true, count: count * length), targets: batchTargets,
      weights: sampleWeight?.map(Float.init))
  }

  /// The magnitude against which a gradient's error is judged: the tensor's largest; for a tensor of one number, whose
  /// terms may cancel to nearly nothing, the largest of its layer.
  func scale(of gradient: Weight) -> Double {
    let layer = gradient.name.split(separator: "/").dropLast()
    let peers = gradients.filter {
      $0.name == gradient.name || gradient.values.count == 1 && $0.name.split(separator: "/").dropLast() == layer
    }
    return peers.flatMap(\.values).map(abs).max() ?? 0
  }

  func model() throws -> Sequential {
    let modelInput: ModelInput =
      input.kind == "tokens" ? .tokens(layers[0].inputDim ?? 0) : .features(input.shape[2])
    var model = try Sequential(input: modelInput, layers: layers.map(\.made))
    try model.setWeights(
      weights.map { WeightTensor(name: $0.name, shape: $0.shape, values: $0.values.map(Float.init)) })
    return model
  }
}
