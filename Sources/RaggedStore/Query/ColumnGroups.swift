import GRDB
import RaggedCore

/// The sequences that have one name in a category column per sequence.
public struct ColumnGroup: Sendable, Equatable, Codable {
  /// The name; nil for sequences whose cell is missing.
  public var name: String?
  /// The number of these sequences.
  public var sequences: Int
  /// The number of their timesteps, invalid ones among them.
  public var timesteps: Int
}

extension SequenceStore {
  /// How many of the selected sequences have each name in a category column per sequence, in the order of the column's
  /// dictionary; names that none has are left out, and sequences whose cell is missing come last.
  ///
  /// Whole splits are answered by counts that are kept at import, without a look at any sequence.
  /// - Throws: ``StoreError`` for names that do not exist, and for a column of another kind.
  public func groups(_ selection: SequenceSelection, by column: String) throws -> [ColumnGroup] {
    let snapshot = try StoreSnapshot(self, conditions: selection.condition != nil)
    return try snapshot.groups(selection, by: column)
  }
}

extension SelectionQuery {
  /// The groups of the selected sequences by a column.
  func groups(_ db: Database, by name: String, job: StoreJob) throws -> [ColumnGroup] {
    let columns = dataset.allColumns
    guard let place = columns.firstIndex(where: { $0.name.isExactly(name) }) else {
      throw StoreError.unknown("column", name, in: "dataset \"\(dataset.name)\"", known: columns.map(\.name))
    }
    guard columns[place].kind == .category, columns[place].extent == .sequence else {
      throw StoreError(
        .invalidOption,
        "dataset \"\(dataset.name)\" cannot be grouped by \"\(name)\": it is \(columns[place].summary), expected a category per sequence"
      )
    }
    var counts = CodeCounts()
    let own = columns.count - dataset.columns.count
    if place < own {
      // Classes are counted with the lengths.
      try forEachLength(db, job) { index, length, count in
        counts.add(CodeCount(count: count, timesteps: count * length), of: Int(index) + 1)
      }
    } else if selection.isUnionOfCells {
      let (condition, arguments) = filter
      let rows = try SQLStatement(
        db, "SELECT code, count, timesteps FROM column_count WHERE \(condition) AND \"column\" = ?",
        arguments: arguments + [place - own])
      while try rows.step() {
        counts.add(
          CodeCount(count: try rows.count(1, of: "column_count"), timesteps: try rows.count(2, of: "column_count")),
          of: Int(rows.int64(0)))
      }
    } else {
      let statics = StaticColumns(dataset)
      let index = dataset.columns[..<(place - own)].count { $0.extent == .sequence }
      try forEachRow(db, columns: "length, statics", job: job) { row in
        let cells = try statics.cells(row.isNull(2) ? nil : row.text(2), id: row.int64(0))
        counts.add(
          CodeCount(count: 1, timesteps: Int(row.int64(1))), of: Int(cells.cells.codes[statics.place(index)]))
      }
    }
    let (all, names) = (counts.all, columns[place].vocabulary?.tokens ?? [])
    return all.sorted { ($0.key == 0 ? .max : $0.key) < ($1.key == 0 ? .max : $1.key) }.map { code, count in
      let name = code == 0 ? nil : names.indices.contains(code - 1) ? names[code - 1] : "\(code)"
      return ColumnGroup(name: name, sequences: count.count, timesteps: count.timesteps)
    }
  }

  /// Calls `body` with each class and length of the selected sequences, and with how many have both.
  private func forEachLength(
    _ db: Database, _ job: StoreJob, _ body: (_ classIndex: Int64, _ length: Int, _ count: Int) -> Void
  ) throws {
    guard selection.isUnionOfCells else {
      return try forEachRow(db, columns: "class, length", job: job) { body($0.int64(1), Int($0.int64(2)), 1) }
    }
    let (condition, arguments) = filter
    let rows = try SQLStatement(
      db, "SELECT class, length, count FROM length_count WHERE \(condition)", arguments: arguments)
    var limit = try CountLimit(db, dataset, path: path)
    while try rows.step() {
      _ = try limit.add(length: rows.int64(1), count: rows.int64(2))
      body(rows.int64(0), Int(rows.int64(1)), Int(rows.int64(2)))
    }
  }
}
