import RaggedCore

/// What a split of a dataset became.
public struct SplitSummary: Sendable, Equatable, Codable {
  /// Its name.
  public var name: String
  /// The number of its sequences.
  public var sequences: Int
  /// Its share of the dataset's sequences, 0…1.
  public var share: Double
  /// The share that was asked for; nil where none was.
  public var asked: Double?
  /// How many of the sequences have each class, where the target is one per sequence; those that none has are left out.
  public var classes: [ColumnGroup]

  /// Whether the share is a third or more away from what was asked.
  public var isFarOff: Bool { asked.map { $0 > 0 && abs(share - $0) >= $0 / 3 } ?? false }
}

extension SequenceStore {
  /// What the splits of a dataset became: those that were asked for in their order, then the others by name. Reads kept figures
  /// alone.
  /// - Parameters:
  ///   - dataset: its name.
  ///   - asked: the shares that were asked for.
  /// - Throws: ``StoreError`` where there is no such dataset.
  public func splitSummaries(_ dataset: String, asked: [SplitFraction] = []) throws -> [SplitSummary] {
    let info = try datasetInfo(dataset)
    let column = info.columns.first { $0.role == .target && $0.kind == .category && $0.extent == .sequence }
    let names = asked.map(\.name).filter { name in asked.contains { $0.name == name && $0.fraction > 0 } }
    let others = info.splits.map(\.name).filter { !names.containsExactly($0) }
    return try (names + others).map { name in
      let found = info.splits.first { $0.name.isExactly(name) }
      let classes = try found.flatMap { _ in
        try column.map { try groups(SequenceSelection(dataset: dataset, splits: [name]), by: $0.name) }
      }
      let sequences = found?.sequences ?? 0
      return SplitSummary(
        name: name, sequences: sequences,
        share: info.sequences == 0 ? 0 : Double(sequences) / Double(info.sequences),
        asked: asked.first { $0.name.isExactly(name) }?.fraction, classes: classes ?? [])
    }
  }
}
