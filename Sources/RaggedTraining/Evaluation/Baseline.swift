public import RaggedCore

/// A forecast that looks at no input: what any model has to be better than.
public struct Baseline: Sendable, Equatable {
  /// How it predicts.
  public enum Rule: Sendable, Equatable {
    /// The most frequent class, with the shares of all as probabilities.
    case mostFrequentClass
    /// The mean of each value.
    case mean
    /// The value of the target this number of timesteps before, in the same sequence; where the target of a value is itself
    /// some timesteps ahead, as that of `sales@3` is 3, as many seasons before as lie behind the timestep at hand. The mean
    /// where the sequence has none there.
    case earlier(season: Int)
  }

  /// How it predicts.
  public let rule: Rule
  /// What it is called: `most frequent class (walk)`.
  public let name: String
  private let shares: [Float]
  private let means: [Float]
  /// By value, for ``Rule/earlier(season:)``.
  private let lags: [Int]

  /// The forecasts that make sense for a target.
  /// - Parameters:
  ///   - facts: of the training split.
  ///   - target: what is predicted.
  ///   - season: the length of a season in timesteps, for a seasonal forecast of values a timestep; nil makes none.
  public static func suited(to target: TargetSignature, facts: TargetFacts, season: Int? = nil) -> [Baseline] {
    var rules: [Rule] = []
    if target.isClass {
      if facts.classes.contains(where: { $0 > 0 }) { rules = [.mostFrequentClass] }
    } else if facts.values.contains(where: { $0.count > 0 }) {
      rules = [.mean]
      if target.isPerTimestep {
        rules.append(.earlier(season: 1))
        if let season, season > 1 { rules.append(.earlier(season: season)) }
      }
    }
    return rules.map { Baseline($0, target: target, facts: facts) }
  }

  private init(_ rule: Rule, target: TargetSignature, facts: TargetFacts) {
    self.rule = rule
    let total = facts.classes.reduce(0, +)
    shares = facts.classes.map { Float($0) / Float(max(1, total)) }
    means = facts.values.map { Float($0.mean ?? 0) }
    switch rule {
    case .mostFrequentClass:
      let word = target.isPerTimestep && TagScheme(target.names) != nil ? "tag" : "class"
      let place = Trainer.predictedClass(shares[...])
      name = "most frequent \(word) (\(target.names.indices.contains(place) ? target.names[place] : ""))"
      lags = []
    case .mean:
      (name, lags) = ("mean", [])
    case .earlier(let season):
      name = season == 1 ? "last value" : "seasonal naive (\(season))"
      lags = target.names.map { name in
        let ahead = max(1, Self.stepsAhead(name))
        return (ahead + season - 1) / season * season
      }
    }
  }

  /// Timesteps that the target of a name lies ahead: 3 for `sales@3`.
  static func stepsAhead(_ name: String) -> Int {
    guard let sign = name.lastIndex(of: "@"), let steps = Int(name[name.index(after: sign)...]), steps > 0 else {
      return 0
    }
    return steps
  }

  /// A batch with what the rule predicts for it; `validity` says which timesteps are computed, `[N]`, nil for all.
  public func judged(_ batch: SequenceBatch, validity: [Bool]? = nil) -> JudgedBatch {
    let isPerTimestep = batch.targets.isPerTimestep
    let items = isPerTimestep ? batch.timesteps : batch.count
    let row = rule == .mostFrequentClass ? shares : means
    var outputs: [Float] = []
    outputs.reserveCapacity(items * row.count)
    for _ in 0..<items { outputs += row }
    if case .earlier = rule, case .valuesPerTimestep(let truths, let width) = batch.targets {
      for b in 0..<batch.count {
        let range = batch.range(b).filter { validity?[$0] ?? true }
        for value in 0..<min(width, row.count) where lags[value] < range.count {
          for t in lags[value]..<range.count {
            let earlier = truths[range[t - lags[value]] * width + value]
            if !earlier.isNaN { outputs[range[t] * row.count + value] = earlier }
          }
        }
      }
    }
    return JudgedBatch(
      batch: batch, outputs: outputs, width: row.count, validity: isPerTimestep ? validity : nil)
  }
}
