public import RaggedCore

/// What the classes of a target are to weigh: as a text `balanced`, or `walk=1,fall=10`, which is also how it is encoded.
public enum ClassWeighting: Sendable, Equatable {
  /// Each class n / (classes × count) of n targets, so that all classes weigh the same together: scikit-learn's
  /// `class_weight="balanced"`. Classes that do not occur are not counted.
  case balanced
  /// Some classes by their names; the others weigh 1.
  case named([NamedNumber])
}

extension ClassWeighting: CustomStringConvertible, Codable {
  /// The weighting of a text; nil where it is none. A name may hold commas and equals signs: what stands between two numbers
  /// is one name.
  public init?(_ text: String) {
    if text == "balanced" {
      self = .balanced
      return
    }
    guard let numbers = [NamedNumber](text: text) else { return nil }
    self = .named(numbers)
  }

  /// `balanced`, or `walk=1,fall=10`.
  public var description: String {
    switch self {
    case .balanced: "balanced"
    case .named(let numbers): numbers.text
    }
  }

  /// Reads the text.
  /// - Throws: `DecodingError` for another text.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let weighting = ClassWeighting(text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no weights of classes: \(text)")
    }
    self = weighting
  }

  /// Writes the text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// What each class of a target weighs in training.
///
/// A target of class c counts w(c) times, in the numerator of the loss and in its denominator: of a mean the weights' own size
/// does not matter, and under ``Reduction/sum`` a weight of 2 is that of every sequence, or timestep, of the class given
/// twice. Weights of sequences and of timesteps that the data has are multiplied by those of their classes.
///
/// As the map of a ``WeightedSource`` it stands between the data and the batches that are trained on; what a model is judged
/// by knows nothing of it.
public struct ClassWeights: Sendable, Equatable, Codable {
  /// The classes that the model knows, in their order.
  public let names: [String]
  /// What each weighs, `[K]`: not negative.
  public let weights: [Float]
  /// Targets of each class, where they were counted for it.
  public let counts: [Int]?

  /// The weights of a target's classes.
  /// - Parameters:
  ///   - weighting: what is asked.
  ///   - target: what is predicted.
  ///   - loss: what is made small.
  ///   - count: counts the targets of each class, `[K]`; asked where the weights follow from that.
  /// - Throws: ``TrainingError`` for a target without classes, a loss of whole sequences, a name that no class has and a
  ///   weight that is negative; what `count` throws.
  public init(
    _ weighting: ClassWeighting, target: TargetSignature, loss: Loss, counting count: () throws -> [Int]
  ) throws {
    func fail(_ problem: String) -> TrainingError { TrainingError(.invalidModel, problem) }
    guard target.isClass else {
      throw fail("weights of classes are for a class per sequence or per timestep: the target is \(target.summary)")
    }
    guard !loss.judgesWholeSequences else {
      throw fail(
        "weights of classes need a loss of each timestep: \(loss.rawValue) judges the tags of a sequence together")
    }
    let names = target.names
    self.names = names
    switch weighting {
    case .balanced:
      let counts = try count()
      let (total, met) = (counts.reduce(0, +), counts.count { $0 > 0 })
      weights = counts.map { $0 == 0 ? 1 : Float(Double(total) / (Double(met) * Double($0))) }
      self.counts = counts
    case .named(let numbers):
      var weights = [Float](repeating: 1, count: names.count)
      let places = names.positions()
      var seen: Set<ExactName> = []
      for number in numbers {
        guard let place = places[ExactName(number.name)] else {
          let meant = names.nearest(to: number.name).map { ", did you mean \"\($0)\"?" }
          throw fail(
            "the weights name class \"\(number.name)\", which the target does not have"
              + (meant ?? "; there is \(names.prefix(12).quotedList)\(names.count > 12 ? ", …" : "")"))
        }
        guard seen.insert(ExactName(number.name)).inserted else {
          throw fail("the weights name class \"\(number.name)\" twice")
        }
        guard number.number >= 0, number.number <= Self.largest else {
          throw fail("the weight of class \"\(number.name)\" is \(number.number), expected 0 to \(Int(Self.largest))")
        }
        weights[Int(place)] = Float(number.number)
      }
      guard weights.contains(where: { $0 > 0 }) else {
        throw fail("every class has weight 0: nothing is left to learn")
      }
      self.weights = weights
      counts = nil
    }
  }

  /// A class weighs this at most.
  public static let largest = 1e9

  /// `fall 10, walk 0.526`: the heaviest first, as many as a line takes.
  public var summary: String {
    let order = names.indices.sorted { (weights[$1], $0) < (weights[$0], $1) }
    let shown = order.prefix(8).map { "\(names[$0]) \(Self.figure(weights[$0]))" }
    return shown.joined(separator: ", ") + (order.count > 8 ? ", … (\(order.count) classes)" : "")
  }

  private static func figure(_ weight: Float) -> String {
    let rounded = (weight * 1000).rounded() / 1000
    return rounded == rounded.rounded() && rounded < 1e6 ? "\(Int(rounded))" : "\(weight < 0.01 ? weight : rounded)"
  }
}

/// A source whose targets weigh what their classes do.
public typealias WeightedSource<Base: SequenceSource> = MappedSource<Base, ClassWeights>

extension ClassWeights: SequenceMap {
  /// No sequence moves.
  public func place(_ position: Int) -> (position: Int, start: Int) { (position, 0) }
  /// The base's key.
  public func key(_ key: String, _ slice: SequenceSlice) -> String { key }
  /// A hash of the base's fingerprint and the weights.
  public func fingerprint(_ base: UInt64) -> UInt64 {
    var hash = StableHash(seed: base)
    hash.add("class weights".utf8)
    for weight in weights { hash.add(UInt64(weight.bitPattern)) }
    return hash.value
  }

  /// The batch with the weight of its class in that of each sequence, or of each timestep. A class that is not observed, or
  /// that the model does not know, has no loss anyhow.
  public func transform(_ batch: SequenceBatch) -> SequenceBatch {
    func weighted(_ own: [Float]?, _ classes: [Int32]) -> [Float] {
      classes.indices.map { index in
        let place = Int(classes[index])
        return (own?[index] ?? 1) * (weights.indices.contains(place) ? weights[place] : 1)
      }
    }
    var result = batch
    switch batch.targets {
    case .classPerSequence(let classes): result.weights = weighted(batch.weights, classes)
    case .classPerTimestep(let classes): result.stepWeights = weighted(batch.stepWeights, classes)
    case .none, .valuesPerSequence, .valuesPerTimestep, .labels, .several: break
    }
    return result
  }
}

extension SequenceSource {
  /// The targets of each class of the signature: of valid timesteps, or of sequences; those that are not observed do not
  /// count. Reads the data once.
  /// - Throws: what the source throws; `Cancelled`.
  public func classCounts(monitor: ProgressMonitor = .none) throws -> [Int] {
    var counts = [Int](repeating: 0, count: signature.target.isClass ? signature.target.names.count : 0)
    try forEachPart { part in
      try monitor.check()
      for place in part.compacted().targets.classes where counts.indices.contains(Int(place)) {
        counts[Int(place)] += 1
      }
    }
    return counts
  }
}
