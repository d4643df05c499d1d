import GRDB
import RaggedCore
import RaggedFormats

/// Which split each sequence of an import goes into.
public enum SplitAssignment: Sendable, Equatable {
  /// All into this one.
  case named(String)
  /// Into the one that the file names, and into `default` where it names none.
  case fromRecord(default: String)
  /// By a hash: the same sequences fall into the same splits whenever, and in whatever order, they are imported.
  case hashed([SplitFraction], seed: UInt64 = 0, by: SplitUnit = .key)
}

/// A split and its share.
public struct SplitFraction: Sendable, Equatable {
  /// The name of the split.
  public var name: String
  /// Its share of the sequences, 0…1; the shares of all splits add up to 1.
  public var fraction: Double

  /// The split of this name gets this share.
  public init(_ name: String, _ fraction: Double) {
    self.name = name
    self.fraction = fraction
  }
}

/// What is hashed to assign a split.
public enum SplitUnit: Sendable, Equatable {
  /// The key: each sequence for itself. The shares hold on average; a sequence keeps its split when others are added.
  case key
  /// The key, within each class: at the end of the import the sequences that it stored are ordered by hash, class by
  /// class, and cut at the shares, so that every class is divided as exactly as whole sequences allow. The result
  /// depends on the set of sequences in the import and not on their order. Sequences of earlier imports keep their splits
  /// and do not count, so two imports are divided otherwise than one of both; ``SequenceStore/resplit(dataset:_:)``
  /// divides all of a dataset as one import would.
  case keyWithinClass
  /// The group: sequences of one group fall into one split. A sequence without a group is hashed by its key.
  case group
}

extension SplitAssignment {
  /// - Throws: ``StoreError`` where names or shares make no sense.
  func validate() throws {
    switch self {
    case .named(let name), .fromRecord(default: let name):
      if name.isEmpty { throw StoreError(.invalidOption, "a split needs a name") }
    case .hashed(let fractions, _, _):
      if let wrong = fractions.first(where: { !($0.fraction >= 0 && $0.fraction <= 1) }) {
        throw StoreError(.invalidOption, "the share of split \"\(wrong.name)\" is \(wrong.fraction), expected 0 to 1")
      }
      let sum = fractions.reduce(0) { $0 + $1.fraction }
      guard abs(sum - 1) <= 1e-6 else {
        throw StoreError(.invalidOption, "the shares of the splits add up to \(sum), expected 1")
      }
      guard fractions.allSatisfy({ !$0.name.isEmpty }), fractions.map(\.name).exactNames.count == fractions.count else {
        throw StoreError(
          .invalidOption, "the splits are \(fractions.map(\.name).quotedList), expected names that differ")
      }
    }
  }

  /// Whether splits are only known when all sequences are.
  var needsAllSequences: Bool {
    if case .hashed(_, _, by: .keyWithinClass) = self { true } else { false }
  }

  /// The split of one sequence; a place holder where it needs all of them.
  func split(of record: SequenceRecord) -> String {
    switch self {
    case .named(let name): return name
    case .fromRecord(let name): return record.split.flatMap { $0.isEmpty ? nil : $0 } ?? name
    case .hashed(let fractions, let seed, let unit):
      var hash = StableHash(seed: seed)
      if unit == .group, let group = record.group {
        hash.add(1)
        hash.add(group.utf8)
      } else {
        hash.add(record.key.utf8)
      }
      return SplitAssignment.split(at: Double(hash.value >> 11) * 0x1p-53, of: fractions)
    }
  }

  /// The split that the point `share` of the way through all sequences falls into.
  static func split(at share: Double, of fractions: [SplitFraction]) -> String {
    var end = 0.0
    for fraction in fractions {
      end += fraction.fraction
      if share < end { return fraction.name }
    }
    // Shares that add up to a hair less than 1 leave the last point to the last split that has a share.
    return fractions.last { $0.fraction > 0 }?.name ?? ""
  }
}

/// Divides the sequences of an import class by class, in the order of their keys' hashes.
///
/// The order lives in a temporary table, so that memory does not grow with the number of sequences.
struct StratifiedSplit {
  let fractions: [SplitFraction]
  let seed: UInt64

  /// Gives every sequence of the dataset from `firstID` on its split.
  /// - Parameter job: told how far it has come, as three stages.
  func assign(_ db: Database, datasetID: Int64, firstID: Int64, job: StoreJob? = nil) throws {
    try job?.begin(SelectionQuery.idRange(db))
    try db.execute(
      sql: """
        CREATE TEMP TABLE IF NOT EXISTS stratum (class INTEGER, hash INTEGER, key TEXT);
        DELETE FROM temp.stratum;
        """)
    defer { try? db.execute(sql: "DELETE FROM temp.stratum") }
    let rows = try SQLStatement(
      db, "SELECT \(SequenceRow.columns) FROM sequence NOT INDEXED WHERE dataset_id = ? AND id >= ? ORDER BY id")
    rows.bind(datasetID, at: 1)
    rows.bind(firstID, at: 2)
    let insertion = try SQLStatement(db, "INSERT INTO temp.stratum VALUES (?, ?, ?)")
    var counts: [Int64: Int] = [:]
    while try rows.step() {
      let place = place(of: SequenceRow(rows))
      counts[place.classIndex, default: 0] += 1
      insertion.bind(place.classIndex, at: 1)
      insertion.bind(place.hash, at: 2)
      insertion.bind(place.key, at: 3)
      try insertion.run()
      job?.reach(rows.int64(0))
    }
    let ends = try ends(db, counts, job)
    try job?.begin(SelectionQuery.idRange(db))
    rows.reset()
    let update = try SQLStatement(db, "UPDATE sequence SET split = ?, seal = ? WHERE id = ?")
    while try rows.step() {
      var row = SequenceRow(rows)
      let place = place(of: row)
      let index = ends[place.classIndex]?.firstIndex { end in end.map { place < $0 } ?? true }
      row.split = (index.map { fractions[$0] } ?? fractions.last)?.name ?? ""
      update.bind(row.split, at: 1)
      update.bind(Int64(row.seal), at: 2)
      update.bind(row.id, at: 3)
      try update.run()
      job?.reach(row.id)
    }
  }

  /// Where a sequence stands in the order of its class: by hash, and by key where two hashes are the same.
  private struct Place: Comparable {
    var classIndex: Int64
    var hash: Int64
    var key: String

    static func < (left: Place, right: Place) -> Bool {
      // Keys as SQLite orders them.
      left.hash == right.hash ? left.key.utf8.lexicographicallyPrecedes(right.key.utf8) : left.hash < right.hash
    }
  }

  private func place(of row: SequenceRow) -> Place {
    Place(classIndex: row.classIndex ?? -1, hash: Int64(bitPattern: StableHash.of(row.key, seed: seed)), key: row.key)
  }

  /// For each class and split the first sequence behind the split, nil where the split goes to the end.
  private func ends(_ db: Database, _ counts: [Int64: Int], _ job: StoreJob?) throws -> [Int64: [Place?]] {
    job?.begin(0...Int64(counts.values.reduce(0, +)))
    let ordered = try SQLStatement(db, "SELECT class, hash, key FROM temp.stratum ORDER BY class, hash, key")
    var ends: [Int64: [Place?]] = [:]
    var (current, rank, visited, cuts) = (Int64.min, 0, Int64(0), [Int]())
    while try ordered.step() {
      if ordered.int64(0) != current {
        current = ordered.int64(0)
        rank = 0
        cuts = self.cuts(count: counts[current] ?? 0)
        ends[current] = Array(repeating: nil, count: cuts.count)
      }
      for (index, cut) in cuts.enumerated() where cut == rank {
        ends[current]?[index] = Place(classIndex: current, hash: ordered.int64(1), key: ordered.text(2))
      }
      rank += 1
      visited += 1
      job?.reach(visited)
    }
    return ends
  }

  /// The rank at which each split ends.
  private func cuts(count: Int) -> [Int] {
    var end = 0.0
    return fractions.map { fraction in
      end += fraction.fraction
      return Int((min(end, 1) * Double(count)).rounded())
    }
  }
}
