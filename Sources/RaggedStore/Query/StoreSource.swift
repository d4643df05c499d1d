import GRDB
public import RaggedCore

/// A selection of a store's sequences as a `SequenceSource`.
///
/// It sees the store as it was when the source was made, for as long as the source lives; that blocks no writer. It holds
/// 4 bytes per sequence for the length, and for the row id and the class as few as their ranges allow: at most 4 each in
/// a store of fewer than 4 billion rows, and 1 for fewer than 256 classes.
///
/// Its input and target are columns that were chosen; see `ColumnChoice`.
public struct StoreSource: KeyedSource, ReadAheadSource {
  /// What its sequences look like.
  public let signature: SequenceSignature
  /// The length of the sequence at each position.
  public private(set) var lengths: [Int32]
  /// A hash of the lengths, classes, weights and checksums in order: the same for the same data in another store. Where
  /// columns were chosen, also of their names and of the cells per sequence.
  public private(set) var fingerprint: UInt64
  /// The positions of sequences whose target, one per sequence, is missing; they rise. See ``labelled()``.
  public private(set) var unlabelled: [Int]
  private(set) var ids: PackedIntegers
  /// The class of the sequence at each position, one above its index, 0 where it is missing; none where the target is no
  /// class per sequence.
  private(set) var classIndices: PackedIntegers
  let store: SequenceStore
  let snapshot: StoreSnapshot
  let hints: PageHints
  let shape: BlobShape
  let hasWeights: Bool
  let dataset: StoredDataset
  /// What is read; nil for the dataset's own input and target, without further columns.
  let chosen: ChosenPlanes?

  /// The name of the dataset.
  package var datasetName: String { dataset.name }
  /// Whether its classes were declared, so that no others may come.
  package var hasDeclaredClasses: Bool { dataset.hasDeclaredClasses }
  /// All columns of the dataset, those of its own input and target first.
  public var columns: [RaggedCore.Column] { dataset.allColumns }
  /// Whether input and target are the dataset's own, without further columns.
  package var isStored: Bool { chosen == nil }

  /// - Parameter choice: nil for the dataset's own input and target.
  init(
    _ db: Database, _ query: SelectionQuery, snapshot: StoreSnapshot, choice: ColumnChoice?, _ job: StoreJob
  ) throws {
    let store = snapshot.store
    dataset = query.dataset
    chosen = try choice.flatMap { try ChosenPlanes($0, of: query.dataset) }
    let chosen = chosen
    signature = chosen?.columns.signature ?? query.dataset.signature
    shape = BlobShape(query.dataset)
    self.store = store
    self.snapshot = snapshot
    hints = try PageHints(db, path: store.path)
    var classCount: Int?
    if case .classPerSequence(let names) = signature.target { classCount = names.count }
    let count = try query.countOfRows(db)
    var ids = PackedIntegers(capacity: count, range: try SelectionQuery.idRange(db))
    // One above the class, and 0 where it is missing.
    var classes = PackedIntegers(capacity: count, range: 0...Int64(classCount ?? 0))
    var lengths: [Int32] = []
    lengths.reserveCapacity(count)
    var hash = StableHash()
    chosen?.add(to: &hash)
    let statics = chosen.flatMap { $0.readsStatics ? $0.statics : nil }
    var unlabelled: [Int] = []
    var (hasWeights, limit) = (false, try CountLimit(db, query.dataset, path: store.path))
    let text = statics == nil ? "" : ", statics"
    try query.forEachRow(db, columns: "length, class, weight, checksum" + text, job: job) { row in
      let length = row.int64(1)
      guard let small = Int32(exactly: length), small >= 0 else {
        throw StoreError(.damaged, "sequence \(row.int64(0)): its length is \(length)")
      }
      ids.append(row.int64(0))
      lengths.append(chosen?.columns.hasEnds == true && small < Int32.max ? small + 1 : small)
      _ = try limit.add(length: length, count: 1)
      hash.add(UInt64(length))
      var code: Int32?
      if let statics {
        let text = row.isNull(5) ? nil : row.text(5)
        hash.add((text ?? "").utf8)
        let cells = try statics.cells(text, id: row.int64(0))
        if chosen?.isLabelled(cells) == false { unlabelled.append(lengths.count - 1) }
        code = chosen?.classCode(cells)
      }
      if let code {
        classes.append(Int64(code))
      } else if let classCount {
        let index = row.isNull(2) ? -1 : row.int64(2)
        guard row.isNull(2) || index >= 0, index < classCount else {
          throw StoreError(.damaged, "sequence \(row.int64(0)): its class is \(index), expected 0 to \(classCount - 1)")
        }
        if index < 0 { unlabelled.append(lengths.count - 1) }
        classes.append(index + 1)
        hash.add(UInt64(bitPattern: index))
      }
      if !row.isNull(3) {
        hasWeights = true
        hash.add(row.double(3).bitPattern)
      }
      hash.add(UInt64(bitPattern: row.int64(4)))
    }
    self.ids = ids
    self.lengths = lengths
    classIndices = classes
    let values = chosen.map(\.targetValues) ?? signature.ownTargetValues
    self.unlabelled = try Self.lacking(values, ids, of: query.dataset, db, or: unlabelled)
    self.hasWeights = hasWeights && chosen?.hasWeight != true
    fingerprint = hash.value
  }

  /// The positions of sequences that lack one of some values of the target's blob, and those that are given besides. Reads
  /// no blob where none is missing in the dataset.
  private static func lacking(
    _ values: [Int], _ ids: PackedIntegers, of dataset: StoredDataset, _ db: Database, or others: [Int]
  ) throws -> [Int] {
    guard !values.isEmpty,
      try Bool.fetchOne(
        db, sql: "SELECT EXISTS (SELECT 1 FROM missing_target WHERE dataset_id = ?)", arguments: [dataset.id]) == true
    else { return others }
    let statement = try SQLStatement(db, "SELECT target FROM sequence_data WHERE sequence_id = ?")
    let size = BlobShape(dataset).targetRowBytes
    var found = Set(others)
    for position in 0..<ids.count {
      statement.bind(ids[position], at: 1)
      defer { statement.reset() }
      guard try statement.step() else { continue }
      let blob = statement.blob(0)
      if blob.count == size, values.contains(where: { blob.number($0, as: Float.self).isNaN }) {
        found.insert(position)
      }
    }
    return found.sorted()
  }

  /// The key of each of these sequences, read in one transaction.
  /// - Throws: ``StoreError`` where the file cannot be read or a sequence is gone.
  public func externalKeys(_ positions: [Int]) throws -> [String] {
    try texts(positions, column: "key").map { $0 ?? "" }
  }

  /// The split of each of these sequences.
  /// - Throws: ``StoreError`` where the file cannot be read or a sequence is gone.
  public func splits(_ positions: [Int]) throws -> [String] {
    try texts(positions, column: "split").map { $0 ?? "" }
  }

  /// The group of each of these sequences, nil where there is none.
  /// - Throws: ``StoreError`` where the file cannot be read or a sequence is gone.
  public func groups(_ positions: [Int]) throws -> [String?] { try texts(positions, column: "\"group\"") }

  /// The same sequences with other columns for input and target, of the same snapshot. O(sequences of the dataset).
  /// - Throws: ``StoreError`` where the file cannot be read; `RaggedCoreError` for columns that are not there, and for a
  ///   target that is none.
  public func choosing(_ choice: ColumnChoice) throws -> StoreSource {
    let all = try snapshot.source(SequenceSelection(dataset: datasetName), choice: choice)
    var places: [Int64: Int] = [:]
    places.reserveCapacity(all.count)
    for position in 0..<all.count { places[all.ids[position]] = position }
    return try all.part(try (0..<count).map { position in try places[ids[position]] ?? { throw gone(position) }() })
  }

  /// The metadata of each of these sequences: the text of a JSON object, nil where there is none.
  /// - Throws: ``StoreError`` where the file cannot be read or a sequence is gone.
  public func metadata(_ positions: [Int]) throws -> [String?] { try texts(positions, column: "metadata") }

  /// Begins to read these sequences on threads of their own, as long as the file is not in memory.
  public func readAhead(_ positions: [Int]) {
    var bytes = 0
    let rows = positions.compactMap { position -> Int64? in
      guard lengths.indices.contains(position) else { return nil }
      bytes += Int(lengths[position]) * shape.stepBytes
      return ids[position]
    }
    hints.begin(rows, bytes: bytes)
  }

  /// The class of each of these sequences, without any access to the file; -1 where it is missing, empty where the target
  /// is no class per sequence.
  /// - Throws: `RaggedCoreError` for a position outside the source.
  public func classes(of positions: [Int]) throws -> [Int32] {
    try checkPositions(positions)
    return classIndices.count == 0 ? [] : positions.map(classIndex)
  }

  /// The class of the sequence at each position, -1 where it is missing; empty where the target is no class per sequence.
  /// O(sequences).
  public var classes: [Int32] { (0..<classIndices.count).map(classIndex) }

  func classIndex(_ position: Int) -> Int32 {
    Int32(truncatingIfNeeded: classIndices[position]) - 1
  }

  /// Timesteps of a sequence as they are stored: without the one before its first, where there is one.
  func storedLength(_ position: Int) -> Int {
    Int(lengths[position]) - (chosen?.columns.hasEnds == true ? 1 : 0)
  }

  /// Bytes that are held for all sequences together.
  var byteCount: Int { 4 * lengths.count + ids.byteCount + classIndices.byteCount }

  private func texts(_ positions: [Int], column: String) throws -> [String?] {
    try checkPositions(positions)
    return try rows(positions, columns: column) { $0.textUnlessNull(0) }
  }

  /// What `body` makes of the row of each of these sequences in the table `sequence`, in one read.
  func rows<T>(_ positions: some Collection<Int>, columns: String, _ body: (SQLStatement) throws -> T) throws -> [T] {
    try snapshot.read { db in
      let statement = try SQLStatement(cachedOn: db, "SELECT \(columns) FROM sequence WHERE id = ?")
      return try positions.map { position in
        defer { statement.reset() }
        statement.bind(ids[position], at: 1)
        guard try statement.step() else { throw gone(position) }
        return try body(statement)
      }
    }
  }

  func checkPositions(_ positions: some Collection<Int>) throws {
    if let wrong = positions.first(where: { !lengths.indices.contains($0) }) {
      throw RaggedCoreError.noPosition(wrong, of: lengths.count)
    }
  }

  func gone(_ position: Int) -> StoreError {
    StoreError(.damaged, "\(store.path): sequence \(ids[position]) is gone; the store changed after it was opened")
  }
}

extension SequenceStore {
  /// A source of the selected sequences, with a snapshot of its own: reads ids, lengths, classes and checksums once, and no blob. O(sequences).
  /// `choice`: which columns are input and target; by default those that the dataset says.
  /// - Throws: ``StoreError`` for names that do not exist, a condition that cannot be evaluated, a damaged file;
  ///   `RaggedCoreError` for columns that are not there, and for a target that is none.
  public func source(
    _ selection: SequenceSelection, choice: ColumnChoice = ColumnChoice()
  ) throws -> StoreSource {
    let snapshot = try StoreSnapshot(self, conditions: selection.condition != nil)
    return try snapshot.source(selection, choice: choice)
  }

  /// A source of the dataset's own input and target, without further columns.
  package func storedSource(_ selection: SequenceSelection) throws -> StoreSource {
    let snapshot = try StoreSnapshot(self, conditions: selection.condition != nil)
    return try snapshot.source(selection, choice: nil)
  }
}

extension StoreSource {
  /// The sequences at these positions as a store's source of their own, of the same snapshot. Unlike a subset it holds
  /// nothing of the rest. O(positions).
  /// - Throws: `RaggedCoreError` for a position outside the source.
  public func part(_ positions: some Collection<Int>) throws -> StoreSource {
    try checkPositions(positions)
    var hash = StableHash(seed: fingerprint)
    var isWhole = positions.count == count
    for (index, position) in positions.enumerated() {
      hash.add(UInt64(position))
      isWhole = isWhole && index == position
    }
    var part = self
    part.fingerprint = hash.value
    if isWhole { return part }
    part.ids = PackedIntegers(positions.map { ids[$0] })
    part.lengths = positions.map { lengths[$0] }
    if classIndices.count > 0 { part.classIndices = PackedIntegers(positions.map { classIndices[$0] }) }
    let missing = Set(unlabelled)
    part.unlabelled = missing.isEmpty ? [] : positions.enumerated().filter { missing.contains($1) }.map(\.offset)
    return part
  }

  /// The sequences whose target is there, as a source of their own; the source itself where all are. O(sequences).
  public func labelled() throws -> StoreSource {
    if unlabelled.isEmpty { return self }
    var next = unlabelled.makeIterator()
    var missing = next.next()
    return try part(
      (0..<count).filter { position in
        guard position == missing else { return true }
        missing = next.next()
        return false
      })
  }
}

extension SequenceSignature {
  /// The values of a target per sequence, by their places in the blob.
  fileprivate var ownTargetValues: [Int] {
    if case .valuesPerSequence(let names) = target { Array(names.indices) } else { [] }
  }
}
