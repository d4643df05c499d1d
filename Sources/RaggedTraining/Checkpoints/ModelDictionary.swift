public import RaggedCore

extension SequenceSignature {
  /// The signature with the dictionaries that a model learns from some data: of each category column with names, per
  /// timestep or per sequence, those that the data's valid timesteps, or its sequences, hold often enough, in the order of
  /// their codes. All others are the unknown code, which is trained where anything is rare.
  ///
  /// Made of the training split alone, it keeps what other splits hold out of the model; ``SignatureFit`` brings data to it.
  /// Columns of codes without names stay as they are. Reads the data once, where there are names.
  /// - Parameters:
  ///   - source: what is trained on.
  ///   - minCount: cells that a name must have.
  ///   - maxCategories: names that a column has at most, the most frequent ones and of equals the first; nil is all.
  ///   - monitor: asked before every part of the data.
  /// - Throws: ``TrainingError`` for numbers without a meaning; what the source throws; `Cancelled`.
  public static func limited(
    to source: some SequenceSource, minCount: Int = 1, maxCategories: Int? = nil, monitor: ProgressMonitor = .none
  ) throws -> SequenceSignature {
    for (number, what) in [(minCount, "cells that a name must have"), (maxCategories ?? 1, "names of a column")]
    where !(1...Int.largestCount).contains(number) {
      throw TrainingError(
        .invalidModel, "the number of \(what) is \(number), expected 1 to \(Int.largestCount)")
    }
    var signature = source.signature
    var (timestep, sequence) = (CodeCounts(signature.input.timestep), CodeCounts(signature.input.statics))
    guard timestep.hasNames || sequence.hasNames else { return signature }
    try source.forEachPart { part in
      try monitor.check()
      timestep.add(part.compacted().input)
      sequence.add(part.statics)
    }
    timestep.limit(&signature.input.timestep, minCount, maxCategories)
    sequence.limit(&signature.input.statics, minCount, maxCategories)
    return signature
  }
}

/// How often each code of category columns occurs.
private struct CodeCounts {
  /// By column and code; nothing for a column without names.
  private var counts: [[Int]]

  init(_ columns: ColumnSet) {
    counts = columns.categories.map { Array(repeating: 0, count: $0.vocabulary?.size ?? 0) }
  }

  var hasNames: Bool { counts.contains { !$0.isEmpty } }

  mutating func add(_ cells: BatchCells) {
    for column in counts.indices where !counts[column].isEmpty {
      for index in stride(from: column, to: cells.codes.count, by: counts.count)
      where counts[column].indices.contains(Int(cells.codes[index])) {
        counts[column][Int(cells.codes[index])] += 1
      }
    }
  }

  func limit(_ columns: inout ColumnSet, _ minCount: Int, _ maxCategories: Int?) {
    for (place, column) in columns.categories.enumerated() {
      guard var vocabulary = column.vocabulary else { continue }
      let counts = counts[place]
      var kept = vocabulary.tokens.indices.filter { counts[$0 + 1] >= minCount }
      if let maxCategories, kept.count > maxCategories {
        kept.sort { (counts[$1 + 1], $0) < (counts[$0 + 1], $1) }
        kept = kept.prefix(maxCategories).sorted()
      }
      vocabulary.tokens = kept.map { vocabulary.tokens[$0] }
      columns.categories[place] = CategoryColumn(column.name, vocabulary)
    }
  }
}
