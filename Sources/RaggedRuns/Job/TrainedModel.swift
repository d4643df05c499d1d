import Foundation
import RaggedCore
import RaggedTraining

/// A checkpoint that is ready to judge and predict.
public struct TrainedModel {
  /// What was read.
  public let checkpoint: Checkpoint
  /// The model at work.
  public let trainer: Trainer
  /// The data that the model was trained on.
  public let signature: SequenceSignature
  private let path: String

  /// Reads a checkpoint.
  /// - Throws: `TrainingError` where it is not there, is none, or does not say what data it was trained on.
  public init(path: String, threads: Int? = nil) throws {
    self.path = path
    checkpoint = try Checkpoint(contentsOf: URL(filePath: path))
    trainer = try checkpoint.trainer(threads: threads)
    guard let signature = checkpoint.context.signature else {
      throw TrainingError(.checkpointInvalid, "\(path): the checkpoint does not say what data it was trained on")
    }
    self.signature = signature
  }

  /// The names of the classes; empty for a regression.
  public var classNames: [String] { signature.target.isClass ? signature.target.names : [] }

  /// A source whose tokens and classes are numbered as the model numbers them.
  /// - Throws: `TrainingError` that says how the data differs from what the model was trained on.
  public func source<Base: SequenceSource>(_ base: Base, needsTargets: Bool) throws -> FittedSource<Base> {
    do {
      return try SignatureFit(data: base.signature, model: signature, needsTargets: needsTargets).source(base)
    } catch let error as TrainingError {
      throw TrainingError(error.code, "\(path): \(error.message)")
    }
  }
}
