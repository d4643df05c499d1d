import Foundation
import RaggedCore
import RaggedTraining

/// What the values that a model predicts are measured in, as its checkpoint keeps it.
enum TargetUnits {
  private static let key = "target units"

  /// The key of the first target, or the only one, and of those behind it.
  static func key(head place: Int) -> String { place == 0 ? key : "\(key) \(place + 1)" }

  /// The notes of a checkpoint, by target; one is left out where no unit is known.
  static func note(_ units: [[String?]]) -> [String: String] {
    var notes: [String: String] = [:]
    for (place, units) in units.enumerated() where units.contains(where: { $0 != nil }) {
      notes[key(head: place)] = units.map { $0 ?? "" }.joined(separator: "\n")
    }
    return notes
  }

  /// The units that a checkpoint keeps; none where it has none.
  static func of(_ checkpoint: Checkpoint) -> [String?] {
    checkpoint.context.notes[key]?.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? nil : String($0) } ?? []
  }
}

extension TrainedModel {
  /// What each value that is predicted is measured in, where that is known: `seconds` of a time since another one. Empty for
  /// classes.
  public var targetUnits: [String?] {
    guard !signature.target.isClass, !signature.target.isLabels else { return [] }
    let units = TargetUnits.of(checkpoint)
    return signature.target.names.indices.map { units.indices.contains($0) ? units[$0] : nil }
  }

  /// The values' names, each with its unit where that is known: `when:delta (seconds)`.
  var titledTargets: [String] {
    zip(signature.target.names, targetUnits).map { name, unit in unit.map { "\(name) (\($0))" } ?? name }
  }
}

extension ChosenColumns {
  /// What is to be said of targets that are derived from times: what they are, and which inputs give them away.
  var targetNotes: [String] {
    derivedTargets.map { "target \"\($0)\" is \($1)" }
      + leaks.map { "input \"\($0)\" gives target \"\($1)\" away: both are made of the same time" }
  }
}
