import GRDB
import RaggedCore
import RaggedFormats

/// A row of `dataset` with the names that belong to it.
struct StoredDataset {
  var id: Int64
  var name: String
  var createdAt: String
  var signature: SequenceSignature
  /// Whether its classes were declared, so that no others may come.
  var hasDeclaredClasses: Bool
  /// The name of the column of classes, where the target is a class.
  var classColumn: String
  /// The columns beside input and target, with the names of their categories.
  var columns: [Column]

  /// All columns: those of input and target, then the further ones.
  var allColumns: [Column] { signature.columns(classColumn: classColumn, others: columns) }

  /// - Throws: ``StoreError`` where there is no dataset of that name, or its rows contradict each other.
  static func fetch(_ db: Database, named name: String, path: String) throws -> StoredDataset {
    if let dataset = try find(db, named: name, path: path) { return dataset }
    let known = try String.fetchAll(db, sql: "SELECT name FROM dataset ORDER BY name LIMIT 21")
    throw StoreError.unknown("dataset", name, in: path, known: known)
  }

  /// The dataset of that name, nil where there is none.
  static func find(_ db: Database, named name: String, path: String) throws -> StoredDataset? {
    let row = try SQLStatement(
      db,
      """
      SELECT id, created_at, input_kind, feature_count, token_unit, token_size, target_kind, target_width,
        classes_declared, class_column FROM dataset WHERE name = ?
      """, arguments: [name])
    guard try row.step() else { return nil }
    let id = row.int64(0)
    func names(_ table: String, from first: Int = 0, column: String = "name") throws -> [String] {
      var position = Int64(first)
      return try SQLStatement(
        db, "SELECT position, \(column) FROM \(table) WHERE dataset_id = ? ORDER BY position", arguments: [id]
      ).map { row in
        guard row.int64(0) == position else {
          throw StoreError(.damaged, "\(path): dataset \"\(name)\" has gaps in the positions of its \(table)s")
        }
        position += 1
        return row.text(1)
      }
    }

    let columns = try columns(db, of: id, named: name, path: path)
    let input: InputSignature
    switch row.text(2) {
    case "features":
      let features = try names("feature")
      let claimed = row.int64(3)
      guard claimed == features.count, claimed > 0 || !columns.isEmpty else {
        throw StoreError(
          .damaged, "\(path): dataset \"\(name)\" claims \(claimed) features and names \(features.count)")
      }
      input = .features(features)
    case "tokens":
      let size = row.int64(5)
      guard size >= 0, size <= Int64(Int32.max) + 1 else {
        throw StoreError(.damaged, "\(path): dataset \"\(name)\" claims \(size) tokens")
      }
      input = .tokens(size: Int(size), vocabulary: nil)
    default:
      let unit = Vocabulary.Unit(rawValue: row.text(4)) ?? .words
      let vocabulary = Vocabulary(unit: unit, tokens: try names("token", from: 1, column: "token"))
      input = .tokens(size: vocabulary.size, vocabulary: vocabulary)
    }
    let target: TargetSignature
    switch row.text(6) {
    case "class_per_sequence": target = .classPerSequence(try names("class"))
    case "class_per_timestep": target = .classPerTimestep(try names("class"))
    case "values_per_sequence": target = .valuesPerSequence(try names("target_value"))
    case "values_per_timestep": target = .valuesPerTimestep(try names("target_value"))
    default: target = .none
    }
    let width = row.int64(7)
    if !target.isClass, width != target.names.count {
      throw StoreError(
        .damaged, "\(path): dataset \"\(name)\" claims \(width) target values and names \(target.names.count)")
    }
    return StoredDataset(
      id: id, name: name, createdAt: row.text(1), signature: SequenceSignature(input: input, target: target),
      hasDeclaredClasses: row.int64(8) == 1, classColumn: row.text(9), columns: columns)
  }

  private static func columns(_ db: Database, of id: Int64, named name: String, path: String) throws -> [Column] {
    func gap(_ what: String) -> StoreError {
      StoreError(.damaged, "\(path): dataset \"\(name)\" has gaps in the positions of its \(what)")
    }
    var columns: [Column] = []
    let rows = try SQLStatement(
      db, "SELECT position, name, kind, extent, role FROM dataset_column WHERE dataset_id = ? ORDER BY position",
      arguments: [id])
    while try rows.step() {
      guard rows.int64(0) == Int64(columns.count), let kind = Column.Kind(rawValue: rows.text(2)),
        let extent = Column.Extent(rawValue: rows.text(3)), let role = Column.Role(rawValue: rows.text(4)),
        extent != .labels || kind == .category
      else { throw gap("columns") }
      columns.append(Column(rows.text(1), kind, per: extent, role: role))
    }
    guard !columns.isEmpty else { return [] }
    var names = columns.map { _ in [String]() }
    let codes = try SQLStatement(
      db, "SELECT \"column\", code, name FROM column_name WHERE dataset_id = ? ORDER BY \"column\", code",
      arguments: [id])
    while try codes.step() {
      let column = Int(codes.int64(0))
      guard columns.indices.contains(column), columns[column].kind == .category,
        codes.int64(1) == Int64(names[column].count) + 1
      else { throw gap("names of columns") }
      names[column].append(codes.text(2))
    }
    return zip(columns, names).map { column, names in
      guard column.kind == .category else { return column }
      return Column(
        column.name, .category, per: column.extent, role: column.role,
        vocabulary: Vocabulary(unit: .words, tokens: names))
    }
  }
}

/// How the sequences of one file go into a dataset: its rows, found or made, and where each column belongs.
struct DatasetOpening {
  let dataset: StoredDataset
  let fit: RecordFit
  /// Whether the dataset was not there.
  let isNew: Bool

  /// Finds or makes the dataset that takes sequences of this description.
  /// - Parameter shape: what the sequences of all files together look like, for a dataset that is made.
  /// - Throws: ``StoreError`` of the code `mismatch` that says how the two differ.
  init(
    _ db: Database, name: String, description: InputDescription, shape: InputDescription? = nil,
    declared classes: [String]?, source: String, path: String
  ) throws {
    let declared = classes ?? description.target.declaredClasses
    if let declared, declared.exactNames.count != declared.count {
      throw StoreError(.invalidOption, "the declared classes name one twice: \(declared.quotedList)")
    }
    if let found = try StoredDataset.find(db, named: name, path: path) {
      (dataset, isNew) = (found, false)
    } else {
      isNew = true
      dataset = try DatasetOpening.make(
        db, name: name, description: shape ?? description, declared: declared, path: path)
    }
    do {
      fit = try RecordFit(
        description, into: dataset.signature, columns: dataset.columns, declared: declared,
        isClosed: dataset.hasDeclaredClasses)
    } catch let fault as RecordFault {
      throw StoreError(
        .mismatch, "\(source) does not fit dataset \"\(name)\": \(fault.problem)",
        remedy: fault.remedy.map { .input($0) })
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
          classes_declared, class_column) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        name, input.kind, features?.count ?? 1, input.unit?.rawValue, input == .tokens ? 0 : nil, target.kind,
        target.width, declared != nil && target.isClass ? 1 : 0, description.classColumn,
      ])
    let id = db.lastInsertedRowID
    let classes = target.isClass ? declared ?? [] : []
    for (table, names) in [("feature", features ?? []), ("target_value", target.valueNames), ("class", classes)] {
      for (position, name) in names.enumerated() {
        try db.execute(
          sql: "INSERT INTO \(table) (dataset_id, position, name) VALUES (?, ?, ?)", arguments: [id, position, name])
      }
    }
    for (position, column) in description.columns.enumerated() {
      try db.execute(
        sql: "INSERT INTO dataset_column (dataset_id, position, name, kind, extent, role) VALUES (?, ?, ?, ?, ?, ?)",
        arguments: [id, position, column.name, column.kind.rawValue, column.extent.rawValue, column.role.rawValue])
    }
    return try StoredDataset.fetch(db, named: name, path: path)
  }
}

extension InputDescription.Input {
  /// The word for it in the column `dataset.input_kind`.
  var kind: String {
    switch self {
    case .features: "features"
    case .tokens: "tokens"
    case .text: "text"
    }
  }

  var unit: Vocabulary.Unit? {
    if case .text(let unit) = self { unit } else { nil }
  }
}

extension InputDescription.Target {
  /// The word for it in the column `dataset.target_kind`.
  var kind: String {
    switch self {
    case .none: "none"
    case .classPerSequence: "class_per_sequence"
    case .classPerTimestep: "class_per_timestep"
    case .valuesPerSequence: "values_per_sequence"
    case .valuesPerTimestep: "values_per_timestep"
    }
  }
}
