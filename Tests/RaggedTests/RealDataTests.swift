import Foundation
import Ragged
import Testing

/// Real data, which is not part of the package: skipped where it is not found beside the checkout. The article "Figures" says
/// where to download it.
@Suite struct RealDataTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../shared/data").standardizedFileURL

  private static func has(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: path).path)
  }

  private func withStore(_ body: (SequenceStore) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "ragged-real-\(UUID().uuidString).sqlite").path
    defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
    try body(SequenceStore(path: path, mode: .create))
  }

  @Test(.enabled(if: has("japanese-vowels")))
  func japaneseVowels() throws {
    try withStore { store in
      for (file, split) in [("TRAIN", "train"), ("TEST", "test")] {
        let path = Self.folder.appending(path: "japanese-vowels/JapaneseVowels_\(file).ts").path
        var reader = try FileReader(path)
        let report = try store.importSequences(
          from: &reader, named: file, into: "vowels", options: ImportOptions(split: .named(split)))
        #expect(report.sequences == (file == "TRAIN" ? 270 : 370))
        #expect(report.timesteps == (file == "TRAIN" ? 4274 : 5687))
        #expect(report.features == 12)
        #expect(report.classes == 9)
      }
      let statistics = try store.statistics(SequenceSelection(dataset: "vowels"))
      #expect(statistics.first?.lengths.minimum == 7)
      #expect(statistics.first?.lengths.maximum == 29)
      let job = try TrainingJob(
        store: store,
        configuration: TrainingConfiguration(
          dataset: "vowels", model: "lstm(40)", optimizer: .adam(3e-3),
          policy: BatchPolicy(grouping: .padded, batchSize: 27, seed: 1), epochs: 12, normalizes: true, seed: 1))
      _ = try job.fit(keepsRun: false)
      let test = try store.source(SequenceSelection(dataset: "vowels", splits: ["test"]))
      let report = try job.trainer.report(on: test)
      // One chance in nine by guessing; the full experiment, with its figures, is in Figures.md.
      #expect(try #require(report.overall.accuracy) > 0.85)
    }
  }

  @Test(.enabled(if: has("names")))
  func surnames() throws {
    try withStore { store in
      let files = try FileManager.default.contentsOfDirectory(
        at: Self.folder.appending(path: "names"), includingPropertiesForKeys: nil
      ).filter { $0.pathExtension == "txt" }.sorted { $0.path < $1.path }
      let report = try store.importing(into: "names") { session in
        for file in files {
          var reader = try FileReader(
            file.path, options: TextOptions(unit: .characters), facts: FileFacts(classFrom: .fileName))
          try session.add(&reader, named: file.lastPathComponent)
        }
      }
      #expect(report.classes == 18)
      #expect(report.sequences > 20_000)
      // The letters of every language, accents and all, come back as they were written.
      let info = try store.datasetInfo("names")
      guard let column = info.signature.input.tokens, let vocabulary = column.vocabulary else {
        Issue.record("the names are no tokens")
        return
      }
      #expect(column.size == vocabulary.size)
      #expect(vocabulary.tokens.contains("ł"))
    }
  }
}
