/// Sequences laid end to end in rows of a common length `T`: lane packing, with almost no padding.
///
/// A view at the edge, as ``PaddedBatch`` is: made from a ``SequenceBatch`` by `packed(sequencesPerRow:rowLength:)` and
/// turned back into one by ``unpacked()``. Whoever computes on the rows sets h and c to zero wherever `resets` is true,
/// before that timestep; no sequence is split.
public struct PackedBatch: Sendable, Equatable {
  /// Where a sequence lies.
  public struct Lane: Sendable, Equatable {
    /// The row of the grid, from 0.
    public var row: Int
    /// The timestep of the row at which it begins.
    public var start: Int
    /// Its timesteps, which may be none.
    public var length: Int

    /// A place in a grid of packed rows.
    public init(row: Int, start: Int, length: Int) {
      self.row = row
      self.start = start
      self.length = length
    }
  }

  /// The number of rows of the grid.
  public let rowCount: Int
  /// Timesteps of a row: `T`.
  public let rowLength: Int
  /// The input's columns per timestep: `[rows, T, F]` numbers, `[rows, T, C]` codes, row-major.
  public let input: BatchCells
  /// The input's columns per sequence: `[B, F]` numbers, `[B, C]` codes.
  public let statics: BatchCells
  /// The lists of labels of the sequences, a column each.
  public let labels: [LabelLists]
  /// Which timesteps are real rather than padding, `mask[row, t]`: shape `[rows, T]`.
  public let mask: Grid<Bool>
  /// Where a sequence begins, `resets[row, t]`: shape `[rows, T]`. As many as there are sequences that are not empty.
  public let resets: Grid<Bool>
  /// The place of each sequence, `[B]`.
  public let lanes: [Lane]
  /// Targets: `[B]`, `[B, width]`, or laid out like the input, `[rows, T]`, `[rows, T, width]`.
  public let targets: BatchTargets
  /// A weight per sequence, `[B]`.
  public let weights: [Float]?
  /// A weight per timestep, `[rows, T]`, 0 on padding; nil counts all alike.
  public let stepWeights: [Float]?
  /// The position of each sequence in its source, `[B]`.
  public let ids: [Int]

  /// Sequences: `B`.
  public var count: Int { lanes.count }

  /// The part of the grid that is taken by sequences, 0…1; 1 for a grid without cells.
  public var efficiency: Double {
    let cells = rowCount * rowLength
    return cells == 0 ? 1 : Double(lanes.reduce(0) { $0 + $1.length }) / Double(cells)
  }

  /// A packed batch from its parts, as another program made it. O(B log B + rows · T).
  /// - Parameters:
  ///   - rowCount: the number of rows.
  ///   - rowLength: timesteps per row, T.
  ///   - input: numbers `[rows, T, F]` and codes `[rows, T, C]`.
  ///   - statics: those of the sequences, `[B, F]` and `[B, C]`.
  ///   - labels: the lists of the sequences, a column each.
  ///   - lanes: where each sequence stands.
  ///   - mask: defaults to every timestep of a sequence.
  ///   - targets: one per sequence, or one per timestep `[rows, T]`.
  ///   - weights: one per sequence; nil counts all alike.
  ///   - stepWeights: one per timestep, `[rows, T]`; nil counts all alike.
  ///   - ids: default to `0 ..< B`.
  /// - Throws: ``RaggedCoreError`` where sizes disagree, and where sequences leave their row or overlap.
  public init(
    rowCount: Int, rowLength: Int, input: BatchCells, statics: BatchCells = .none, labels: [LabelLists] = [],
    lanes: [Lane], mask: [Bool]? = nil, targets: BatchTargets = .none, weights: [Float]? = nil,
    stepWeights: [Float]? = nil, ids: [Int]? = nil
  ) throws {
    let (cells, isTooLarge) = rowCount.multipliedReportingOverflow(by: rowLength)
    guard rowCount >= 0, rowLength >= 0, !isTooLarge, input.holds(rows: cells), statics.holds(rows: lanes.count),
      targets.hold(timesteps: cells, sequences: lanes.count), mask.map({ $0.count == cells }) ?? true,
      weights.map({ $0.count == lanes.count }) ?? true, stepWeights.map({ $0.count == cells }) ?? true,
      ids.map({ $0.count == lanes.count }) ?? true,
      labels.allSatisfy({ $0.holds(lanes.count) })
    else {
      throw RaggedCoreError(
        .shapeMismatch,
        "the buffers of a packed batch do not have the sizes of [\(rowCount), \(rowLength)] and \(lanes.count.counted("sequence"))"
      )
    }
    try PackedBatch.check(lanes, rowCount: rowCount, rowLength: rowLength)
    var (resets, taken) = ([Bool](repeating: false, count: cells), [Bool](repeating: false, count: cells))
    for lane in lanes where lane.length > 0 {
      let first = lane.row * rowLength + lane.start
      resets[first] = true
      for cell in first..<first + lane.length { taken[cell] = true }
    }
    self.rowCount = rowCount
    self.rowLength = rowLength
    self.input = input
    self.statics = statics
    self.labels = labels
    self.lanes = lanes
    self.mask = Grid(mask.map { zip($0, taken).map { $0 && $1 } } ?? taken, shape: [rowCount, rowLength])
    self.resets = Grid(resets, shape: [rowCount, rowLength])
    self.targets = targets
    self.weights = weights
    self.stepWeights = stepWeights
    self.ids = ids ?? Array(lanes.indices)
  }

  private static func check(_ lanes: [Lane], rowCount: Int, rowLength: Int) throws {
    for (b, lane) in lanes.enumerated() {
      guard 0..<rowCount ~= lane.row, 0...rowLength ~= lane.start, 0...rowLength - lane.start ~= lane.length else {
        throw RaggedCoreError(
          .outOfRange,
          "sequence \(b) takes \(lane.length) timesteps from \(lane.start) of row \(lane.row), expected a place in "
            + "[\(rowCount), \(rowLength)]")
      }
    }
    let order = lanes.indices.filter { lanes[$0].length > 0 }.sorted {
      (lanes[$0].row, lanes[$0].start) < (lanes[$1].row, lanes[$1].start)
    }
    for (one, next) in zip(order, order.dropFirst()) {
      let (before, after) = (lanes[one], lanes[next])
      guard before.row < after.row || before.start + before.length <= after.start else {
        throw RaggedCoreError(
          .shapeMismatch, "sequences \(one) and \(next) overlap at timestep \(after.start) of row \(after.row)")
      }
    }
  }
}
