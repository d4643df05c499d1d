import Foundation
import Ragged
import Testing

/// A store behind a loader.
@Suite struct StoreLoadingTests {
  static func store(_ folder: URL, sequences: Int = 600) throws -> SequenceStore {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let store = try SequenceStore(path: folder.appending(path: "a.ragged").path, mode: .create)
    var reader = LaggedSumReader(LaggedSum(seed: 1), sequences: sequences)
    _ = try store.importSequences(from: &reader, named: "sums", into: "sums")
    return store
  }

  static func inFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ragged-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test func loadedBatchesAreThoseOfMemory() throws {
    try Self.inFolder { folder in
      let source = try Self.store(folder, sequences: 300).source(SequenceSelection(dataset: "sums"))
      let memory = try InMemorySource(source.gather(Array(0..<300)), signature: source.signature)
      let policy = BatchPolicy(batchSize: 32, seed: 2)
      let expected = try PlannedBatches(memory, policy: policy)
      let loader = BatchLoader(try PlannedBatches(source, policy: policy), epochs: 1...2, byteLimit: 100_000)
      while let loaded = try loader.next() {
        #expect(try loaded.batch == expected.batch(epoch: loaded.epoch, step: loaded.step))
      }
    }
  }

  /// A page of the file is overwritten: the run ends with SQLite's word and with the batch's place.
  @Test func aDamagedPageIsToldWithTheBatchThatMetIt() throws {
    try Self.inFolder { folder in
      var fresh: SequenceStore? = try Self.store(folder)
      let path = try #require(fresh?.path)
      fresh = nil
      var file = try Data(contentsOf: URL(filePath: path))
      // A leaf of a table (13) with few cells holds blobs.
      let pages = stride(from: 8192, to: file.count, by: 8192)
      let page = try #require(pages.first { file[$0] == 13 && file[$0 + 3] == 0 && (2...9).contains(file[$0 + 4]) })
      file.replaceSubrange(page..<page + 8192, with: Data(repeating: 0xff, count: 8192))
      try file.write(to: URL(filePath: path))
      let source = try SequenceStore(path: path, mode: .readOnly).source(SequenceSelection(dataset: "sums"))
      let batches = try PlannedBatches(source, policy: BatchPolicy(batchSize: 50, seed: 4))
      let bad = try #require(
        (0..<batches.stepCount(epoch: 1)).first { (try? batches.batch(epoch: 1, step: $0)) == nil })
      let model = try Sequential(
        input: .features(5), layers: [LSTM(2, returnSequences: true), Dense(2, activation: .softmax)])
      let trainer = try Trainer(model: model, loss: .sparseCategoricalCrossentropy)
      var state = trainer.state
      let error = #expect(throws: BatchingError.self) {
        try trainer.fit(batches, FitOptions(epochs: 2), state: &state)
      }
      #expect(state.progress.step == bad)
      #expect(error?.code == .loadFailed)
      #expect(error?.message.hasPrefix("step \(bad) of epoch 1: \(path): the file is damaged: ") == true)
      #expect((error?.cause as? StoreError)?.code == .damaged)
      #expect(error?.failureClass == .badData)
    }
  }

  /// A run divides its sequences before it cuts them, so that no sequence has windows on both sides.
  @Test func windowsOfOneSequenceStayInOnePartOfARun() throws {
    try Self.inFolder { folder in
      let store = try Self.store(folder, sequences: 300)
      let configuration = TrainingConfiguration(
        dataset: "sums", validationFraction: 0.2, model: "lstm(2, sequences)",
        windowing: Windowing(length: 16, stride: 8))
      let job = try TrainingJob(store: store, configuration: configuration)
      func sequences(_ source: TrainingSource) throws -> Set<String> {
        Set(try source.keys(Array(0..<source.count)).map { String($0.prefix { $0 != "[" }) })
      }
      let training = try sequences(job.trainingSource)
      let validation = try sequences(#require(job.validationSource))
      #expect(training.count == 240 && validation.count == 60)
      #expect(training.isDisjoint(with: validation))
      #expect(job.trainingSource.count > 240)
      var plain = configuration
      plain.windowing = nil
      #expect(try TrainingJob(store: store, configuration: plain).batches.fingerprint != job.batches.fingerprint)
      let data = try JSONEncoder().encode(configuration)
      #expect(try JSONDecoder().decode(TrainingConfiguration.self, from: data) == configuration)
    }
  }
}
