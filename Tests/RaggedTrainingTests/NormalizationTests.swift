import RaggedCore
import Testing

@testable import RaggedTraining

@Suite struct NormalizationTests {
  @Test func figuresAreOfValidSteps() throws {
    let batch = SequenceBatch(
      input: .values([1, 10, 2, 10, 1000, 1000, 6, 10], featureCount: 2), offsets: [0, 3, 3, 4],
      validity: [true, true, false, true])
    let signature = SequenceSignature(input: .features(["x", "y"]), target: .none)
    let found = try Normalization(fitting: InMemorySource(batch, signature: signature))
    #expect(found.mean == [3, 10])
    // ((1−3)² + (2−3)² + (6−3)²) / 3, and a feature that does not vary.
    #expect(found.deviation == [Float((14.0 / 3).squareRoot()), 1])
  }

  /// What a masking layer leaves out counts nowhere; a timestep of which one feature has the value counts.
  @Test func maskedStepsDoNotCount() throws {
    let batch = SequenceBatch(
      input: .values([1, 10, -9, -9, 2, -9, 1000, 1000, 6, 10], featureCount: 2), offsets: [0, 4, 5],
      validity: [true, true, true, false, true])
    let signature = SequenceSignature(input: .features(["x", "y"]), target: .none)
    let source = try InMemorySource(batch, signature: signature)
    let found = try Normalization(fitting: source, masking: -9)
    // Of 1, 2, 6 and of 10, −9, 10.
    #expect(found.mean == [3, Float(11.0 / 3)])
    #expect(found.deviation == [Float((14.0 / 3).squareRoot()), Float((722.0 / 9).squareRoot())])
    // NaN equals nothing, and where all is masked nothing is known.
    #expect(try Normalization(fitting: source, masking: .nan) == Normalization(fitting: source))
    let blank = SequenceBatch(input: .values([7, 7], featureCount: 2), offsets: [0, 1])
    #expect(
      try Normalization(fitting: InMemorySource(blank, signature: signature), masking: 7)
        == Normalization(mean: [0, 0], deviation: [1, 1]))
  }

  @Test func partsAreOneStream() throws {
    let lengths = Array(repeating: 700, count: 200)
    let source = try sampleSource(lengths: lengths)
    let found = try Normalization(fitting: source)
    let values = try source.gather(Array(0..<200)).input.values
    for j in 0..<2 {
      let column = stride(from: j, to: values.count, by: 2).map { Double(values[$0]) }
      let mean = column.reduce(0, +) / Double(column.count)
      let deviation = (column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(column.count)).squareRoot()
      #expect(abs(Double(found.mean[j]) - mean) < 1e-6)
      #expect(abs(Double(found.deviation[j]) - deviation) < 1e-6)
    }
  }

  @Test func nothingIsLeftAlone() throws {
    let found = try Normalization(fitting: sampleSource(lengths: [0, 0]))
    #expect(found == Normalization(mean: [0, 0], deviation: [1, 1]))
  }

  @Test func deviationsWithoutAMeaningBecomeOne() {
    #expect(
      Normalization(mean: [0, 0, 0, 0, 0], deviation: [0, .nan, .infinity, 1e-300, 2]).deviation == [1, 1, 1, 1, 2])
  }

  @Test func trainersNormalise() throws {
    let model = try Sequential(input: .features(2), layers: [LSTM(3, returnSequences: true), Dense(1)]).scattered()
    let plain = try Trainer(model: model, loss: .meanSquaredError)
    let normalising = try Trainer(
      model: model, loss: .meanSquaredError, normalization: Normalization(mean: [1, -1], deviation: [2, 4]))
    let raw = SequenceBatch(input: .values([3, 3, -1, -5], featureCount: 2), offsets: [0, 2])
    let scaled = SequenceBatch(input: .values([1, 1, -1, -1], featureCount: 2), offsets: [0, 2])
    #expect(try normalising.predict(raw) == plain.predict(scaled))
  }
}
