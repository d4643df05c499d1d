import RaggedCore

/// How gradients become new weights, as Keras' optimisers of the same names.
public struct Optimizer: Sendable, Equatable, Codable {
  /// How a gradient becomes a step, with its constants.
  public enum Rule: Sendable, Equatable, Codable {
    /// Kingma and Ba 2015, with ε outside the bias correction, as in Keras.
    case adam(beta1: Float, beta2: Float, epsilon: Float)
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019): w shrinks by rate · decay · w before the step.
    case adamW(beta1: Float, beta2: Float, epsilon: Float, weightDecay: Float)
    /// Gradient descent with momentum.
    case sgd(momentum: Float, nesterov: Bool)
  }

  /// How a gradient becomes a step, once it is clipped.
  public var rule: Rule
  /// What a step is multiplied by, by the number of steps taken before.
  public var learningRate: LearningRate
  /// The most that the norm of all gradients together may be (Keras' `global_clipnorm`); nil for any.
  public var clipNorm: Float?

  /// An optimiser by any rule; the functions below have Keras' defaults.
  public init(_ rule: Rule, learningRate: LearningRate, clipNorm: Float? = nil) {
    self.rule = rule
    self.learningRate = learningRate
    self.clipNorm = clipNorm
  }

  /// Keras' learning rates, of Adam and AdamW and of gradient descent.
  public static let (usualRate, usualDescentRate): (Float, Float) = (1e-3, 1e-2)
  /// Keras' weight decay of AdamW.
  public static let usualWeightDecay: Float = 0.004

  /// Adam with Keras' defaults.
  public static func adam(_ learningRate: Float = Optimizer.usualRate, clipNorm: Float? = nil) -> Optimizer {
    Optimizer(.adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-7), learningRate: .constant(learningRate), clipNorm: clipNorm)
  }

  /// AdamW with Keras' defaults.
  public static func adamW(
    _ learningRate: Float = Optimizer.usualRate, weightDecay: Float = Optimizer.usualWeightDecay, clipNorm: Float? = nil
  )
    -> Optimizer
  {
    Optimizer(
      .adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-7, weightDecay: weightDecay),
      learningRate: .constant(learningRate), clipNorm: clipNorm)
  }

  /// Gradient descent with Keras' defaults.
  public static func sgd(
    _ learningRate: Float = Optimizer.usualDescentRate, momentum: Float = 0, nesterov: Bool = false,
    clipNorm: Float? = nil
  )
    -> Optimizer
  {
    Optimizer(.sgd(momentum: momentum, nesterov: nesterov), learningRate: .constant(learningRate), clipNorm: clipNorm)
  }

  /// The largest weight decay, and the largest norm that gradients can be clipped to.
  package static let (largestDecay, largestNorm): (Float, Float) = (1000, 1e30)

  /// Checks that every number has a meaning.
  /// - Throws: ``TrainingError``.
  public func validate() throws {
    try learningRate.validate()
    let hasMeaning =
      switch rule {
      case .adam(let beta1, let beta2, let epsilon):
        (0..<1).contains(beta1) && (0..<1).contains(beta2) && epsilon > 0
      case .adamW(let beta1, let beta2, let epsilon, let decay):
        (0..<1).contains(beta1) && (0..<1).contains(beta2) && epsilon > 0
          && (0...Optimizer.largestDecay).contains(decay)
      case .sgd(let momentum, _): (0...1).contains(momentum)
      }
    if !hasMeaning { throw TrainingError(.invalidModel, "the optimiser \(rule) has no meaning") }
    if let clipNorm, !(clipNorm > 0 && clipNorm <= Optimizer.largestNorm) {
      throw TrainingError(
        .invalidModel,
        "the clip norm is \(clipNorm), expected \(clipNorm > 0 ? "at most \(Optimizer.largestNorm)" : "more than 0")")
    }
  }
}

/// What an optimiser remembers from step to step.
struct OptimizerState: Sendable, Equatable {
  var step = 0
  /// Adam's mean of the gradient, or SGD's velocity; `[P]`, or empty where the rule keeps none.
  var first: [Float] = []
  /// Adam's mean of the squared gradient.
  var second: [Float] = []
}

extension OptimizerState {
  init(_ rule: Optimizer.Rule, parameterCount: Int) {
    let zeros = [Float](repeating: 0, count: parameterCount)
    switch rule {
    case .adam, .adamW: self.init(first: zeros, second: zeros)
    case .sgd(let momentum, _): self.init(first: momentum > 0 ? zeros : [])
    }
  }
}
