import GRDB
import RaggedCore
import RaggedFormats

/// How the sequences of one file go into a dataset: its rows, found or made, and where each column belongs.
struct DatasetOpening {
  var dataset: StoredDataset
  let fit: RecordFit
}

extension DatasetOpening {
  /// Finds or makes the dataset that takes sequences of this description.
  /// - Throws: ``StoreError`` of the code `mismatch` that says how the two differ.
  init(
    _ db: Database, name: String, description: InputDescription, declared classes: [String]?, source: String,
    path: String
  ) throws {
    let declared = classes ?? description.target.declaredClasses
    if let declared, declared.exactNames.count != declared.count {
      throw StoreError(.invalidOption, "the declared classes name one twice: \(declared.quotedList)")
    }
    if let found = try StoredDataset.find(db, named: name, path: path) {
      dataset = found
    } else {
      dataset = try DatasetOpening.make(db, name: name, description: description, declared: declared, path: path)
    }
    do {
      fit = try RecordFit(
        description, into: dataset.signature, declared: declared, isClosed: dataset.hasDeclaredClasses)
    } catch let fault as RecordFault {
      throw StoreError(.mismatch, "\(source) does not fit dataset \"\(name)\": \(fault.problem)")
    }
  }

  private static func make(
    _ db: Database, name: String, description: InputDescription, declared: [String]?, path: String
  ) throws -> StoredDataset {
    guard !name.isEmpty else { throw StoreError(.invalidOption, "a dataset needs a name") }
    do {
      _ = try description.signature(declared: declared, named: "dataset \"\(name)\"")
    } catch let fault as RecordFault {
      throw StoreError(.mismatch, fault.problem)
    }
    let (input, target) = (description.input, description.target)
    let features = input.featureNames
    try db.execute(
      sql: """
        INSERT INTO dataset (name, input_kind, feature_count, token_unit, token_size, target_kind, target_width,
          classes_declared) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        name, input.kind, features?.count ?? 1, input.unit?.rawValue, input == .tokens ? 0 : nil, target.kind,
        target.width, declared != nil && target.isClass ? 1 : 0,
      ])
    let id = db.lastInsertedRowID
    for (table, names) in [("feature", features ?? []), ("target_value", target.valueNames)] {
      for (position, name) in names.enumerated() {
        try db.execute(
          sql: "INSERT INTO \(table) (dataset_id, position, name) VALUES (?, ?, ?)", arguments: [id, position, name])
      }
    }
    // The declared classes are rows before the dataset is read back.
    if let declared, target.isClass {
      for (position, name) in declared.enumerated() {
        try db.execute(
          sql: "INSERT INTO class (dataset_id, position, name) VALUES (?, ?, ?)", arguments: [id, position, name])
      }
    }
    return try StoredDataset.fetch(db, named: name, path: path)
  }
}
