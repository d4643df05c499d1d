/// Sequences padded to a common length `T`, with a mask: the form that other frameworks take.
///
/// A view at the edge: it is made from a ``SequenceBatch`` and turned back into one before anything is computed. The
/// mask (true = real) may have any shape: padding on the left or right, holes, whole rows.
public struct PaddedBatch: Sendable, Equatable {
  /// Sequences: `B`.
  public var count: Int
  /// Timesteps of the padded axis: `T`.
  public var paddedLength: Int
  /// `[B, T, F]` values or `[B, T]` tokens, row-major.
  public var input: BatchInput
  /// Which timesteps are real rather than padding, `mask[b, t]`: shape `[B, T]`.
  public var mask: Grid<Bool>
  /// Timesteps of each sequence after cutting, `[B]`; stored invalid timesteps count.
  public var lengths: [Int]
  /// Targets: `[B]`, `[B, width]`, or padded like the input, `[B, T]`, `[B, T, width]`.
  public var targets: BatchTargets
  /// A weight per sequence, `[B]`.
  public var weights: [Float]?
  /// The position of each sequence in its source, `[B]`.
  public var ids: [Int]

  /// A padded batch from its parts.
  /// - Parameters:
  ///   - count: the number of sequences, B.
  ///   - paddedLength: timesteps per row, T.
  ///   - input: values or tokens, `[B, T, F]` or `[B, T]`.
  ///   - mask: true where a timestep is real, `[B, T]`.
  ///   - lengths: defaults to each row's count of real timesteps.
  ///   - targets: one per sequence, or one per timestep `[B, T]`.
  ///   - weights: one per sequence; nil counts all alike.
  ///   - ids: default to `0 ..< B`.
  /// - Throws: ``RaggedCoreError`` where the sizes disagree.
  public init(
    count: Int, paddedLength: Int, input: BatchInput, mask: [Bool], lengths: [Int]? = nil,
    targets: BatchTargets = .none, weights: [Float]? = nil, ids: [Int]? = nil
  ) throws {
    let (cells, isTooLarge) = count.multipliedReportingOverflow(by: paddedLength)
    guard count >= 0, paddedLength >= 0, !isTooLarge, mask.count == cells, input.holds(timesteps: cells),
      targets.hold(timesteps: cells, sequences: count),
      weights.map({ $0.count == count }) ?? true, lengths.map({ $0.count == count }) ?? true,
      ids.map({ $0.count == count }) ?? true
    else {
      throw RaggedCoreError(
        .shapeMismatch, "the buffers of a padded batch do not have the sizes of [\(count), \(paddedLength)]")
    }
    self.count = count
    self.paddedLength = paddedLength
    self.input = input
    self.mask = Grid(mask, shape: [count, paddedLength])
    self.lengths =
      lengths
      ?? (0..<count).map { b in mask[b * paddedLength..<(b + 1) * paddedLength].reduce(0) { $0 + ($1 ? 1 : 0) } }
    self.targets = targets
    self.weights = weights
    self.ids = ids ?? Array(0..<count)
  }

  /// The features, `values[b, t, f]`: shape `[B, T, F]`; for tokens `[B, T, 0]`.
  public var values: Grid<Float> {
    guard case .values(let values, let featureCount) = input else { return Grid([], shape: [count, paddedLength, 0]) }
    return Grid(values, shape: [count, paddedLength, featureCount])
  }

  /// The tokens, `tokens[b, t]`: shape `[B, T]`; for features `[0, 0]`.
  public var tokens: Grid<Int32> {
    guard case .tokens(let tokens) = input else { return Grid([], shape: [0, 0]) }
    return Grid(tokens, shape: [count, paddedLength])
  }

  /// Real timesteps: true cells of the mask.
  public var timesteps: Int { mask.reduce(0) { $0 + ($1 ? 1 : 0) } }

  /// The same cells as a ragged batch of `B` sequences of `T` timesteps each, with the mask as its validity.
  public var grid: SequenceBatch {
    SequenceBatch(
      input: input, offsets: (0...count).map { $0 * paddedLength }, targets: targets, weights: weights,
      validity: mask.elements, ids: ids)
  }

  /// The real timesteps alone, end to end: what a model computes on. The inverse of padding. O(B · T · F).
  public func compacted() -> SequenceBatch { grid.compacted() }
}
