public import RaggedCore

/// How good a model is on some data: overall and by length.
public struct EvaluationReport: Sendable, Equatable, Codable {
  /// The figures of some of the sequences.
  public struct Figures: Sendable, Equatable, Codable {
    /// Sequences.
    public var sequences: Int
    /// Timesteps, those left out by validity included.
    public var timesteps: Int
    /// The shortest and the longest sequence.
    public var shortest: Int
    /// See ``shortest``.
    public var longest: Int
    /// The reduced loss; exact, from sums. Undefined where the model knows no class among those to be judged.
    public var loss: Double
    /// Share of right predictions, for classes.
    public var accuracy: Double?
    /// Macro F1, for classes.
    public var macroF1: Double?
    /// Errors in the labels as a share of the labels, for lists of labels: what the likeliest outputs spell. See
    /// ``CTC/greedyLabels(_:width:)``.
    public var labelErrorRate: Double?
    /// Share of sequences whose labels are all right, for lists of labels.
    public var rightLists: Double?
    /// Sequences without a loss, for lists of labels; see ``LossSum/unaligned``.
    public var unaligned: Int?
  }

  /// All sequences.
  public var overall: Figures
  /// Tenths of the sequences, shortest first; fewer where there are fewer than ten sequences.
  public var deciles: [Figures]
  /// True class by predicted class, for classes: those of the model, then the ``unknownClasses``, which nothing is taken for.
  public var confusion: Confusion?
  /// The classes among the data that the model does not know. What has one is an error, and has no loss.
  public var unknownClasses: [UnknownClass]
  /// The figures of all in one number each.
  public var figures: JudgedFigures
  /// How well each class is found: those of the ``confusion``.
  public var classReport: ClassReport?
  /// How well the outputs order the examples of two classes.
  public var ranking: RankingFigures?
  /// How well entities are found, where the classes are tags.
  public var entities: EntityReport?
  /// The errors of each value, for values.
  public var values: [ValueSums]
  /// How well each label is found, for labels of which a sequence may have many.
  public var labels: LabelReport?
  /// The parts that were asked for, in their order.
  public var groups: [Group]
  /// The forecasts without a model that were given, on the same sequences.
  public var baselines: [BaselineFigures]

  /// The figures of a part.
  public struct Group: Sendable, Equatable, Codable {
    /// What the members have in common.
    public var name: String
    /// Those of its sequences or timesteps; how many of them were judged is its `count`.
    public var figures: JudgedFigures
    /// The errors of each value, for values.
    public var values: [ValueSums]
  }

  /// The figures of a forecast that looks at no input.
  public struct BaselineFigures: Sendable, Equatable, Codable {
    /// What it is called.
    public var name: String
    /// On what the model was judged on.
    public var figures: JudgedFigures
    /// The errors of each value, for values.
    public var values: [ValueSums]
  }

  /// A class that the model does not know.
  public struct UnknownClass: Sendable, Equatable, Codable {
    /// Its name in the data.
    public var name: String
    /// Sequences, or timesteps, that have it.
    public var count: Int
  }
}

/// A batch that was judged, with what the model says of it.
public struct JudgedBatch: Sendable {
  /// Sequences with their targets, as the source gave them.
  public var batch: SequenceBatch
  /// The model's outputs: `[B, width]`, or `[N, width]` where it gives one per timestep.
  public var outputs: [Float]
  /// Outputs per row.
  public var width: Int
  /// Which timesteps the model computes, `[N]`; nil for all.
  public var validity: [Bool]?
  /// The mean loss of each sequence's real timesteps, or that of its one output, without its weight, `[B]`; nil where
  /// nothing is judged.
  public var losses: [Double?]

  /// A judged batch from its parts.
  public init(batch: SequenceBatch, outputs: [Float], width: Int, validity: [Bool]?, losses: [Double?] = []) {
    (self.batch, self.outputs, self.width, self.validity, self.losses) = (batch, outputs, width, validity, losses)
  }
}

extension Trainer {
  /// Sequences that are judged or predicted at once where nothing is said.
  public static let usualBatchSize = 256

  /// Judges the model on every sequence of a source, in batches of like length. Of a ``FittedSource`` classes that the model
  /// does not know count as errors.
  /// - Parameters:
  ///   - source: the sequences, with targets.
  ///   - batchSize: sequences computed at once; less than 1 counts as 1.
  ///   - monitor: asked and told after every batch.
  ///   - groups: parts of which the figures are wanted by themselves.
  ///   - baselines: forecasts without a model that are judged on the same sequences.
  ///   - thresholds: what the probability of each label has to be above, where ``judgesLabels(of:)`` says so; nil is a half for each.
  ///   - season: the length of a season in timesteps, which the MASE of a sequence is of; nil is 1.
  ///   - exchange: other ranks, which have the same model and data and call this too. Each computes the outputs of some of the
  ///     batches; the first adds up what one rank alone would, in the same order, and all are given the report.
  ///   - observe: given every batch with its outputs, shortest sequences first; of several ranks on the first.
  /// - Throws: `Cancelled`; ``TrainingError`` for data that does not fit, for data without a valid timestep and for an output that is no
  ///   number where it is to name a class, and what the source or `observe` throws; ``RankError`` where another rank has ended.
  public func report(
    on source: some SequenceSource, batchSize: Int = Trainer.usualBatchSize, monitor: ProgressMonitor = .none,
    groups: EvaluationGroups? = nil, baselines: [Baseline] = [], thresholds: [Float]? = nil, season: Int? = nil,
    over exchange: any GradientExchange = LocalExchange(),
    observing observe: ((JudgedBatch) throws -> Void)? = nil
  ) throws -> EvaluationReport {
    guard model.heads.isEmpty else {
      throw TrainingError(
        .invalidModel, "the model has the heads \(model.heads.map(\.name).quotedList): each has a report of its own")
    }
    var target = source.signature.target
    let unknown = (source as? any MatchedClasses)?.unknownClasses ?? []
    if !unknown.isEmpty { target = target.dropping(unknown.count) }
    try check(target)
    var sums = emptySums(of: target, unknownClasses: unknown, season: season)
    if let thresholds {
      guard thresholds.count == sums.thresholds.count else {
        throw TrainingError(
          .dataMismatch,
          "\(thresholds.count.counted("threshold")) for \(sums.thresholds.count.counted("label")) of a sequence")
      }
      sums.thresholds = thresholds
    }
    let batchSize = min(max(1, batchSize), max(1, source.count))
    let lengths = source.lengths
    let order = lengths.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
    let parts = min(10, order.count)
    var overall = Tally(sums)
    var deciles: [EvaluationReport.Figures] = []
    var ofGroups = Array(
      repeating: emptySums(
        of: target, unknownClasses: unknown, countsEntities: groups?.isPerTimestep != true,
        season: season),
      count: groups?.names.count ?? 0)
    for place in ofGroups.indices { ofGroups[place].thresholds = sums.thresholds }
    var ofBaselines = Array(repeating: sums, count: baselines.count)
    var found = Learnable()
    var pieces: [(part: Int, positions: Range<Int>)] = []
    for part in 0..<parts {
      let end = order.count * (part + 1) / parts
      for start in stride(from: order.count * part / parts, to: end, by: batchSize) {
        pieces.append((part, start..<min(start + batchSize, end)))
      }
    }
    let wanted: Wanted = observe == nil ? .outputs : [.outputs, .losses]
    func gather(_ piece: Int) throws -> SequenceBatch { try source.gather(Array(order[pieces[piece].positions])) }
    var tally = Tally(sums)
    try exchange.deal(pieces.count) { piece in
      if exchange.rank > 0 { try monitor.check() }
      let batch = try gather(piece)
      return (batch: batch, answer: try answer(batch, wanted, allowsUnknown: true))
    } pack: {
      $0.answer.bytes
    } unpack: { piece, bytes in
      let batch = try gather(piece)
      let expected = (model.isPerSequence ? batch.count : batch.timesteps) * model.outputWidth
      guard let answer = BatchAnswer(bytes, isSum: reduction == .sum), answer.outputs.count == expected else {
        throw TrainingError(
          .dataMismatch,
          "rank \(piece % exchange.worldSize) has not the outputs of batch \(piece), \(expected.counted("number")): all ranks "
            + "need the same sequences in batches of the same size")
      }
      return (batch, answer)
    } take: { piece, given in
      let batch = given.batch
      let judged = try tally.add(batch, given.answer, by: self)
      try observe?(judged)
      if let groups { try JudgementSums.add(judged, to: &ofGroups, groups: groups.places(of: batch)) }
      for (place, baseline) in baselines.enumerated() {
        try ofBaselines[place].add(baseline.judged(batch, validity: judged.validity))
      }
      found.add(batch, by: self)
      if piece + 1 == pieces.count || pieces[piece + 1].part > pieces[piece].part {
        deciles.append(tally.figures(loss))
        overall += tally
        tally = Tally(sums)
      }
      try monitor.check()
      monitor.report(WorkProgress(.evaluating, pieces[piece].positions.upperBound, of: source.count, .sequences))
    }
    /// What the sums say, where all of them are.
    func concluded() throws -> EvaluationReport {
      if !order.isEmpty { try found.check("to be judged by") }
      // Of the classes that the model does not know those that occur.
      let known = target.names.count
      let confusion = overall.sums.confusion
      let counts = Array(confusion?.totals.truths.dropFirst(known) ?? [])
      let met = unknown.indices.filter { $0 < counts.count && counts[$0] > 0 }
      let matrix = confusion?.keeping(Array(0..<known) + met.map { known + $0 })
      return EvaluationReport(
        overall: overall.figures(loss), deciles: deciles, confusion: matrix,
        unknownClasses: met.map { EvaluationReport.UnknownClass(name: unknown[$0], count: counts[$0]) },
        figures: overall.sums.figures, classReport: matrix?.classReport, ranking: overall.sums.scores?.figures,
        entities: overall.sums.entities?.report, values: overall.sums.values, labels: overall.sums.labelReport,
        groups: zip(groups?.names ?? [], ofGroups).compactMap { name, sums in
          sums.count == 0 ? nil : EvaluationReport.Group(name: name, figures: sums.figures, values: sums.values)
        },
        baselines: zip(baselines, ofBaselines).map { baseline, sums in
          EvaluationReport.BaselineFigures(name: baseline.name, figures: sums.figures, values: sums.values)
        })
    }
    return try exchange.ofFirst { try concluded() }
  }

  /// Sums of what is said of predictions of a target under the trainer's loss.
  func emptySums(
    of target: TargetSignature, unknownClasses: [String] = [], countsEntities: Bool = true, season: Int? = nil
  ) -> JudgementSums {
    JudgementSums(
      target: target.isLabels || target.isClass && !loss.hasAccuracy ? .none : target, unknownClasses: unknownClasses,
      // The best path of a crf has no probabilities.
      areProbabilities: loss != .crf
        && (loss.outputs == .shares || loss.outputs == .probabilities && model.outputWidth == 1),
      countsEntities: countsEntities, areLabels: judgesLabels(of: target),
      season: season ?? 1)
  }

  /// Whether the outputs are probabilities of labels, of which a sequence or a timestep may have many: values under a binary
  /// cross-entropy.
  public func judgesLabels(of target: TargetSignature) -> Bool {
    guard loss.outputs == .probabilities else { return false }
    switch target {
    case .valuesPerSequence, .valuesPerTimestep: return true
    case .none, .classPerSequence, .classPerTimestep, .labels, .several: return false
    }
  }

  /// The threshold of each label that gives it the greatest F1 on the sequences of a source, which should not be those that
  /// the model was trained on; a half for a label that none has.
  /// - Throws: as ``report(on:batchSize:monitor:groups:baselines:thresholds:season:over:observing:)``; ``TrainingError`` for a model of no
  ///   labels.
  public func bestThresholds(
    on source: some SequenceSource, batchSize: Int = Trainer.usualBatchSize, monitor: ProgressMonitor = .none
  ) throws -> [Float] {
    let target = source.signature.target
    guard judgesLabels(of: target) else {
      throw TrainingError(
        .dataMismatch,
        "thresholds are for labels of which a sequence may have many, and the target is \(target.summary)")
    }
    var sums = emptySums(of: target)
    _ = try report(on: source, batchSize: batchSize, monitor: monitor) { try sums.add($0) }
    return sums.labels.map { $0.bestThreshold ?? LabelReport.usualThreshold }
  }
}

extension TargetSignature {
  /// The target without its last classes.
  fileprivate func dropping(_ count: Int) -> TargetSignature {
    switch self {
    case .classPerSequence(let names): .classPerSequence(names.dropLast(count))
    case .classPerTimestep(let names): .classPerTimestep(names.dropLast(count))
    case .labels(let names): .labels(names.dropLast(count))
    case .none, .valuesPerSequence, .valuesPerTimestep, .several: self
    }
  }
}

/// Figures while they add up.
private struct Tally {
  var sum = LossSum()
  var sums: JudgementSums
  var sequences = 0
  var timesteps = 0
  var shortest = Int.max
  var longest = 0

  init(_ sums: JudgementSums) { self.sums = sums }

  mutating func add(_ batch: SequenceBatch, _ answer: BatchAnswer, by trainer: Trainer) throws -> JudgedBatch {
    sum += answer.sum
    sequences += batch.count
    timesteps += batch.timesteps
    shortest = min(shortest, batch.lengths.min() ?? shortest)
    longest = max(longest, batch.lengths.max() ?? longest)
    let judged = JudgedBatch(
      batch: batch, outputs: answer.outputs, width: trainer.model.outputWidth,
      validity: batch.targets.isPerTimestep ? trainer.validity(of: batch) : nil, losses: answer.losses)
    if sums.target != .none { try sums.add(judged) }
    return judged
  }

  static func += (left: inout Tally, right: Tally) {
    left.sum += right.sum
    left.sums += right.sums
    left.sequences += right.sequences
    left.timesteps += right.timesteps
    left.shortest = min(left.shortest, right.shortest)
    left.longest = max(left.longest, right.longest)
  }

  /// Whether there is something to judge, and no class of it is one that the model knows.
  private var isAllUnknown: Bool { sums.unknownCount > 0 && Double(sums.unknownCount) == sum.counted }

  func figures(_ loss: Loss) -> EvaluationReport.Figures {
    EvaluationReport.Figures(
      sequences: sequences, timesteps: timesteps, shortest: sequences == 0 ? 0 : shortest, longest: longest,
      loss: sum.weight == 0 && sum.loss == 0 && isAllUnknown ? .nan : sum.mean,
      accuracy: loss.hasAccuracy ? sum.accuracy : nil, macroF1: sums.confusion?.macroF1,
      labelErrorRate: sum.labelErrorRate, rightLists: loss == .ctc ? sum.accuracy : nil,
      unaligned: sum.unaligned > 0 ? Int(sum.unaligned) : nil)
  }
}

extension Trainer {
  /// The class that outputs speak for: the highest one, or for a single output 1 above a half.
  public static func predictedClass(_ outputs: ArraySlice<Float>) -> Int {
    guard outputs.count > 1 else { return (outputs.first ?? 0) > 0.5 ? 1 : 0 }
    var best = outputs.startIndex
    for i in outputs.indices where outputs[i] > outputs[best] { best = i }
    return best - outputs.startIndex
  }

  /// Which timesteps of a batch the model computes; nil for all.
  package func validity(of batch: SequenceBatch) -> [Bool]? {
    guard let value = model.program.maskValue else { return batch.validity }
    return batch.validity(masking: value)
  }
}
