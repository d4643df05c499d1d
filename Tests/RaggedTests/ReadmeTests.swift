import Foundation
import Ragged
import Testing

/// The README's Swift code, as it stands there.
@Suite struct ReadmeTests {
  private static let readme = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../README.md").standardizedFileURL

  /// Line for line what the README shows, but for the folder; `theReadmeShowsThisCode` sees to that.
  private func run(in folder: String) throws -> (history: History, probabilities: [Float]) {
    // readme begins
    let store = try SequenceStore(path: folder + "/store.sqlite", mode: .create)
    var reader = try FileReader(folder + "/readings.csv", options: TableOptions(id: "run", target: ["label"]))
    _ = try store.importSequences(from: &reader, named: "readings.csv", into: "readings", rowPerTimestep: true)

    let source = try store.source(SequenceSelection(dataset: "readings"))
    let (training, validation) = try source.split(validationFraction: 0.1, seed: 1)
    let batches = try PlannedBatches(training, policy: BatchPolicy(grouping: .buckets(8), batchSize: 32, seed: 1))
    let held = try PlannedBatches(validation, policy: BatchPolicy(shuffle: false))

    let classes = source.signature.target.names.count
    let model = try Sequential(
      input: ModelInput(source.signature.input),
      layers: [Bidirectional(LSTM(64)), Dropout(0.2), Dense(classes, activation: .softmax)])
    let trainer = try Trainer(
      model: model, loss: .sparseCategoricalCrossentropy, normalization: Normalization(fitting: training))
    let history = try trainer.fit(batches, epochs: 10, validation: held)

    let padded = try source.gather([0, 1, 2]).padded()  // values [B, T, F], mask [B, T]
    let probabilities = try trainer.predict(padded)  // [B, classes]
    // readme ends
    return (history, probabilities)
  }

  @Test func theReadmeShowsThisCode() throws {
    let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
    let lines = source.split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces).replacing("folder + \"/", with: "\"")
    }
    let start = try #require(lines.firstIndex(of: "// readme begins"))
    let end = try #require(lines.firstIndex(of: "// readme ends"))
    let readme = try String(contentsOf: Self.readme, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map { $0.trimmingCharacters(in: .whitespaces) }
    let first = try #require(readme.firstIndex(of: "import Ragged")) + 2
    #expect(Array(readme[first..<first + end - start - 1]) == Array(lines[start + 1..<end]))
  }

  @Test func theReadmesCodeTrains() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ragged-readme-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var random = SeededRandom(seed: 1)
    var text = "run,ax,ay,label\n"
    for run in 0..<60 {
      let isUp = run % 2 == 0
      for _ in 0..<3 + random.below(10) {
        text += "\(run),\(random.uniform() + (isUp ? 1 : 0)),\(random.uniform()),\(isUp ? "up" : "down")\n"
      }
    }
    try Data(text.utf8).write(to: folder.appending(path: "readings.csv"))
    let (history, probabilities) = try run(in: folder.path)
    #expect(history.epochs.count == 10)
    #expect(try #require(history.epochs.last?.accuracy) > 0.9)
    #expect(probabilities.count == 6)
    #expect(abs(probabilities[0] + probabilities[1] - 1) < 1e-5)
  }
}
