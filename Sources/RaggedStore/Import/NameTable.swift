import GRDB
import RaggedCore

/// Names that get indices as they come, each a row of the table of classes or tokens; by their bytes, as in the table.
struct NameTable {
  private(set) var names: [String]
  private var indices: [ExactName: Int32]
  private let firstPosition: Int32
  private let datasetID: Int64
  private let insertion: SQLStatement
  private let deletion: SQLStatement

  init(_ db: Database, table: String, column: String, firstPosition: Int32, datasetID: Int64, names: [String]) throws {
    self.names = names
    self.firstPosition = firstPosition
    self.datasetID = datasetID
    indices = names.positions(from: firstPosition)
    insertion = try SQLStatement(db, "INSERT INTO \(table) (dataset_id, position, \(column)) VALUES (?, ?, ?)")
    deletion = try SQLStatement(db, "DELETE FROM \(table) WHERE dataset_id = ? AND position >= ?")
  }

  /// The index of a name, nil where it is not in the table.
  func index(_ name: String) -> Int32? { indices[ExactName(name)] }

  /// The index of a name, which is added where it is new.
  mutating func index(adding name: String) throws -> Int32 {
    if let index = indices[ExactName(name)] { return index }
    let index = firstPosition + Int32(names.count)
    insertion.bind(datasetID, at: 1)
    insertion.bind(Int64(index), at: 2)
    insertion.bind(name, at: 3)
    try insertion.run()
    indices[ExactName(name)] = index
    names.append(name)
    return index
  }

  /// Takes the names out again that were added after the first `count`.
  mutating func removeAll(behind count: Int) throws {
    guard names.count > count else { return }
    deletion.bind(datasetID, at: 1)
    deletion.bind(Int64(firstPosition) + Int64(count), at: 2)
    try deletion.run()
    for name in names[count...] { indices[ExactName(name)] = nil }
    names.removeLast(names.count - count)
  }
}
