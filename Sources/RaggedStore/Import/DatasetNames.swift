import GRDB
import RaggedCore
import RaggedFormats

/// Brings the names that an encoder has added into the tables of classes, tokens and column names. Names are written once the record
/// that brought them is stored, so that one which is not leaves none behind, and many at a time.
struct NameRows {
  private var classes: NameInsertion
  private var tokens: NameInsertion
  private var columns: NameInsertion
  private var written: NameCounts
  /// The places of the category columns.
  private let categories: [Int]

  /// - Parameter dataset: with the names that its tables have.
  init(_ db: Database, _ dataset: StoredDataset) throws {
    written = NameCounts(dataset)
    categories = dataset.columns.indices.filter { dataset.columns[$0].kind == .category }
    classes = try NameInsertion(db, dataset.id, "class (dataset_id, position, name)")
    tokens = try NameInsertion(db, dataset.id, "token (dataset_id, position, token)")
    columns = try NameInsertion(db, dataset.id, "column_name (dataset_id, \"column\", code, name)", hasColumn: true)
  }

  /// Writes the names that are not in the tables yet.
  /// - Parameter waits: whether those stay unwritten, until the next call, that are too few to be written together.
  mutating func write(_ encoder: RecordEncoder, waits: Bool = false) throws {
    try classes.write(encoder.classes.names, &written.classes, first: 0, waits)
    // Position 0 is the unknown token's.
    try tokens.write(encoder.tokens.names, &written.tokens, first: 1, waits)
    for place in categories {
      try columns.write(encoder.names(ofColumn: place), &written.columns[place], first: 1, column: place, waits)
    }
  }
}

/// The statements that put names into a table: one, or many.
private struct NameInsertion {
  /// Names that are written together.
  private static let many = 32
  private let db: Database
  private let datasetID: Int64
  private let table: String
  private let hasColumn: Bool
  private let one: SQLStatement
  /// Compiled when there is the first use of it.
  private var several: SQLStatement?

  init(_ db: Database, _ datasetID: Int64, _ table: String, hasColumn: Bool = false) throws {
    (self.db, self.datasetID, self.table, self.hasColumn) = (db, datasetID, table, hasColumn)
    one = try SQLStatement(db, NameInsertion.text(table, hasColumn, names: 1))
  }

  private static func text(_ table: String, _ hasColumn: Bool, names: Int) -> String {
    let rows = (0..<names).map { "(?1, \(hasColumn ? "?2, " : "")?\(3 + 2 * $0), ?\(4 + 2 * $0))" }
    return "INSERT INTO \(table) VALUES \(rows.joined(separator: ", "))"
  }

  mutating func write(
    _ names: [String], _ written: inout Int, first: Int, column: Int = 0, _ waits: Bool
  ) throws {
    while names.count - written >= NameInsertion.many {
      let statement = try several ?? SQLStatement(db, NameInsertion.text(table, hasColumn, names: NameInsertion.many))
      several = statement
      try insert(names[written..<written + NameInsertion.many], first + written, column, statement)
      written += NameInsertion.many
    }
    while !waits, written < names.count {
      try insert(names[written...written], first + written, column, one)
      written += 1
    }
  }

  private func insert(_ names: ArraySlice<String>, _ position: Int, _ column: Int, _ statement: SQLStatement) throws {
    statement.bind(datasetID, at: 1)
    if hasColumn { statement.bind(Int64(column), at: 2) }
    for (place, name) in names.enumerated() {
      statement.bind(Int64(position + place), at: Int32(3 + 2 * place))
      statement.bind(name, at: Int32(4 + 2 * place))
    }
    try statement.run()
  }
}

/// How many names of classes, of tokens and of its columns' categories a dataset has.
struct NameCounts: Equatable {
  var classes: Int
  /// Without the unknown token; of a dataset whose tokens are numbers, one more than the largest.
  var tokens: Int

  /// Of each further column, without the code of a missing cell; 0 of one that is no category.
  var columns: [Int]

  init(classes: Int, tokens: Int, columns: [Int]) {
    (self.classes, self.tokens, self.columns) = (classes, tokens, columns)
  }

  /// The names that a dataset has now.
  init(_ dataset: StoredDataset) {
    let signature = dataset.signature
    columns = dataset.columns.map { $0.vocabulary?.tokens.count ?? 0 }
    classes = signature.target.isClass ? signature.target.names.count : 0
    let column = signature.input.tokens
    tokens = column?.vocabulary?.tokens.count ?? column?.size ?? 0
  }
}

/// Takes out of a dataset the classes, tokens and names of columns that an import brought with sequences it took out again. Those that stay
/// have the numbers they would have without these sequences: in the order in which they first come.
struct UnusedNames {
  let db: Database
  let dataset: StoredDataset
  /// The names that were there before the import, which stay as they are.
  let before: NameCounts
  /// Classes that stay, because they were declared.
  let declared: Set<ExactName>
  /// The first sequence that may use one of the import's names.
  let firstID: Int64

  /// Takes them out. O(data of the import's sequences).
  /// - Returns: whether a class, a token or a name has another number now.
  func remove() throws -> Bool {
    let (input, target) = (dataset.signature.input, dataset.signature.target)
    let (shape, statics) = (BlobShape(dataset), StaticColumns(dataset))
    let classNames = target.isClass ? target.names : []
    var classes = NameUse(count: classNames.count, kept: before.classes)
    for (index, name) in classNames.enumerated() where declared.contains(ExactName(name)) { classes.note(Int32(index)) }
    let vocabulary = input.tokens?.vocabulary
    // Number 0 is the unknown token, and that of a missing cell.
    var tokens = NameUse(count: vocabulary.map { $0.tokens.count + 1 } ?? 0, kept: before.tokens + 1)
    var columns = zip(dataset.columns, before.columns).map { NameUse(count: $0.size, kept: $1 + 1) }
    var largest: Int32 = -1
    try eachSequence { row, blobs in
      if let index = row.classIndex { classes.note(Int32(clamping: index)) }
      if case .classPerTimestep = target {
        for index in blobs.target.numbers(Int32.self) { classes.note(index) }
      }
      if let codes = blobs.codes {
        for index in 0..<codes.count / 4 {
          columns[shape.codes[index % shape.codes.count]].note(codes.number(index, as: Int32.self))
        }
      }
      for (place, codes) in zip(shape.labels, try shape.lists(blobs.labels, id: row.id)) {
        for code in codes { columns[place].note(code) }
      }
      if !shape.statics.isEmpty {
        let codes = try statics.cells(row.statics, id: row.id).cells.codes
        for (place, code) in zip(shape.statics.filter { dataset.columns[$0].kind == .category }, codes) {
          columns[place].note(code)
        }
      }
      guard input.isTokens else { return }
      for token in blobs.input.numbers(Int32.self) {
        if vocabulary != nil { tokens.note(token) } else { largest = max(largest, token) }
      }
    }
    if input.isTokens, vocabulary == nil {
      try db.execute(
        sql: "UPDATE dataset SET token_size = ? WHERE id = ?",
        arguments: [max(before.tokens, Int(largest) + 1), dataset.id])
    }
    guard !classes.isUnchanged || !tokens.isUnchanged || !columns.allSatisfy(\.isUnchanged) else { return false }
    try renumber(
      classes.numbers, tokens.numbers, columns: shape.codes.map { columns[$0].numbers },
      labels: shape.labels.map { columns[$0].numbers })
    try keep(classes, of: classNames, in: "class", column: "name")
    try keep(tokens, of: [""] + (vocabulary?.tokens ?? []), in: "token", column: "token")
    for (place, use) in columns.enumerated() where dataset.columns[place].kind == .category {
      try keep(use, of: [""] + (dataset.columns[place].vocabulary?.tokens ?? []), ofColumn: place)
    }
    return true
  }

  /// Calls `body` with each sequence that may use one of the names, and its data.
  private func eachSequence(_ body: (SequenceRow, SequenceBlobs) throws -> Void) throws {
    let rows = try SQLStatement(
      db,
      """
      SELECT \(SequenceRow.columns), \(SequenceBlobs.columns)
      FROM sequence NOT INDEXED JOIN sequence_data ON sequence_id = id WHERE dataset_id = ? AND id >= ? ORDER BY id
      """, arguments: [dataset.id, firstID])
    while try rows.step() { try body(SequenceRow(rows), rows.blobs(from: SequenceRow.columnCount)) }
  }

  /// Writes the new numbers into the sequences. An empty table of numbers changes none. The names of columns per sequence
  /// stand in their rows as they are.
  /// - Parameters:
  ///   - columns: the tables of the category columns per timestep.
  ///   - labels: those of the columns of labels.
  private func renumber(
    _ classes: [Int32?], _ tokens: [Int32?], columns: [[Int32?]], labels: [[Int32?]]
  ) throws {
    let shape = BlobShape(dataset)
    let update = try SQLStatement(db, "UPDATE sequence SET class = ?, checksum = ?, seal = ? WHERE id = ?")
    let dataUpdate = try SQLStatement(
      db, "UPDATE sequence_data SET input = ?, target = ?, codes = ?, labels = ? WHERE sequence_id = ?")
    let hasStepClasses = if case .classPerTimestep = dataset.signature.target { true } else { false }
    try eachSequence { row, blobs in
      var (row, blobs) = (row, blobs)
      let input = UnusedNames.renumbered(blobs.input, dataset.signature.input.isTokens ? tokens : [])
      let target = UnusedNames.renumbered(blobs.target, hasStepClasses ? classes : [])
      let codes = (0..<(blobs.codes?.count ?? 0) / 4).map { index -> Int32 in
        let code = blobs.codes?.number(index, as: Int32.self) ?? 0
        return UnusedNames.number(code, columns[index % columns.count])
      }
      let lists = zip(labels, try shape.lists(blobs.labels, id: row.id)).map { numbers, codes in
        codes.map { UnusedNames.number($0, numbers) }
      }
      try input.withUnsafeBytes { input in
        try target.withUnsafeBytes { target in
          try codes.withUnsafeBytes { codes in
            try StoredLabels.numbers(lists).withUnsafeBytes { labels in
              row.classIndex = row.classIndex.map { UnusedNames.number(Int32(clamping: $0), classes) }.map(Int64.init)
              (blobs.input, blobs.target) = (input, target)
              if blobs.codes != nil { blobs.codes = codes }
              if blobs.labels != nil { blobs.labels = labels }
              row.checksum = Int64(blobs.checksum)
              dataUpdate.bind(uncopied: input, at: 1)
              if dataset.signature.target.isPerTimestep || !target.isEmpty {
                dataUpdate.bind(uncopied: target, at: 2)
              } else {
                dataUpdate.bindNull(at: 2)
              }
              for (place, bytes) in [blobs.codes, blobs.labels].enumerated() {
                let place = Int32(3 + place)
                if let bytes { dataUpdate.bind(uncopied: bytes, at: place) } else { dataUpdate.bindNull(at: place) }
              }
              dataUpdate.bind(row.id, at: 5)
              try dataUpdate.run()
            }
          }
        }
      }
      if let index = row.classIndex { update.bind(index, at: 1) } else { update.bindNull(at: 1) }
      update.bind(row.checksum, at: 2)
      update.bind(Int64(row.seal), at: 3)
      update.bind(row.id, at: 4)
      try update.run()
    }
  }

  /// Writes the names of a column behind those that are kept anew, in their new order.
  private func keep(_ use: NameUse, of names: [String], ofColumn place: Int) throws {
    guard !use.isUnchanged else { return }
    try db.execute(
      sql: "DELETE FROM column_name WHERE dataset_id = ? AND \"column\" = ? AND code >= ?",
      arguments: [dataset.id, place, use.kept])
    for (old, new) in use.numbers.enumerated() {
      guard let new, Int(new) >= use.kept else { continue }
      try db.execute(
        sql: "INSERT INTO column_name (dataset_id, \"column\", code, name) VALUES (?, ?, ?, ?)",
        arguments: [dataset.id, place, new, names[old]])
    }
  }

  /// Writes the names of a table behind those that are kept anew, in their new order.
  private func keep(_ use: NameUse, of names: [String], in table: String, column: String) throws {
    guard !use.isUnchanged else { return }
    try db.execute(
      sql: "DELETE FROM \(table) WHERE dataset_id = ? AND position >= ?", arguments: [dataset.id, use.kept])
    let insertion = try SQLStatement(db, "INSERT INTO \(table) (dataset_id, position, \(column)) VALUES (?, ?, ?)")
    for (old, new) in use.numbers.enumerated() {
      guard let new, Int(new) >= use.kept else { continue }
      insertion.bind(dataset.id, at: 1)
      insertion.bind(Int64(new), at: 2)
      insertion.bind(names[old], at: 3)
      try insertion.run()
    }
  }

  private static func number(_ index: Int32, _ numbers: [Int32?]) -> Int32 {
    guard index >= 0, Int(index) < numbers.count else { return index }
    return numbers[Int(index)] ?? 0
  }

  private static func renumbered(_ bytes: UnsafeRawBufferPointer, _ numbers: [Int32?]) -> [Int32] {
    bytes.numbers(Int32.self).map { number($0, numbers) }
  }
}

/// Which names of a table are used, and the numbers that they get by that.
private struct NameUse {
  /// The names that stay as they are.
  let kept: Int
  /// The new number of each name; nil for those that are not used.
  private(set) var numbers: [Int32?]
  private var next: Int32

  /// A table of `count` names, of which the first `kept` stay.
  init(count: Int, kept: Int) {
    self.kept = min(count, kept)
    numbers = (0..<count).map { $0 < kept ? Int32($0) : nil }
    next = Int32(self.kept)
  }

  /// Whether every name keeps its number.
  var isUnchanged: Bool { numbers.enumerated().allSatisfy { $1.map { Int($0) } == $0 } }

  /// Takes note of a use that gives a name its number.
  mutating func note(_ index: Int32) {
    guard index >= 0, Int(index) < numbers.count, numbers[Int(index)] == nil else { return }
    numbers[Int(index)] = next
    next += 1
  }
}
