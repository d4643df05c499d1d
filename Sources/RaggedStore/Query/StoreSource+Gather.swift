import GRDB
import RaggedCore

extension StoreSource {
  /// The sequences at these positions, read in one transaction in the order of their rows, given in the order asked.
  /// O(timesteps gathered).
  /// - Throws: ``StoreError`` where the file cannot be read or its blobs do not have the sizes that the lengths ask
  ///   for; ``RaggedCoreError`` for a position outside the source.
  public func gather(_ positions: [Int]) throws -> SequenceBatch {
    try checkPositions(positions)
    var offsets = [0]
    offsets.reserveCapacity(positions.count + 1)
    for position in positions { offsets.append(offsets[offsets.count - 1] + Int(lengths[position])) }
    var buffers = GatherBuffers(shape: shape, timesteps: offsets[positions.count], sequences: positions.count)
    let order = positions.indices.sorted { ids[positions[$0]] < ids[positions[$1]] }
    var weights: [Float]? = hasWeights ? Array(repeating: 1, count: positions.count) : nil
    try store.read { db in
      let statement = try SQLStatement(
        cachedOn: db, "SELECT input, target, validity FROM sequence_data WHERE sequence_id = ?")
      for b in order {
        let id = ids[positions[b]]
        statement.bind(id, at: 1)
        guard try statement.step() else { throw gone(positions[b]) }
        let blobs = statement.blobs(input: 0, target: 1, validity: 2)
        try shape.check(blobs, length: Int(lengths[positions[b]]), id: id)
        buffers.place(blobs, row: b, step: offsets[b])
        statement.reset()
      }
      if weights != nil { weights = try readWeights(db, positions, order) }
    }
    try buffers.checkIndices()
    var targets = buffers.targets
    if case .classPerSequence = signature.target { targets = .classPerSequence(positions.map { classes[$0] }) }
    return SequenceBatch(
      input: buffers.input, offsets: offsets, targets: targets, weights: weights, validity: buffers.validity,
      ids: positions)
  }

  private func readWeights(_ db: Database, _ positions: [Int], _ order: [Int]) throws -> [Float] {
    let statement = try SQLStatement(cachedOn: db, "SELECT weight FROM sequence WHERE id = ?")
    var weights = [Float](repeating: 1, count: positions.count)
    for b in order {
      statement.bind(ids[positions[b]], at: 1)
      guard try statement.step() else { throw gone(positions[b]) }
      if !statement.isNull(0) { weights[b] = Float(statement.double(0)) }
      statement.reset()
    }
    return weights
  }
}

/// The flat buffers of a batch that is being gathered.
private struct GatherBuffers {
  private let shape: BlobShape
  private let timesteps: Int
  private var values: [Float] = []  // [N, F]
  private var tokens: [Int32] = []  // [N]
  private var targetValues: [Float] = []  // [N, width] or [B, width]
  private var targetClasses: [Int32] = []  // [N]
  private(set) var validity: [Bool]?  // [N]

  init(shape: BlobShape, timesteps: Int, sequences: Int) {
    self.shape = shape
    self.timesteps = timesteps
    if shape.isTokens {
      tokens = Array(repeating: 0, count: timesteps)
    } else {
      values = Array(repeating: 0, count: timesteps * shape.inputWidth)
    }
    switch shape.target {
    case .none, .classPerSequence: break
    case .classPerTimestep: targetClasses = Array(repeating: 0, count: timesteps)
    case .valuesPerSequence(let names): targetValues = Array(repeating: 0, count: sequences * names.count)
    case .valuesPerTimestep(let names): targetValues = Array(repeating: 0, count: timesteps * names.count)
    }
  }

  /// Copies blobs whose sizes have been checked to row `row`, whose first timestep is `step`.
  mutating func place(_ blobs: SequenceBlobs, row: Int, step: Int) {
    if shape.isTokens {
      copy(blobs.input, to: &tokens, at: step)
    } else {
      copy(blobs.input, to: &values, at: step * shape.inputWidth)
    }
    switch shape.target {
    case .none, .classPerSequence: break
    case .classPerTimestep: copy(blobs.target, to: &targetClasses, at: step)
    case .valuesPerSequence(let names): copy(blobs.target, to: &targetValues, at: row * names.count)
    case .valuesPerTimestep(let names): copy(blobs.target, to: &targetValues, at: step * names.count)
    }
    if let bytes = blobs.validity {
      var all = validity ?? Array(repeating: true, count: timesteps)
      validity = nil
      for (t, byte) in bytes.enumerated() { all[step + t] = byte != 0 }
      validity = all
    }
  }

  private func copy<Element: BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, to buffer: inout [Element], at index: Int
  ) {
    buffer.withUnsafeMutableBytes {
      UnsafeMutableRawBufferPointer(rebasing: $0[(index * MemoryLayout<Element>.stride)...]).copyMemory(from: bytes)
    }
  }

  /// - Throws: ``StoreError`` for a token or a class that its table does not have.
  func checkIndices() throws {
    if let wrong = tokens.first(where: { $0 < 0 || $0 >= shape.tokenSize }) {
      throw StoreError(.damaged, "a token is \(wrong), expected 0 to \(shape.tokenSize - 1)")
    }
    if case .classPerTimestep(let names) = shape.target,
      let wrong = targetClasses.first(where: { $0 < 0 || $0 >= names.count })
    {
      throw StoreError(.damaged, "a timestep's class is \(wrong), expected 0 to \(names.count - 1)")
    }
  }

  var input: BatchInput {
    shape.isTokens ? .tokens(tokens) : .values(values, featureCount: shape.inputWidth)
  }

  var targets: BatchTargets {
    switch shape.target {
    case .none, .classPerSequence: .none
    case .classPerTimestep: .classPerTimestep(targetClasses)
    case .valuesPerSequence(let names): .valuesPerSequence(targetValues, width: names.count)
    case .valuesPerTimestep(let names): .valuesPerTimestep(targetValues, width: names.count)
    }
  }
}
