import GRDB
import GRDBSQLite
public import RaggedCore

extension StoreSource {
  /// Parts of sequences, read in the order of their rows, given in the order asked; of a long sequence only the part is
  /// read. One caller reads at a time, others wait. O(timesteps gathered).
  /// - Throws: ``StoreError`` where the file cannot be read or its blobs do not have the sizes that the lengths ask
  ///   for; `RaggedCoreError` for timesteps that are not there.
  public func gather(slices: [SequenceSlice]) throws -> SequenceBatch {
    try check(slices)
    if let chosen { return try gather(slices, chosen) }
    var end = 0
    let rows = slices.map { slice in
      defer { end += slice.count }
      return StoredRow(position: slice.position, start: slice.start, count: slice.count, cell: end)
    }
    var buffers = GatherBuffers(shape: shape, rows: rows.count, cells: end)
    try read(rows, into: &buffers)
    return SequenceBatch(
      input: buffers.input, offsets: rows.map(\.cell) + [end], targets: targets(of: rows, in: buffers),
      weights: buffers.weights, validity: buffers.validity, ids: rows.map(\.position))
  }

  private func targets(of rows: [StoredRow], in buffers: GatherBuffers) -> BatchTargets {
    buffers.targets(classes: rows.map { classIndex($0.position) })
  }
}

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

/// Where the cells of a batch lie.
private struct Cells {
  var input: UnsafeMutableRawPointer
  var target: UnsafeMutableRawPointer
  var count: Int
}

extension StoreSource {
  /// Bytes that must be spared for a part of a sequence to be sought out instead of cut from the whole.
  static let sparedBytes = 1 << 16

  /// Reads rows into buffers that are made for them.
  func read(_ rows: [StoredRow], into buffers: inout GatherBuffers) throws {
    // In the order of the file, so that rows of one page are read together. The key is cut to 32 bits: where that
    // misorders rows it costs time alone.
    var order = rows.indices.map { UInt64(UInt32(truncatingIfNeeded: ids[rows[$0].position])) << 32 | UInt64($0) }
    order.sort()
    try hints.counting {
      try snapshot.read { db in
        // Taken out, so that each has one owner.
        var (validity, observed) = (buffers.validity, buffers.observed)
        (buffers.validity, buffers.observed) = (nil, nil)
        try buffers.withPointers {
          try copy(rows, order, db, to: Cells(input: $0, target: $1, count: $2), &validity, &observed)
        }
        (buffers.validity, buffers.observed) = (validity, observed)
        if hasWeights { buffers.weights = try readWeights(db, rows, order) }
      }
    }
    try buffers.checkIndices()
  }

  private func copy(
    _ rows: [StoredRow], _ order: [UInt64], _ db: Database, to cells: Cells, _ validity: inout [Bool]?,
    _ observed: inout [Bool]?
  ) throws {
    let statement = try SQLStatement(
      cachedOn: db, "SELECT input, target, validity, observed FROM sequence_data WHERE sequence_id = ?")
    let handle = statement.handle
    let (inputStep, targetStep, targetRow) = (shape.inputStepBytes, shape.targetStepBytes, shape.targetRowBytes)
    var parts: BlobReader?
    for key in order {
      let b = Int(UInt32(truncatingIfNeeded: key))
      let row = rows[b]
      if (Int(lengths[row.position]) - row.count) * inputStep > StoreSource.sparedBytes {
        let reader = try parts ?? BlobReader(db)
        parts = reader
        try copyPart(row, b, reader, to: cells, &validity, &observed)
        continue
      }
      sqlite3_bind_int64(handle, 1, ids[row.position])
      guard try statement.step() else { throw gone(row.position) }
      let blobs = SequenceBlobs(
        input: statement.blob(0), target: statement.blob(1), validity: statement.isNull(2) ? nil : statement.blob(2),
        observed: statement.isNull(3) ? nil : statement.blob(3))
      try shape.checkInput(blobs.sizes, length: Int(lengths[row.position]), id: ids[row.position])
      if row.count > 0, let source = blobs.input.baseAddress {
        (cells.input + row.cell * inputStep).copyMemory(
          from: source + row.start * inputStep, byteCount: row.count * inputStep)
      }
      if let source = blobs.target.baseAddress, targetStep + targetRow > 0 {
        (cells.target + row.cell * targetStep + b * targetRow).copyMemory(
          from: source + row.start * targetStep, byteCount: row.count * targetStep + targetRow)
      }
      if let bytes = blobs.validity {
        place(UnsafeRawBufferPointer(rebasing: bytes[row.start..<row.start + row.count]), row, cells, &validity)
      }
      if let bits = blobs.observed { placeBits(bits, from: 0, row, cells, &observed) }
      sqlite3_reset(handle)
    }
  }

  /// Copies a small part of a long sequence, of which the rest is not read.
  private func copyPart(
    _ row: StoredRow, _ b: Int, _ reader: BlobReader, to cells: Cells, _ validity: inout [Bool]?,
    _ observed: inout [Bool]?
  ) throws {
    let id = ids[row.position]
    guard let sizes = try reader.blobSizes(id) else { throw gone(row.position) }
    try shape.check(sizes, length: Int(lengths[row.position]), id: id)
    let (inputStep, targetStep, targetRow) = (shape.inputStepBytes, shape.targetStepBytes, shape.targetRowBytes)
    try reader.read(
      "input", of: id, from: row.start * inputStep, row.count * inputStep, to: cells.input + row.cell * inputStep)
    try reader.read(
      "target", of: id, from: row.start * targetStep, row.count * targetStep + targetRow,
      to: cells.target + row.cell * targetStep + b * targetRow)
    if sizes.observed != nil, row.count > 0 {
      let first = row.start * shape.featureCount / 8
      let bits = try reader.bytes(
        "observed", of: id, first..<ObservedBits.bytes((row.start + row.count) * shape.featureCount))
      bits.withUnsafeBytes { placeBits($0, from: 8 * first, row, cells, &observed) }
    }
    guard sizes.validity != nil, row.count > 0 else { return }
    try withUnsafeTemporaryAllocation(byteCount: row.count, alignment: 1) { bytes in
      guard let base = bytes.baseAddress else { return }
      try reader.read("validity", of: id, from: row.start, row.count, to: base)
      place(UnsafeRawBufferPointer(bytes), row, cells, &validity)
    }
  }

  private func place(
    _ bytes: UnsafeRawBufferPointer, _ row: StoredRow, _ cells: Cells, _ validity: inout [Bool]?
  ) {
    if validity == nil { validity = Array(repeating: true, count: cells.count) }
    validity?.withUnsafeMutableBufferPointer { validity in
      for t in 0..<row.count { validity[row.cell + t] = bytes[t] != 0 }
    }
  }

  /// Says which values of a row were observed, and puts 0 in the place of those that were not.
  /// - Parameter first: the cell of the sequence that the first bit is of.
  private func placeBits(
    _ bits: UnsafeRawBufferPointer, from first: Int, _ row: StoredRow, _ cells: Cells, _ observed: inout [Bool]?
  ) {
    let width = shape.featureCount
    if observed == nil { observed = Array(repeating: true, count: cells.count * width) }
    let (from, to) = (row.start * width - first, row.cell * width)
    observed?.withUnsafeMutableBufferPointer { observed in
      for index in 0..<row.count * width where !bits.bit(from + index) {
        observed[to + index] = false
        cells.input.storeBytes(of: 0, toByteOffset: 4 * (to + index), as: UInt32.self)
      }
    }
  }

  func readWeights(_ db: Database, _ rows: [StoredRow], _ order: [UInt64]) throws -> [Float] {
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

/// The flat buffers of a batch that is being gathered: `cells` timesteps, all of which must be written.
struct GatherBuffers {
  private let shape: BlobShape
  private let cells: Int
  private var values: [Float]  // [cells, F]
  private var tokens: [Int32]  // [cells]
  private var targetValues: [Float]  // [cells, width] or [B, width]
  private var targetClasses: [Int32]  // [cells]
  /// `[cells]`; nil where all timesteps are valid.
  var validity: [Bool]?
  /// `[cells, F]`; nil where all values were observed.
  var observed: [Bool]?
  /// `[B]`; nil where all are 1.
  var weights: [Float]?

  init(shape: BlobShape, rows: Int, cells: Int) {
    self.shape = shape
    self.cells = cells
    func room<Number>(_ isWanted: Bool, _ count: Int) -> [Number] where Number: BitwiseCopyable {
      Array(unsafeUninitializedCapacity: isWanted ? count : 0) { $1 = isWanted ? count : 0 }
    }
    let targets = (cells * shape.targetStepBytes + rows * shape.targetRowBytes) / 4
    let isClass = shape.target.isClass
    values = room(!shape.isTokens, cells * shape.inputWidth)
    tokens = room(shape.isTokens, cells)
    targetValues = room(!isClass, targets)
    targetClasses = room(isClass, targets)
  }

  /// Calls `body` with where the input and the target go, and the number of cells. Numbers of all kinds have four bytes.
  mutating func withPointers(
    _ body: (_ input: UnsafeMutableRawPointer, _ target: UnsafeMutableRawPointer, _ cells: Int) throws -> Void
  ) rethrows {
    let (isTokens, isClass, cells) = (shape.isTokens, shape.target.isClass, cells)
    try values.withUnsafeMutableBytes { values in
      try tokens.withUnsafeMutableBytes { tokens in
        try targetValues.withUnsafeMutableBytes { targetValues in
          try targetClasses.withUnsafeMutableBytes { targetClasses in
            try withUnsafeTemporaryAllocation(byteCount: 4, alignment: 4) { nothing in
              guard let nothing = nothing.baseAddress else { return }
              try body(
                (isTokens ? tokens : values).baseAddress ?? nothing,
                (isClass ? targetClasses : targetValues).baseAddress ?? nothing, cells)
            }
          }
        }
      }
    }
  }

  /// Checks tokens and classes.
  /// - Throws: ``StoreError`` for a token or a class that its table does not have.
  func checkIndices() throws {
    if shape.isTokens, let wrong = tokens.firstOutside(shape.tokenSize) {
      throw StoreError(.damaged, "a token is \(wrong), expected 0 to \(shape.tokenSize - 1)")
    }
    guard case .classPerTimestep(let names) = shape.target else { return }
    if let wrong = targetClasses.firstOutside(names.count, from: BatchTargets.unobservedClass) {
      throw StoreError(
        .damaged, "a timestep's class is \(wrong), expected 0 to \(names.count - 1), or -1 where it is missing")
    }
  }

  var input: BatchCells {
    guard !shape.isTokens else { return .tokens(tokens) }
    return BatchCells(values: values, featureCount: shape.inputWidth, observed: observed)
  }

  /// The targets; those a sequence that are classes are not in the blobs and are given.
  func targets(classes: @autoclosure () -> [Int32]) -> BatchTargets {
    switch shape.target {
    // A dataset's own target is none of these: labels are columns beside it.
    case .none, .labels, .several: .none
    case .classPerSequence: .classPerSequence(classes())
    case .classPerTimestep: .classPerTimestep(targetClasses)
    case .valuesPerSequence(let names): .valuesPerSequence(targetValues, width: names.count)
    case .valuesPerTimestep(let names): .valuesPerTimestep(targetValues, width: names.count)
    }
  }
}

extension Collection<Int32> {
  /// The first that is not an index from `start` to below `limit`. Sought for only where there is one.
  func firstOutside(_ limit: Int, from start: Int32 = 0) -> Int32? {
    let limit = UInt32(clamping: limit - Int(start))
    var isOutside = false
    // Without an early exit the loop is done many numbers at a time.
    for number in self { isOutside = isOutside || UInt32(bitPattern: number &- start) >= limit }
    return isOutside ? first { UInt32(bitPattern: $0 &- start) >= limit } : nil
  }
}
