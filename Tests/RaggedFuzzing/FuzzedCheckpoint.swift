import Foundation
import Ragged

/// Takes bytes as a checkpoint, and works with what comes out.
///
/// Bytes that begin with `{` stand for the JSON text alone: the rest of the file is made to fit, since nothing that is
/// changed at random would keep the hash at the end.
enum FuzzedCheckpoint {
  static func run(_ bytes: [UInt8]) throws {
    let scratch = try Scratch()
    for (number, candidate) in candidates(bytes).enumerated() {
      try read(try scratch.file("\(number).ckpt", candidate), scratch)
    }
  }

  private static func candidates(_ bytes: [UInt8]) -> [[UInt8]] {
    if bytes.first == UInt8(ascii: "{") { return described(bytes).map { [$0] } ?? [] }
    return bytes.count < 8 ? [bytes] : [bytes, sealed(bytes.dropLast(8))]
  }

  /// The file that such a text asks for, where it asks for a small one.
  private static func described(_ json: [UInt8]) -> [UInt8]? {
    let object = (try? JSONSerialization.jsonObject(with: Data(json))) as? [String: Any]
    let counts = object?["counts"] as? [Int] ?? []
    let total = counts.reduce(0) { $0 &+ min(max($1, 0), 1 << 16) }
    guard total < 1 << 16 else { return nil }
    let numbers = (0..<total).flatMap { little(Float(($0 * 37 + 11) % 97) / 97 - 0.5) }
    return sealed(Array("RAGGEDCK".utf8) + little(UInt32(1)) + little(UInt32(json.count)) + json + numbers)
  }

  private static func sealed(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var hash = StableHash()
    hash.add(bytes)
    return bytes + little(hash.value)
  }

  private static func little(_ value: some BitwiseCopyable) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }

  private static func read(_ path: String, _ scratch: Scratch) throws {
    guard let checkpoint = try tolerating({ try Checkpoint(contentsOf: URL(filePath: path)) }) else { return }
    let copy = scratch.path("copy.ckpt")
    try checkpoint.write(to: URL(filePath: copy))
    _ = try Checkpoint(contentsOf: URL(filePath: copy))
    try tolerating {
      let model = try TrainedModel(path: path, threads: 1)
      let batch = try sample(for: model)
      let source = try InMemorySource(batch, signature: model.signature)
      let format = PredictionFormat(.csv, target: model.signature.target)
      let lines = PredictionFormat(.jsonl, target: model.signature.target)
      try model.predict(try model.source(source, needsTargets: false)) { prediction in
        _ = try format.text(prediction) + lines.text(prediction)
        return true
      }
    }
    try tolerating { try goOn(checkpoint, scratch) }
    try tolerating { try resume(checkpoint) }
  }

  // Made once and then only read.
  private static let store = Result {
    try SampleStore(datasets: ["r": numbers, "t": text, "f": forecast])
  }
  private static let numbers = #"""
    {"id": "a", "features": [[1, 2], [3, 4]], "target": "walk"}
    {"id": "b", "features": [[5, 6]], "target": "run", "split": "validation"}
    {"id": "c", "features": [[7, 8], [9, 0], [1, 2]], "target": "run"}
    """#
  private static let text = #"""
    {"id": "a", "text": "one two", "target": "x"}
    {"id": "b", "text": "three", "target": "y"}
    """#
  private static let forecast = #"""
    {"id": "a", "features": [[1], [2]], "target": [[1, 2], [3, 4]]}
    {"id": "b", "features": [[1]], "target": [[1, 2]]}
    """#

  /// Makes the batches that a resumed run would have, and trains with them for an epoch at most.
  private static func resume(_ checkpoint: Checkpoint) throws {
    guard var configuration = TrainingConfiguration(checkpoint) else { return }
    // A resumed run takes the layers of the checkpoint, and epochs are the user's to choose.
    configuration.model = nil
    configuration.epochs = min(configuration.epochs, 1)
    let job = try TrainingJob(store: store.get().store, configuration: configuration, threads: 1)
    _ = try job.fit(keepsRun: false)
  }

  /// Two sequences of the shape that the checkpoint says its data had.
  private static func sample(for model: TrainedModel) throws -> SequenceBatch {
    let signature = model.signature
    func cells(_ columns: ColumnSet, rows: Int) -> BatchCells {
      BatchCells(
        values: Array(repeating: 0.5, count: rows * columns.numbers.count), featureCount: columns.numbers.count,
        codes: Array(repeating: 0, count: rows * columns.categories.count), codeCount: columns.categories.count)
    }
    return SequenceBatch(
      input: cells(signature.input.timestep, rows: 3), statics: cells(signature.input.statics, rows: 2),
      offsets: [0, 2, 3], targets: targets(signature.target), ids: [0, 1])
  }

  private static func targets(_ target: TargetSignature) -> BatchTargets {
    switch target {
    case .none: .none
    case .several(let parts): .several(parts.map { targets($0.target) })
    case .labels: .labels(LabelLists([[0], []]))
    case .classPerSequence: .classPerSequence([0, 0])
    case .classPerTimestep: .classPerTimestep([0, 0, 0])
    case .valuesPerSequence(let names):
      .valuesPerSequence(Array(repeating: 0, count: 2 * names.count), width: names.count)
    case .valuesPerTimestep(let names):
      .valuesPerTimestep(Array(repeating: 0, count: 3 * names.count), width: names.count)
    }
  }

  /// Trains on from where the checkpoint stands, for two epochs at most.
  private static func goOn(_ checkpoint: Checkpoint, _ scratch: Scratch) throws {
    guard let signature = checkpoint.context.signature else { return }
    let path = scratch.path("copy.ckpt")
    let trainer = try checkpoint.trainer(threads: 1)
    let source = try InMemorySource(sample(for: TrainedModel(path: path, threads: 1)), signature: signature)
    var policy = checkpoint.context.policy ?? BatchPolicy()
    policy.batchSize = min(policy.batchSize, 4)
    let batches = try PlannedBatches(source, policy: policy)
    var state = checkpoint.state
    let (end, overflow) = state.progress.epoch.addingReportingOverflow(2)
    let options = FitOptions(
      epochs: overflow ? state.progress.epoch : end, earlyStopping: EarlyStopping(monitor: .loss, patience: 2),
      lastCheckpoint: URL(filePath: scratch.path("last.ckpt")))
    try trainer.fit(batches, options, state: &state)
    try trainer.fit(
      try StatefulBatches(source, windowLength: 1, batchSize: 2), options, state: &state)
  }
}
