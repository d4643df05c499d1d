public import RaggedCore

/// The class that most often stands beside each name of a category column, at the same timestep: the activity that usually follows
/// an activity, the tag that a word mostly has. What a model that looks at more than this one cell has to be better than.
public struct ClassesByName: Sendable, Equatable, Codable {
  /// The column, of the model's input.
  public let column: String
  /// The class of each code of the column's dictionary, `[V]`; -1 where no training target stands beside it.
  public let classes: [Int32]
  /// Targets beside each code, `[V]`.
  public let counts: [Int]
  /// Those of the class, `[V]`.
  public let hits: [Int]

  /// Names times classes at most: of more, nothing is counted. 4 bytes each while counting.
  public static let largest = 1 << 24
  /// Names at most: they are kept with the model.
  public static let mostNames = 1 << 16

  /// Whether the codes are those of a dictionary, and the classes those of a target.
  func fits(names: Int, classes count: Int) -> Bool {
    classes.count == names && counts.count == names && hits.count == names
      && zip(classes, zip(counts, hits)).allSatisfy { $0 >= -1 && $0 < count && $1.0 >= $1.1 && $1.1 >= 0 }
  }

  /// Of each target of a source, in the order of its parts: the column that tells the class of most targets, each beside its name.
  /// nil for a target that is no class per timestep, for a source without a category per timestep, and for dictionaries that are
  /// too large. Reads the data once where there is something to count, else not at all.
  /// - Parameters:
  ///   - source: the training sequences as the model takes them.
  ///   - monitor: asked before every part of the data.
  /// - Throws: what the source throws; `Cancelled`.
  public static func counted(
    in source: some SequenceSource, monitor: ProgressMonitor = .none
  ) throws -> [ClassesByName?] {
    let parts = source.signature.target.parts
    let targets = parts.isEmpty ? [source.signature.target] : parts.map(\.target)
    let columns = source.signature.input.timestep.categories
    // A table of counts for each target and column, empty where nothing is counted.
    var tables = targets.map { target in
      columns.map { column in
        let (names, classes) = (column.size, target.names.count)
        guard target.isClass, target.isPerTimestep, names <= mostNames, names * classes <= largest else {
          return [Int32]()
        }
        return [Int32](repeating: 0, count: names * classes)
      }
    }
    guard tables.joined().contains(where: { !$0.isEmpty }) else { return targets.map { _ in nil } }
    try source.forEachPart { part in
      try monitor.check()
      let batch = part.compacted()
      for place in targets.indices {
        let codes = (parts.isEmpty ? batch.targets : batch.targets[head: place]).classes
        let width = targets[place].names.count
        for c in columns.indices where !tables[place][c].isEmpty {
          for (n, code) in codes.enumerated() where code >= 0 && code < width {
            let name = Int(batch.input.codes[n * batch.input.codeCount + c])
            if name >= 0, name < columns[c].size { tables[place][c][name * width + Int(code)] += 1 }
          }
        }
      }
    }
    return zip(targets, tables).map { target, tables in
      zip(columns, tables).compactMap { ClassesByName($0, $1, width: target.names.count) }
        .max { $0.hits.reduce(0, +) < $1.hits.reduce(0, +) }
    }
  }

  private init?(_ column: CategoryColumn, _ table: [Int32], width: Int) {
    guard table.contains(where: { $0 > 0 }) else { return nil }
    self.column = column.name
    var (classes, counts, hits): ([Int32], [Int], [Int]) = ([], [], [])
    for name in 0..<column.size {
      let row = table[name * width..<(name + 1) * width]
      // The first of several that are as frequent.
      let most = row.max() ?? 0
      counts.append(row.reduce(0) { $0 + Int($1) })
      hits.append(Int(most))
      classes.append(most == 0 ? -1 : Int32((row.firstIndex(of: most) ?? row.startIndex) - row.startIndex))
    }
    (self.classes, self.counts, self.hits) = (classes, counts, hits)
  }

  /// Probabilities of all classes beside a name, written to a row that begins at `start`: that of its class is its share in training, with one target more
  /// that it has and one that it has not; the rest goes to the others as they are frequent.
  /// - Parameter shares: how frequent the classes are, for the others and for names without a target, `[K]`.
  func write(_ code: Int32, shares: [Float], to row: inout [Float], at start: Int) {
    for k in shares.indices { row[start + k] = shares[k] }
    guard classes.indices.contains(Int(code)), case let best = Int(classes[Int(code)]), shares.indices.contains(best)
    else {
      return
    }
    let own = Float(hits[Int(code)] + 1) / Float(counts[Int(code)] + 2)
    let rest = shares.reduce(0, +) - shares[best]
    for k in shares.indices {
      row[start + k] = k == best ? (rest > 0 ? own : 1) : rest > 0 ? (1 - own) * shares[k] / rest : 0
    }
    // Among many classes another may be as likely by chance: the one beside the name is what is said.
    let all = start..<start + shares.count
    if let most = all.max(by: { row[$0] < row[$1] }), row[most] > row[start + best] { row.swapAt(start + best, most) }
  }
}
