import RaggedCore
import RaggedReport
import RaggedTraining

/// How well a model does on tokens that it does not know, beside those that it does: sums over timesteps.
struct UnseenTokens: Equatable {
  struct Sums: Equatable {
    var count = 0
    var right = 0
    /// Those that are part of an entity, where the classes are tags.
    var named = 0
    var rightlyNamed = 0
  }

  private(set) var known = Sums()
  private(set) var unseen = Sums()
  /// The place of the tag of what is no entity.
  private let outside: Int?

  /// - Returns: nil where a model has no tokens for input, or no class for each of them.
  init?(_ signature: SequenceSignature, predictsLater: Bool) {
    let target = signature.target
    guard signature.input.isTokens, target.isClass, target.isPerTimestep, !predictsLater else { return nil }
    outside = TagScheme(target.names) == nil ? nil : target.names.firstIndex { $0 == "O" }
  }

  /// - Parameter judged: a batch that was brought to the model, whose unknown tokens have the unknown code.
  mutating func add(_ judged: JudgedBatch) {
    guard case .classPerTimestep(let classes) = judged.batch.targets else { return }
    let observed = judged.batch.targets.observed
    for t in 0..<judged.batch.timesteps where judged.validity?[t] ?? true && observed?[t] ?? true {
      let guess = Trainer.predictedClass(judged.outputs[t * judged.width..<(t + 1) * judged.width])
      let truth = Int(classes[t])
      let isNamed = outside.map { $0 != truth } ?? false
      let place = judged.batch.input.codes[t] == Vocabulary.unknownIndex ? \UnseenTokens.unseen : \UnseenTokens.known
      self[keyPath: place].count += 1
      self[keyPath: place].right += guess == truth ? 1 : 0
      self[keyPath: place].named += isNamed ? 1 : 0
      self[keyPath: place].rightlyNamed += isNamed && guess == truth ? 1 : 0
    }
  }

  /// Nil where every token is known.
  var block: ReportPage.Block? {
    guard unseen.count > 0 else { return nil }
    let all = Double(known.count + unseen.count)
    func share(_ part: Int, _ whole: Int) -> Markup {
      "\(NumberText.fixed(whole == 0 ? nil : Double(part) / Double(whole), 4))"
    }
    let rows = [("known", known), ("unseen", unseen)].map { name, sums -> [Markup] in
      var row: [Markup] = [
        "\(name)", "\(NumberText.whole(sums.count))", "\(NumberText.percent(Double(sums.count) / all))",
        share(sums.right, sums.count),
      ]
      if outside != nil { row += ["\(NumberText.whole(sums.named))", share(sums.rightlyNamed, sums.named)] }
      return row
    }
    var columns: [Table.Column] = [.text("tokens"), .number("count"), .number("share"), .number("accuracy")]
    if outside != nil { columns += [.number("in entities"), .number("accuracy there")] }
    return .half(
      "Tokens unseen in training", "not among the training data, or rarer there than the model's least count",
      Table(columns, rows: rows).markup)
  }
}
