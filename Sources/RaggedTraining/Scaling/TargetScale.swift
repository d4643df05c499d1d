public import RaggedCore

/// What values to be predicted are brought to before a model sees them; predictions are brought back.
public enum TargetScaling: String, Sendable, Codable, CaseIterable {
  /// They stay as they are.
  case none
  /// Mean 0 and deviation 1, by figures of the training split.
  case standard
  /// The same by the figures of each series' own past: what was observed of it up to the timestep at hand, inputs and
  /// targets both. A series that is shifted or stretched gives forecasts that are shifted and stretched as it is.
  case series
  /// Divided by the mean absolute value of each series' own past, inputs and targets both.
  case level

  /// Whether each series has a scale of its own.
  public var isOfSeries: Bool { self == .series || self == .level }
}

/// How the targets of a model are scaled, as it was fitted: part of the model.
///
/// Losses are of scaled values; outputs are in the data's own units wherever a ``Trainer`` gives them.
public struct TargetScale: Sendable, Equatable, Codable {
  /// The way.
  public var scaling: TargetScaling
  /// The mean of each value, `[K]`, for ``TargetScaling/standard``.
  public var mean: [Float] = []
  /// The standard deviation of each value, `[K]`; one that does not vary has 1.
  public var deviation: [Float] = []
  /// The number column per timestep whose later cell each value is, `[K]`, for a scale of each series.
  public var columns: [Int] = []
  /// How many timesteps later, `[K]`.
  public var steps: [Int] = []
  /// Of ``TargetScaling/series``: inputs and targets are differences from the value this number of timesteps before them (of a target as
  /// many times that as lie behind the timestep at hand), over the mean size of such differences in the past of the series. nil takes its
  /// mean and deviation.
  public var season: Int?

  /// Figures of the valid timesteps, or the sequences, of a source whose values were observed; one pass, in double precision.
  /// - Throws: ``TrainingError`` for a target that is no values, and what the source throws.
  public init(standardizing source: some SequenceSource) throws {
    let target = source.signature.target
    try Self.check(target)
    scaling = .standard
    let width = target.names.count
    var counts = [Double](repeating: 0, count: width)
    var (means, squares) = (counts, counts)
    try source.forEachPart { part in
      let values = part.compacted().targets.values
      for first in stride(from: 0, to: values.count, by: width) {
        for k in 0..<width where !values[first + k].isNaN {
          counts[k] += 1
          let distance = Double(values[first + k]) - means[k]
          means[k] += distance / counts[k]
          squares[k] += distance * (Double(values[first + k]) - means[k])
        }
      }
    }
    let figures = Normalization(
      mean: means, deviation: zip(squares, counts).map { $1 > 0 ? ($0 / $1).squareRoot() : 1 })
    (mean, deviation) = (figures.mean, figures.deviation)
  }

  /// A scale of each series' own past, for values that are later cells of number columns which are inputs too.
  /// - Parameters:
  ///   - scaling: ``TargetScaling/series`` or ``TargetScaling/level``.
  ///   - target: what is predicted.
  ///   - input: what it is predicted from.
  ///   - season: see ``season``.
  /// - Throws: ``TrainingError`` for another target and a season without a meaning.
  public init(
    _ scaling: TargetScaling, target: TargetSignature, input: InputSignature, season: Int? = nil
  ) throws {
    try Self.check(target)
    self.scaling = scaling
    if let season, !(1...TargetReach.limit).contains(season) {
      throw TrainingError(.invalidModel, "a season of \(season) timesteps, expected 1 to \(TargetReach.limit)")
    }
    guard season == nil || scaling == .series else {
      throw TrainingError(
        .invalidModel, "a season goes with the scale \(TargetScaling.series.rawValue), not \(scaling.rawValue)")
    }
    self.season = season
    for name in target.names {
      let ahead = Baseline.stepsAhead(name)
      let column = name.lastIndex(of: "@").map { String(name[..<$0]) } ?? name
      guard target.isPerTimestep, ahead > 0,
        let place = input.timestep.numbers.firstIndex(where: { $0.isExactly(column) })
      else {
        throw TrainingError(
          .dataMismatch,
          "target \"\(name)\" cannot have the scale of its series (\(scaling.rawValue)): expected later cells of a number "
            + "column that is an input too, such as \"sales@1..12\", or the scale \(TargetScaling.standard.rawValue)")
      }
      columns.append(place)
      steps.append(ahead)
    }
  }

  private static func check(_ target: TargetSignature) throws {
    guard target.parts.isEmpty else {
      throw TrainingError(
        .dataMismatch,
        "targets are scaled where there is one, and there are \(target.parts.count): \(target.parts.map(\.name).quotedList)"
      )
    }
    guard !target.isClass, !target.isLabels, target != .none else {
      throw TrainingError(.dataMismatch, "only values can be scaled, and the target is \(target.summary)")
    }
  }

  /// Checks that it is one of a model's outputs and inputs, and that the loss is one of numbers of any size.
  func check(_ model: Sequential, _ losses: [HeadLoss]) throws {
    let (outputs, features) = (model.outputWidth, model.input.featureCount)
    guard model.heads.isEmpty, let loss = losses.first?.loss else {
      throw TrainingError(
        .invalidModel,
        "targets are scaled where there is one, and the model has the heads \(model.heads.map(\.name).quotedList)")
    }
    guard loss.outputs == .values else {
      throw TrainingError(
        .invalidModel,
        "\(loss.rawValue) is not for numbers of any size, so its targets cannot be scaled: expected "
          + Loss.allCases.filter { $0.outputs == .values }.map(\.rawValue).joined(separator: " or "))
    }
    guard scaling == .none || scaling == .standard || !model.isPerSequence else {
      throw TrainingError(
        .invalidModel,
        "the scale of a series (\(scaling.rawValue)) goes with a target at each timestep, and the model gives one output per "
          + "sequence")
    }
    let counts =
      scaling == .standard ? [mean.count, deviation.count] : scaling.isOfSeries ? [columns.count, steps.count] : []
    guard counts.allSatisfy({ $0 == outputs }), columns.allSatisfy({ (0..<features).contains($0) }),
      steps.allSatisfy({ (1...TargetReach.limit).contains($0) }),
      season.map({ (1...TargetReach.limit).contains($0) }) ?? true,
      deviation.allSatisfy({ $0 > 0 && $0.isFinite }), mean.allSatisfy(\.isFinite)
    else {
      throw TrainingError(
        .dataMismatch,
        "a scale of \((counts.first ?? 0).counted("value")) for a model of \(outputs.counted("output")) and "
          + features.counted("feature"))
    }
  }

  /// What is done, in words.
  public var summary: String {
    switch scaling {
    case .none: return "targets are not scaled"
    case .standard:
      let shown = zip(mean, deviation).prefix(3).map { "mean \($0), deviation \($1)" }.joined(separator: "; ")
      return "targets are scaled to mean 0, deviation 1 (\(shown)\(mean.count > 3 ? "; …" : ""))"
    case .series:
      return season.map {
        "each series is taken as differences from the value \($0.counted("timestep")) before, over their mean size in its own past"
      } ?? "each series is scaled to mean 0, deviation 1 by its own past"
    case .level: return "each series is divided by the mean absolute value of its own past"
    }
  }
}

extension Normalization {
  /// The same without any change to columns that have a scale of their own already; see ``TargetScale``.
  public func leaving(_ columns: [Int]) -> Normalization {
    var other = self
    for column in columns where other.mean.indices.contains(column) {
      (other.mean[column], other.deviation[column]) = (0, 1)
    }
    return other
  }
}
