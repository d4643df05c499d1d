public import RaggedCore

/// What some sequences say of a target without a model: how frequent each class is, the mean of each value, and how far a
/// value is from the one a season before. Taken of the training split, it is all that a ``Baseline`` knows.
///
/// Sums over valid timesteps whose target was observed; parts add up to the whole.
public struct TargetFacts: Sendable, Equatable, Codable {
  /// Facts of one value.
  public struct Value: Sendable, Equatable, Codable {
    /// Values that were observed.
    public var count = 0
    /// Their sum.
    public var sum = 0.0
    /// For each season of ``TargetFacts/seasons``: the pairs of values that far apart in a sequence.
    public var pairs: [Int]
    /// Σ |yₜ − yₜ₋ₘ| over these pairs.
    public var distances: [Double]

    /// The mean; nil without a value.
    public var mean: Double? { count == 0 ? nil : sum / Double(count) }
  }

  /// What the facts are of, in words: `split train`.
  public var origin: String
  /// Sequences.
  public private(set) var sequences = 0
  /// How often each class occurs, `[K]`; none for values.
  public private(set) var classes: [Int]
  /// By value; none for classes.
  public private(set) var values: [Value]
  /// Which class mostly stands beside each name of an input; nil where that was not counted.
  public var byName: ClassesByName?
  /// The seasons of the values' distances, in timesteps.
  public let seasons: [Int]

  /// Seasons that are usual for hours, days, weeks, months and quarters.
  public static let usualSeasons = [1, 4, 5, 7, 12, 24, 48, 52, 60, 96, 144, 168, 365]

  /// Facts of nothing.
  /// - Parameters:
  ///   - target: what is predicted.
  ///   - origin: what the facts are of, in words.
  ///   - seasons: those of which distances are taken; what is less than 1 is left out.
  public init(target: TargetSignature, origin: String, seasons: [Int] = TargetFacts.usualSeasons) {
    self.origin = origin
    self.seasons = seasons.filter { $0 > 0 }
    classes = target.isClass ? Array(repeating: 0, count: target.names.count) : []
    let none = Value(
      pairs: Array(repeating: 0, count: self.seasons.count), distances: Array(repeating: 0, count: self.seasons.count))
    values = target.isClass || target.isLabels ? [] : Array(repeating: none, count: target.names.count)
  }

  /// Takes in a batch. O(targets · seasons).
  public mutating func add(_ batch: SequenceBatch) {
    sequences += batch.count
    switch batch.targets {
    case .none, .labels, .several: break
    case .classPerSequence(let codes), .classPerTimestep(let codes):
      let validity = batch.targets.isPerTimestep ? batch.validity : nil
      for (item, code) in codes.enumerated() where classes.indices.contains(Int(code)) && validity?[item] ?? true {
        classes[Int(code)] += 1
      }
    case .valuesPerSequence(let numbers, let width):
      for item in 0..<batch.count { add(numbers[item * width..<(item + 1) * width]) }
    case .valuesPerTimestep(let numbers, let width):
      for b in 0..<batch.count {
        let items = batch.range(b).filter { batch.validity?[$0] ?? true }
        for item in items { add(numbers[item * width..<(item + 1) * width]) }
        for (place, season) in seasons.enumerated() where season < items.count {
          for t in season..<items.count {
            for value in 0..<min(width, values.count) {
              let distance =
                Double(numbers[items[t] * width + value]) - Double(numbers[items[t - season] * width + value])
              guard distance.isFinite else { continue }
              values[value].pairs[place] += 1
              values[value].distances[place] += abs(distance)
            }
          }
        }
      }
    }
  }

  private mutating func add(_ row: ArraySlice<Float>) {
    for (value, number) in row.enumerated() where value < values.count && number.isFinite {
      values[value].count += 1
      values[value].sum += Double(number)
    }
  }

  /// The mean distance of a value from the one a season before, in the sequences that the facts are of: what MASE divides
  /// by. nil where no sequence is that long, where nothing changes, and for a season that was not looked at.
  public func seasonalError(value: Int, season: Int) -> Double? {
    guard values.indices.contains(value), let place = seasons.firstIndex(of: season),
      values[value].pairs[place] > 0, values[value].distances[place] > 0
    else { return nil }
    return values[value].distances[place] / Double(values[value].pairs[place])
  }
}

extension TargetFacts {
  /// The facts of every sequence of a source.
  /// - Throws: what the source throws; `Cancelled`.
  public init(
    of source: some SequenceSource, origin: String, seasons: [Int] = TargetFacts.usualSeasons,
    monitor: ProgressMonitor = .none
  ) throws {
    self.init(target: source.signature.target, origin: origin, seasons: seasons)
    for start in stride(from: 0, to: source.count, by: Trainer.usualBatchSize) {
      try monitor.check()
      add(try source.gather(Array(start..<min(start + Trainer.usualBatchSize, source.count))))
    }
  }
}
