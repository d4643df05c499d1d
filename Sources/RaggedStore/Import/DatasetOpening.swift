import GRDB
import RaggedCore
import RaggedFormats

/// How the sequences of one file go into a dataset: its rows, found or made, and where each column belongs.
struct DatasetOpening {
  var dataset: StoredDataset
  /// `columns[f]` is the file's column of the dataset's feature `f`; nil where they stand in one order.
  var columns: [Int]?
  /// The same for target values.
  var targetColumns: [Int]?
  /// The classes that this file may use; nil where any may come.
  var allowedClasses: Set<ExactName>?
  /// Classes that have to be added to the dataset at once, in this order.
  var newClasses: [String] = []
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
    let place = "\(source) does not fit dataset \"\(name)\""
    switch (description.input, dataset.signature.input) {
    case (.features(let names), .features(let known)):
      columns = try DatasetOpening.columns(names, of: known, kind: "feature", place: place)
    case (.tokens, .tokens(_, nil)): break
    case (.text(let unit), .tokens(_, let vocabulary?)) where vocabulary.unit == unit: break
    case (let input, let known):
      throw StoreError(.mismatch, "\(place): its timesteps are \(input.summary), the dataset's \(known.storedSummary)")
    }
    switch (description.target, dataset.signature.target) {
    case (.none, .none), (.classPerSequence, .classPerSequence), (.classPerTimestep, .classPerTimestep): break
    case (.valuesPerSequence(let names), .valuesPerSequence(let known)),
      (.valuesPerTimestep(let names), .valuesPerTimestep(let known)):
      targetColumns = try DatasetOpening.columns(names, of: known, kind: "target value", place: place)
    case (let target, let known):
      throw StoreError(.mismatch, "\(place): its target is \(target.summary), the dataset's \(known.kindSummary)")
    }
    let known = dataset.signature.target.isClass ? dataset.signature.target.names : []
    let knownNames = known.exactNames
    if let declared, dataset.signature.target.isClass {
      newClasses = declared.filter { !knownNames.contains(ExactName($0)) }
      if dataset.hasDeclaredClasses, let wrong = newClasses.first {
        throw StoreError(.mismatch, "\(place): it declares class \"\(wrong)\", which is not one of \(known.quotedList)")
      }
      allowedClasses = declared.exactNames
    } else if dataset.hasDeclaredClasses {
      allowedClasses = knownNames
    }
  }

  /// Where each of the dataset's names stands in the file; nil where the order is the same.
  private static func columns(_ names: [String], of known: [String], kind: String, place: String) throws -> [Int]? {
    if names.areExactly(known) { return nil }
    let (positions, knownNames) = (names.positions(), known.exactNames)
    let missing = known.filter { positions[ExactName($0)] == nil }
    let surplus = names.filter { !knownNames.contains(ExactName($0)) }
    guard missing.isEmpty, surplus.isEmpty, names.count == known.count else {
      var faults: [String] = []
      if !missing.isEmpty { faults.append("lacks \(kind) \(missing.quotedList)") }
      if !surplus.isEmpty { faults.append("has \(kind) \(surplus.quotedList), which the dataset has not") }
      if faults.isEmpty { faults.append("names a \(kind) twice") }
      throw StoreError(
        .mismatch, "\(place): it \(faults.joined(separator: " and ")); the dataset's are \(known.quotedList)")
    }
    return known.compactMap { positions[ExactName($0)].map(Int.init) }
  }

  private static func make(
    _ db: Database, name: String, description: InputDescription, declared: [String]?, path: String
  ) throws -> StoredDataset {
    guard !name.isEmpty else { throw StoreError(.invalidOption, "a dataset needs a name") }
    let (input, target) = (description.input, description.target)
    let features = input.featureNames
    if features == [] { throw StoreError(.mismatch, "dataset \"\(name)\" needs at least one feature") }
    if target != .none, target.width == 0 {
      throw StoreError(.mismatch, "dataset \"\(name)\" needs at least one target value")
    }
    for names in [features ?? [], target.valueNames] where names.exactNames.count != names.count {
      throw StoreError(.mismatch, "two columns have one name: \(names.quotedList)")
    }
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
