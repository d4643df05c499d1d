import Foundation

/// A ``ColumnChoice`` that was compared with the columns of a dataset: what a source must read of them, and what it makes
/// of that.
public struct ChosenColumns: Sendable, Equatable {
  /// What the sequences look like to a model.
  public private(set) var signature: SequenceSignature
  /// What is to be read.
  package private(set) var reads = Reads()
  /// The columns that are the target, as places among those of the dataset.
  package let targetPlaces: [Int]
  private var numbers: [Number] = []
  private var codes: [Int] = []
  private var staticNumbers: [Int] = []
  private var staticCodes: [Int] = []
  private var target: [Number] = []
  private var weight: Int?
  private var hasNamedClasses = false

  /// The columns of each plane that a source gives, as places among those of the dataset.
  package struct Reads: Sendable, Equatable {
    package var numbers: [Int] = []
    package var codes: [Int] = []
    package var times: [Int] = []
    package var staticNumbers: [Int] = []
    package var staticCodes: [Int] = []
    package var labels: [Int] = []

    package init() {}
  }

  /// Where a number of input or target comes from, by its place in its plane.
  private enum Number: Equatable {
    case column(Int)
    case derived(Int, TimeDerivation, part: Int)
  }

  /// What a name of a choice stands for: a column, or what is derived from a time.
  struct Named {
    var place: Int
    var derivation: TimeDerivation?
    /// One of the numbers that the derivation makes; nil stands for all of them.
    var part: Int?

    /// The numbers that it makes of a column, as columns of their own; the column itself where nothing is derived.
    func columns(of column: Column) -> [Column] {
      guard let derivation else { return [column] }
      return parts.map { Column(derivation.names(of: column.name)[$0], .number) }
    }

    /// Those of the derivation's numbers that are meant.
    fileprivate var parts: [Int] {
      guard let derivation else { return [] }
      return part.map { [$0] } ?? Array(0..<derivation.names(of: "").count)
    }
  }

  /// A choice without inputs, as yet.
  init(target named: [Named], weight: Int?, of columns: [Column]) throws {
    let targets = named.flatMap { $0.columns(of: columns[$0.place]) }
    signature = SequenceSignature(input: InputSignature(timestep: ColumnSet()), target: try Self.target(targets))
    targetPlaces = named.map(\.place)
    hasNamedClasses = named.first.map { columns[$0.place].vocabulary != nil } ?? false
    for item in named {
      let place = read(columns[item.place], at: item.place)
      if let derivation = item.derivation {
        target += item.parts.map { .derived(place, derivation, part: $0) }
      } else {
        target.append(.column(place))
      }
    }
    self.weight = weight.map { read(columns[$0], at: $0) }
  }

  private static func target(_ columns: [Column]) throws -> TargetSignature {
    guard let first = columns.first else { return .none }
    let isPerTimestep = first.extent == .timestep
    switch first.kind {
    case .category where columns.count == 1:
      let names = first.vocabulary?.tokens ?? (0..<first.size).map(String.init)
      return isPerTimestep ? .classPerTimestep(names) : .classPerSequence(names)
    case .number where columns.allSatisfy({ $0.kind == .number && $0.extent == first.extent }):
      let names = columns.map(\.name)
      guard names.exactNames.count == names.count else {
        throw RaggedCoreError(.wrongColumn, "the target names a column twice: \(names.quotedList)")
      }
      return isPerTimestep ? .valuesPerTimestep(names) : .valuesPerSequence(names)
    default:
      let found = columns.map { "\"\($0.name)\" (\($0.summary))" }.joined(separator: ", ")
      throw RaggedCoreError(
        .wrongColumn,
        "the target is \(found), expected one category, or numbers that are all per timestep or all per sequence")
    }
  }

  /// The place in its plane of a column that is read.
  private mutating func read(_ column: Column, at place: Int) -> Int {
    let plane: WritableKeyPath<Reads, [Int]> =
      switch (column.kind, column.extent) {
      case (.number, .timestep): \.numbers
      case (.category, .timestep): \.codes
      case (.time, _): \.times
      case (.number, .sequence): \.staticNumbers
      case (.category, .sequence): \.staticCodes
      case (_, .labels): \.labels
      }
    if let known = reads[keyPath: plane].firstIndex(of: place) { return known }
    reads[keyPath: plane].append(place)
    return reads[keyPath: plane].count - 1
  }

  /// Adds a column to the input.
  mutating func add(_ column: Column, at place: Int) {
    let number = read(column, at: place)
    let category = CategoryColumn(column.name, size: column.size, vocabulary: column.vocabulary)
    switch (column.kind, column.extent) {
    case (.number, .timestep):
      numbers.append(.column(number))
      signature.input.timestep.numbers.append(column.name)
    case (.category, .timestep):
      codes.append(number)
      signature.input.timestep.categories.append(category)
    case (.number, .sequence):
      staticNumbers.append(number)
      signature.input.statics.numbers.append(column.name)
    case (.category, .sequence):
      staticCodes.append(number)
      signature.input.statics.categories.append(category)
    case (_, .labels): signature.labels.append(category)
    case (.time, _): break
    }
  }

  /// Adds a column, or what is derived from a time, to the input.
  mutating func add(_ named: Named, of column: Column) {
    guard let derivation = named.derivation else { return add(column, at: named.place) }
    let time = read(column, at: named.place)
    for number in named.parts {
      numbers.append(.derived(time, derivation, part: number))
      signature.input.timestep.numbers.append(derivation.names(of: column.name)[number])
    }
  }

  /// The columns that input, target or weight are made of, as places among those of the dataset.
  package var usedPlaces: Set<Int> {
    Set(reads.numbers + reads.codes + reads.times + reads.staticNumbers + reads.staticCodes)
  }

  /// What the numbers of the target are measured in where they are derived from times; nil for those that are columns, and
  /// empty where the target is classes.
  package var targetUnits: [String?] {
    if signature.target.isClass { return [] }
    return target.map { if case .derived(_, let derivation, _) = $0 { derivation.unit } else { nil } }
  }

  /// The numbers of the target that are derived from times, and what each is, in words.
  package var derivedTargets: [(name: String, words: String)] {
    if signature.target.isClass { return [] }
    return zip(target, signature.target.names).compactMap { number, name in
      if case .derived(_, let derivation, _) = number { (name, derivation.words) } else { nil }
    }
  }

  /// Pairs of an input and a number of the target that are derived from one time so that the input gives the target away.
  package var leaks: [(input: String, target: String)] {
    zip(numbers, signature.input.timestep.numbers).flatMap { number, input in
      zip(target, signature.target.names).compactMap { other, name in
        guard case .derived(let time, let derivation, let part) = number,
          case .derived(let sameTime, let wanted, let wantedPart) = other, time == sameTime
        else { return nil }
        let isSame = derivation == wanted && part == wantedPart
        return isSame || derivation.isDuration && wanted.isDuration ? (input, name) : nil
      }
    }
  }
}

/// Cells of a dataset's columns as they are stored: those that ``ChosenColumns/Reads`` asks for, of parts of sequences.
package struct ColumnPlanes: Sendable {
  /// Where each part begins: `[B + 1]`.
  package var offsets: [Int]
  /// Numbers and codes per timestep.
  package var steps: BatchCells
  /// `[N, K]` microseconds; `Int64.min` where a time is missing.
  package var times: [Int64]
  /// Of each part the times of its sequence's first timestep, and of the timestep before the part: `[B, K]`;
  /// `Int64.min` where there is none.
  package var firstTimes, earlierTimes: [Int64]
  /// Numbers and codes per sequence.
  package var statics: BatchCells
  /// The lists of labels of the sequences, a column each.
  package var labels: [LabelLists]

  package init(
    offsets: [Int], steps: BatchCells = .none, times: [Int64] = [], firstTimes: [Int64] = [],
    earlierTimes: [Int64] = [], statics: BatchCells = .none, labels: [LabelLists] = []
  ) {
    (self.offsets, self.steps, self.statics, self.labels) = (offsets, steps, statics, labels)
    (self.times, self.firstTimes, self.earlierTimes) = (times, firstTimes, earlierTimes)
  }

  /// Stands for a time that is missing.
  package static let missingTime = Int64.min
}

extension ChosenColumns {
  /// The batch that a model is given. O(N · columns).
  /// - Parameters:
  ///   - planes: what ``reads`` asks for. Buffers that are wanted as they are, are taken over.
  ///   - weights: those that came with the data, `[B]`.
  /// - Throws: ``RaggedCoreError`` for a weight that is negative, missing or no number.
  package func batch(
    _ planes: consuming ColumnPlanes, weights: [Float]? = nil, validity: [Bool]? = nil, ids: [Int]
  ) throws -> SequenceBatch {
    let offsets = planes.offsets
    let targets = targets(planes)
    let weights = try weight.map { try self.weights(planes.statics, column: $0, ids: ids) } ?? weights
    return SequenceBatch(
      input: input(planes),
      statics: Self.selecting(planes.statics, numbers: staticNumbers, codes: staticCodes, rows: offsets.count - 1),
      labels: planes.labels, offsets: offsets, targets: targets, weights: weights, validity: validity, ids: ids)
  }

  private func input(_ planes: ColumnPlanes) -> BatchCells {
    let rows = planes.offsets[planes.offsets.count - 1]
    let columns = numbers.compactMap { if case .column(let place) = $0 { place } else { nil } }
    if columns.count == numbers.count {
      return Self.selecting(planes.steps, numbers: columns, codes: codes, rows: rows)
    }
    var cells = Self.selecting(planes.steps, numbers: [], codes: codes, rows: rows)
    let width = numbers.count
    cells.featureCount = width
    cells.values = [Float](repeating: 0, count: rows * width)
    var observed = [Bool](repeating: true, count: rows * width)
    Self.forEach(numbers, of: planes) { n, f, value in
      cells.values[n * width + f] = value ?? 0
      observed[n * width + f] = value != nil
    }
    cells.observed = observed.contains(false) ? observed : nil
    return cells
  }

  /// Calls `body` with each number of each timestep: its timestep, its place in `numbers`, and nil where it is missing.
  private static func forEach(_ numbers: [Number], of planes: ColumnPlanes, _ body: (Int, Int, Float?) -> Void) {
    let (rows, stored) = (planes.offsets[planes.offsets.count - 1], planes.steps.featureCount)
    for (f, number) in numbers.enumerated() {
      switch number {
      case .column(let place):
        for n in 0..<rows {
          body(n, f, planes.steps.isObserved(n, place) ? planes.steps.values[n * stored + place] : nil)
        }
      case .derived(let time, let derivation, let part):
        for b in 0..<planes.offsets.count - 1 {
          planes.derive(derivation, part, ofTime: time, part: b) { body($0, f, $1) }
        }
      }
    }
  }

  /// Some columns of a plane, in this order; the plane itself where that is all of them.
  private static func selecting(_ cells: BatchCells, numbers: [Int], codes: [Int], rows: Int) -> BatchCells {
    if numbers.elementsEqual(0..<cells.featureCount), codes.elementsEqual(0..<cells.codeCount) { return cells }
    func pick<Value>(_ values: [Value], _ stored: Int, _ columns: [Int]) -> [Value] {
      [Value](unsafeUninitializedCapacity: rows * columns.count) { result, initialized in
        initialized = rows * columns.count
        for n in 0..<rows {
          for (c, column) in columns.enumerated() {
            result.initializeElement(at: n * columns.count + c, to: values[n * stored + column])
          }
        }
      }
    }
    return BatchCells(
      values: pick(cells.values, cells.featureCount, numbers), featureCount: numbers.count,
      codes: pick(cells.codes, cells.codeCount, codes), codeCount: codes.count,
      observed: numbers.isEmpty ? nil : cells.observed.map { pick($0, cells.featureCount, numbers) })
  }

  /// The target's cells. One that was not observed has class -1, or NaN, and so no loss.
  private func targets(_ planes: ColumnPlanes) -> BatchTargets {
    let (rows, sequences) = (planes.offsets[planes.offsets.count - 1], planes.offsets.count - 1)
    // Nothing that is derived is read from a plane as it is.
    let places = target.compactMap { if case .column(let place) = $0 { place } else { nil } }
    // A name's class is one below its code; codes without names are classes themselves.
    func classes(_ cells: BatchCells, _ rows: Int) -> [Int32] {
      (0..<rows).map { cells.codes[$0 * cells.codeCount + places[0]] - (hasNamedClasses ? 1 : 0) }
    }
    switch signature.target {
    case .none: return .none
    case .classPerSequence: return .classPerSequence(classes(planes.statics, sequences))
    case .classPerTimestep: return .classPerTimestep(classes(planes.steps, rows))
    case .valuesPerSequence:
      let cells = planes.statics
      let values = (0..<sequences).flatMap { b in
        places.map { cells.isObserved(b, $0) ? cells.values[b * cells.featureCount + $0] : .nan }
      }
      return .valuesPerSequence(values, width: target.count)
    case .valuesPerTimestep:
      let width = target.count
      var values = [Float](repeating: .nan, count: rows * width)
      Self.forEach(target, of: planes) { n, v, value in values[n * width + v] = value ?? .nan }
      return .valuesPerTimestep(values, width: width)
    }
  }

  private func weights(_ statics: BatchCells, column: Int, ids: [Int]) throws -> [Float] {
    try ids.indices.map { b in
      let weight = statics.values[b * statics.featureCount + column]
      guard statics.isObserved(b, column), weight >= 0, weight.isFinite else {
        throw RaggedCoreError(
          .outOfRange,
          "the weight of the sequence at position \(ids[b]) is "
            + "\(statics.isObserved(b, column) ? "\(weight)" : "missing"), expected a number that is not negative")
      }
      return weight
    }
  }
}

extension ColumnPlanes {
  /// Calls `body` with each timestep of a part and what is derived from its time; nil where a time that it needs is missing.
  fileprivate func derive(
    _ derivation: TimeDerivation, _ number: Int, ofTime column: Int, part b: Int, _ body: (Int, Float?) -> Void
  ) {
    let count = firstTimes.count / max(1, offsets.count - 1)
    let missing = ColumnPlanes.missingTime
    let first = firstTimes[b * count + column]
    var before = earlierTimes[b * count + column]
    var isFirst = before == missing
    for n in offsets[b]..<offsets[b + 1] {
      let time = times[n * count + column]
      defer { if time != missing { (before, isFirst) = (time, false) } }
      guard time != missing else {
        body(n, nil)
        continue
      }
      switch derivation {
      case .delta: body(n, isFirst ? 0 : Float(Double(time &- before) / 1e6))
      case .logDelta: body(n, isFirst ? 0 : Float(log1p(max(0, Double(time &- before) / 1e6))))
      case .elapsed: body(n, first == missing ? nil : Float(Double(time &- first) / 1e6))
      case .hour: body(n, Self.turn(time, of: 86_400_000_000, number))
      // 1 January 1970 was a Thursday, the fourth day of its week.
      case .weekday: body(n, Self.turn(time &+ 3 * 86_400_000_000, of: 7 * 86_400_000_000, number))
      }
    }
  }

  private static func turn(_ time: Int64, of period: Int64, _ part: Int) -> Float {
    let place = time % period
    let angle = 2 * Double.pi * Double(place < 0 ? place + period : place) / Double(period)
    return Float(part == 0 ? sin(angle) : cos(angle))
  }
}
