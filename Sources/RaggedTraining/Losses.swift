import CRaggedKernels
import RaggedCore

/// What training makes small. Each is a function of one output vector and one target, as Keras defines it.
public enum Loss: String, Sendable, Codable, CaseIterable {
  /// −Σ y log p over outputs that are divided by their sum and clipped to [1e-7, 1 − 1e-7]; targets are classes (one-hot)
  /// or distributions.
  case categoricalCrossentropy = "categorical_crossentropy"
  /// The same with targets that are class numbers.
  case sparseCategoricalCrossentropy = "sparse_categorical_crossentropy"
  /// The mean over the outputs of −y log p − (1 − y) log(1 − p), outputs clipped as above.
  case binaryCrossentropy = "binary_crossentropy"
  /// The mean over the outputs of (y − p)².
  case meanSquaredError = "mean_squared_error"
  /// The mean over the outputs of |y − p|; its gradient at 0 is 0.
  case meanAbsoluteError = "mean_absolute_error"

  var code: Int32 {
    switch self {
    case .categoricalCrossentropy, .sparseCategoricalCrossentropy: Int32(RK_CATEGORICAL)
    case .binaryCrossentropy: Int32(RK_BINARY)
    case .meanSquaredError: Int32(RK_SQUARED)
    case .meanAbsoluteError: Int32(RK_ABSOLUTE)
    }
  }

  /// Whether a share of right predictions makes sense for it.
  public var hasAccuracy: Bool { self != .meanSquaredError && self != .meanAbsoluteError }
}

/// How the losses of a batch become one number. Sums and counts run over real timesteps and are divided once.
///
/// `w` is the sequence's sample weight, 1 where none is given.
public enum Reduction: String, Sendable, Codable, CaseIterable {
  /// Σ w · loss over timesteps, divided by Σ w over timesteps. Keras' own mean, without the padding.
  case meanPerTimestep = "mean_per_timestep"
  /// The mean loss of each sequence, averaged over the sequences with weights w; sequences without a timestep are left
  /// out where targets come a timestep.
  case meanPerSequence = "mean_per_sequence"
  /// Σ w · loss.
  case sum
}

/// A loss as a numerator and a denominator, so that batches add up exactly.
public struct LossSum: Sendable, Equatable, Codable {
  /// Σ weight · loss.
  public var loss = 0.0
  /// Σ weight: what the mean is divided by. 1 a step for ``Reduction/sum``.
  public var weight = 0.0
  /// Predictions that are right.
  public var hits = 0.0
  /// Predictions that were judged: real timesteps, or sequences.
  public var counted = 0.0

  /// Nothing yet.
  public init() {}

  /// Adds another part of the same epoch.
  public static func += (left: inout LossSum, right: LossSum) {
    left.loss += right.loss
    left.weight += right.weight
    left.hits += right.hits
    left.counted += right.counted
  }
}

/// The weight of each row's timesteps (or of the row), and what the sum is divided by.
struct LossWeights {
  /// `[B]`.
  var rows: [Float]
  /// Σ of the weights of everything that is judged.
  var total: Double

  init(_ batch: SequenceBatch, reduction: Reduction, isPerSequence: Bool) {
    rows = batch.weights ?? Array(repeating: 1, count: batch.count)
    total = 0
    for b in 0..<batch.count {
      let (weight, length) = (Double(rows[b]), batch.length(b))
      switch (isPerSequence, reduction) {
      case (true, _): total += weight
      case (false, .meanPerSequence):
        rows[b] = length > 0 ? Float(weight / Double(length)) : 0
        total += length > 0 ? weight : 0
      case (false, _): total += weight * Double(length)
      }
    }
  }
}
