import Foundation
import Ragged
import Testing

/// `masking(VALUE)` with normalisation: the value is no measurement, and no figure of the data knows it.
@Suite struct MaskedNormalizationTests {
  /// Ten sequences of the values 0 to 3, each with two timesteps of −99 among them.
  private func store(_ folder: URL) throws -> SequenceStore {
    let rows = (0..<10).flatMap { number in
      [0, -99, 1, 2, -99, 3].enumerated().map { "s\(number),\($0.offset),\($0.element),c\(number % 2)\n" }
    }
    let table = folder.appending(path: "t.csv")
    try Data(("id,t,x,label\n" + rows.joined()).utf8).write(to: table)
    let store = try SequenceStore(path: folder.appending(path: "s.sqlite").path, mode: .create)
    var reader = try FileReader(table.path)
    _ = try store.importSequences(from: &reader, named: table.path, into: "d")
    return store
  }

  private func normalization(
    _ store: SequenceStore, model: String, _ change: (inout TrainingConfiguration) -> Void = { _ in }
  ) throws -> Normalization? {
    var configuration = TrainingConfiguration(dataset: "d")
    configuration.model = model
    configuration.normalizes = true
    configuration.epochs = 1
    change(&configuration)
    let job = try TrainingJob(store: store, configuration: configuration, threads: 1)
    _ = try job.fit(keepsRun: false)
    return try job.checkpoint().normalization
  }

  @Test func maskedStepsCountNowhere() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ragged-masked-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try store(folder)
    // Of 0, 1, 2, 3: mean 3/2, variance 5/4.
    let expected = Normalization(mean: [1.5], deviation: [Double(1.25).squareRoot()])
    #expect(try normalization(store, model: "masking(-99) lstm(2)") == expected)
    #expect(try normalization(store, model: "masking(-99) lstm(2)") { $0.validationFraction = 0.5 } == expected)
    #expect(
      try normalization(store, model: "masking(-99) lstm(2)") { $0.windowing = Windowing(length: 2, keepsTail: true) }
        == expected)
    #expect(
      try normalization(store, model: "masking(-99) lstm(2)") {
        $0.windowing = Windowing(length: 3, keepsTail: true)
        $0.stateful = true
        $0.policy = BatchPolicy(batchSize: 4)
      } == expected)
    // Without the layer −99 is a measurement like any other: mean −32, by the sum of 6 − 198 over 6.
    #expect(try normalization(store, model: "lstm(2)")?.mean == [-32])
  }
}
