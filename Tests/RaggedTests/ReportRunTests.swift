import Foundation
import Ragged
import Testing

@testable import RaggedRuns

/// Reports of runs that the store remembers.
@Suite struct ReportRunTests {
  private func withStore(_ runs: [RunRecord], _ body: (SequenceStore) throws -> Void) throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "report-\(UUID().uuidString).sqlite").path
    defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
    let store = try SequenceStore(path: path, mode: .create)
    for run in runs { _ = try store.insertRun(run) }
    try body(store)
  }

  private func run(
    _ metrics: [[String: Double]], status: RunRecord.Status = .finished, configuration: String = "{}"
  ) -> RunRecord {
    RunRecord(
      dataset: "gone", command: "train", configuration: configuration, fingerprint: 1, seconds: 3, status: status,
      epochs: metrics.enumerated().map { .init(epoch: $0 + 1, metrics: $1) })
  }

  @Test func theBestEpochIsTheOneThatTrainingKept() throws {
    try StoreLoadingTests.inFolder { folder in
      let store = try StoreLoadingTests.store(folder, sequences: 40)
      for (monitor, change) in [(EarlyStopping.Monitor.validationLoss, 0.0), (.accuracy, 0.002), (.loss, 0.01)] {
        let configuration = TrainingConfiguration(
          dataset: "sums", validationFraction: 0.2, model: "lstm(2, sequences)", optimizer: .adam(0.3),
          policy: BatchPolicy(batchSize: 8), epochs: 8,
          earlyStopping: EarlyStopping(monitor: monitor, patience: 20, minimumChange: change))
        let job = try TrainingJob(store: store, configuration: configuration)
        _ = try job.fit()
        let figures = RunFigures(try #require(store.runs().last))
        #expect(figures.monitor == monitor.rawValue && figures.record.epochs.count == 8)
        #expect(figures.best.map { figures.record.epochs[$0].epoch } == job.progress.bestEpoch)
      }
    }
  }

  @Test func runsOfAnyKindAreShown() throws {
    let long = (1...10_000).map { (epoch: Int) -> [String: Double] in
      let loss = 1 / Double(epoch)
      return ["loss": loss, "val_loss": 2 * loss, "seconds": 0.1]
    }
    var names: [String: Double] = [:]
    for number in 0..<300 { names["<script>\(number)</script>"] = 1 }
    let runs: [RunRecord] = [
      run([], status: .running), run([["loss": .nan, "val_loss": .infinity], ["loss": 1]], status: .failed),
      run([["loss": 0.5]], status: .interrupted), run(long), run([names]),
      run([["loss": -1e308], ["loss": 1e308]], configuration: "7"),
      run([["accuracy": 1]], configuration: "[[1], null]"),
    ]
    try withStore(runs) { store in
      for id in 1...Int64(runs.count) {
        let report = try HTMLReport(ofRun: id, in: store)
        #expect(!report.html.contains("<script>"))
        #expect(report.html.utf8.count < 400_000)
        #expect(report.notes.contains { $0.hasPrefix("The model is not judged here: the store does not know where") })
      }
      let broken = try HTMLReport(ofRun: 2, in: store)
      #expect(broken.notes.contains("The loss of epoch 1 is no finite number; curves are broken there."))
      #expect(broken.notes.contains("The run ended in an error after 2 epochs."))
      #expect(try HTMLReport(ofRun: 3, in: store).notes.contains { $0.contains("was interrupted") })
      #expect(try HTMLReport(ofRun: 1, in: store).notes.contains { $0.contains("has not ended") })
      let all = try HTMLReport(comparing: Array(1...Int64(runs.count)), in: store)
      #expect(!all.html.contains("<script>") && all.html.utf8.count < 1_500_000)
      #expect(throws: StoreError.self) { try HTMLReport(ofRun: 99, in: store) }
      #expect(throws: StoreError.self) { try HTMLReport(comparing: [1, 99], in: store) }
    }
  }

  /// A store may come from anywhere: what it names need not be a file, nor a model.
  @Test(arguments: ["/dev/zero", "/", "a\u{0}b", "../../../../../../etc/hostname", ""])
  func aStoreMayNameAnything(_ place: String) throws {
    let kept = KeptConfiguration(
      configuration: TrainingConfiguration(dataset: "d"), checkpoints: .init(best: place, last: place))
    try withStore([run([["loss": 1]], configuration: kept.text)]) { store in
      let notes = try HTMLReport(ofRun: 1, in: store).notes
      #expect(notes.count == 1 && notes[0].hasPrefix("The model is not judged here: "), "\(notes)")
    }
  }

  @Test func whereAModelWasWrittenIsKept() throws {
    let files = CheckpointFiles(name: "/data/runs/a")
    #expect(files.kept(beside: "/data/store.sqlite").best == "runs/a.best.ragged")
    #expect(files.kept(beside: "/other/store.sqlite").last == "/data/runs/a.last.ragged")
    #expect(files.kept(beside: "/store.sqlite").best == "data/runs/a.best.ragged")
    let configuration = TrainingConfiguration(dataset: "d", seed: .max)
    let text = try KeptConfiguration(configuration: configuration, checkpoints: files.kept(beside: "/data/s")).text
    let figures = RunFigures(run([], configuration: text))
    #expect(figures.configuration == configuration && figures.checkpoints?.best == "runs/a.best.ragged")
    #expect(figures.settings["seed"] == "18446744073709551615" && figures.settings["stateful"] == "false")
    #expect(!figures.settings.keys.contains { $0.hasPrefix("checkpoints") })
    // Another place is no other setting.
    let other = run([], configuration: try KeptConfiguration(configuration: configuration).text)
    #expect(RunComparison([run([], configuration: text), other]).differences == [])
  }

  private static let changes: [(title: String, change: @Sendable (inout TrainingConfiguration) -> Void)] = [
    ("batch size", { $0.policy.batchSize = 7 }), ("batching", { $0.policy.grouping = .exactLength }),
    ("seed of the order", { $0.policy.seed = 7 }), ("normalize", { $0.normalizes = true }),
    ("learning rate", { $0.optimizer.learningRate = .constant(7) }), ("clip norm", { $0.optimizer.clipNorm = 7 }),
    ("validation splits", { $0.validationSplits = ["x"] }),
  ]

  @Test func settingsThatDifferAreNamedInWords() throws {
    let first = TrainingConfiguration(dataset: "d")
    for (title, change) in Self.changes {
      var second = first
      change(&second)
      let runs = try [first, second].map { run([], configuration: try KeptConfiguration(configuration: $0).text) }
      #expect(RunComparison(runs).differences.map(\.title) == [title])
    }
  }
}
