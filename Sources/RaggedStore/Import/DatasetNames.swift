import GRDB
import RaggedCore
import RaggedFormats

/// Brings the names that an encoder has added into the tables of classes and tokens. Names are written when the record
/// that brought them is stored, so that one which is not leaves none behind.
struct NameRows {
  private let datasetID: Int64
  private let classInsertion: SQLStatement
  private let tokenInsertion: SQLStatement
  private var classes: Int
  private var tokens: Int

  /// - Parameter dataset: with the names that its tables have.
  init(_ db: Database, _ dataset: StoredDataset) throws {
    datasetID = dataset.id
    let written = NameCounts(dataset.signature)
    (classes, tokens) = (written.classes, written.tokens)
    classInsertion = try SQLStatement(db, "INSERT INTO class (dataset_id, position, name) VALUES (?, ?, ?)")
    tokenInsertion = try SQLStatement(db, "INSERT INTO token (dataset_id, position, token) VALUES (?, ?, ?)")
  }

  /// Writes the names that are not in the tables yet.
  mutating func write(_ encoder: RecordEncoder) throws {
    while classes < encoder.classes.names.count {
      try insert(encoder.classes.names[classes], at: classes, classInsertion)
      classes += 1
    }
    while tokens < encoder.tokens.names.count {
      // Position 0 is the unknown token's.
      try insert(encoder.tokens.names[tokens], at: tokens + 1, tokenInsertion)
      tokens += 1
    }
  }

  private func insert(_ name: String, at position: Int, _ insertion: SQLStatement) throws {
    insertion.bind(datasetID, at: 1)
    insertion.bind(Int64(position), at: 2)
    insertion.bind(name, at: 3)
    try insertion.run()
  }
}

/// How many names of classes and of tokens a dataset has.
struct NameCounts: Equatable {
  var classes: Int
  /// Without the unknown token; of a dataset whose tokens are numbers, one more than the largest.
  var tokens: Int

  init(classes: Int, tokens: Int) { (self.classes, self.tokens) = (classes, tokens) }

  /// The names that a dataset has now.
  init(_ signature: SequenceSignature) {
    classes = signature.target.isClass ? signature.target.names.count : 0
    let column = signature.input.tokens
    tokens = column?.vocabulary?.tokens.count ?? column?.size ?? 0
  }
}

/// Takes out of a dataset the classes and tokens that an import brought with sequences it took out again. Those that stay
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
  /// - Returns: whether a class or a token has another number now.
  func remove() throws -> Bool {
    let (input, target) = (dataset.signature.input, dataset.signature.target)
    let classNames = target.isClass ? target.names : []
    var classes = NameUse(count: classNames.count, kept: before.classes)
    for (index, name) in classNames.enumerated() where declared.contains(ExactName(name)) { classes.note(Int32(index)) }
    let vocabulary = input.tokens?.vocabulary
    // Number 0 is the unknown token.
    var tokens = NameUse(count: vocabulary.map { $0.tokens.count + 1 } ?? 0, kept: before.tokens + 1)
    var largest: Int32 = -1
    try eachSequence { row, blobs in
      if let index = row.classIndex { classes.note(Int32(clamping: index)) }
      if case .classPerTimestep = target {
        for index in blobs.target.numbers(Int32.self) { classes.note(index) }
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
    guard !classes.isUnchanged || !tokens.isUnchanged else { return false }
    try renumber(classes.numbers, tokens.numbers)
    try keep(classes, of: classNames, in: "class", column: "name")
    try keep(tokens, of: [""] + (vocabulary?.tokens ?? []), in: "token", column: "token")
    return true
  }

  /// Calls `body` with each sequence that may use one of the names, and its data.
  private func eachSequence(_ body: (SequenceRow, SequenceBlobs) throws -> Void) throws {
    let rows = try SQLStatement(
      db,
      """
      SELECT \(SequenceRow.columns), input, target, validity
      FROM sequence NOT INDEXED JOIN sequence_data ON sequence_id = id WHERE dataset_id = ? AND id >= ? ORDER BY id
      """, arguments: [dataset.id, firstID])
    let columns = SequenceRow.columnCount
    while try rows.step() {
      try body(SequenceRow(rows), rows.blobs(input: columns, target: columns + 1, validity: columns + 2))
    }
  }

  /// Writes the new numbers into the sequences. An empty table of numbers changes none.
  private func renumber(_ classes: [Int32?], _ tokens: [Int32?]) throws {
    let update = try SQLStatement(db, "UPDATE sequence SET class = ?, checksum = ?, seal = ? WHERE id = ?")
    let dataUpdate = try SQLStatement(db, "UPDATE sequence_data SET input = ?, target = ? WHERE sequence_id = ?")
    let hasStepClasses = if case .classPerTimestep = dataset.signature.target { true } else { false }
    try eachSequence { row, blobs in
      var row = row
      let input = UnusedNames.renumbered(blobs.input, dataset.signature.input.isTokens ? tokens : [])
      let target = UnusedNames.renumbered(blobs.target, hasStepClasses ? classes : [])
      try input.withUnsafeBytes { input in
        try target.withUnsafeBytes { target in
          row.classIndex = row.classIndex.map { UnusedNames.number(Int32(clamping: $0), classes) }.map(Int64.init)
          row.checksum = Int64(SequenceBlobs(input: input, target: target, validity: blobs.validity).checksum)
          dataUpdate.bind(uncopied: input, at: 1)
          if dataset.signature.target.isPerTimestep || !target.isEmpty {
            dataUpdate.bind(uncopied: target, at: 2)
          } else {
            dataUpdate.bindNull(at: 2)
          }
          dataUpdate.bind(row.id, at: 3)
          try dataUpdate.run()
        }
      }
      if let index = row.classIndex { update.bind(index, at: 1) } else { update.bindNull(at: 1) }
      update.bind(row.checksum, at: 2)
      update.bind(Int64(row.seal), at: 3)
      update.bind(row.id, at: 4)
      try update.run()
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
