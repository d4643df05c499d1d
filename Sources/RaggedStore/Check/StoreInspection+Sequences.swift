import GRDB
import GRDBSQLite
import RaggedCore

extension StoreInspection {
  /// Reads every row of `sequence` with its blobs.
  mutating func checkSequences(_ db: Database) throws {
    let rows = try SQLStatement(db, "SELECT \(SequenceRow.columns), seal FROM sequence NOT INDEXED ORDER BY id")
    let data = try SQLStatement(db, "SELECT input, target, validity FROM sequence_data WHERE sequence_id = ?")
    let total = try Int.fetchOne(db, sql: "SELECT count(*) FROM sequence") ?? 0
    while try rows.step() {
      if monitor.isCancelled { throw SequenceStore.unchanged(path) }
      if report.sequences % 256 == 0 {
        monitor.report(WorkProgress(.checking, report.sequences, of: total, .sequences))
      }
      let row = SequenceRow(rows)
      report.sequences += 1
      data.bind(row.id, at: 1)
      defer { data.reset() }
      do {
        try SequenceFault.check(types: rows)
        if rows.int64(SequenceRow.columnCount) != Int64(row.seal) {
          throw SequenceFault(
            "its row gives the seal \(row.seal), but \(rows.int64(SequenceRow.columnCount)) was kept: the row was changed"
          )
        }
        guard try db.tellingReadErrors({ _ in try data.step() }) else { throw SequenceFault("it has no data") }
        try check(row, data)
      } catch let fault as SequenceFault {
        addDamaged(row, fault.problem)
      } catch let error as StoreError where error.code == .damaged {
        addDamaged(row, error.message)
      } catch let error as DatabaseError where error.isDamage {
        addDamaged(row, "its data cannot be read: \(error.message ?? "\(error.resultCode)")")
      }
    }
    try findOrphans(db)
  }

  private mutating func addDamaged(_ row: SequenceRow, _ problem: String) {
    add(.sequence, dataset: names[row.datasetID], key: row.key, problem)
    damaged[row.id] = problem
    incomplete.insert(row.datasetID)
  }

  /// Checks a row whose seal is right, and takes it into the figures of its dataset.
  private mutating func check(_ row: SequenceRow, _ data: SQLStatement) throws {
    guard let length = Int32(exactly: row.length), length >= 0 else {
      throw SequenceFault("its length is \(row.length)")
    }
    let blobs = data.blobs(input: 0, target: 1, validity: 2)
    guard Int64(blobs.checksum) == row.checksum else {
      throw SequenceFault("its data has the checksum \(blobs.checksum), but \(row.checksum) was kept: it was changed")
    }
    guard let dataset = datasets[row.datasetID] else {
      if names[row.datasetID] != nil { return }
      throw SequenceFault("it is of dataset \(row.datasetID), which is not there")
    }
    let shape = BlobShape(dataset.signature)
    try shape.check(blobs, length: Int(length), id: row.id)
    let classCount = dataset.signature.target.names.count
    if case .classPerSequence = dataset.signature.target {
      guard let index = row.classIndex, index >= 0, index < classCount else {
        throw SequenceFault("its class is \(row.classIndex ?? -1), expected 0 to \(classCount - 1)")
      }
    } else if let index = row.classIndex {
      throw SequenceFault("its class is \(index), but its dataset has no class a sequence")
    }
    try SequenceFault.check(blobs, shape: shape)
    report.timesteps += Int(length)
    try figures[row.datasetID]?.add(
      blobs, length: Int(length),
      to: FigureCell(split: row.split, classIndex: row.classIndex.map(Int32.init(clamping:)) ?? -1),
      classCount: classCount)
  }

  /// Data that belongs to no sequence.
  private mutating func findOrphans(_ db: Database) throws {
    let rows = try SQLStatement(
      db, "SELECT sequence_id FROM sequence_data WHERE sequence_id NOT IN (SELECT id FROM sequence NOT INDEXED)")
    while try rows.step() { add(.sequence, "data of a sequence \(rows.int64(0)), which is not there") }
  }
}

/// What is wrong with one sequence.
struct SequenceFault: Error {
  let problem: String

  init(_ problem: String) { self.problem = problem }

  /// Checks that a row of ``SequenceRow/columns`` holds values of the types that the table asks for.
  static func check(types row: SQLStatement) throws {
    let names = [
      "number", "dataset", "key", "split", "length", "class", "checksum", "source", "line", "weight", "group",
    ]
    for column in 0..<SequenceRow.columnCount {
      let (expected, isOptional): (Int32, Bool) =
        switch column {
        case 2, 3: (SQLITE_TEXT, false)
        case 5: (SQLITE_INTEGER, true)
        case 9: (SQLITE_FLOAT, true)
        case 10, 11: (SQLITE_TEXT, true)
        default: (SQLITE_INTEGER, false)
        }
      let found = row.type(column)
      guard found == expected || isOptional && found == SQLITE_NULL else {
        let name = names.indices.contains(Int(column)) ? names[Int(column)] : "metadata"
        throw SequenceFault("its \(name) has a value of another type than its column")
      }
    }
  }

  /// Checks that blobs of the right sizes hold what may be in them.
  static func check(_ blobs: SequenceBlobs, shape: BlobShape) throws {
    func validity(_ t: Int) -> Bool { blobs.validity.map { $0[t] != 0 } ?? true }
    if let wrong = blobs.validity?.first(where: { $0 > 1 }) {
      throw SequenceFault("a timestep's validity is \(wrong), expected 0 or 1")
    }
    func checkNumbers(_ bytes: UnsafeRawBufferPointer, width: Int, _ name: String) throws {
      for index in 0..<bytes.count / 4 {
        let number = bytes.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
        guard number.isFinite || width > 0 && !validity(index / width) else {
          throw SequenceFault("a number of its \(name) is \(number), expected a finite number")
        }
      }
    }
    if shape.isTokens {
      for index in 0..<blobs.input.count / 4 {
        let token = blobs.input.loadUnaligned(fromByteOffset: 4 * index, as: Int32.self)
        guard token >= 0, token < shape.tokenSize else {
          throw SequenceFault("a token is \(token), expected 0 to \(shape.tokenSize - 1)")
        }
      }
    } else {
      try checkNumbers(blobs.input, width: shape.inputWidth, "input")
    }
    if case .classPerTimestep(let names) = shape.target {
      for t in 0..<blobs.target.count / 4 where validity(t) {
        let index = blobs.target.loadUnaligned(fromByteOffset: 4 * t, as: Int32.self)
        guard index >= 0, index < names.count else {
          throw SequenceFault("a timestep's class is \(index), expected 0 to \(names.count - 1)")
        }
      }
    }
    if !shape.target.isClass { try checkNumbers(blobs.target, width: shape.targetStepBytes / 4, "target") }
  }
}
