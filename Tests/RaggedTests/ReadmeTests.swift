import Foundation
import Ragged
import Testing

/// The README's Swift code, as it stands there.
@Suite struct ReadmeTests {
  private static let readme = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../README.md").standardizedFileURL

  /// Line for line what the README shows, but for the folder; `theReadmeShowsThisCode` sees to that.
  private func run(in folder: String) throws -> History {
    // readme begins
    let store = try SequenceStore(path: folder + "/store.sqlite", mode: .create)
    var reader = try FileReader(folder + "/readings.csv", options: TableOptions(id: "run", target: ["label"]))
    _ = try store.importSequences(
      from: &reader, named: "readings.csv", into: "readings", options: ImportOptions(ifKeyExists: .replace),
      rowPerTimestep: true)
    let data = try store.source(SequenceSelection(dataset: "readings"))
    let (training, held) = try data.split(validationFraction: 0.1, seed: 1)
    let model = try Sequential(
      input: ModelInput(data.signature.input),
      layers: [Bidirectional(LSTM(64)), Dense(data.signature.target.names.count, activation: .softmax)])
    let trainer = try Trainer(
      model: model, loss: .sparseCategoricalCrossentropy, normalization: Normalization(fitting: training))
    let batches = try PlannedBatches(training, policy: BatchPolicy(grouping: .buckets(8), batchSize: 32, seed: 1))
    let validation = try PlannedBatches(held, policy: BatchPolicy(shuffle: false))
    let history = try trainer.fit(batches, epochs: 10, validation: validation, verbose: true)
    try TrainedModel(trainer, signature: data.signature).save(to: folder + "/model.ragged")
    // readme ends
    return history
  }

  /// Line for line what the article "Arrays in memory" shows, but for the folder.
  private func predictions(in folder: String, trainer: Trainer, signature: SequenceSignature) throws -> [Prediction] {
    // arrays begin
    try TrainedModel(trainer, signature: signature).save(to: folder + "/model.ragged")
    let model = try TrainedModel(path: folder + "/model.ragged")
    let recordings: [[Float]] = [[0.1, 0.9, 0.2, 0.8], [0.3, 0.7]]  // 2 timesteps and 1, of 2 features
    let predictions = try model.predict(recordings, keys: ["first", "second"])
    for p in predictions { print(p.key, p.shape, p.outputs, p.className ?? "") }
    // arrays end
    return predictions
  }

  private func lines(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.trimmingCharacters(in: .whitespaces) }
  }

  @Test(arguments: [
    ("README.md", "readme begins", "readme ends"),
    ("Sources/Ragged/Ragged.docc/ArraysInMemory.md", "arrays begin", "arrays end"),
  ])
  func theReadmeAndTheArticleShowThisCode(page: String, first: String, last: String) throws {
    let source = lines(try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)).map {
      $0.replacing("folder + \"/", with: "\"")
    }
    let start = try #require(source.firstIndex(of: "// \(first)"))
    let end = try #require(source.firstIndex(of: "// \(last)"))
    let root = Self.readme.deletingLastPathComponent()
    let shown = lines(try String(contentsOf: root.appending(path: page), encoding: .utf8))
    let begin = try #require(shown.firstIndex(of: source[start + 1]))
    #expect(Array(shown[begin..<min(shown.count, begin + end - start - 1)]) == Array(source[start + 1..<end]))
  }

  @Test func theReadmeIsRead() throws {
    #expect(lines(try String(contentsOf: Self.readme, encoding: .utf8)).count <= 200)
  }

  @Test func theReadmesCodeTrainsTwiceInAFolder() throws {
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
    let first = try run(in: folder.path)
    #expect(first.epochs.count == 10)
    #expect(try #require(first.epochs.last?.accuracy) > 0.9)
    let second = try run(in: folder.path)
    #expect(second.epochs.map(\.loss) == first.epochs.map(\.loss))
    let model = try TrainedModel(path: folder.path + "/model.ragged")
    #expect(model.classNames.sorted() == ["down", "up"])
  }

  @Test func fiveLinesSaveLoadAndPredict() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ragged-arrays-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let signature = SequenceSignature(input: .features(["ax", "ay"]), target: .classPerSequence(["down", "up"]))
    let trainer = try Trainer(
      model: Sequential(input: .features(2), layers: [LSTM(3), Dense(2, activation: .softmax)]),
      loss: .sparseCategoricalCrossentropy)
    let predictions = try predictions(in: folder.path, trainer: trainer, signature: signature)
    #expect(predictions.map(\.key) == ["first", "second"])
    #expect(predictions.map(\.shape) == [[2], [2]])
    let alone = try trainer.predict(
      SequenceBatch(input: .values([0.1, 0.9, 0.2, 0.8, 0.3, 0.7], featureCount: 2), offsets: [0, 2, 3]))
    #expect(predictions.flatMap(\.outputs) == alone)
    #expect(predictions.map(\.className) == predictions.map { $0.outputs[0] >= $0.outputs[1] ? "down" : "up" })

    let model = try TrainedModel(trainer, signature: signature)
    let torn = try #require(throws: TrainingError.self) { try model.predict([[1, 2], [3]]) }
    #expect(torn.message.contains("sequence 1 has 1 number, expected a multiple of 2"))
    let other = SequenceSignature(input: .features(["ax"]), target: signature.target)
    #expect(throws: TrainingError.self) { try TrainedModel(trainer, signature: other) }
  }

  @Test func aModelOfTimestepsSaysSoInItsPredictions() throws {
    let signature = SequenceSignature(input: .features(["ax"]), target: .classPerTimestep(["off", "on"]))
    let trainer = try Trainer(
      model: Sequential(
        input: .features(1), layers: [LSTM(3, returnSequences: true), Dense(2, activation: .softmax)]),
      loss: .sparseCategoricalCrossentropy)
    let prediction = try TrainedModel(trainer, signature: signature).predict([[0.5, 1, 1.5]])[0]
    #expect(prediction.key == "0")
    #expect(prediction.shape == [3, 2])
    #expect(prediction.className == nil)
    #expect(["off", "on"].contains(prediction.className(row: 2)))
  }
}
