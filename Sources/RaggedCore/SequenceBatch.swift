/// Sequences of mixed length laid end to end: the ragged form in which everything is computed.
///
/// There is no padding and so no mask. `B` sequences have `N = offsets[B]` timesteps in all; sequence `b` owns the
/// timesteps `offsets[b] ..< offsets[b + 1]`, which may be none. (The layout of Arrow lists and TensorFlow's
/// RaggedTensor.)
public struct SequenceBatch: Sendable, Equatable {
  /// The input's columns per timestep: `[N, F]` numbers, `[N, C]` codes.
  public var input: BatchCells
  /// The input's columns per sequence: `[B, F]` numbers, `[B, C]` codes; mostly none.
  public var statics: BatchCells
  /// The lists of labels of the sequences, a column each; mostly none. They are neither input nor
  /// target: labels that are the target stand in ``targets``.
  public var labels: [LabelLists]
  /// Where each sequence begins: `[B + 1]`, rising from 0 to `N`.
  public var offsets: [Int]
  /// What is to be predicted.
  public var targets: BatchTargets
  /// A weight per sequence, `[B]`; nil means 1 for all.
  public var weights: [Float]?
  /// A weight per timestep, `[N]`, by which the loss of a target per timestep is multiplied besides that of its sequence; nil
  /// means 1 for all.
  public var stepWeights: [Float]?
  /// Which stored timesteps are valid, `[N]`; nil means all of them. See ``compacted()``.
  public var validity: [Bool]?
  /// The position of each sequence in its source, `[B]`.
  public var ids: [Int]

  /// A batch from its parts; traps in debug builds where their sizes disagree. `ids` defaults to `0 ..< B`.
  public init(
    input: BatchCells, statics: BatchCells = .none, labels: [LabelLists] = [], offsets: [Int],
    targets: BatchTargets = .none, weights: [Float]? = nil, stepWeights: [Float]? = nil, validity: [Bool]? = nil,
    ids: [Int]? = nil
  ) {
    self.input = input
    self.statics = statics
    self.labels = labels
    self.offsets = offsets
    self.targets = targets
    self.weights = weights
    self.stepWeights = stepWeights
    self.validity = validity
    self.ids = ids ?? Array(0..<max(0, offsets.count - 1))
    assert(isConsistent, "the parts of the batch disagree in size")
  }

  /// Sequences in the batch: `B`.
  public var count: Int { offsets.count - 1 }
  /// Timesteps in the batch: `N`.
  public var timesteps: Int { offsets[offsets.count - 1] }
  /// The timesteps of sequence `b`.
  public func range(_ b: Int) -> Range<Int> { offsets[b]..<offsets[b + 1] }
  /// The length of sequence `b`.
  public func length(_ b: Int) -> Int { offsets[b + 1] - offsets[b] }
  /// The length of every sequence.
  public var lengths: [Int] { (0..<count).map(length) }

  /// Whether every buffer has the size that the offsets ask for.
  public var isConsistent: Bool {
    guard offsets.first == 0, zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 }) else { return false }
    let (n, b) = (timesteps, count)
    return input.holds(rows: n) && statics.holds(rows: b) && targets.hold(timesteps: n, sequences: b)
      && weights.map { $0.count == b } ?? true && stepWeights.map { $0.count == n } ?? true
      && validity.map { $0.count == n } ?? true && ids.count == b
      && labels.allSatisfy { $0.holds(b) }
  }
}

/// The targets of a batch.
public enum BatchTargets: Sendable, Equatable {
  /// None: a batch to predict.
  case none
  /// A class per sequence, `[B]`.
  case classPerSequence([Int32])
  /// A class per timestep, `[N]`.
  case classPerTimestep([Int32])
  /// `[B, width]`, row-major.
  case valuesPerSequence([Float], width: Int)
  /// `[N, width]`, row-major.
  case valuesPerTimestep([Float], width: Int)
  /// A list of labels per sequence, each of a length of its own: classes from 0 on. One that is none of the target's names has
  /// ``unobservedClass``.
  case labels(LabelLists)
  /// Several targets at once, in the order of ``TargetSignature/several(_:)``.
  case several([BatchTargets])

  func hold(timesteps n: Int, sequences b: Int) -> Bool {
    switch self {
    case .none: true
    case .classPerSequence(let classes): classes.count == b
    case .classPerTimestep(let classes): classes.count == n
    case .valuesPerSequence(let values, let width): values.holds(b, times: width)
    case .valuesPerTimestep(let values, let width): values.holds(n, times: width)
    case .labels(let lists): lists.holds(b)
    case .several(let parts): parts.allSatisfy { $0.hold(timesteps: n, sequences: b) }
    }
  }

  /// The class of a timestep or a sequence whose target was not observed: it has no loss and is not judged. A value that
  /// was not observed is NaN.
  public static let unobservedClass: Int32 = -1

  /// Which targets were observed, `[B]` or `[N]`; nil where all were, and for several targets, each of which has its own. A row
  /// of values was where each of them was.
  package var observed: [Bool]? {
    switch self {
    case .none, .labels, .several: nil
    case .classPerSequence(let classes), .classPerTimestep(let classes):
      classes.contains(Self.unobservedClass) ? classes.map { $0 != Self.unobservedClass } : nil
    case .valuesPerSequence(let values, let width), .valuesPerTimestep(let values, let width):
      values.contains(where: \.isNaN)
        ? stride(from: 0, to: values.count, by: width).map { !values[$0..<$0 + width].contains(where: \.isNaN) } : nil
    }
  }

  /// The share of each row's values that were observed, `[B]` or `[N]`; nil where all were, and for what is no values.
  package var observedShares: [Float]? {
    switch self {
    case .none, .labels, .several, .classPerSequence, .classPerTimestep: nil
    case .valuesPerSequence(let values, let width), .valuesPerTimestep(let values, let width):
      values.contains(where: \.isNaN)
        ? stride(from: 0, to: values.count, by: width).map { first in
          Float(values[first..<first + width].count { !$0.isNaN }) / Float(width)
        } : nil
    }
  }

  /// Whether there is one target per timestep; of several, whether there is for any.
  public var isPerTimestep: Bool {
    switch self {
    case .classPerTimestep, .valuesPerTimestep: true
    case .several(let parts): parts.contains(where: \.isPerTimestep)
    case .none, .classPerSequence, .valuesPerSequence, .labels: false
    }
  }

  /// The lists of labels; nil for other targets.
  public var labelLists: LabelLists? { if case .labels(let lists) = self { lists } else { nil } }
}

extension SequenceBatch {
  /// Bytes of all its buffers. O(1).
  public var byteCount: Int {
    input.byteCount + statics.byteCount + targets.byteCount
      + 8 * (offsets.count + ids.count) + 4 * (weights?.count ?? 0) + 4 * (stepWeights?.count ?? 0)
      + (validity?.count ?? 0) + labels.reduce(0) { $0 + $1.byteCount }
  }
}

extension BatchTargets {
  fileprivate var byteCount: Int {
    parts.reduce(4 * (classes.count + values.count) + (labelLists?.byteCount ?? 0)) { $0 + $1.byteCount }
  }
}
