import ArgumentParser
import Ragged

struct OptimizerArguments: ParsableArguments {
  enum Rule: String, ExpressibleByArgument, CaseIterable {
    case adam, adamw, sgd
  }

  enum Schedule: String, ExpressibleByArgument, CaseIterable {
    case constant, exponential, cosine
  }

  @Option(name: .long, help: "adam, adamw or sgd, with Keras' defaults.")
  var optimizer: Rule = .adam

  @Option(
    name: .long, help: "The learning rate. Default: \(Optimizer.usualRate), for sgd \(Optimizer.usualDescentRate).")
  var learningRate: Float?

  @Option(name: .long, help: "How the learning rate changes: constant, exponential or cosine.")
  var schedule: Schedule = .constant

  @Option(name: .long, help: "Steps of the schedule: to one decay by --decay-rate, or to the cosine's end.")
  var decaySteps = LearningRate.usualSteps

  @Option(name: .long, help: "Exponential schedule: the factor every --decay-steps.")
  var decayRate = LearningRate.usualDecay

  @Option(name: .long, help: "Cosine schedule: steps of linear rise before it.")
  var warmupSteps = 0

  @Option(name: .long, help: "sgd: momentum.")
  var momentum: Float = 0

  @Flag(name: .long, inversion: .prefixedNo, help: "sgd: Nesterov's momentum.")
  var nesterov = false

  @Option(name: .long, help: "adamw: decoupled weight decay.")
  var weightDecay = Optimizer.usualWeightDecay

  @Option(name: .long, help: "The most that the norm of all gradients together may be.")
  var clipNorm: Float?

  func validate() throws {
    try Limits.check("--learning-rate", learningRate, 0...LearningRate.largest)
    try Limits.check("--decay-steps", decaySteps, Limits.count)
    try Limits.check("--decay-rate", decayRate, above: 0, atMost: LearningRate.largestFactor)
    try Limits.check("--warmup-steps", warmupSteps, Limits.countOrNone)
    try Limits.check("--momentum", momentum, 0...1)
    try Limits.check("--weight-decay", weightDecay, 0...Optimizer.largestDecay)
    try Limits.check("--clip-norm", clipNorm, above: 0, atMost: Optimizer.largestNorm)
  }

  func made() throws -> Optimizer {
    let rate = learningRate ?? (optimizer == .sgd ? Optimizer.usualDescentRate : Optimizer.usualRate)
    var result =
      switch optimizer {
      case .adam: Optimizer.adam(rate, clipNorm: clipNorm)
      case .adamw: Optimizer.adamW(rate, weightDecay: weightDecay, clipNorm: clipNorm)
      case .sgd: Optimizer.sgd(rate, momentum: momentum, nesterov: nesterov, clipNorm: clipNorm)
      }
    switch schedule {
    case .constant: break
    case .exponential:
      result.learningRate = .exponentialDecay(initial: rate, rate: decayRate, steps: decaySteps)
    case .cosine:
      result.learningRate = .cosineDecay(initial: rate, steps: decaySteps, warmup: warmupSteps)
    }
    try result.validate()
    return result
  }
}

struct StoppingArguments: ParsableArguments {
  @Option(name: .long, help: "End after this number of epochs without an improvement.")
  var patience: Int?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What is to improve, and by which OUTPUT.best.ragged is kept. Default: val_loss, or loss.",
      discussion: """
        loss, accuracy, val_loss or val_accuracy; or of the validation data macro-f1, weighted-f1, balanced-accuracy, auroc \
        and average-precision (two classes), entity-f1 (tags), perplexity (classes a timestep), mae, rmse, r2 and smape \
        (values), label-error-rate (lists of labels). Of several targets with the target before it: activity@1.val_accuracy.
        """))
  var monitor: WatchedFigure?

  @Option(name: .long, help: "The least change that is an improvement. Default: any.")
  var minDelta: Double?

  @Flag(
    name: .long, inversion: .prefixedNo,
    help: "Take the best epoch's weights back at the end: OUTPUT.last.ragged then predicts as OUTPUT.best.ragged.")
  var restoreBest = false

  func validate() throws {
    try Limits.check("--patience", patience, Limits.countOrNone)
    try Limits.check("--min-delta", minDelta, 0...EarlyStopping.largestChange)
    guard patience == nil else { return }
    let given = [("--min-delta", minDelta != nil), ("--restore-best", restoreBest)]
    if let name = given.first(where: \.1)?.0 { throw ValidationError("\(name) goes with --patience") }
  }

  func earlyStopping(hasValidation: Bool) -> EarlyStopping? {
    patience.map {
      EarlyStopping(
        monitor: monitor?.figure ?? .usual(hasValidation: hasValidation), patience: $0, minimumChange: minDelta ?? 0,
        restoresBest: restoreBest, head: monitor?.head)
    }
  }
}
