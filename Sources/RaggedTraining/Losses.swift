import CRaggedKernels
public import RaggedCore

/// What training makes small. Each is a function of one output vector and one target, as Keras defines it, but for ``ctc`` and
/// ``crf``, which look at whole sequences.
///
/// Where the model ends in a softmax under a categorical cross-entropy, or in sigmoids under the binary one, loss and
/// gradient are computed from the logits z that go into it, without a clip, as PyTorch's `cross_entropy` and
/// `binary_cross_entropy_with_logits` and Keras on TensorFlow do: the gradient by z is p − y, so an example of which the
/// model is wrongly sure still teaches it. Under any other outputs (sigmoids under a categorical cross-entropy, a softmax
/// under the binary one, outputs behind a ``Dropout``) probabilities are clipped to [1e-7, 1 − 1e-7] as in Keras, and
/// beyond the clip the gradient is 0.
public enum Loss: String, Sendable, Codable, CaseIterable {
  /// −Σ y log p; targets are classes (one-hot) or distributions. From logits under a softmax; other outputs are divided
  /// by their sum and clipped.
  case categoricalCrossentropy = "categorical_crossentropy"
  /// The same with targets that are class numbers.
  case sparseCategoricalCrossentropy = "sparse_categorical_crossentropy"
  /// The mean over the outputs of −y log p − (1 − y) log(1 − p). From logits under sigmoids; other outputs are clipped.
  ///
  /// Of a class with an output each, the highest output is the prediction; of values, a row is right where every output
  /// is on its target's side of a half (Keras' `binary_accuracy` takes the mean over the outputs).
  case binaryCrossentropy = "binary_crossentropy"
  /// The mean over the outputs of (y − p)².
  case meanSquaredError = "mean_squared_error"
  /// The mean over the outputs of |y − p|; its gradient at 0 is 0.
  case meanAbsoluteError = "mean_absolute_error"
  /// −log of the likelihood of a list of labels of a length of its own, from logits under a softmax: see ``CTC``. A sequence has
  /// one loss, and either mean is over sequences.
  case ctc
  /// −log of the likelihood of a sequence's tags, of a model that ends in a ``CRF``. Timesteps share it: a mean per timestep
  /// is the sum over all sequences divided by their timesteps.
  case crf

  /// Whether it looks at all timesteps of a sequence together, rather than at each output by itself.
  public var judgesWholeSequences: Bool { self == .ctc || self == .crf }

  /// Those that are a function of one output vector and one target.
  public static let ofOutputs = allCases.filter { !$0.judgesWholeSequences }

  /// What a model of this loss makes of a target: of lists of labels under ``binaryCrossentropy`` a value for each label, 1 where a
  /// sequence has it and 0 elsewhere, whatever its place in the list; others stay. `SignatureFit` brings data to it.
  public func target(of target: TargetSignature) -> TargetSignature {
    if case .labels(let names) = target, self == .binaryCrossentropy { return .valuesPerSequence(names) }
    if case .several(let parts) = target {
      return .several(parts.map { NamedTarget($0.name, self.target(of: $0.target)) })
    }
    return target
  }

  /// What suits a target and a model, where nothing is said.
  public static func suited(to target: TargetSignature, for model: Sequential) -> Loss {
    if target.isLabels { return .ctc }
    guard target.isClass else { return .meanSquaredError }
    if model.layers.last?.layer is CRF { return .crf }
    return model.outputWidth == 1 && target.names.count == 2 ? .binaryCrossentropy : .sparseCategoricalCrossentropy
  }

  /// The kernels' number of it.
  fileprivate func code(fromLogits: Bool) -> Int32 {
    switch self {
    case .categoricalCrossentropy, .sparseCategoricalCrossentropy:
      Int32(fromLogits ? RK_SOFTMAX_CATEGORICAL : RK_CATEGORICAL)
    case .binaryCrossentropy: Int32(fromLogits ? RK_SIGMOID_BINARY : RK_BINARY)
    // Those of whole sequences are not the kernels'.
    case .meanSquaredError, .ctc, .crf: Int32(RK_SQUARED)
    case .meanAbsoluteError: Int32(RK_ABSOLUTE)
    }
  }

  /// What it takes a model's outputs for.
  public enum Outputs: Sendable {
    /// Parts of one whole, such as those of a softmax: only their ratios count.
    case shares
    /// Probabilities, each for itself, such as those of sigmoids.
    case probabilities
    /// Numbers of any size.
    case values
  }

  /// What it takes a model's outputs for: all that the rest of the package asks about a loss.
  public var outputs: Outputs {
    switch self {
    case .categoricalCrossentropy, .sparseCategoricalCrossentropy, .ctc, .crf: .shares
    case .binaryCrossentropy: .probabilities
    case .meanSquaredError, .meanAbsoluteError: .values
    }
  }

  /// The activation that is computed together with it.
  var activation: Activation? {
    switch outputs {
    case .shares: .softmax
    case .probabilities: .sigmoid
    case .values: nil
    }
  }

  /// Whether of a row of values each counts by itself, so that one of which some are missing is judged by the others: the
  /// mean over the outputs is then that over those whose target was observed, and the row counts as the share of its values
  /// that were. Of a target such as `sales@1..12` the last timesteps of a sequence are such rows. Under other losses a row of which a
  /// value is missing has no loss.
  package var masksValues: Bool { outputs == .values }

  /// Whether a share of right predictions makes sense for it.
  public var hasAccuracy: Bool { outputs != .values && self != .ctc }
}

/// How the losses of a batch become one number. Sums and counts run over real timesteps and are divided once.
///
/// `w` is the sequence's sample weight times the timestep's own, 1 where none is given. Weights of classes are a part of them,
/// so that they stand in numerator and denominator: see ``ClassWeights``.
public enum Reduction: String, Sendable, Codable, CaseIterable {
  /// Σ w · loss over timesteps, divided by Σ w over timesteps. Without weights Keras' own mean, without the padding.
  ///
  /// Keras' default, `sum_over_batch_size`, divides by the number of losses whatever their weights: of losses 1 and 9 with
  /// weights 0.5 and 2 it makes 18.5 / 2 = 9.25, and this 18.5 / 2.5 = 7.4, which does not change where all weights are
  /// doubled. Keras' `mean_with_sample_weight` divides as here.
  case meanPerTimestep = "mean_per_timestep"
  /// The mean loss of each sequence by the weights of its timesteps, averaged over the sequences with their weights;
  /// sequences without a timestep, or with weights of 0 alone, are left out where targets come per timestep. Divided by
  /// the sum of the sequences' weights, as ``meanPerTimestep`` is by that of the timesteps'.
  case meanPerSequence = "mean_per_sequence"
  /// Σ w · loss: of a batch, an epoch or a dataset the sum over everything in it, however it fell into batches.
  case sum
}

/// A loss as a numerator and a denominator, so that batches add up exactly.
public struct LossSum: Sendable, Equatable, Codable {
  /// Σ weight · loss.
  public var loss = 0.0
  /// Σ weight: what the mean is divided by.
  public var weight = 0.0
  /// Predictions that are right.
  public var hits = 0.0
  /// Predictions that were judged: real timesteps, or sequences.
  public var counted = 0.0
  /// Labels to insert, delete or replace in what the likeliest outputs spell, to make it the truth: Σ over sequences, for
  /// ``Loss/ctc``.
  public var labelErrors = 0.0
  /// Labels of the truth.
  public var labelCount = 0.0
  /// Sequences without a loss: their labels do not fit into their timesteps, or are not known to the model. Their errors count.
  public var unaligned = 0.0
  /// Whether the reduced loss is the sum itself: ``Reduction/sum``.
  public var isSum = false
  /// See ``heads``; nil for one target.
  private var ofHeads: [Head]?

  /// The sums of one of several targets, and the factor of its loss in the total.
  public struct Head: Sendable, Equatable, Codable {
    /// Of its loss, with a weight of its own: Σ over what has this target.
    public var sum: LossSum
    /// See ``HeadLoss/weight``.
    public var factor: Double
  }

  /// Nothing yet.
  public init() {}

  /// The sums of several targets together.
  init(_ heads: [Head]) { ofHeads = heads }

  /// The sums of each of several targets, in their order; empty for one target. Those above are then 0.
  public internal(set) var heads: [Head] {
    get { ofHeads ?? [] }
    set { ofHeads = newValue.isEmpty ? nil : newValue }
  }

  /// The reduced loss: the sum over the weight, 0 where nothing was judged; the sum itself for ``Reduction/sum``. Of
  /// several targets Σ factor · the reduced loss of each, so that each has a denominator of its own.
  public var mean: Double {
    guard ofHeads == nil else {
      return heads.reduce(0) { $1.factor == 0 ? $0 : $0 + $1.factor * $1.sum.mean }
    }
    return isSum ? loss : weight == 0 ? 0 : loss / weight
  }

  /// Whether everything that is learned from is a number.
  var isFinite: Bool { ofHeads == nil ? loss.isFinite : heads.allSatisfy { $0.factor == 0 || $0.sum.loss.isFinite } }

  /// Whether nothing was judged.
  var isEmpty: Bool { ofHeads == nil ? counted == 0 : heads.allSatisfy { $0.sum.counted == 0 } }

  /// What the sum is divided by, of each target.
  var weights: [Double] {
    get { ofHeads == nil ? [weight] : heads.map(\.sum.weight) }
    set {
      guard ofHeads != nil else {
        weight = newValue[0]
        return
      }
      for (place, weight) in newValue.enumerated() { heads[place].sum.weight = weight }
    }
  }
  /// Share of right predictions; nil where nothing was judged.
  public var accuracy: Double? { counted == 0 ? nil : hits / counted }

  /// Errors in the labels, as a share of the labels; nil where there are none. It may be more than 1.
  public var labelErrorRate: Double? { labelCount == 0 ? nil : labelErrors / labelCount }

  /// Adds another part of the same epoch.
  public static func += (left: inout LossSum, right: LossSum) {
    left.loss += right.loss
    left.weight += right.weight
    left.hits += right.hits
    left.counted += right.counted
    left.labelErrors += right.labelErrors
    left.labelCount += right.labelCount
    left.unaligned += right.unaligned
    left.isSum = left.isSum || right.isSum
    guard let parts = right.ofHeads else { return }
    if left.ofHeads == nil { left.ofHeads = parts.map { Head(sum: LossSum(), factor: $0.factor) } }
    for place in parts.indices { left.heads[place].sum += parts[place].sum }
  }
}

extension LossSum {
  /// Reads sums; those of a checkpoint that does not say whether they are reduced to a sum are taken for means.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    loss = try container.decode(Double.self, forKey: .loss)
    weight = try container.decode(Double.self, forKey: .weight)
    hits = try container.decode(Double.self, forKey: .hits)
    counted = try container.decode(Double.self, forKey: .counted)
    isSum = try container.decodeIfPresent(Bool.self, forKey: .isSum) ?? false
    labelErrors = try container.decodeIfPresent(Double.self, forKey: .labelErrors) ?? 0
    labelCount = try container.decodeIfPresent(Double.self, forKey: .labelCount) ?? 0
    unaligned = try container.decodeIfPresent(Double.self, forKey: .unaligned) ?? 0
    ofHeads = try container.decodeIfPresent([Head].self, forKey: .ofHeads)
  }
}

/// The weight of each row's timesteps (or of the row), and what the sum is divided by.
struct LossWeights {
  /// `[B]`.
  var rows: [Float]
  /// Σ of the weights of everything that has a loss: a target that was not observed has none, nor has a class that is not
  /// known.
  var total: Double

  /// - Parameter masksValues: whether of a row of values those that were observed count; see ``Loss/masksValues``.
  init(
    _ batch: SequenceBatch, _ targets: BatchTargets, reduction: Reduction, isPerSequence: Bool, masksValues: Bool
  ) {
    rows = batch.weights ?? Array(repeating: 1, count: batch.count)
    total = 0
    let classes = targets.classes
    let shares =
      masksValues
      ? targets.observedShares
      : (classes.contains { $0 < 0 } ? classes.map { $0 >= 0 } : targets.observed)?.map { $0 ? 1 : 0 }
    for b in 0..<batch.count {
      let weight = Double(rows[b])
      if isPerSequence {
        total += weight * Double(shares?[b] ?? 1)
        continue
      }
      // The weights of the timesteps that have a loss: their number where they have none of their own.
      let range = batch.range(b)
      let steps: Double
      if let own = batch.stepWeights {
        steps = range.reduce(0) { $0 + Double(own[$1]) * Double(shares?[$1] ?? 1) }
      } else {
        steps = shares.map { $0[range].reduce(0) { $0 + Double($1) } } ?? Double(batch.length(b))
      }
      if reduction == .meanPerSequence {
        rows[b] = steps > 0 ? Float(weight / steps) : 0
        total += steps > 0 ? weight : 0
      } else {
        total += weight * steps
      }
    }
  }
}

/// The operations of one end of a program before its loss, and the kernels' number of the loss on what they give.
struct JudgedEnd {
  let end: ProgramEnd
  var operations: [any Operation]
  var code: Int32
  /// The activation that makes outputs of what the operations give; nil where they give outputs.
  var lastActivation: DenseOperation?
  /// The loss, where it looks at whole sequences.
  var whole: SequenceLoss?
  /// Whether the outputs are judged.
  let isJudged: Bool
  /// Whether there is one loss a sequence, whatever the outputs.
  let isPerList: Bool
  /// The factor of its loss in the total.
  let factor: Double
  /// See ``Loss/masksValues``.
  let masksValues: Bool

  /// The operations of an end; where the loss is computed from logits, without the activation at the end.
  /// - Parameter judge: the loss; nil for outputs alone.
  init(_ program: Program, _ end: ProgramEnd, _ judge: HeadLoss?) {
    self.end = end
    operations = Array(program.operations[end.operations])
    (isJudged, isPerList, factor) = (judge != nil, judge?.loss == .ctc, judge?.weight ?? 1)
    masksValues = judge?.loss.masksValues ?? false
    guard let loss = judge?.loss else {
      code = 0
      return
    }
    if loss == .crf, let crf = operations.last as? CRFOperation {
      operations.removeLast()
      (whole, code) = (.crf(crf), loss.code(fromLogits: true))
      return
    }
    if loss == .ctc { whole = .ctc }
    guard var last = operations.last as? DenseOperation, last.activation == loss.activation else {
      code = loss.code(fromLogits: false)
      return
    }
    lastActivation = last
    last.activation = .linear
    operations[operations.count - 1] = last
    code = loss.code(fromLogits: true)
  }
}
