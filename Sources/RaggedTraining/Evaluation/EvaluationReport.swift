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
  }

  /// All sequences.
  public var overall: Figures
  /// Tenths of the sequences, shortest first; fewer where there are fewer than ten sequences.
  public var deciles: [Figures]
  /// True class by predicted class, for classes: those of the model, then the ``unknownClasses``, which nothing is taken for.
  public var confusion: Confusion?
  /// The classes among the data that the model does not know. What has one is an error, and has no loss.
  public var unknownClasses: [UnknownClass]

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
  ///   - observe: given every batch with its outputs, shortest sequences first.
  /// - Throws: `Cancelled`; ``TrainingError`` for data that does not fit, for data without a valid timestep and for an output that is no
  ///   number where it is to name a class, and what the source or `observe` throws.
  public func report(
    on source: some SequenceSource, batchSize: Int = Trainer.usualBatchSize, monitor: ProgressMonitor = .none,
    observing observe: ((JudgedBatch) throws -> Void)? = nil
  ) throws -> EvaluationReport {
    var target = source.signature.target
    let unknown = (source as? any MatchedClasses)?.unknownClasses ?? []
    if !unknown.isEmpty { target = target.dropping(unknown.count) }
    try check(target)
    let classCount = loss.hasAccuracy && target.isClass ? target.names.count + unknown.count : nil
    let batchSize = min(max(1, batchSize), max(1, source.count))
    let lengths = source.lengths
    let order = lengths.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
    let parts = min(10, order.count)
    var overall = Tally(classCount: classCount)
    var deciles: [Tally] = []
    var found = Learnable()
    for part in 0..<parts {
      let positions = order[order.count * part / parts..<order.count * (part + 1) / parts]
      var tally = Tally(classCount: classCount)
      var start = positions.startIndex
      while start < positions.endIndex {
        let end = min(start + batchSize, positions.endIndex)
        let batch = try source.gather(Array(positions[start..<end]))
        try tally.add(batch, by: self, observe)
        found.add(batch, by: self)
        try monitor.check()
        monitor.report(WorkProgress(.evaluating, end, of: source.count, .sequences))
        start = end
      }
      overall += tally
      deciles.append(tally)
    }
    if !order.isEmpty { try found.check("to be judged by") }
    // Of the classes that the model does not know those that occur.
    let known = target.names.count
    let counts = classCount == nil ? [] : Array(overall.confusion.totals.truths.dropFirst(known))
    let met = unknown.indices.filter { $0 < counts.count && counts[$0] > 0 }
    let matrix = overall.confusion.keeping(Array(0..<known) + met.map { known + $0 })
    return EvaluationReport(
      overall: overall.figures(loss), deciles: deciles.map { $0.figures(loss) },
      confusion: classCount == nil ? nil : matrix,
      unknownClasses: met.map { EvaluationReport.UnknownClass(name: unknown[$0], count: counts[$0]) })
  }
}

extension TargetSignature {
  /// The target without its last classes.
  fileprivate func dropping(_ count: Int) -> TargetSignature {
    switch self {
    case .classPerSequence(let names): .classPerSequence(names.dropLast(count))
    case .classPerTimestep(let names): .classPerTimestep(names.dropLast(count))
    case .none, .valuesPerSequence, .valuesPerTimestep: self
    }
  }
}

/// Figures while they add up.
private struct Tally {
  var sum = LossSum()
  var confusion: Confusion
  var sequences = 0
  var timesteps = 0
  var unknownCount = 0
  var shortest = Int.max
  var longest = 0
  private let isClass: Bool

  init(classCount: Int?) {
    confusion = Confusion(classCount: classCount ?? 0)
    isClass = classCount != nil
  }

  mutating func add(_ batch: SequenceBatch, by trainer: Trainer, _ observe: ((JudgedBatch) throws -> Void)?) throws {
    let hasClasses = isClass && !batch.targets.classes.isEmpty
    var wanted: Wanted = observe == nil ? [] : [.outputs, .losses]
    if hasClasses { wanted.insert(.outputs) }
    let answer = try trainer.answer(batch, wanted, allowsUnknown: true)
    sum += answer.sum
    sequences += batch.count
    timesteps += batch.timesteps
    shortest = min(shortest, batch.lengths.min() ?? shortest)
    longest = max(longest, batch.lengths.max() ?? longest)
    guard hasClasses || observe != nil else { return }
    let outputs = answer.outputs
    let width = trainer.model.outputWidth
    let validity = batch.targets.isPerTimestep ? trainer.validity(of: batch) : nil
    try observe?(JudgedBatch(batch: batch, outputs: outputs, width: width, validity: validity, losses: answer.losses))
    guard hasClasses else { return }
    let known = width == 1 ? 2 : width
    for (item, truth) in batch.targets.classes.enumerated() where validity?[item] ?? true {
      if truth >= known { unknownCount += 1 }
      let row = outputs[item * width..<(item + 1) * width]
      if let wrong = row.first(where: { !$0.isFinite }) {
        throw TrainingError(
          .diverged, "an output at \(place(of: item, in: batch)) is \(wrong), expected a number to tell its class by")
      }
      confusion.add(truth: Int(truth), prediction: Trainer.predictedClass(row))
    }
  }

  /// Where an item of a batch's targets stands in the source, for a message.
  private func place(of item: Int, in batch: SequenceBatch) -> String {
    guard batch.targets.isPerTimestep else { return "sequence \(batch.ids[item])" }
    let b = batch.lengths.indices.first { batch.range($0).contains(item) } ?? 0
    return "timestep \(item - batch.range(b).lowerBound) of sequence \(batch.ids[b])"
  }

  static func += (left: inout Tally, right: Tally) {
    left.sum += right.sum
    left.confusion += right.confusion
    left.sequences += right.sequences
    left.timesteps += right.timesteps
    left.unknownCount += right.unknownCount
    left.shortest = min(left.shortest, right.shortest)
    left.longest = max(left.longest, right.longest)
  }

  /// Whether there is something to judge, and no class of it is one that the model knows.
  private var isAllUnknown: Bool { unknownCount > 0 && Double(unknownCount) == sum.counted }

  func figures(_ loss: Loss) -> EvaluationReport.Figures {
    EvaluationReport.Figures(
      sequences: sequences, timesteps: timesteps, shortest: sequences == 0 ? 0 : shortest, longest: longest,
      loss: sum.weight == 0 && sum.loss == 0 && isAllUnknown ? .nan : sum.mean,
      accuracy: loss.hasAccuracy ? sum.accuracy : nil, macroF1: isClass ? confusion.macroF1 : nil)
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
