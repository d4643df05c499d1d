import RaggedCore

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
  func checkIndices(_ rows: [StoredRow]) throws {
    if shape.isTokens, let wrong = tokens.firstOutside(shape.tokenSize) {
      throw StoreError(.damaged, "a token is \(wrong), expected 0 to \(shape.tokenSize - 1)")
    }
    guard case .classPerTimestep(let names) = shape.target else { return }
    // Timesteps that are not valid have the number 0, and may be all there are.
    if let wrong = targetClasses.firstOutside(max(1, names.count)) {
      throw StoreError(.damaged, "a timestep's class is \(wrong), expected 0 to \(names.count - 1)")
    }
    guard names.isEmpty else { return }
    let hasValid = rows.contains { row in
      validity.map { $0[row.cell..<row.cell + row.count].contains(true) } ?? (row.count > 0)
    }
    if hasValid { throw StoreError(.damaged, "a timestep is valid, but its dataset has no class") }
  }

  var input: BatchInput {
    shape.isTokens ? .tokens(tokens) : .values(values, featureCount: shape.inputWidth)
  }

  /// The targets; those a sequence that are classes are not in the blobs and are given.
  func targets(classes: @autoclosure () -> [Int32]) -> BatchTargets {
    switch shape.target {
    case .none: .none
    case .classPerSequence: .classPerSequence(classes())
    case .classPerTimestep: .classPerTimestep(targetClasses)
    case .valuesPerSequence(let names): .valuesPerSequence(targetValues, width: names.count)
    case .valuesPerTimestep(let names): .valuesPerTimestep(targetValues, width: names.count)
    }
  }
}

extension Collection<Int32> {
  /// The first that is not an index below `limit`. Sought for only where there is one.
  fileprivate func firstOutside(_ limit: Int) -> Int32? {
    let limit = UInt32(clamping: limit)
    var isOutside = false
    // Without an early exit the loop is done many numbers at a time.
    for number in self { isOutside = isOutside || UInt32(bitPattern: number) >= limit }
    return isOutside ? first { UInt32(bitPattern: $0) >= limit } : nil
  }
}
