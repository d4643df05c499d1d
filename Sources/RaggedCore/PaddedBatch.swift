/// Sequences padded to a common length `T`, with a mask: the form that other frameworks take.
///
/// A view at the edge: it is made from a ``SequenceBatch`` and turned back into one before anything is computed. The
/// mask (true = real) may have any shape: padding on the left or right, holes, whole rows.
public struct PaddedBatch: Sendable, Equatable {
  /// Sequences: `B`.
  public var count: Int
  /// Timesteps of the padded axis: `T`.
  public var paddedLength: Int
  /// The input's columns per timestep: `[B, T, F]` numbers, `[B, T, C]` codes, row-major.
  public var input: BatchCells
  /// The input's columns per sequence, without padding: `[B, F]` numbers, `[B, C]` codes.
  public var statics: BatchCells
  /// The lists of labels of the sequences, a column each; ``LabelLists/padded`` is their form `[B, L]`.
  public var labels: [LabelLists]
  /// Which timesteps are real rather than padding, `mask[b, t]`: shape `[B, T]`.
  public var mask: Grid<Bool>
  /// Timesteps of each sequence after cutting, `[B]`; stored invalid timesteps count.
  public var lengths: [Int]
  /// Targets: `[B]`, `[B, width]`, or padded like the input, `[B, T]`, `[B, T, width]`.
  public var targets: BatchTargets
  /// A weight per sequence, `[B]`.
  public var weights: [Float]?
  /// A weight per timestep, `[B, T]`, 0 on padding; nil counts all alike.
  public var stepWeights: [Float]?
  /// The position of each sequence in its source, `[B]`.
  public var ids: [Int]

  /// A padded batch from its parts.
  /// - Parameters:
  ///   - count: the number of sequences, B.
  ///   - paddedLength: timesteps per row, T.
  ///   - input: numbers `[B, T, F]` and codes `[B, T, C]`.
  ///   - statics: those of the sequences, `[B, F]` and `[B, C]`.
  ///   - labels: the lists of the sequences, a column each.
  ///   - mask: true where a timestep is real, `[B, T]`.
  ///   - lengths: defaults to each row's count of real timesteps.
  ///   - targets: one per sequence, or one per timestep `[B, T]`.
  ///   - weights: one per sequence; nil counts all alike.
  ///   - stepWeights: one per timestep, `[B, T]`; nil counts all alike.
  ///   - ids: default to `0 ..< B`.
  /// - Throws: ``RaggedCoreError`` where the sizes disagree.
  public init(
    count: Int, paddedLength: Int, input: BatchCells, statics: BatchCells = .none, labels: [LabelLists] = [],
    mask: [Bool], lengths: [Int]? = nil, targets: BatchTargets = .none, weights: [Float]? = nil,
    stepWeights: [Float]? = nil, ids: [Int]? = nil
  ) throws {
    let (cells, isTooLarge) = count.multipliedReportingOverflow(by: paddedLength)
    guard count >= 0, paddedLength >= 0, !isTooLarge, mask.count == cells, input.holds(rows: cells),
      statics.holds(rows: count),
      targets.hold(timesteps: cells, sequences: count),
      weights.map({ $0.count == count }) ?? true, stepWeights.map({ $0.count == cells }) ?? true,
      lengths.map({ $0.count == count }) ?? true,
      ids.map({ $0.count == count }) ?? true, labels.allSatisfy({ $0.holds(count) })
    else {
      throw RaggedCoreError(
        .shapeMismatch, "the buffers of a padded batch do not have the sizes of [\(count), \(paddedLength)]")
    }
    self.count = count
    self.paddedLength = paddedLength
    self.input = input
    self.statics = statics
    self.labels = labels
    self.mask = Grid(mask, shape: [count, paddedLength])
    self.lengths =
      lengths
      ?? (0..<count).map { b in mask[b * paddedLength..<(b + 1) * paddedLength].reduce(0) { $0 + ($1 ? 1 : 0) } }
    self.targets = targets
    self.weights = weights
    self.stepWeights = stepWeights
    self.ids = ids ?? Array(0..<count)
  }

  /// The numbers, `values[b, t, f]`: shape `[B, T, F]`.
  public var values: Grid<Float> { Grid(input.values, shape: [count, paddedLength, input.featureCount]) }

  /// Which numbers were observed, `observed[b, t, f]`: shape `[B, T, F]`; false on padding, nil where all real ones were.
  public var observed: Grid<Bool>? {
    input.observed.map { Grid($0, shape: [count, paddedLength, input.featureCount]) }
  }

  /// The codes, `codes[b, t, c]`: shape `[B, T, C]`.
  public var codes: Grid<Int32> { Grid(input.codes, shape: [count, paddedLength, input.codeCount]) }

  /// The tokens of an input with one category column, `tokens[b, t]`: shape `[B, T]`; for others `[0, 0]`.
  public var tokens: Grid<Int32> {
    input.codeCount == 1 ? Grid(input.codes, shape: [count, paddedLength]) : Grid([], shape: [0, 0])
  }

  /// Real timesteps: true cells of the mask.
  public var timesteps: Int { mask.reduce(0) { $0 + ($1 ? 1 : 0) } }

  /// The same cells as a ragged batch of `B` sequences of `T` timesteps each, with the mask as its validity.
  public var grid: SequenceBatch {
    SequenceBatch(
      input: input, statics: statics, labels: labels, offsets: (0...count).map { $0 * paddedLength },
      targets: targets, weights: weights, stepWeights: stepWeights, validity: mask.elements, ids: ids)
  }

  /// The real timesteps alone, end to end: what a model computes on. The inverse of padding. O(B · T · F).
  public func compacted() -> SequenceBatch { grid.compacted() }
}
