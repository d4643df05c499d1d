import RaggedBatching
import RaggedCore
import RaggedReport
import RaggedTraining

/// What a model says of one sequence over its timesteps, as lines.
struct SequenceCourse {
  var lines: [LineChart.Series] = []
  var label = ""
  /// The range of the lines; nil shows what there is.
  var range: ClosedRange<Double>?
  /// At which timesteps the model is wrong; empty where that cannot be said.
  var faults: [Bool] = []
  /// True and predicted class, in words.
  var verdict: String?
  /// The class of each timestep, and what it was taken for where that is another; of those that are shown as text.
  private(set) var tags: [Tag?] = []

  /// What a timestep is, and what the model says; nil where it is right.
  struct Tag: Equatable {
    var truth: String
    var mistake: String?
  }

  /// What was read out of a sequence beside the labels that it has; nil for another target.
  private(set) var alignment: LabelAlignment?

  /// The probability of the true class: at some timesteps, rising.
  private var truths: [(t: Int, share: Double)] = []

  /// Values of a target that are drawn, the first and the last one.
  private static let valueLimit = 2
  /// Labels whose probabilities are drawn: the wrong ones, then those that the sequence has.
  private static let labelLimit = 4

  init(_ model: TrainedModel, _ source: some SequenceSource, _ batch: SequenceBatch, position: Int) throws {
    let output = OutputShares(loss: model.trainer.loss)
    // The model's, and behind them those that it does not know.
    let names = source.signature.target.names
    func name(_ k: Int) -> String { names.indices.contains(k) ? names[k].clipped(to: 40) : String(k) }
    switch batch.targets {
    case .none, .several: break
    case .labels(let lists): try addLabels(lists[0], model, batch)
    case .classPerSequence(let classes):
      let prefixes = try PrefixOutputs(model, source, position: position)
      let whole = try model.trainer.predict(batch)[...]
      let (truth, guess) = (Int(classes[0]), Trainer.predictedClass(whole))
      verdict = truth == guess ? "rightly \(name(truth))" : "\(name(truth)) taken for \(name(guess))"
      let ends = prefixes.counts.map { $0 - 1 }
      let shares = prefixes.counts.indices.map { output.shares(prefixes.row($0)) }
      let guesses = prefixes.counts.indices.map { Trainer.predictedClass(prefixes.row($0)) }
      let other = truth == guess ? SequenceCourse.runnerUp(output.shares(whole), besides: truth) : guess
      addShares(
        at: ends, shares.map { $0.indices.contains(truth) ? $0[truth] : .nan },
        areShares: shares.allSatisfy { $0.allSatisfy { (0...1).contains($0) } }, name: "true: \(name(truth))")
      if let other {
        let title = truth == guess ? "next: \(name(other))" : "predicted: \(name(other))"
        addLine(title, at: ends, shares.map { other < $0.count ? $0[other] : .nan }, number: 1)
      }
      faults = SequenceCourse.held(guesses.map { $0 != truth }, at: ends)
    case .classPerTimestep(let classes):
      let outputs = try model.trainer.predict(batch)
      let width = model.trainer.model.outputWidth
      let observed = batch.targets.observed
      let validity = try model.validity(batch).enumerated().map { $1 && observed?[$0] ?? true }
      faults = Array(repeating: false, count: batch.timesteps)
      // One timestep after the other: there may be many of them, and many classes.
      var (sure, highest) = ([Double](), [Double]())
      var areShares = true
      for t in 0..<batch.timesteps {
        let row = outputs[t * width..<(t + 1) * width]
        let (shares, guess, truth) = (output.shares(row), Trainer.predictedClass(row), Int(classes[t]))
        sure.append(validity[t] && truth < shares.count ? shares[truth] : .nan)
        highest.append(validity[t] && guess < shares.count ? shares[guess] : .nan)
        areShares = areShares && (!validity[t] || shares.allSatisfy { (0...1).contains($0) })
        faults[t] = validity[t] && guess != truth
        guard t < TokenText.limit else { continue }
        tags.append(validity[t] ? Tag(truth: name(truth), mistake: guess == truth ? nil : name(guess)) : nil)
      }
      let (wrong, judged) = (faults.count { $0 }, validity.count { $0 })
      verdict = "wrong at \(NumberText.whole(wrong)) of \(NumberText.count(judged, "timestep"))"
      addShares(at: Array(0..<batch.timesteps), sure, areShares: areShares, name: "true class")
      addLine("predicted class", at: Array(0..<batch.timesteps), highest, number: 1)
    case .valuesPerSequence(let values, _) where model.judgesLabels:
      try addLabels(values, model, source, batch, position: position, names: names)
    case .valuesPerSequence(let values, let width):
      let prefixes = try PrefixOutputs(model, source, position: position)
      label = "value"
      for (number, value) in Thinning.even(width, limit: SequenceCourse.valueLimit).enumerated() {
        let said = prefixes.counts.indices.map { Double(prefixes.row($0)[prefixes.row($0).startIndex + value]) }
        addLine("predicted \(name(value))", at: prefixes.counts.map { $0 - 1 }, said, number: number)
        let ends = [0, max(0, batch.timesteps - 1)]
        addLine(
          "true \(name(value))", at: ends, ends.map { _ in Double(values[value]) }, number: number, isDashed: true)
      }
      verdict = try SequenceCourse.difference(model.trainer.predict(batch), values, names)
    case .valuesPerTimestep(let values, let width):
      let outputs = try model.trainer.predict(batch)
      let count = model.trainer.model.outputWidth
      let validity = try model.validity(batch)
      label = "value"
      for (number, value) in Thinning.even(min(width, count), limit: SequenceCourse.valueLimit).enumerated() {
        let steps = Array(0..<batch.timesteps)
        addLine(
          "predicted \(name(value))", at: steps,
          steps.map { validity[$0] ? Double(outputs[$0 * count + value]) : .nan }, number: number)
        addLine(
          "true \(name(value))", at: steps, steps.map { validity[$0] ? Double(values[$0 * width + value]) : .nan },
          number: number, isDashed: true)
      }
    }
  }

  /// What the likeliest outputs spell, and how likely a timestep is to stand for a label at all.
  private mutating func addLabels(_ truth: ArraySlice<Int32>, _ model: TrainedModel, _ batch: SequenceBatch) throws {
    let outputs = try model.trainer.predict(batch)
    let width = model.trainer.model.outputWidth
    let found = LabelAlignment(truth: Array(truth), said: model.labels(0, of: batch, outputs, beam: 1))
    alignment = found
    verdict =
      found.edits == 0
      ? "\(NumberText.count(truth.count, "label")) right"
      : "\(NumberText.count(found.edits, "edit")) from its \(NumberText.count(truth.count, "label"))"
    let validity = try model.validity(batch)
    var (blank, likeliest) = ([Double](), [Double]())
    for t in 0..<batch.timesteps {
      let row = outputs[t * width..<(t + 1) * width].map(Double.init)
      blank.append(validity[t] ? row[CTC.blank] : .nan)
      likeliest.append(validity[t] ? row.indices.filter { $0 != CTC.blank }.map { row[$0] }.max() ?? .nan : .nan)
    }
    let areShares = (blank + likeliest).allSatisfy { $0.isNaN || (0...1).contains($0) }
    label = areShares ? "probability" : "output"
    if areShares { range = 0...1 }
    addLine("likeliest label", at: Array(0..<batch.timesteps), likeliest, number: 0)
    addLine("no label (blank)", at: Array(0..<batch.timesteps), blank, number: 1)
  }

  /// The probabilities of some labels of which a sequence may have many.
  private mutating func addLabels(
    _ values: [Float], _ model: TrainedModel, _ source: some SequenceSource, _ batch: SequenceBatch, position: Int,
    names: [String]
  ) throws {
    let prefixes = try PrefixOutputs(model, source, position: position)
    let whole = try model.trainer.predict(batch)
    let all = Array(0..<min(values.count, whole.count, names.count))
    let (has, said) = (
      all.filter { values[$0] > 0.5 }, all.filter { whole[$0] > LabelReport.usualThreshold }
    )
    func list(_ places: [Int]) -> String { places.isEmpty ? "none" : places.map { names[$0] }.listed(limit: 4) }
    let isRight = has == said
    verdict = isRight ? "rightly \(list(has))" : "\(list(has)) taken for \(list(said))"
    let wrong = all.filter { has.contains($0) != said.contains($0) }
    let shown = (wrong + has + all).reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } }
    (label, range) = ("probability", 0...1)
    for (number, place) in shown.prefix(Self.labelLimit).enumerated() {
      let isThere = has.contains(place)
      lines.append(
        LineChart.Series(
          names[place].clipped(to: 40) + (isThere ? ": there" : ": not there"),
          x: prefixes.counts.map { Double($0 - 1) },
          y: prefixes.counts.indices.map { Double(prefixes.row($0)[prefixes.row($0).startIndex + place]) },
          number: number, isDashed: !isThere))
    }
  }

  /// - Parameter areShares: whether all outputs can be probabilities: they need not be.
  private mutating func addShares(at steps: [Int], _ shares: [Double], areShares: Bool, name: String) {
    label = areShares ? "probability" : "output"
    if areShares { range = 0...1 }
    truths = Array(zip(steps, shares)).map { (t: $0, share: $1) }
    addLine(name, at: steps, shares, number: 0)
  }

  private mutating func addLine(
    _ name: String, at steps: [Int], _ values: [Double], number: Int, isDashed: Bool = false
  ) {
    lines.append(
      LineChart.Series(
        name, x: steps.map(Double.init), y: values, number: number,
        isDashed: isDashed || number == 1 && label != "value"))
  }

  /// The probability of the true class after a timestep; nil where it is not known.
  func truth(after t: Int) -> Double? {
    // The last timestep at or before it that has one: there may be fewer than timesteps.
    let end = truths.indices.bisected { truths[$0].t > t }
    return end == 0 ? nil : truths[end - 1].share
  }

  /// The class with the highest share beside one.
  private static func runnerUp(_ shares: [Double], besides k: Int) -> Int? {
    shares.indices.filter { $0 != k }.max { shares[$0] < shares[$1] }
  }

  /// A value for each timestep up to the last: that of the next timestep at which there is one.
  private static func held(_ values: [Bool], at steps: [Int]) -> [Bool] {
    var result: [Bool] = []
    for (value, step) in zip(values, steps) {
      while result.count <= step { result.append(value) }
    }
    return result
  }

  private static func difference(_ outputs: [Float], _ values: [Float], _ names: [String]) -> String {
    Thinning.even(min(outputs.count, values.count), limit: valueLimit).map { index in
      let name = index < names.count && names.count > 1 ? "\(names[index].clipped(to: 30)) " : ""
      return
        "\(name)\(NumberText.figure(Double(values[index]))) predicted as \(NumberText.figure(Double(outputs[index])))"
    }.joined(separator: ", ")
  }
}

extension TrainedModel {
  /// Which timesteps of a batch are judged.
  fileprivate func validity(_ batch: SequenceBatch) throws -> [Bool] {
    trainer.validity(of: batch) ?? Array(repeating: true, count: batch.timesteps)
  }
}
