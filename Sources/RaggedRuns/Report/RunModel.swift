import Foundation
import RaggedCore
import RaggedStore
import RaggedTraining

/// A run's model, found again.
struct RunModel {
  let model: TrainedModel
  let path: String
  /// Its name: where else it lies is nobody's business who reads the report.
  var name: String { URL(filePath: path).lastPathComponent }
  /// What is to be known of it; nil where it is the run's.
  let warning: String?

  private init(_ model: TrainedModel, path: String, warning: String?) {
    (self.model, self.path, self.warning) = (model, path, warning)
  }

  /// The model of one of several heads.
  /// - Throws: `TrainingError` for a place that there is not.
  func head(_ place: Int) throws -> RunModel {
    RunModel(try model.head(place), path: path, warning: warning)
  }

  /// The model that is named.
  /// - Throws: where it cannot be read.
  init(_ run: RunFigures, path: String, threads: Int?) throws {
    self.path = path
    model = try TrainedModel(path: path, threads: threads)
    warning =
      RunModel.belongs(model.checkpoint, to: run)
      ? nil : "\(path) was not written by run \(run.record.id): what follows is said of that file's model."
  }

  /// The model where the run has left it: its best epoch's, or else its last; beside the store, or where it was written.
  /// - Throws: ``RunError`` that says where it was looked for.
  init(_ run: RunFigures, store: SequenceStore, threads: Int?) throws {
    let number = run.record.id
    guard let kept = run.checkpoints else {
      throw RunError(.modelMissing, "the store does not know where the model of run \(number) was written: name it")
    }
    let folder = URL(filePath: store.path).deletingLastPathComponent()
    var (other, damage): (String?, TrainingError?)
    for name in [kept.best, kept.last] {
      let places = [
        URL(filePath: name, relativeTo: folder), folder.appending(path: URL(filePath: name).lastPathComponent),
      ]
      // A store may name anything: a device has no end.
      for place in places where place.isRegularFile {
        let model: TrainedModel
        do {
          model = try TrainedModel(path: place.path, threads: threads)
        } catch let error as TrainingError {
          damage = TrainingError(error.code, error.message.replacing(place.path, with: place.lastPathComponent))
          continue
        }
        guard RunModel.belongs(model.checkpoint, to: run) else {
          other = place.lastPathComponent
          continue
        }
        (self.model, path, warning) = (model, place.path, nil)
        return
      }
    }
    if let damage, other == nil { throw damage }
    throw RunError(
      .modelMissing,
      other.map { "\($0) is the model of another run than \(number) by now: name the model of run \(number)" }
        ?? "the model of run \(number) is not at \(kept.best): name it")
  }

  /// Whether a checkpoint was made with the run's settings and data, and has the losses of its epochs.
  static func belongs(_ checkpoint: Checkpoint, to run: RunFigures) -> Bool {
    guard checkpoint.context.fingerprint == run.record.fingerprint,
      TrainingConfiguration(checkpoint) == run.configuration
    else { return false }
    let losses = checkpoint.state.progress.history.epochs.map(\.loss)
    let kept = run.record.epochs.map { $0.metrics["loss"] ?? .nan }
    return losses.count <= kept.count && zip(losses, kept).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
  }
}

extension URL {
  /// Whether a file is there, and no folder, device or pipe.
  fileprivate var isRegularFile: Bool {
    (try? resolvingSymlinksInPath().resourceValues(forKeys: [.isRegularFileKey]).isRegularFile) ?? false
  }
}
