import Foundation
public import RaggedBatching
public import RaggedCore
public import RaggedStore
public import RaggedTraining

extension TrainingData {
  /// What the classes of the target weigh, by what is trained on: windows count each for itself.
  func classWeights(
    _ configuration: TrainingConfiguration, _ target: TargetSignature, _ loss: Loss, _ fit: SignatureFit,
    monitor: ProgressMonitor
  ) throws -> ClassWeights? {
    guard let weighting = configuration.classWeighting else { return nil }
    return try ClassWeights(weighting, target: target, loss: loss) {
      let counts = try fit.source(training).classCounts(monitor: monitor)
      guard counts.contains(where: { $0 > 0 }) else {
        throw TrainingError(.dataMismatch, "every target is missing, so there is nothing to balance")
      }
      return Array(counts.prefix(target.names.count))
    }
  }

  /// Which sequences, or windows, an epoch takes.
  func draw(_ configuration: TrainingConfiguration) throws -> EpochDraw? {
    if let mixed, let mix = configuration.mix {
      return try training.draw(mix, of: mixed, size: configuration.epochSize, seed: configuration.policy.seed)
    }
    return try configuration.sampling.map {
      try training.draw($0, size: configuration.epochSize, seed: configuration.policy.seed)
    }
  }
}

extension MappedSource where Base == StoreSource, Map == Windows? {
  /// Which of the sequences, or windows, each epoch takes, and how often.
  /// - Parameters:
  ///   - sampling: the shares that are asked for.
  ///   - size: sequences, or windows, of an epoch; nil means as many as there are.
  ///   - seed: decides the order.
  /// - Throws: `TrainingError` for a target that is no class per sequence, a column that is no category per sequence and a
  ///   name that no sequence has; `BatchingError` for shares that do not add up to 1; what the store throws.
  public func draw(_ sampling: Sampling, size: Int? = nil, seed: UInt64) throws -> EpochDraw {
    let found: (places: [Int32], names: [String])
    var shares: [NamedNumber]?
    switch sampling {
    case .balanced:
      guard case .classPerSequence(let names) = signature.target else {
        throw TrainingError(
          .invalidModel,
          "an epoch with all classes alike needs a class per sequence: the target is \(signature.target.summary); weights of "
            + "classes suit a class per timestep, and shares of a column any target")
      }
      found = (sequences.classes, names)
    case .column(let name, let asked):
      found = try sequences.categories(of: name)
      if case .named(let numbers) = asked { shares = numbers }
    }
    let groups = map?.spread(found.places) ?? found.places
    let asked = try shares.map { try Self.shares($0, of: found.names, groups, sampling) }
    return try EpochDraw(groups: groups, names: found.names, shares: asked, size: size, seed: seed)
  }

  /// Which of the sequences, or windows, of several datasets each epoch takes, and how often.
  /// - Parameters:
  ///   - mix: the share of each dataset.
  ///   - datasets: what the source is of.
  ///   - size: sequences, or windows, of an epoch; nil means as many as there are.
  ///   - seed: decides the order.
  /// - Throws: `BatchingError` for a share of a dataset without any.
  public func draw(_ mix: DatasetMix, of datasets: MixedDatasets, size: Int? = nil, seed: UInt64) throws -> EpochDraw {
    let origins = datasets.origins(of: sequences)
    return try EpochDraw(
      groups: map?.spread(origins) ?? origins, names: datasets.names, shares: mix.shares.map(\.number), size: size,
      seed: seed)
  }

  private static func shares(
    _ asked: [NamedNumber], of names: [String], _ groups: [Int32], _ sampling: Sampling
  ) throws -> [Double] {
    var shares = [Double](repeating: 0, count: names.count)
    let places = names.positions()
    let met = Set(groups)
    let known = names.indices.filter { met.contains(Int32($0)) }.map { names[$0] }
    var seen: Set<ExactName> = []
    for share in asked {
      guard let place = places[ExactName(share.name)], met.contains(place) else {
        let meant = known.nearest(to: share.name).map { ", did you mean \"\($0)\"?" }
        throw TrainingError(
          .invalidModel,
          "the shares \"\(sampling)\" name \"\(share.name)\", which no sequence to train on has"
            + (meant ?? "; there is \(known.prefix(12).quotedList)\(known.count > 12 ? ", …" : "")"))
      }
      guard seen.insert(ExactName(share.name)).inserted else {
        throw TrainingError(.invalidModel, "the shares \"\(sampling)\" name \"\(share.name)\" twice")
      }
      shares[Int(place)] = share.number
    }
    return shares
  }
}

extension StoreSource {
  /// The place of each sequence's name in a category column per sequence, among the column's names; -1 where it is missing.
  /// - Throws: `TrainingError` for another column; what the store throws.
  func categories(of name: String) throws -> (places: [Int32], names: [String]) {
    guard let column = columns.first(where: { $0.name.isExactly(name) }) else {
      let meant = columns.map(\.name).nearest(to: name).map { ", did you mean \"\($0)\"?" }
      throw TrainingError(
        .invalidModel, "there is no column \"\(name)\"\(meant ?? "; there is \(columns.map(\.name).quotedList)")")
    }
    guard column.kind == .category, column.extent == .sequence, let names = column.vocabulary?.tokens else {
      throw TrainingError(
        .invalidModel, "column \"\(name)\" is \(column.summary), expected a category per sequence to divide by")
    }
    let other = try choosing(ColumnChoice(inputs: [name], target: []))
    var places: [Int32] = []
    places.reserveCapacity(count)
    for start in stride(from: 0, to: count, by: 4096) {
      let slices = (start..<min(start + 4096, count)).map { SequenceSlice(position: $0, start: 0, count: 0) }
      places += try other.gather(slices: slices).statics.codes.map { $0 - 1 }
    }
    return (places, names)
  }
}

extension TrainingConfiguration {
  /// Checks that what an epoch takes has a meaning with the rest.
  func checkSampling() throws {
    func fail(_ problem: String) -> TrainingError { TrainingError(.invalidModel, problem) }
    if let epochSize, !(1...Int.largestCount).contains(epochSize) {
      throw fail("an epoch has \(epochSize.counted("sequence")), expected 1 to \(Int.largestCount)")
    }
    if let mix {
      try mix.validate()
      guard sampling == nil else {
        throw fail(
          "a mix of datasets and other shares of an epoch both say what an epoch takes: expected one of the two")
      }
      if stateful {
        throw fail("with states that go on each sequence is taken once: a mix of datasets has no place there")
      }
    }
    guard let sampling else {
      guard epochSize == nil || mix != nil else {
        throw fail("the size of an epoch goes with shares of it: each sequence is taken once")
      }
      return
    }
    if stateful {
      throw fail("with states that go on each sequence is taken once: shares of an epoch have no place there")
    }
    if sampling == .balanced, classWeighting == .balanced {
      throw fail("classes balanced by weights and by sampling are balanced twice: expected one of the two")
    }
  }
}

/// What a checkpoint keeps of the weights of classes.
enum KeptWeights {
  static let key = "class weights"

  static func text(_ weights: ClassWeights) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return String(decoding: try encoder.encode(weights), as: UTF8.self)
  }
}

extension TrainedModel {
  /// What the classes weighed in training; nil for all alike. No figure of an evaluation has these weights.
  public var classWeights: ClassWeights? {
    checkpoint.context.notes[KeptWeights.key].flatMap {
      try? JSONDecoder().decode(ClassWeights.self, from: Data($0.utf8))
    }
  }
}

extension TrainingJob {
  /// What is said of weights and shares before training, in sentences.
  public var balanceNotes: [String] {
    var notes: [String] = []
    if let classWeights {
      let how = classWeights.counts == nil ? "" : " (targets / (classes x targets of the class))"
      notes.append(
        "class weights: \(classWeights.summary)\(how); the loss has them, val_loss and \"ragged evaluate\" have not")
      if let counts = classWeights.counts {
        let none = zip(classWeights.names, counts).filter { $1 == 0 }.map(\.0)
        if !none.isEmpty { notes.append("no target to train on is \(none.prefix(8).quotedList)") }
      }
    }
    if let draw {
      let quotas = draw.quotas(epoch: 1)
      let what = trainingSource.windows == nil ? "sequence" : "window"
      let parts = draw.names.indices.filter { draw.shares[$0] > 0 }.prefix(8).map {
        "\(draw.names[$0]) \(quotas[$0].grouped) of \(draw.counts[$0].grouped)"
      }
      notes.append("an epoch takes \(draw.size.counted(what)): \(parts.joined(separator: ", "))")
      if draw.leftOut > 0 {
        notes.append("\(draw.leftOut.counted(what)) to train on have no share of an epoch and are left out")
      }
    }
    return notes
  }
}
