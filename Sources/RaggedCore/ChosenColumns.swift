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
  private var target: [Int] = []
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

  /// Where a number of the input comes from, by its place in its plane.
  private enum Number: Equatable {
    case column(Int)
    case derived(Int, TimeDerivation, part: Int)
  }

  /// A choice without inputs, as yet.
  init(target places: [Int], weight: Int?, of columns: [Column]) throws {
    signature = SequenceSignature(
      input: InputSignature(timestep: ColumnSet()), target: try Self.target(places.map { columns[$0] }))
    targetPlaces = places
    hasNamedClasses = places.first.map { columns[$0].vocabulary != nil } ?? false
    for place in places { target.append(read(columns[place], at: place)) }
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

  /// Adds what is derived from a time column to the input.
  /// - Parameter part: one of the numbers that the derivation makes; nil adds all of them.
  mutating func add(_ derivation: TimeDerivation, part: Int?, of column: Column, at place: Int) {
    let time = read(column, at: place)
    for (number, name) in derivation.names(of: column.name).enumerated() where part == nil || part == number {
      numbers.append(.derived(time, derivation, part: number))
      signature.input.timestep.numbers.append(name)
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
    let (width, stored) = (numbers.count, planes.steps.featureCount)
    cells.featureCount = width
    cells.values = [Float](repeating: 0, count: rows * width)
    var observed = [Bool](repeating: true, count: rows * width)
    for (f, number) in numbers.enumerated() {
      switch number {
      case .column(let place):
        for n in 0..<rows {
          cells.values[n * width + f] = planes.steps.values[n * stored + place]
          observed[n * width + f] = planes.steps.isObserved(n, place)
        }
      case .derived(let time, let derivation, let part):
        for b in 0..<planes.offsets.count - 1 {
          planes.derive(derivation, part, ofTime: time, part: b) { n, value in
            cells.values[n * width + f] = value ?? 0
            observed[n * width + f] = value != nil
          }
        }
      }
    }
    cells.observed = observed.contains(false) ? observed : nil
    return cells
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
    // A name's class is one below its code; codes without names are classes themselves.
    func classes(_ cells: BatchCells, _ rows: Int) -> [Int32] {
      (0..<rows).map { cells.codes[$0 * cells.codeCount + target[0]] - (hasNamedClasses ? 1 : 0) }
    }
    func values(_ cells: BatchCells, _ rows: Int) -> [Float] {
      (0..<rows).flatMap { row in
        target.map { cells.isObserved(row, $0) ? cells.values[row * cells.featureCount + $0] : .nan }
      }
    }
    switch signature.target {
    case .none: return .none
    case .classPerSequence: return .classPerSequence(classes(planes.statics, sequences))
    case .classPerTimestep: return .classPerTimestep(classes(planes.steps, rows))
    case .valuesPerSequence: return .valuesPerSequence(values(planes.statics, sequences), width: target.count)
    case .valuesPerTimestep: return .valuesPerTimestep(values(planes.steps, rows), width: target.count)
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
