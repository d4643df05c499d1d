public import RaggedCore

/// A column that is a target per timestep, or that one is derived from, and that is missing at some timesteps; or a target
/// that lies later than its timestep, which the last ones of a sequence do not have.
public struct TargetGap: Sendable, Equatable {
  /// The name of the column, or of all that is the target.
  public var name: String
  /// Valid timesteps that have none.
  public var missing: Int
  /// Valid timesteps.
  public var timesteps: Int
  /// Of a target that lies later than its timestep, or is its sequence's: the number of sequences. nil for others.
  public var sequences: Int?
  /// Of these, the ones in which no timestep has a target.
  public var sequencesWithout = 0
  /// Of the timesteps that have a target of several values, those that lack some of them.
  public var incomplete = 0

  /// A gap from its figures.
  public init(
    name: String, missing: Int, timesteps: Int, sequences: Int? = nil, sequencesWithout: Int = 0, incomplete: Int = 0
  ) {
    (self.name, self.missing, self.timesteps) = (name, missing, timesteps)
    (self.sequences, self.sequencesWithout, self.incomplete) = (sequences, sequencesWithout, incomplete)
  }

  /// In words.
  /// - Parameter purpose: what the timesteps are for: ` to train on`.
  public func note(_ purpose: String = "") -> String {
    if let sequences {
      let used = timesteps - missing
      var text = "\(used.grouped) of \(timesteps.counted("valid timestep"))\(purpose) \(used == 1 ? "has" : "have")"
      text += " a target \"\(name)\""
      if incomplete > 0 {
        text +=
          incomplete == used ? ", but not all of its values" : ", \(incomplete.grouped) of them not all of its values"
        text += ": those that are there count"
      }
      if missing > 0 {
        text += missing == 1 ? "; the other one has no loss and is" : "; the others have no loss and are"
        text += " not judged"
      }
      guard sequencesWithout > 0 else { return text }
      return text + "; \(sequencesWithout.grouped) of \(sequences.counted("sequence")) "
        + "\(sequencesWithout == 1 ? "has" : "have") none"
    }
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
    let parts = chosen.signature.target.parts
    guard parts.isEmpty else {
      return try parts.flatMap { part -> [TargetGap] in
        guard part.target.isPerTimestep else { return [] }
        var one = choice
        (one.target, one.separatesTargets) = ([part.name], nil)
        if !part.name.namesLaterCells { one.ends = nil }
        return try targetGaps(selection, choice: one)
      }
    }
    guard chosen.signature.target.isPerTimestep, let figures = try statistics(selection).first else { return [] }
    if chosen.reach > 0 || chosen.isAskedEverywhere {
      let gap = try laterTargets(selection, choice, chosen, figures)
      return gap.missing > 0 || chosen.reach > 0 ? [gap] : []
    }
    var known: Set<Int> = []
    return chosen.targetPlaces.compactMap { place in
      guard known.insert(place).inserted,
        let column = figures.columns.first(where: { $0.name.isExactly(columns[place].name) }), column.missing > 0
      else { return nil }
      return TargetGap(name: column.name, missing: column.missing, timesteps: column.count + column.missing)
    }
  }
}

extension StoreSnapshot {
  /// The timesteps that have a target which is not that of a cell of their own. Counted by the lengths where no timestep is
  /// invalid and no cell missing; elsewhere the targets are read once.
  private func laterTargets(
    _ selection: SequenceSelection, _ choice: ColumnChoice, _ chosen: ChosenColumns, _ figures: DatasetStatistics
  ) throws -> TargetGap {
    let name = (choice.target ?? []).joined(separator: ", ")
    // Ends are those of the inputs.
    let inputs = chosen.hasEnds ? choice.inputs : []
    let source = try source(
      selection, choice: ColumnChoice(inputs: inputs, target: choice.target, ends: choice.ends))
    let all = source.columns
    let hasEnd = chosen.hasEnds && chosen.signature.target.isClass
    let isComplete =
      (hasEnd || !chosen.hasEnds)
      && chosen.targetPlaces.allSatisfy { place in
        figures.columns.contains {
          $0.name.isExactly(all[place].name) && $0.extent == .timestep && $0.count == figures.timesteps
        }
      }
    var (used, timesteps, without, incomplete) = (0, 0, 0, 0)
    if isComplete {
      let nearest = chosen.targetSteps.min() ?? 0
      for length in source.lengths {
        func reached(by steps: Int) -> Int { min(Int(length), max(0, Int(length) + (hasEnd ? 1 : 0) - steps)) }
        let count = reached(by: nearest)
        used += count
        incomplete += count - reached(by: chosen.reach)
        timesteps += Int(length)
        if count == 0 { without += 1 }
      }
    } else {
      let lengths = source.lengths
      var start = 0
      while start < lengths.count {
        var (end, steps) = (start, 0)
        while end < lengths.count, end == start || steps + Int(lengths[end]) <= 1 << 16 {
          steps += Int(lengths[end])
          end += 1
        }
        let batch = try source.gather(Array(start..<end))
        let shares = batch.targets.observedShares ?? batch.targets.observed?.map { $0 ? 1 : 0 }
        for b in 0..<batch.count {
          let valid = batch.range(b).filter { batch.validity?[$0] ?? true }
          let count = shares.map { shares in valid.count { shares[$0] > 0 } } ?? valid.count
          incomplete += shares.map { shares in valid.count { shares[$0] > 0 && shares[$0] < 1 } } ?? 0
          used += count
          timesteps += valid.count
          if count == 0 { without += 1 }
        }
        start = end
      }
    }
    return TargetGap(
      name: name, missing: timesteps - used, timesteps: timesteps, sequences: source.count,
      sequencesWithout: without, incomplete: incomplete)
  }
}

extension StoreSource {
  /// The same of the sequences that it was made of, as they were then.
  package func targetGaps(_ selection: SequenceSelection, _ choice: ColumnChoice) throws -> [TargetGap] {
    signature.target.isPerTimestep ? try snapshot.targetGaps(selection, choice: choice) : []
  }
}
