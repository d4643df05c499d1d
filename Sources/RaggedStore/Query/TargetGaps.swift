public import RaggedCore

/// A column that is a target per timestep, or that one is derived from, and that is missing at some timesteps.
public struct TargetGap: Sendable, Equatable {
  /// The name of the column.
  public var name: String
  /// Valid timesteps that have none.
  public var missing: Int
  /// Valid timesteps.
  public var timesteps: Int

  /// In words.
  /// - Parameter purpose: what the timesteps are for: ` to train on`.
  public func note(_ purpose: String = "") -> String {
    let words = missing == 1 ? ("has", "it has", "is") : ("have", "they have", "are")
    return "\(missing.grouped) of \(timesteps.counted("valid timestep"))\(purpose) \(words.0) no target \"\(name)\": "
      + "\(words.1) no loss and \(words.2) not judged"
  }
}

extension StoreSnapshot {
  /// The targets per timestep of a choice that are missing at some valid timesteps of the selected sequences. Whole splits
  /// are answered by figures kept at import.
  /// - Throws: ``StoreError`` for names that do not exist, `RaggedCoreError` for a choice that the dataset does not have.
  public func targetGaps(_ selection: SequenceSelection, choice: ColumnChoice) throws -> [TargetGap] {
    let columns = try datasetInfo(selection.dataset).columns
    let chosen = try choice.columns(of: columns)
    guard chosen.signature.target.isPerTimestep, let figures = try statistics(selection).first else { return [] }
    var known: Set<Int> = []
    return chosen.targetPlaces.compactMap { place in
      guard known.insert(place).inserted,
        let column = figures.columns.first(where: { $0.name.isExactly(columns[place].name) }), column.missing > 0
      else { return nil }
      return TargetGap(name: column.name, missing: column.missing, timesteps: column.count + column.missing)
    }
  }
}

extension StoreSource {
  /// The same of the sequences that it was made of, as they were then.
  package func targetGaps(_ selection: SequenceSelection, _ choice: ColumnChoice) throws -> [TargetGap] {
    signature.target.isPerTimestep ? try snapshot.targetGaps(selection, choice: choice) : []
  }
}
