public import RaggedCore

/// Which part of an evaluation each sequence, or each timestep, belongs to.
public struct EvaluationGroups: Sendable {
  /// What they are told apart by: `length`, `split`, a column.
  public let title: String
  /// The names of the groups.
  public let names: [String]
  /// Whether a sequence may have timesteps of several groups.
  public let isPerTimestep: Bool
  private let places: @Sendable (SequenceBatch) throws -> [Int32]

  /// Groups from a function.
  /// - Parameters:
  ///   - title: what they are told apart by.
  ///   - names: of the groups.
  ///   - isPerTimestep: whether there is a place for each timestep of a batch, `[N]`, rather than for each sequence, `[B]`.
  ///   - places: the group of each, among the names; -1 for none. A batch's `ids` are positions of the source that is judged.
  public init(
    title: String, names: [String], isPerTimestep: Bool,
    places: @escaping @Sendable (SequenceBatch) throws -> [Int32]
  ) {
    (self.title, self.names, self.isPerTimestep, self.places) = (title, names, isPerTimestep, places)
  }

  /// As many groups as there may be, so that each has 20 members in the mean; at least 1.
  public static func limit(members: Int) -> Int { max(1, members / 20) }

  /// Buckets of about as many members each that ranges of numbers make: at most `limit`, fewer where numbers are the same.
  /// - Returns: the least number of each bucket but the first, rising.
  static func quantiles(_ numbers: [Float], limit: Int) -> [Float] {
    let sorted = numbers.filter { !$0.isNaN }.sorted()
    guard limit > 1, let least = sorted.first else { return [] }
    var bounds: [Float] = []
    for part in 1..<limit {
      let bound = sorted[sorted.count * part / limit]
      if bound > bounds.last ?? least { bounds.append(bound) }
    }
    return bounds
  }

  /// Buckets of numbers where nothing else is said.
  public static let usualBuckets = 10

  /// By the length of sequences, in buckets of about as many sequences each.
  public static func byLength(_ lengths: [Int32], limit: Int = EvaluationGroups.usualBuckets) -> EvaluationGroups {
    let bounds = quantiles(
      lengths.map(Float.init), limit: min(limit, Self.limit(members: lengths.count))
    ).map { Int32($0) }
    return EvaluationGroups(
      title: "length", names: names(of: bounds, least: lengths.min() ?? 0, most: lengths.max() ?? 0),
      isPerTimestep: false
    ) { batch in
      batch.lengths.map { length in Int32(bounds.count { $0 <= Int32(length) }) }
    }
  }

  /// By the place of a timestep in its sequence, in buckets of about as many timesteps each; the first timestep is 1.
  public static func byTimestep(_ lengths: [Int32], limit: Int = EvaluationGroups.usualBuckets) -> EvaluationGroups {
    // Sequences that have a timestep at each place.
    let most = Int(lengths.max() ?? 0)
    var counts = [Int](repeating: 0, count: most + 1)
    for length in lengths where length > 0 { counts[Int(length)] += 1 }
    for place in stride(from: most - 1, through: 0, by: -1) { counts[place] += counts[place + 1] }
    let total = counts.dropFirst().reduce(0, +)
    let limit = min(limit, Self.limit(members: total))
    var (bounds, sum) = ([Int32](), 0)
    for place in 1..<max(2, most + 1) where place <= most {
      if place > 1, bounds.count + 1 < limit, sum >= total * (bounds.count + 1) / limit { bounds.append(Int32(place)) }
      sum += counts[place]
    }
    let found = bounds
    return EvaluationGroups(
      title: "timestep", names: names(of: found, least: min(1, Int32(most)), most: Int32(most)), isPerTimestep: true
    ) { batch in
      var places = [Int32](repeating: 0, count: batch.timesteps)
      for b in 0..<batch.count {
        let range = batch.range(b)
        for n in range { places[n] = Int32(found.count { $0 <= Int32(n - range.lowerBound + 1) }) }
      }
      return places
    }
  }

  private static func names(of bounds: [Int32], least: Int32, most: Int32) -> [String] {
    (0...bounds.count).map { place in
      let first = place == 0 ? least : bounds[place - 1]
      let last = place == bounds.count ? most : bounds[place] - 1
      return first == last ? "\(first)" : "\(first)–\(last)"
    }
  }

  /// By a name that each sequence has. Of more names than there may be groups the most frequent ones are kept and the others
  /// are one group.
  /// - Parameters:
  ///   - title: what the names are.
  ///   - labels: the name of each sequence, by position; nil for none, which is a group of its own.
  public static func byName(_ title: String, _ labels: [String?]) -> EvaluationGroups {
    let groups = NamedGroups(labels, limit: limit(members: labels.count))
    return EvaluationGroups(title: title, names: groups.names, isPerTimestep: false) { batch in
      batch.ids.map { groups.places[$0] }
    }
  }

  /// By a number that each sequence has, in buckets of about as many sequences each; NaN, for none, is a group of its own.
  public static func byNumber(
    _ title: String, _ numbers: [Float], limit: Int = EvaluationGroups.usualBuckets
  ) -> EvaluationGroups {
    let buckets = NumberBuckets(numbers, limit: min(limit, Self.limit(members: numbers.count)))
    let places = numbers.map(buckets.place(of:))
    return EvaluationGroups(title: title, names: buckets.names, isPerTimestep: false) { batch in
      batch.ids.map { places[$0] }
    }
  }

  /// By a column of another source of the same sequences: its one input, a number or a category.
  /// - Parameters:
  ///   - title: the column's name.
  ///   - source: sequences at the same positions as those that are judged, of which this column is read.
  /// - Throws: ``TrainingError`` for a source with another number of inputs; what the source throws.
  public static func byColumn(_ title: String, of source: some SequenceSource) throws -> EvaluationGroups {
    let input = source.signature.input
    let (steps, statics) = (input.timestep, input.statics)
    guard steps.numbers.count + steps.categories.count + statics.numbers.count + statics.categories.count == 1 else {
      throw TrainingError(.dataMismatch, "\"\(title)\" is no column whose cells tell groups apart")
    }
    let isPerTimestep = statics.isEmpty
    /// The cells of a batch: a number each, or the code as one.
    @Sendable func cells(_ batch: SequenceBatch) -> (numbers: [Float], codes: [Int32]) {
      let cells = isPerTimestep ? batch.input : batch.statics
      guard cells.codes.isEmpty else { return ([], cells.codes) }
      guard let observed = cells.observed else { return (cells.values, []) }
      return (zip(cells.values, observed).map { $1 ? $0 : .nan }, [])
    }
    var (numbers, codes) = ([Float](), [Int32]())
    for start in stride(from: 0, to: source.count, by: Trainer.usualBatchSize) {
      let found = cells(try source.gather(Array(start..<min(start + Trainer.usualBatchSize, source.count))))
      numbers += found.numbers
      codes += found.codes
    }
    if let column = (isPerTimestep ? steps : statics).categories.first {
      let tokens = column.vocabulary?.tokens
      func name(_ code: Int32) -> String? {
        code == 0 && tokens != nil ? nil : tokens.map { $0[Int(code) - 1] } ?? "\(code)"
      }
      let groups = NamedGroups(codes.map(name), limit: limit(members: codes.count))
      let byCode = (0..<Int32(column.size)).map { groups.place(of: name($0)) }
      return EvaluationGroups(title: title, names: groups.names, isPerTimestep: isPerTimestep) { batch in
        cells(try source.gather(batch.ids)).codes.map { byCode[Int($0)] }
      }
    }
    let buckets = NumberBuckets(numbers, limit: min(usualBuckets, limit(members: numbers.count)))
    return EvaluationGroups(title: title, names: buckets.names, isPerTimestep: isPerTimestep) { batch in
      cells(try source.gather(batch.ids)).numbers.map(buckets.place(of:))
    }
  }

  /// The group of each target of a batch, `[B]` or `[N]`.
  /// - Throws: ``TrainingError`` for groups of timesteps where the target is one of the sequence.
  func places(of batch: SequenceBatch) throws -> [Int32] {
    let found = try places(batch)
    guard isPerTimestep != batch.targets.isPerTimestep else { return found }
    guard !isPerTimestep else {
      throw TrainingError(
        .dataMismatch,
        "\"\(title)\" changes from timestep to timestep, and the target is one of the sequence: group by what a sequence has"
      )
    }
    return (0..<batch.count).flatMap { b in Array(repeating: found[b], count: batch.length(b)) }
  }
}

/// Names as groups, the most frequent ones by themselves.
private struct NamedGroups: Sendable {
  private(set) var names: [String] = []
  private(set) var places: [Int32] = []
  private var byName: [ExactName: Int32] = [:]
  private var ofNone: Int32 = -1
  private var ofOthers: Int32 = -1

  init(_ labels: [String?], limit: Int) {
    var counts: [ExactName: (count: Int, first: Int, name: String)] = [:]
    var without = 0
    for (position, label) in labels.enumerated() {
      guard let label else {
        without += 1
        continue
      }
      counts[ExactName(label), default: (0, position, label)].count += 1
    }
    let ranked = counts.values.sorted { ($1.count, $0.first) < ($0.count, $1.first) }
    let room = max(1, limit - (without > 0 ? 1 : 0))
    let kept = ranked.count <= room ? ranked.count : room - 1
    names = ranked.prefix(kept).map(\.name)
    for (place, name) in names.enumerated() { byName[ExactName(name)] = Int32(place) }
    if kept < ranked.count {
      ofOthers = Int32(names.count)
      names.append(kept == 0 ? "all" : "\((ranked.count - kept).counted("other"))")
    }
    if without > 0 {
      ofNone = Int32(names.count)
      names.append("(none)")
    }
    places = labels.map(place(of:))
  }

  func place(of label: String?) -> Int32 {
    guard let label else { return ofNone }
    return byName[ExactName(label)] ?? ofOthers
  }
}

/// Numbers as ranges with about as many members each.
private struct NumberBuckets: Sendable {
  let names: [String]
  private let bounds: [Float]

  init(_ numbers: [Float], limit: Int) {
    let known = numbers.filter { !$0.isNaN }
    let (least, most) = (known.min() ?? 0, known.max() ?? 0)
    let hasNone = known.count < numbers.count
    let bounds = EvaluationGroups.quantiles(known, limit: limit - (hasNone ? 1 : 0))
    self.bounds = bounds
    func text(_ number: Float) -> String {
      number == number.rounded() && abs(number) < 1e7 ? "\(Int(number))" : "\(number)"
    }
    names =
      (0...bounds.count).map { place in
        let first = text(place == 0 ? least : bounds[place - 1])
        return place == bounds.count
          ? (least == most || first == text(most) ? first : "\(first) to \(text(most))")
          : "\(first) to below \(text(bounds[place]))"
      } + (hasNone ? ["(none)"] : [])
  }

  func place(of number: Float) -> Int32 {
    Int32(number.isNaN ? bounds.count + 1 : bounds.count { $0 <= number })
  }
}
