public import Foundation
import RaggedBatching
public import RaggedCore
public import RaggedExchange
public import RaggedTraining

/// A training run as TensorBoard shows it: epoch by epoch, in three folders that it draws in three colours.
///
/// | folder | holds |
/// |---|---|
/// | `train` | after each epoch: `loss`, `accuracy`, `learning_rate`, `epoch_seconds` |
/// | | and `timesteps_per_second`, `padding_share` of the epoch's plan |
/// | `validation` | after each epoch: `loss`, `accuracy` |
/// | `data` | once: the histogram `lengths`, the texts `configuration` and `model` |
/// | | and, of the first epoch's plan, `padding_by_batch`, whose steps are batches |
/// | | and `padding_by_length`, whose steps are the longest lengths of the buckets |
///
/// A disk that is full ends no training: see ``problem``. Epochs are steps, counted from 1. A run that is resumed goes on in its folder: what stands there of epochs after its
/// checkpoint counts no longer.
public final class TensorBoardRun {
  private let job: TrainingJob
  private let training: TensorBoardWriter
  private let validation: TensorBoardWriter?
  /// Why figures of the run are missing in the folder, since writing failed: the first time. nil where none are.
  public private(set) var problem: ExchangeError?
  /// Seconds that the steps of the epoch at hand took.
  private var stepSeconds = 0.0
  /// Points of a graph over batches.
  private static let pointLimit = 1000

  /// Begins a run in a folder, or goes on there.
  /// - Parameters:
  ///   - job: the run whose figures are written.
  ///   - folder: where to; it is made where it is not there.
  ///   - now: seconds since 1970.
  /// - Throws: `ExchangeError` where the folder cannot be written to, or holds another run and this one is new.
  public init(
    _ job: TrainingJob, folder: String, now: @escaping () -> Double = { Date().timeIntervalSince1970 }
  ) throws {
    self.job = job
    guard !folder.isEmpty else {
      throw ExchangeError(
        .unwritable, "the folder for TensorBoard has an empty name, which would be the root of the disk")
    }
    let isUsed = ["", "/train", "/validation", "/data"].contains { TensorBoardWriter.isInUse(folder + $0) }
    let isNew = job.progress == TrainingProgress()
    if isUsed, isNew {
      throw ExchangeError(
        .unwritable,
        "\(folder): holds a run already, which would be mixed with this one; name another folder, or resume that run")
    }
    training = try TensorBoardWriter(folder: folder + "/train", now: now)
    validation = try job.validation == nil ? nil : TensorBoardWriter(folder: folder + "/validation", now: now)
    if isUsed {
      for writer in [training, validation] { try writer?.restart(at: job.progress.epoch + 1) }
    } else {
      try describe(try TensorBoardWriter(folder: folder + "/data", now: now))
      for record in job.progress.history.epochs { try write(record) }
    }
  }

  /// Writes what an epoch gave; steps are only taken note of. Where that fails, ``problem`` says why, and the next epoch
  /// is tried again.
  public func report(_ event: FitEvent) {
    switch event {
    case .step(_, _, _, _, let seconds): stepSeconds = seconds
    case .epoch(let record, _):
      do {
        try writeAll(record)
      } catch {
        problem = problem ?? error as? ExchangeError ?? ExchangeError(.cutShort, "\(training.path): \(error)")
      }
    }
  }

  private func writeAll(_ record: EpochRecord) throws {
    try write(record)
    let sizes = job.batches.batchSizes(epoch: record.epoch)
    var figures = [("padding_share", sizes.paddingShare)]
    if stepSeconds > 0 { figures.append(("timesteps_per_second", Double(sizes.timesteps) / stepSeconds)) }
    try training.scalars(figures, step: record.epoch)
  }

  private func write(_ record: EpochRecord) throws {
    var figures = [
      ("loss", record.loss), ("learning_rate", Double(record.learningRate)), ("epoch_seconds", record.seconds),
    ]
    if let accuracy = record.accuracy { figures.append(("accuracy", accuracy)) }
    try training.scalars(figures, step: record.epoch)
    let judged = [("loss", record.validationLoss), ("accuracy", record.validationAccuracy)]
    try validation?.scalars(judged.compactMap { name, value in value.map { (name, $0) } }, step: record.epoch)
    for head in record.heads ?? [] {
      func scalars(_ loss: Double?, _ accuracy: Double?) -> [(String, Double)] {
        [("loss", loss), ("accuracy", accuracy)].compactMap { name, value in value.map { ("\(head.name)/\(name)", $0) }
        }
      }
      try training.scalars(scalars(head.loss, head.accuracy), step: record.epoch)
      try validation?.scalars(scalars(head.validationLoss, head.validationAccuracy), step: record.epoch)
    }
  }

  /// What holds for the whole run.
  private func describe(_ writer: TensorBoardWriter) throws {
    try writer.histogram("lengths", of: LengthStatistics(lengths: job.trainingSource.lengths), step: 0)
    try writer.text("configuration", "```json\n\(try job.configuration.readableText)\n```", step: 0)
    try writer.text("model", "```\n\(job.trainer.model.summary)\n```", step: 0)
    let sizes = job.batches.batchSizes(epoch: job.progress.epoch + 1)
    let every = max(1, (sizes.count + TensorBoardRun.pointLimit - 1) / TensorBoardRun.pointLimit)
    for step in stride(from: 0, to: sizes.count, by: every) {
      try writer.scalars([("padding_by_batch", sizes[step].paddingShare)], step: step)
    }
    let buckets = Dictionary(grouping: sizes, by: \.bucket).sorted { $0.key < $1.key }.map(\.value)
    for bucket in buckets where buckets.count > 1 {
      try writer.scalars([("padding_by_length", bucket.paddingShare)], step: bucket.map(\.paddedLength).max() ?? 0)
    }
  }
}

extension TrainingConfiguration {
  /// The configuration as JSON text for people.
  var readableText: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }
}
