public import RaggedCore

/// A column, or what is derived from one, that is a target per timestep and missing at some of them.
public struct TargetGap: Sendable, Equatable {
  /// The name of the target.
  public var name: String
  /// Valid timesteps that have none.
  public var missing: Int
  /// Valid timesteps.
  public var timesteps: Int

  /// In words.
  /// - Parameter purpose: what the timesteps are for: ` to train on`.
  public func note(_ purpose: String = "") -> String {
    "\(missing.grouped) of \(timesteps.counted("valid timestep"))\(purpose) \(missing == 1 ? "has" : "have") no target "
      + "\"\(name)\": \(missing == 1 ? "it has" : "they have") no loss and \(missing == 1 ? "is" : "are") not judged"
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
