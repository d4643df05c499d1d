public import RaggedCore

/// A column that is a target, or that one is derived from, and that is missing at some timesteps or sequences which are not
/// left out for that.
public struct TargetGap: Sendable, Equatable {
  /// The name of the target.
  public var name: String
  /// Valid timesteps, or sequences, that have none.
  public var missing: Int
  /// Valid timesteps, or sequences.
  public var count: Int
  /// Whether there is one per timestep.
  public var isPerTimestep: Bool

  /// In words.
  /// - Parameter purpose: what they are for: ` to train on`.
  public func note(_ purpose: String = "") -> String {
    "\(missing.grouped) of \(count.counted(isPerTimestep ? "valid timestep" : "sequence"))\(purpose) \(missing == 1 ? "has" : "have") no target "
      + "\"\(name)\": \(missing == 1 ? "it has" : "they have") no loss and \(missing == 1 ? "is" : "are") not judged"
  }
}

extension StoreSnapshot {
  /// The targets of a choice that are missing at some valid timesteps of the selected sequences, or at some sequences where
  /// they are the dataset's own values. Whole splits are answered by figures kept at import.
  /// - Throws: ``StoreError`` for names that do not exist, `RaggedCoreError` for a choice that the dataset does not have.
  public func targetGaps(_ selection: SequenceSelection, choice: ColumnChoice) throws -> [TargetGap] {
    let columns = try datasetInfo(selection.dataset).columns
    let chosen = try choice.columns(of: columns)
    let isPerTimestep = chosen.signature.target.isPerTimestep
    // A sequence that lacks another target is left out.
    let isOwnValues = chosen.targetPlaces.contains { columns[$0].role == .target } && !chosen.signature.target.isClass
    guard isPerTimestep || isOwnValues, let figures = try statistics(selection).first else { return [] }
    var known: Set<Int> = []
    return chosen.targetPlaces.compactMap { place in
      guard known.insert(place).inserted,
        let column = figures.columns.first(where: { $0.name.isExactly(columns[place].name) }), column.missing > 0
      else { return nil }
      return TargetGap(
        name: column.name, missing: column.missing, count: column.count + column.missing, isPerTimestep: isPerTimestep)
    }
  }
}

extension StoreSource {
  /// The same of the sequences that it was made of, as they were then.
  package func targetGaps(_ selection: SequenceSelection, _ choice: ColumnChoice) throws -> [TargetGap] {
    try snapshot.targetGaps(selection, choice: choice)
  }
}
