import Foundation
import RaggedBatching
public import RaggedCore
public import RaggedStore
public import RaggedTraining

/// What the training sequences say of a model's target, as its checkpoint keeps it.
enum KeptFacts {
  private static let key = "target facts"

  /// The key of the first target, or the only one, and of those behind it.
  static func key(head place: Int) -> String { place == 0 ? key : "\(key) \(place + 1)" }

  /// The notes of a checkpoint, by target.
  static func note(_ facts: [TargetFacts]) throws -> [String: String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    var notes: [String: String] = [:]
    for (place, facts) in facts.enumerated() {
      notes[key(head: place)] = String(decoding: try encoder.encode(facts), as: UTF8.self)
    }
    return notes
  }

  /// The notes that a checkpoint has; nil where it has none.
  static func note(of checkpoint: Checkpoint) -> [String: String]? {
    let found = checkpoint.context.notes.filter { $0.key.hasPrefix(key) }
    return found.isEmpty ? nil : found
  }

  /// The facts that a checkpoint keeps, where they are of its target.
  static func of(_ checkpoint: Checkpoint, target: TargetSignature) -> TargetFacts? {
    guard let text = checkpoint.context.notes[key],
      let facts = try? JSONDecoder().decode(TargetFacts.self, from: Data(text.utf8)),
      facts.classes.count == (target.isClass ? target.names.count : 0),
      facts.values.count == (target.isClass || target.isLabels ? 0 : target.names.count),
      facts.values.allSatisfy({ $0.pairs.count == facts.seasons.count && $0.distances.count == facts.seasons.count })
    else { return nil }
    return facts
  }
}

extension TrainedModel {
  /// What the sequences that the model was trained on say of its target, as its checkpoint keeps it; nil where it does not.
  public var targetFacts: TargetFacts? { KeptFacts.of(checkpoint, target: signature.target) }

  /// The same from a store that has these sequences: for a checkpoint of before this was kept, and for another season.
  /// - Parameters:
  ///   - store: where the model was trained.
  ///   - season: a season that the facts are to have.
  ///   - monitor: asked before every part of the data.
  /// - Returns: nil where the store does not have the data that the model was trained on.
  /// - Throws: where the store cannot be read; `Cancelled`.
  public func targetFacts(
    in store: SequenceStore, season: Int? = nil, monitor: ProgressMonitor = .none
  ) throws -> TargetFacts? {
    if let facts = targetFacts, season.map(facts.seasons.contains) ?? true { return facts }
    guard let configuration = TrainingConfiguration(checkpoint),
      try store.datasets().contains(where: { $0.name.isExactly(configuration.dataset) })
    else { return nil }
    do {
      let data = try TrainingData(store: store, configuration: configuration, monitor: monitor)
      let fit = try SignatureFit(data: data.signature, model: signature, needsTargets: true)
      let weights = try data.classWeights(configuration, signature.target, trainer.loss, fit, monitor: monitor)
      let batches = try data.batches(configuration, fit, weights: weights, draw: data.draw(configuration))
      guard batches.fingerprint == checkpoint.context.fingerprint else { return nil }
      var facts = try data.targetFacts(
        seasons: TargetFacts.usualSeasons + [season ?? 1].filter { !TargetFacts.usualSeasons.contains($0) },
        monitor: monitor
      ).first
      facts?.byName = targetFacts?.byName
      return facts
    } catch is TrainingError {
      return nil
    } catch let error as StoreError where error.failureClass == .usage {
      // Splits or columns that this store does not have.
      return nil
    } catch let error as RaggedCoreError where error.code == .wrongColumn {
      return nil
    }
  }
}
