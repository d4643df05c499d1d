import Foundation
import Ragged
import RaggedExchange
import RaggedProtobuf
import SwiftProtobuf
import Testing

/// A run's figures in TensorBoard's folders.
@Suite struct TensorBoardRunTests {
  private let folder: Folder
  private let store: SequenceStore
  private static let lengths = [2, 3, 3, 5, 8, 1]

  init() throws {
    folder = try Folder()
    let lines = TensorBoardRunTests.lengths.enumerated().map { number, length in
      let rows = (0..<length).map { "[\(Float(number % 2) + Float($0) / 8)]" }.joined(separator: ", ")
      return #"{"id": "s\#(number)", "features": [\#(rows)], "target": "\#(number % 2 == 0 ? "even" : "odd")"}"#
    }
    let path = try folder.write("data.jsonl", Array((lines.joined(separator: "\n") + "\n").utf8))
    store = try SequenceStore(path: folder.file("s.sqlite"), mode: .create)
    var reader = try FileReader(path)
    _ = try store.importSequences(from: &reader, named: "data.jsonl", into: "d")
  }

  private func configuration(_ epochs: Int, _ change: (inout TrainingConfiguration) -> Void = { _ in })
    -> TrainingConfiguration
  {
    var configuration = TrainingConfiguration(
      dataset: "d", validationFraction: 0.34, model: "lstm(2)",
      policy: BatchPolicy(grouping: .padded, batchSize: 2), epochs: epochs)
    change(&configuration)
    return configuration
  }

  /// Trains with the board on.
  @discardableResult
  private func train(
    _ configuration: TrainingConfiguration, _ board: String = "tb", resuming checkpoint: Checkpoint? = nil
  ) throws -> TrainingJob {
    let job = try TrainingJob(store: store, configuration: configuration, resuming: checkpoint, threads: 1)
    let run = try TensorBoardRun(job, folder: folder.file(board))
    _ = try job.fit(keepsRun: false, report: { run.report($0) })
    return job
  }

  /// The events of a run's folder, file after file.
  private func events(_ name: String) throws -> [TFEvent] {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.file(name)).sorted()
    return try names.flatMap { file in
      try TensorBoardWriterTests.records(folder.file("\(name)/\(file)")).map { try TFEvent(serializedBytes: $0) }
    }
  }

  private func scalars(_ name: String, _ tag: String) throws -> [Int: Float] {
    var result: [Int: Float] = [:]
    for event in try events(name) {
      for value in event.summary.value where value.tag == tag { result[Int(event.step)] = value.simpleValue }
    }
    return result
  }

  @Test func everyEpochIsWritten() throws {
    let job = try train(configuration(3))
    let history = job.progress.history.epochs
    for (tag, figure) in [("loss", \EpochRecord.loss), ("epoch_seconds", \.seconds)] {
      let expected = Dictionary(uniqueKeysWithValues: history.map { ($0.epoch, Float($0[keyPath: figure])) })
      #expect(try scalars("tb/train", tag) == expected)
    }
    #expect(try scalars("tb/train", "accuracy").count == 3)
    #expect(try scalars("tb/train", "learning_rate") == [1: 0.001, 2: 0.001, 3: 0.001])
    #expect(
      try scalars("tb/validation", "loss")
        == Dictionary(uniqueKeysWithValues: history.map { ($0.epoch, Float($0.validationLoss ?? -1)) }))
    #expect(try scalars("tb/validation", "accuracy").count == 3)
    #expect(try scalars("tb/train", "timesteps_per_second").values.allSatisfy { $0 > 0 })
    let texts = try events("tb/data").flatMap(\.summary.value).filter { $0.metadata.pluginData.pluginName == "text" }
    #expect(texts.map(\.tag) == ["configuration", "model"])
    #expect(texts.map { String(decoding: $0.tensor.stringVal[0], as: UTF8.self) }[0].contains(#""dataset" : "d""#))
  }

  /// Padding by definition: batches of one epoch, lengths by position.
  @Test func paddingAndLengthsAreThoseOfThePlan() throws {
    let job = try train(configuration(2) { $0.validationFraction = nil })
    let planned = try #require(job.batches as? PlannedBatches<TrainingSource>)
    let lengths = TensorBoardRunTests.lengths
    for epoch in 0..<2 {
      var (real, padded) = (0, 0)
      for batch in planned.plan(epoch: epoch) {
        let own = batch.positions.map { lengths[$0] }
        real += own.reduce(0, +)
        padded += own.count * (own.max() ?? 0)
        guard epoch == 0 else { continue }
      }
      let share = try #require(scalars("tb/train", "padding_share")[epoch + 1])
      #expect(abs(share - (1 - Float(real) / Float(padded))) < 1e-6)
    }
    #expect(try scalars("tb/data", "padding_by_batch").count == 3)
    let histogram = try #require(
      events("tb/data").flatMap(\.summary.value).first { $0.tag == "lengths" }?.histo)
    #expect(histogram.num == 6 && histogram.sum == 22 && histogram.min == 1 && histogram.max == 8)
    #expect(histogram.bucket == [1, 1, 2, 0, 1, 0, 0, 1])
    #expect(!FileManager.default.fileExists(atPath: folder.file("tb/validation")))
  }

  @Test func bucketsAndRowsThatGoOnHaveTheirPadding() throws {
    try train(configuration(1) { $0.policy.grouping = .buckets(2) }, "buckets")
    #expect(try scalars("buckets/data", "padding_by_length").count == 2)
    let job = try train(
      configuration(1) {
        ($0.validationFraction, $0.stateful, $0.windowing) = (nil, true, Windowing(length: 3, keepsTail: true))
      }, "stateful")
    #expect(try scalars("stateful/train", "padding_share").count == 1)
    #expect(try scalars("stateful/data", "padding_by_batch").count == job.batches.stepCount(epoch: 1))
  }

  @Test func aResumedRunGoesOnWhereItsCheckpointStands() throws {
    let first = try train(configuration(2))
    let loss = try scalars("tb/train", "loss")
    let checkpoint = try first.checkpoint()
    try train(configuration(4), resuming: checkpoint)
    #expect(try scalars("tb/train", "loss").keys.sorted() == [1, 2, 3, 4])
    let again = try events("tb/train")
    let restart = try #require(again.last { $0.sessionLog.status == .start })
    #expect(restart.step == 3)
    #expect(try events("tb/data").filter { $0.summary.value.contains { $0.tag == "lengths" } }.count == 1)
    // In a folder of its own, the epochs before are there too.
    try train(configuration(4), "other", resuming: checkpoint)
    #expect(try scalars("other/train", "loss").filter { $0.key < 3 } == loss)
    #expect(try scalars("other/train", "loss").count == 4)
    #expect(
      message { try train(configuration(1)) }
        == "\(folder.file("tb")): holds a run already, which would be mixed with this one; name another folder, or resume "
        + "that run")
  }

  @Test(.enabled(if: Python.isThere)) func tensorboardReadsIt() throws {
    struct Run: Decodable {
      var scalars: [String: [[Double]]]
      var texts: [String: [String]]
      var plugins: [String: String]
    }
    let first = try train(configuration(2))
    try train(configuration(3), resuming: first.checkpoint())
    // Again from the same checkpoint: epoch 3 counts once.
    let job = try train(configuration(3), resuming: first.checkpoint())
    let text = try Python.run("check_tensorboard.py", folder.file("tb"))
    let runs = try JSONDecoder().decode([String: Run].self, from: Data(text.utf8))
    let losses = job.progress.history.epochs.map { [Double($0.epoch), Double(Float($0.loss))] }
    #expect(runs["train"]?.scalars["loss"] == losses)
    #expect(runs["validation"]?.scalars["loss"]?.map { $0[0] } == [1, 2, 3])
    #expect(runs["data"]?.plugins == ["configuration": "text", "model": "text"])
    #expect(runs["data"]?.texts["model"]?[0].contains("lstm (LSTM)") == true)
  }
}
