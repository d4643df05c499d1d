import GRDB
import GRDBSQLite
import RaggedCore

/// A part of a stored sequence and where it goes.
struct StoredRow {
  /// The sequence's position in the source.
  var position: Int
  /// The first timestep of the part.
  var start: Int
  /// Timesteps of the part.
  var count: Int
  /// The cell of the batch where its first timestep goes; cells rise from row to row.
  var cell: Int
}

extension StoreSource {
  /// Reads rows into buffers that are made for them.
  func read(_ rows: [StoredRow], into buffers: inout GatherBuffers) throws {
    // In the order of the file, so that rows of one page are read together. The key is cut to 32 bits: where that
    // misorders rows it costs time alone.
    var order = rows.indices.map { UInt64(UInt32(truncatingIfNeeded: ids[rows[$0].position])) << 32 | UInt64($0) }
    order.sort()
    try snapshot.read { db in
      var validity = buffers.validity
      buffers.validity = nil  // so that it has one owner
      try buffers.withPointers { try copy(rows, order, db, cells: $2, $0, $1, &validity) }
      buffers.validity = validity
      if hasWeights { buffers.weights = try readWeights(db, rows, order) }
    }
    try buffers.checkIndices(rows)
  }

  private func copy(
    _ rows: [StoredRow], _ order: [UInt64], _ db: Database, cells: Int, _ input: UnsafeMutableRawPointer,
    _ target: UnsafeMutableRawPointer, _ validity: inout [Bool]?
  ) throws {
    let statement = try SQLStatement(
      cachedOn: db, "SELECT input, target, validity FROM sequence_data WHERE sequence_id = ?")
    let handle = statement.handle
    let (inputStep, targetStep, targetRow) = (shape.inputStepBytes, shape.targetStepBytes, shape.targetRowBytes)
    for key in order {
      let b = Int(UInt32(truncatingIfNeeded: key))
      let row = rows[b]
      sqlite3_bind_int64(handle, 1, ids[row.position])
      guard try statement.step() else { throw gone(row.position) }
      let blobs = statement.blobs(input: 0, target: 1, validity: 2)
      try shape.check(blobs, length: Int(lengths[row.position]), id: ids[row.position])
      if row.count > 0, let source = blobs.input.baseAddress {
        (input + row.cell * inputStep).copyMemory(
          from: source + row.start * inputStep, byteCount: row.count * inputStep)
      }
      if let source = blobs.target.baseAddress, targetStep + targetRow > 0 {
        (target + row.cell * targetStep + b * targetRow).copyMemory(
          from: source + row.start * targetStep, byteCount: row.count * targetStep + targetRow)
      }
      if let bytes = blobs.validity {
        if validity == nil { validity = Array(repeating: true, count: cells) }
        validity?.withUnsafeMutableBufferPointer { validity in
          for t in 0..<row.count { validity[row.cell + t] = bytes[row.start + t] != 0 }
        }
      }
      sqlite3_reset(handle)
    }
  }

  private func readWeights(_ db: Database, _ rows: [StoredRow], _ order: [UInt64]) throws -> [Float] {
    let statement = try SQLStatement(cachedOn: db, "SELECT weight FROM sequence WHERE id = ?")
    var weights = [Float](repeating: 1, count: rows.count)
    for key in order {
      let b = Int(UInt32(truncatingIfNeeded: key))
      statement.bind(ids[rows[b].position], at: 1)
      guard try statement.step() else { throw gone(rows[b].position) }
      if !statement.isNull(0) { weights[b] = Float(statement.double(0)) }
      statement.reset()
    }
    return weights
  }
}
