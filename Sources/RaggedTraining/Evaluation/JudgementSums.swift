import Foundation
public import RaggedCore

/// Everything that is said of the predictions of a target, as sums over real timesteps: batches, parts of a dataset and
/// ranks add up to the whole.
///
/// ```swift
/// var sums = JudgementSums(target: signature.target)
/// try sums.add(JudgedBatch(batch: batch, outputs: outputs, width: width, validity: nil))
/// print(sums.figures.macroF1 ?? 0)
/// ```
///
/// A timestep that is not valid does not exist, and one whose target was not observed is not judged; entities go on over
/// both. Weights do not count: see ``LossSum`` for what does.
public struct JudgementSums: Sendable {
  /// What is predicted, with the classes that the model does not know last.
  public let target: TargetSignature
  /// True class by predicted class, for classes.
  public private(set) var confusion: Confusion?
  /// The scores of the second of two classes.
  public private(set) var scores: RankedScores?
  /// For a class a timestep whose names are tags.
  public private(set) var entities: EntityCounts?
  /// By value, for values.
  public private(set) var values: [ValueSums]
  /// By label, where values say whether a sequence has it: the probabilities that it does.
  public private(set) var labels: [RankedScores]
  /// What a label's probability has to be above, by label.
  public var thresholds: [Float]
  /// Errors of each sequence by itself, for values a timestep.
  private(set) var series: SeriesErrors
  /// Items whose class the model does not know.
  private(set) var unknownCount = 0
  /// Σ −ln p of the true class, and how many have one.
  private var surprise = 0.0
  private var surprises = 0
  private let areProbabilities: Bool

  /// Nothing yet.
  /// - Parameters:
  ///   - target: what is predicted.
  ///   - unknownClasses: classes of the data that nothing is taken for, numbered behind the target's.
  ///   - areProbabilities: whether the outputs for classes are, so that they have a perplexity.
  ///   - countsEntities: whether entities are looked for where the classes are tags.
  ///   - areLabels: whether values are 0 or 1, each for a label that a sequence may have.
  ///   - season: the length of a season in timesteps, which the MASE of a sequence is of.
  public init(
    target: TargetSignature, unknownClasses: [String] = [], areProbabilities: Bool = true, countsEntities: Bool = true,
    areLabels: Bool = false, season: Int = 1
  ) {
    series = SeriesErrors(season: season)
    let names = target.names
    self.areProbabilities = areProbabilities
    switch target {
    // Errors in labels are sums of the losses.
    case .none, .labels, .several: self.target = .none
    case .classPerSequence: self.target = .classPerSequence(names + unknownClasses)
    case .classPerTimestep: self.target = .classPerTimestep(names + unknownClasses)
    case .valuesPerSequence, .valuesPerTimestep: self.target = target
    }
    values =
      target.isClass || target.isLabels || !target.parts.isEmpty
      ? [] : Array(repeating: ValueSums(), count: names.count)
    labels = areLabels && !values.isEmpty ? Array(repeating: RankedScores(), count: names.count) : []
    thresholds = labels.map { _ in LabelReport.usualThreshold }
    guard target.isClass else { return }
    confusion = Confusion(classCount: names.count + unknownClasses.count)
    if names.count == 2 { scores = RankedScores() }
    if target.isPerTimestep, countsEntities {
      entities = TagScheme(names, others: unknownClasses).map { EntityCounts($0) }
    }
  }

  /// Takes in another part's sums, of the same target.
  public static func += (left: inout JudgementSums, right: JudgementSums) {
    if let part = right.confusion { left.confusion? += part }
    if let part = right.scores { left.scores? += part }
    if let part = right.entities { left.entities? += part }
    for place in left.values.indices where place < right.values.count { left.values[place] += right.values[place] }
    for place in left.labels.indices where place < right.labels.count { left.labels[place] += right.labels[place] }
    left.series += right.series
    left.unknownCount += right.unknownCount
    left.surprise += right.surprise
    left.surprises += right.surprises
  }

  /// Takes in a batch with its targets.
  /// - Throws: ``TrainingError`` for an output that is no number where it is to name a class.
  public mutating func add(_ judged: JudgedBatch) throws {
    var sums = [self]
    // The copy must not make those below copy every buffer.
    self = JudgementSums(target: .none)
    defer { self = sums[0] }
    try Self.add(judged, to: &sums, groups: nil)
  }

  /// Takes in a batch, each sequence or timestep where it belongs.
  /// - Parameter groups: the place of its sums for each target of the batch, -1 for none; nil is the first for all.
  static func add(_ judged: JudgedBatch, to sums: inout [JudgementSums], groups: [Int32]?) throws {
    let batch = judged.batch
    let isPerTimestep = batch.targets.isPerTimestep
    let items = isPerTimestep ? batch.timesteps : batch.count
    switch batch.targets {
    case .none, .labels, .several: return
    case .classPerSequence(let classes), .classPerTimestep(let classes):
      var predictions = [Int32](repeating: -1, count: items)
      for (item, truth) in classes.enumerated()
      where truth != BatchTargets.unobservedClass && judged.validity?[item] ?? true {
        let row = judged.outputs[item * judged.width..<(item + 1) * judged.width]
        if let wrong = row.first(where: { !$0.isFinite }) {
          throw TrainingError(
            .diverged,
            "an output at \(judged.place(of: item)) is \(wrong), expected a number to tell its class by")
        }
        let prediction = Trainer.predictedClass(row)
        predictions[item] = Int32(prediction)
        let group = groups.map { Int($0[item]) } ?? 0
        if group >= 0 { sums[group].add(truth: Int(truth), prediction: prediction, row) }
      }
      guard isPerTimestep, sums.contains(where: { $0.entities != nil }) else { return }
      for b in 0..<batch.count {
        let judgedItems = batch.range(b).filter { predictions[$0] >= 0 }
        guard let first = judgedItems.first else { continue }
        let group = groups.map { Int($0[first]) } ?? 0
        guard group >= 0 else { continue }
        sums[group].entities?.add(
          truths: judgedItems.map { classes[$0] }, predictions: judgedItems.map { predictions[$0] })
      }
    case .valuesPerSequence(let truths, let width), .valuesPerTimestep(let truths, let width):
      for item in 0..<items where judged.validity?[item] ?? true {
        let group = groups.map { Int($0[item]) } ?? 0
        guard group >= 0 else { continue }
        for value in 0..<min(width, judged.width, sums[group].values.count) {
          let truth = truths[item * width + value]
          guard !truth.isNaN else { continue }
          let output = judged.outputs[item * judged.width + value]
          if value < sums[group].labels.count, truth == 0 || truth == 1, !output.isNaN {
            sums[group].labels[value].add(output, isPositive: truth == 1)
          }
          sums[group].values[value].add(
            truth: Double(truth), prediction: Double(output))
        }
      }
      guard isPerTimestep else { return }
      for b in 0..<batch.count {
        let judgedItems = batch.range(b).filter { judged.validity?[$0] ?? true }
        guard let first = judgedItems.first else { continue }
        let group = groups.map { Int($0[first]) } ?? 0
        // A part of a sequence has no past of its own.
        guard group >= 0, groups.map({ groups in judgedItems.allSatisfy { groups[$0] == groups[first] } }) ?? true
        else { continue }
        sums[group].series.add(judgedItems, truths, width: width, judged.outputs, outputWidth: judged.width)
      }
    }
  }

  private mutating func add(truth: Int, prediction: Int, _ row: ArraySlice<Float>) {
    confusion?.add(truth: truth, prediction: prediction)
    let known = row.count == 1 ? 2 : row.count
    guard truth < known else {
      unknownCount += 1
      return
    }
    let first = row.startIndex
    if known == 2 { scores?.add(row[row.endIndex - 1], isPositive: truth == 1) }
    guard areProbabilities else { return }
    // Those of a softmax add up to 1 but for rounding, and those of sigmoids are divided by their sum in the loss too.
    let share =
      row.count == 1
      ? Double(truth == 1 ? row[first] : 1 - row[first])
      : Double(row[first + truth]) / row.reduce(0) { $0 + Double($1) }
    surprise -= log(max(share, Double(Float.leastNonzeroMagnitude)))
    surprises += 1
  }

  /// Predictions that were judged: sequences or timesteps, or of several values the most that one has.
  public var count: Int { confusion?.total ?? values.map(\.count).max() ?? 0 }

  /// How well each label is found; nil for other targets, and where no label was observed.
  public var labelReport: LabelReport? { labels.isEmpty ? nil : LabelReport(labels, thresholds: thresholds) }

  /// The figures that follow from the sums.
  public var figures: JudgedFigures {
    var result = JudgedFigures(count: count)
    if let confusion, let report = confusion.classReport {
      result.accuracy = confusion.accuracy
      result.balancedAccuracy = report.balancedAccuracy
      result.macroPrecision = report.macro.precision
      result.macroRecall = report.macro.recall
      result.macroF1 = report.macro.f1
      result.weightedF1 = report.weighted.f1
    }
    if let ranking = scores?.figures {
      result.auroc = ranking.auroc
      result.averagePrecision = ranking.averagePrecision
    }
    if let entities = entities?.report.overall, entities.support + entities.predicted > 0 {
      result.entityPrecision = entities.precision
      result.entityRecall = entities.recall
      result.entityF1 = entities.f1
    }
    if target.isClass, target.isPerTimestep, surprises > 0 {
      result.perplexity = exp(surprise / Double(surprises))
      result.bitsPerSymbol = surprise / Double(surprises) / log(2)
    }
    if let report = labelReport {
      result.macroPrecision = report.macro.precision
      result.macroRecall = report.macro.recall
      result.macroF1 = report.macro.f1
      result.weightedF1 = report.weighted.f1
      result.auroc = report.mean(\.auroc)
      result.averagePrecision = report.mean(\.averagePrecision)
    }
    guard !target.isClass, !values.isEmpty else { return result }
    func mean(_ part: (ValueSums) -> Double?) -> Double? {
      let found = values.compactMap(part)
      return found.isEmpty ? nil : found.reduce(0, +) / Double(found.count)
    }
    result.mae = mean(\.meanAbsoluteError)
    result.rmse = mean(\.rootMeanSquaredError)
    result.r2 = mean(\.determination)
    result.smape = mean(\.symmetricPercentage)
    if labels.isEmpty { (result.seriesSmape, result.seriesMase) = (series.meanSmape, series.meanMase) }
    return result
  }
}

/// What is said of predictions in one number each; nil where it has no meaning for the target.
///
/// Of several values each figure is the mean of theirs, as scikit-learn's uniform average.
public struct JudgedFigures: Sendable, Equatable, Codable {
  /// Sequences or timesteps that were judged.
  public var count: Int
  /// Share of right predictions.
  public var accuracy: Double?
  /// See ``ClassReport/balancedAccuracy``.
  public var balancedAccuracy: Double?
  /// Means over the classes: see ``ClassReport/macro``; or over labels that a sequence may have, see ``LabelReport``.
  public var macroPrecision: Double?
  /// See ``macroPrecision``.
  public var macroRecall: Double?
  /// See ``macroPrecision``.
  public var macroF1: Double?
  /// See ``ClassReport/weighted``.
  public var weightedF1: Double?
  /// Of two classes: see ``RankingFigures/auroc``; of labels the mean over them.
  public var auroc: Double?
  /// Of the second of two classes: see ``RankingFigures/averagePrecision``; of labels the mean over them.
  public var averagePrecision: Double?
  /// Of tags, where there is an entity or one was predicted: see ``EntityReport/overall``.
  public var entityPrecision: Double?
  /// See ``entityPrecision``.
  public var entityRecall: Double?
  /// See ``entityPrecision``.
  public var entityF1: Double?
  /// Of classes a timestep: e to the mean of −ln p of the true class, among those that the model knows.
  public var perplexity: Double?
  /// The mean of −log₂ p of the true class.
  public var bitsPerSymbol: Double?
  /// See ``ValueSums/meanAbsoluteError``.
  public var mae: Double?
  /// See ``ValueSums/rootMeanSquaredError``.
  public var rmse: Double?
  /// See ``ValueSums/determination``.
  public var r2: Double?
  /// See ``ValueSums/symmetricPercentage``.
  public var smape: Double?
  /// Of values a timestep: sMAPE in per cent of each sequence by itself, in the mean over the sequences.
  public var seriesSmape: Double?
  /// MASE in the same way: the mean distance over that of the sequence's own values from those a season before them.
  public var seriesMase: Double?

  /// No figures of this number of predictions.
  public init(count: Int = 0) { self.count = count }
}

extension JudgedBatch {
  /// Where an item of the batch's targets stands in the source, for a message.
  fileprivate func place(of item: Int) -> String {
    guard batch.targets.isPerTimestep else { return "sequence \(batch.ids[item])" }
    let b = batch.lengths.indices.first { batch.range($0).contains(item) } ?? 0
    return "timestep \(item - batch.range(b).lowerBound) of sequence \(batch.ids[b])"
  }
}
