import Foundation
import RaggedCore
import RaggedTraining
import Testing

/// Columns of all kinds against PyTorch's `nn.Embedding`, concatenation and packed LSTM; see `make_columns.py`.
@Suite struct ColumnReferenceTests {
  struct Case: Decodable {
    struct Category: Decodable {
      var name: String
      var size: Int
      var width: Int
    }
    var model: String
    var fill: String
    var indicators: Int
    var since: Int
    var statics: String
    var lengths: [Int]
    var categories: [Category]
    var staticCategories: [Category]
    var numbers: ReferenceTensor
    var observed: ReferenceTensor
    var codes: ReferenceTensor
    var staticNumbers: ReferenceTensor
    var staticObserved: ReferenceTensor
    var staticCodes: ReferenceTensor
    var mean: [Double]
    var deviation: [Double]
    var staticMean: [Double]
    var staticDeviation: [Double]
    var mask: ReferenceTensor
    var targets: ReferenceTensor
    var weights: [ReferenceCase.Weight]
    var output: ReferenceTensor
    var lossValue: Double
    var gradients: [ReferenceCase.Weight]
    var inputGradient: ReferenceTensor
    var staticGradient: ReferenceTensor

    var signature: SequenceSignature {
      func columns(_ count: Int, _ prefix: String, _ categories: [Category]) -> ColumnSet {
        ColumnSet(
          numbers: (0..<count).map { "\(prefix)\($0)" },
          categories: categories.map { CategoryColumn($0.name, size: $0.size) })
      }
      let names = (0..<(weights.last?.values.count ?? 0)).map(String.init)
      return SequenceSignature(
        input: InputSignature(
          timestep: columns(mean.count, "x", categories), statics: columns(staticMean.count, "s", staticCategories)),
        target: targets.shape.count == 1 ? .classPerSequence(names) : .classPerTimestep(names))
    }

    /// The model's text, with the words for its input.
    var text: String {
      let widths = (categories + staticCategories).map { "\($0.name)=\($0.width)" }.joined(separator: ", ")
      let missing = [fill] + (indicators == 1 ? ["indicators"] : []) + (since == 1 ? ["since"] : [])
      return "missing(\(missing.joined(separator: ", "))) statics(\(statics)) "
        + (widths.isEmpty ? "" : "embedding(\(widths)) ") + model
    }

    func batch() throws -> PaddedBatch {
      func cells(_ numbers: ReferenceTensor, _ observed: ReferenceTensor, _ codes: ReferenceTensor) -> BatchCells {
        BatchCells(
          values: numbers.floats, featureCount: numbers.shape[numbers.shape.count - 1],
          codes: codes.values.map { Int32($0) }, codeCount: codes.shape[codes.shape.count - 1],
          observed: observed.values.map { $0 != 0 })
      }
      let classes = targets.values.map { Int32($0) }
      return try PaddedBatch(
        count: lengths.count, paddedLength: mask.shape[1], input: cells(numbers, observed, codes),
        statics: cells(staticNumbers, staticObserved, staticCodes), mask: mask.values.map { $0 != 0 },
        targets: targets.shape.count == 1 ? .classPerSequence(classes) : .classPerTimestep(classes))
    }
  }

  static let folder = "pytorch-2.15.0/columns"
  static let files =
    (try? FileManager.default.contentsOfDirectory(
      atPath: referenceFolder.appending(path: folder).path
    ).filter { $0.hasSuffix(".json") }.sorted()) ?? []

  @Test func thereAreReferences() { #expect(Self.files.count == 10) }

  @Test(arguments: files, ReferenceTests.kernels)
  func agree(_ file: String, _ kernels: String) throws {
    let reference = try decode(Case.self, "\(Self.folder)/\(file)")
    let description = try ModelDescription(reference.text)
    let signature = reference.signature
    var model = try Sequential(
      input: description.input(for: signature), layers: description.layers(for: signature))
    #expect(model.parameterInfo.map(\.name.lastPart) == reference.weights.map(\.name.lastPart))
    try model.setWeights(
      reference.weights.map { WeightTensor(name: $0.name, shape: $0.shape, values: $0.values.map(Float.init)) })
    let hasNumbers = !reference.mean.isEmpty || !reference.staticMean.isEmpty
    let trainer = try Trainer(
      model: model, loss: .sparseCategoricalCrossentropy,
      normalization: hasNumbers
        ? Normalization(
          mean: reference.mean, deviation: reference.deviation, staticMean: reference.staticMean,
          staticDeviation: reference.staticDeviation) : nil, threads: 2, kernels: kernels)
    let batch = try reference.batch()
    let output = try trainer.predict(batch)
    let width = model.outputWidth
    let real = model.isPerSequence ? Array(0..<batch.count) : batch.mask.indices.filter { batch.mask[$0] }
    #expect(
      relativeError(
        real.flatMap { output[$0 * width..<($0 + 1) * width] },
        real.flatMap { reference.output.values[$0 * width..<($0 + 1) * width] }) <= 1e-5)
    let result = try trainer.gradients(batch, wantsInputGradient: true)
    #expect(abs(result.loss - reference.lossValue) <= 1e-5 * reference.lossValue)
    for (actual, expected) in zip(result.weights, reference.gradients) {
      #expect(actual.shape == expected.shape)
      #expect(relativeError(actual.values, expected.values) <= 1e-5, "\(expected.name)")
    }
    #expect(relativeError(result.input ?? [], reference.inputGradient.values) <= 1e-5)
    #expect(relativeError(result.statics ?? [], reference.staticGradient.values) <= 1e-5)
  }

  /// Means and deviations of what was observed, against NumPy's.
  @Test func figuresAreOfObservedCells() throws {
    struct Missing: Decodable {
      var lengths: [Int]
      var values: ReferenceTensor
      var observed: ReferenceTensor
      var mean: [Double]
      var deviation: [Double]
      var statics: ReferenceTensor
      var staticObserved: ReferenceTensor
      var staticMean: [Double]
      var staticDeviation: [Double]
    }
    let expected = try decode(Missing.self, "numpy/missing.json")
    let batch = SequenceBatch(
      input: BatchCells(
        values: expected.values.floats, featureCount: 4, observed: expected.observed.values.map { $0 != 0 }),
      statics: BatchCells(
        values: expected.statics.floats, featureCount: 2, observed: expected.staticObserved.values.map { $0 != 0 }),
      offsets: expected.lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) })
    let signature = SequenceSignature(
      input: InputSignature(
        timestep: ColumnSet(numbers: ["a", "b", "c", "d"]), statics: ColumnSet(numbers: ["e", "f"])),
      target: .none)
    let source = try InMemorySource(batch, signature: signature)
    let found = try Normalization(fitting: source)
    for j in 0..<3 {
      #expect(abs(Double(found.mean[j]) - expected.mean[j]) <= 1e-6 * abs(expected.mean[j]))
      #expect(abs(Double(found.deviation[j]) - expected.deviation[j]) <= 1e-6 * expected.deviation[j])
    }
    // A column that was never observed.
    #expect(found.mean[3] == 0 && found.deviation[3] == 1)
    for j in 0..<2 {
      #expect(abs(Double(found.staticMean[j]) - expected.staticMean[j]) <= 1e-6)
      #expect(abs(Double(found.staticDeviation[j]) - expected.staticDeviation[j]) <= 1e-6)
    }
    // Without normalisation they are known for what is missing alone, and only where something is.
    let filling = try #require(try Normalization(filling: source))
    #expect(!filling.isApplied && filling.mean == found.mean)
    var whole = batch
    (whole.input.observed, whole.statics.observed) = (nil, nil)
    #expect(try Normalization(filling: InMemorySource(whole, signature: signature)) == nil)
  }
}

extension String {
  /// Behind the last slash.
  fileprivate var lastPart: String { split(separator: "/").last.map(String.init) ?? self }
}
