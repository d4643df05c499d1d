public import RaggedCore

/// A forecast without a model: what any model has to be better than. It looks at no input, or at one cell of it.
public struct Baseline: Sendable {
  /// How it predicts.
  public enum Rule: Sendable, Equatable {
    /// The most frequent class, with the shares of all as probabilities.
    case mostFrequentClass
    /// The class that is most frequent beside the name that a category column of the input has at the same timestep; where the name
    /// is new, the most frequent class. See ``ClassesByName``.
    case mostFrequentClassByName(column: String)
    /// The mean of each value.
    case mean
    /// The value of the target this number of timesteps before, in the same sequence; where the target of a value is itself
    /// some timesteps ahead, as that of `sales@3` is 3, as many seasons before as lie behind the timestep at hand. It is looked
    /// for in every value of the same column: of `sales@1..12` all know it that came by then. Where there is none, the last
    /// value that is known, and then the mean.
    case earlier(season: Int)
  }

  /// How it predicts.
  public let rule: Rule
  /// What it is called: `most frequent class (walk)`.
  public let name: String
  private let shares: [Float]
  private let means: [Float]
  /// For ``Rule/mostFrequentClassByName(column:)``: what stands beside each name, and the column's place among the categories of the
  /// input.
  private let byName: (classes: ClassesByName, place: Int)?
  /// By value, for ``Rule/earlier(season:)``: where what it repeats is looked for, one place after the other.
  private let repeated: [[Repeated]]

  /// A row of targets that holds an earlier value.
  private struct Repeated: Equatable {
    /// Timesteps before the one at hand.
    var back: Int
    /// Which value of the row.
    var value: Int
  }

  /// The forecasts that make sense for a target.
  /// - Parameters:
  ///   - facts: of the training split.
  ///   - target: what is predicted.
  ///   - input: what the model takes; without, no forecast looks at it.
  ///   - season: the length of a season in timesteps, for a seasonal forecast of values a timestep; nil makes none.
  public static func suited(
    to target: TargetSignature, facts: TargetFacts, input: InputSignature? = nil, season: Int? = nil
  ) -> [Baseline] {
    var rules: [Rule] = []
    let columns = input?.timestep.categories ?? []
    if target.isClass {
      if facts.classes.contains(where: { $0 > 0 }) {
        rules = [.mostFrequentClass]
        if let byName = facts.byName, let place = columns.firstIndex(where: { $0.name.isExactly(byName.column) }),
          byName.fits(names: columns[place].size, classes: target.names.count)
        {
          return [
            Baseline(.mostFrequentClass, target: target, facts: facts),
            Baseline(
              .mostFrequentClassByName(column: byName.column), target: target, facts: facts, byName: (byName, place)),
          ]
        }
      }
    } else if facts.values.contains(where: { $0.count > 0 }) {
      rules = [.mean]
      if target.isPerTimestep {
        rules.append(.earlier(season: 1))
        if let season, season > 1 { rules.append(.earlier(season: season)) }
      }
    }
    return rules.map { Baseline($0, target: target, facts: facts) }
  }

  private init(
    _ rule: Rule, target: TargetSignature, facts: TargetFacts, byName: (classes: ClassesByName, place: Int)? = nil
  ) {
    (self.rule, self.byName) = (rule, byName)
    let word = target.isPerTimestep && TagScheme(target.names) != nil ? "tag" : "class"
    let total = facts.classes.reduce(0, +)
    shares = facts.classes.map { Float($0) / Float(max(1, total)) }
    means = facts.values.map { Float($0.mean ?? 0) }
    switch rule {
    case .mostFrequentClass:
      let place = Trainer.predictedClass(shares[...])
      name = "most frequent \(word) (\(target.names.indices.contains(place) ? target.names[place] : ""))"
      repeated = []
    case .mostFrequentClassByName(let column): (name, repeated) = ("most frequent \(word) by \(column)", [])
    case .mean:
      (name, repeated) = ("mean", [])
    case .earlier(let season):
      name = season == 1 ? "last value" : "seasonal naive (\(season))"
      repeated = target.names.map { Self.places(repeating: $0, season: season, among: target.names) }
    }
  }

  /// Where the value a season before stands, and then where the last one does: in the rows of the targets of the same column,
  /// the value fewest timesteps ahead first, since it begins first.
  private static func places(repeating name: String, season: Int, among names: [String]) -> [Repeated] {
    let (column, ahead) = (Self.column(name), stepsAhead(name))
    let rows = names.indices.filter { Self.column(names[$0]).isExactly(column) }
      .map { (value: $0, ahead: stepsAhead(names[$0])) }.sorted { $0.ahead < $1.ahead }
    return [season, 1].flatMap { season in
      let lag = (max(1, ahead) + season - 1) / season * season
      return rows.map { Repeated(back: lag - ahead + $0.ahead, value: $0.value) }
    }
  }

  /// `sales` of `sales@3`.
  private static func column(_ name: String) -> String {
    stepsAhead(name) > 0 ? String(name[..<(name.lastIndex(of: "@") ?? name.endIndex)]) : name
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
    let row = shares.isEmpty ? means : shares
    var outputs: [Float] = []
    outputs.reserveCapacity(items * row.count)
    for _ in 0..<items { outputs += row }
    if let byName, isPerTimestep, batch.input.codeCount > byName.place {
      for n in 0..<items {
        byName.classes.write(
          batch.input.codes[n * batch.input.codeCount + byName.place], shares: shares,
          to: &outputs, at: n * row.count)
      }
    }
    if case .earlier = rule, case .valuesPerTimestep(let truths, let width) = batch.targets {
      for b in 0..<batch.count {
        let range = batch.range(b).filter { validity?[$0] ?? true }
        for value in 0..<min(width, row.count) {
          for t in range.indices {
            let earlier = repeated[value].lazy.filter { $0.back <= t && $0.value < width }
              .map { truths[range[t - $0.back] * width + $0.value] }.first { !$0.isNaN }
            if let earlier { outputs[range[t] * row.count + value] = earlier }
          }
        }
      }
    }
    return JudgedBatch(
      batch: batch, outputs: outputs, width: row.count, validity: isPerTimestep ? validity : nil)
  }
}
