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
  /// The labels that come along, and those that are the target.
  private var lists: [Int] = []
  private var staticNumbers: [Int] = []
  private var staticCodes: [Int] = []
  /// The targets, mostly one.
  private var targets: [Target] = []
  /// Inputs that the dataset has not as such, and that nobody named: those whose later cells are the target.
  package private(set) var addedInputs: [String] = []
  /// Whether a sequence has a timestep before its first one, and an end behind its last one.
  package private(set) var hasEnds = false
  /// The sizes of the columns of codes per timestep, as the dataset has them.
  private var codeSizes: [Int] = []
  /// The place of the weights in their plane: numbers per sequence, or per timestep.
  private var weight: Int?
  private var weightsTimesteps = false

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
    /// A cell of its sequence, a number or a code, that every timestep has.
    case sequence(Int)
  }

  /// What one target is made of.
  private struct Target: Equatable {
    var signature: TargetSignature
    var numbers: [Number] = []
    /// How many valid timesteps later each of the numbers lies, or the class.
    var steps: [Int] = []
    /// Whether classes have names, whose codes begin at 1.
    var hasNamedClasses = false

    var reach: Int { steps.max() ?? 0 }
  }

  /// How many valid timesteps later each number of the targets lies, or their class.
  package var targetSteps: [Int] { targets.flatMap(\.steps) }

  /// What a name of a choice stands for: a column, or what is derived from a time.
  struct Named {
    /// As a target was named.
    var name = ""
    var place: Int
    var derivation: TimeDerivation?
    /// One of the numbers that the derivation makes; nil stands for all of them.
    var part: Int?
    /// Of a target, which cells are meant.
    var reach = TargetReach.own

    /// The columns that it is as a target.
    func targets(of column: Column) throws -> [Column] { try reach.targets(of: column, made: columns(of: column)) }

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
  /// - Parameter separates: whether each name is a target of its own; nil where they are no one target.
  init(target named: [Named], weight: Int?, of columns: [Column], separates: Bool?) throws {
    targetPlaces = named.map(\.place)
    signature = SequenceSignature(input: InputSignature(timestep: ColumnSet()), target: .none)
    let made = try named.map { try $0.targets(of: columns[$0.place]) }
    let isOne = made.joined().allSatisfy { $0.kind == .number && $0.extent == made.first?.first?.extent }
    if named.count > 1, separates ?? !isOne {
      for (place, item) in named.enumerated() where named[..<place].contains(where: { $0.name.isExactly(item.name) }) {
        throw RaggedCoreError(.wrongColumn, "the target names \"\(item.name)\" twice")
      }
      targets = try made.map { Target(signature: try Self.target($0)) }
      for (place, item) in named.enumerated() { add(item, of: columns, toTarget: place) }
      signature.target = .several(zip(named, targets).map { NamedTarget($0.name, $1.signature) })
    } else {
      signature.target = try Self.target(Array(made.joined()))
      targets = [Target(signature: signature.target)]
      for item in named { add(item, of: columns, toTarget: 0) }
    }
    self.weight = weight.map { read(columns[$0], at: $0) }
    weightsTimesteps = weight.map { columns[$0].extent == .timestep } ?? false
  }

  private mutating func add(_ item: Named, of columns: [Column], toTarget number: Int) {
    let place = read(columns[item.place], at: item.place)
    let cells: [Number] =
      if let derivation = item.derivation {
        item.parts.map { .derived(place, derivation, part: $0) }
      } else {
        [item.reach == .every ? .sequence(place) : .column(place)]
      }
    if targets[number].numbers.isEmpty { targets[number].hasNamedClasses = columns[item.place].vocabulary != nil }
    for cell in cells {
      for step in item.reach.steps {
        targets[number].numbers.append(cell)
        targets[number].steps.append(step)
      }
    }
  }

  private static func target(_ columns: [Column]) throws -> TargetSignature {
    guard let first = columns.first else { return .none }
    let isPerTimestep = first.extent == .timestep
    switch first.kind {
    case .category where columns.count == 1 && first.extent == .labels:
      return .labels(first.vocabulary?.tokens ?? (0..<first.size).map(String.init))
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
        "the target is \(found), expected one category, one column of labels, or numbers that are all per timestep or all "
          + "per sequence")
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
    if plane == \.codes { codeSizes.append(column.size) }
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
    case (_, .labels):
      lists.append(number)
      signature.labels.append(category)
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

  /// Adds a column, or what is derived from it, whose later cells are the target.
  mutating func addPast(of uses: [Named], _ column: Column) {
    guard uses.contains(where: { $0.derivation != nil }) else {
      if column.role != .input { addedInputs.append(column.name) }
      return add(column, at: uses[0].place)
    }
    var known: [String] = []
    for use in uses {
      guard let derivation = use.derivation else { continue }
      for part in use.parts where !known.containsExactly(derivation.names(of: column.name)[part]) {
        known.append(derivation.names(of: column.name)[part])
        add(Named(place: use.place, derivation: derivation, part: part), of: column)
      }
    }
    addedInputs += known
  }

  /// What stands before the first name of a sequence, and behind its last one.
  package static let (beginName, endName) = ("<begin>", "<end>")

  /// Gives the categories per timestep a begin and an end.
  mutating func addEnds() throws {
    func fail(_ problem: String) -> RaggedCoreError {
      RaggedCoreError(.wrongColumn, "begin and end are for a model of what comes next: \(problem)")
    }
    if signature.target != .none, reach == 0 {
      throw fail("the target is \(signature.target.summary), expected one that lies later, such as \"activity@1\"")
    }
    if weightsTimesteps { throw fail("the weights are a column per timestep, of which a begin has none") }
    guard !signature.input.timestep.categories.isEmpty else {
      let numbers = signature.input.names
      throw fail(
        "no input is a category per timestep, expected one at least"
          + (numbers.isEmpty ? "" : "; imported as categories instead of numbers, \(numbers.quotedList) would be such"))
    }
    // The end is the first code behind those of the dataset, so that it is the last class; the begin is no class.
    for (place, column) in signature.input.timestep.categories.enumerated() {
      guard var vocabulary = column.vocabulary else {
        signature.input.timestep.categories[place].size += 2
        continue
      }
      if let taken = [Self.beginName, Self.endName].first(where: vocabulary.tokens.containsExactly) {
        throw fail("column \"\(column.name)\" has the name \"\(taken)\" already")
      }
      vocabulary.tokens += [Self.endName, Self.beginName]
      signature.input.timestep.categories[place] = CategoryColumn(column.name, vocabulary)
    }
    for (place, target) in targets.enumerated() {
      guard case .classPerTimestep(let names) = target.signature else { continue }
      if names.containsExactly(Self.endName) { throw fail("there is a class \"\(Self.endName)\" already") }
      if targets.count > 1, target.reach == 0, case .column? = target.numbers.first {
        throw fail(
          "of the targets \"\(signature.target.parts[place].name)\" is its timestep's own, expected later ones")
      }
      targets[place].signature = .classPerTimestep(names + [Self.endName])
    }
    if case .several(let parts) = signature.target {
      signature.target = .several(zip(parts, targets).map { NamedTarget($0.name, $1.signature) })
    } else if let only = targets.first {
      signature.target = only.signature
    }
    hasEnds = true
  }

  /// How many valid timesteps behind a timestep its target may lie; 0 where it is the timestep's own.
  package var reach: Int { targetSteps.max() ?? 0 }

  /// Whether a target per sequence is asked at every timestep.
  package var isAskedEverywhere: Bool {
    targets.contains { $0.numbers.contains { if case .sequence = $0 { true } else { false } } }
  }

  /// The columns that input, target or weight are made of, as places among those of the dataset.
  package var usedPlaces: Set<Int> {
    Set(reads.numbers + reads.codes + reads.times + reads.staticNumbers + reads.staticCodes + targetPlaces)
  }

  /// What the numbers of each target are measured in where they are derived from times; nil for those that are columns, and
  /// empty where the target is classes.
  package var targetUnits: [[String?]] {
    targets.map { target in
      if target.signature.isClass || target.signature.isLabels { return [] }
      return target.numbers.map { if case .derived(_, let derivation, _) = $0 { derivation.unit } else { nil } }
    }
  }

  /// The numbers of the target that are derived from times, and what each is, in words; those of several timesteps are one.
  package var derivedTargets: [(name: String, words: String)] { targets.flatMap(Self.derivedTargets) }

  private static func derivedTargets(_ part: Target) -> [(name: String, words: String)] {
    if part.signature.isClass { return [] }
    var found: [(name: String, words: String)] = []
    let target = part.numbers
    for (place, number) in target.enumerated() {
      guard case .derived(_, let derivation, _) = number, place == 0 || target[place - 1] != number else { continue }
      let (name, step) = (part.signature.names[place], part.steps[place])
      let count = target[place...].prefix { $0 == number }.count
      let when = step == 0 ? "" : ", \(step.counted("timestep")) later"
      if count == 1 {
        found.append((name, derivation.words + when))
      } else {
        let last = part.steps[place + count - 1]
        found.append(("\(name)..\(last)", "\(derivation.words), \(step) to \(last.counted("timestep")) later"))
      }
    }
    return found
  }

  /// Pairs of an input and a number of the target that are derived from one time so that the input gives the target away.
  /// What lies later is given away by nothing.
  package var leaks: [(input: String, target: String)] {
    let values = targets.filter { !$0.signature.isClass && !$0.signature.isLabels }
    let cells = values.flatMap { zip($0.numbers, zip($0.steps, $0.signature.names)) }
    return zip(numbers, signature.input.timestep.numbers).flatMap { number, input in
      cells.compactMap { other, cell in
        let (step, name) = cell
        guard step == 0, case .derived(let time, let derivation, let part) = number,
          case .derived(let sameTime, let wanted, let wantedPart) = other, time == sameTime
        else { return nil }
        let isSame = derivation == wanted && part == wantedPart
        return isSame || derivation.isDuration && wanted.isDuration ? (input, name) : nil
      }
    }
  }
}

/// Whether a part of a sequence begins before its first timestep, and whether it reaches behind its last one.
package struct PartEnds: Sendable {
  package var begins, ends: Bool
  package init(begins: Bool, ends: Bool) { (self.begins, self.ends) = (begins, ends) }
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
  ///   - counts: the timesteps of each part that are wanted; what lies behind them is read for their targets alone. nil
  ///     means all.
  /// - Throws: ``RaggedCoreError`` for a weight that is negative, missing or no number.
  package func batch(
    _ planes: consuming ColumnPlanes, weights: [Float]? = nil, validity: [Bool]? = nil, ids: [Int], counts: [Int]? = nil
  ) throws -> SequenceBatch {
    let offsets = planes.offsets
    let made = self.targets.map { Self.cells(of: $0, planes, validity) }
    let targets: BatchTargets = signature.target.parts.isEmpty ? made.first ?? .none : .several(made)
    let stepWeights = try weightsTimesteps ? self.stepWeights(planes, validity, ids: ids) : nil
    let weights =
      try weightsTimesteps ? nil : weight.map { try self.weights(planes.statics, column: $0, ids: ids) } ?? weights
    let batch = SequenceBatch(
      input: input(planes),
      statics: Self.selecting(planes.statics, numbers: staticNumbers, codes: staticCodes, rows: offsets.count - 1),
      labels: lists.map { planes.labels[$0] }, offsets: offsets, targets: targets, weights: weights,
      stepWeights: stepWeights, validity: validity, ids: ids)
    guard let counts, counts != batch.lengths else { return batch }
    return batch.selecting(counts.enumerated().map { SequenceSlice(position: $0, start: 0, count: $1) })
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
      case .sequence(let place):
        for b in 0..<planes.offsets.count - 1 {
          let cell =
            planes.statics.isObserved(b, place)
            ? planes.statics.values[b * planes.statics.featureCount + place] : nil
          for n in planes.offsets[b]..<planes.offsets[b + 1] { body(n, f, cell) }
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

  /// A target's cells. One that was not observed has class -1, or NaN, and so no loss.
  private static func cells(of part: Target, _ planes: ColumnPlanes, _ validity: [Bool]?) -> BatchTargets {
    let (target, hasNamedClasses) = (part.numbers, part.hasNamedClasses)
    let (rows, sequences) = (planes.offsets[planes.offsets.count - 1], planes.offsets.count - 1)
    // Nothing that is derived is read from a plane as it is.
    let places = target.compactMap { if case .column(let place) = $0 { place } else { nil } }
    // A name's class is one below its code; codes without names are classes themselves.
    func classes(_ cells: BatchCells, _ rows: Int) -> [Int32] {
      (0..<rows).map { cells.codes[$0 * cells.codeCount + places[0]] - (hasNamedClasses ? 1 : 0) }
    }
    switch part.signature {
    case .none, .several: return .none
    case .classPerSequence: return .classPerSequence(classes(planes.statics, sequences))
    case .classPerTimestep:
      guard case .sequence(let place)? = target.first else {
        return .classPerTimestep(later(part.reach, classes(planes.steps, rows), planes.offsets, validity))
      }
      return .classPerTimestep(
        (0..<sequences).flatMap { b in
          repeatElement(
            planes.statics.codes[b * planes.statics.codeCount + place] - (hasNamedClasses ? 1 : 0),
            count: planes.offsets[b + 1] - planes.offsets[b])
        })
    case .valuesPerSequence:
      let cells = planes.statics
      let values = (0..<sequences).flatMap { b in
        places.map { cells.isObserved(b, $0) ? cells.values[b * cells.featureCount + $0] : .nan }
      }
      return .valuesPerSequence(values, width: target.count)
    case .valuesPerTimestep:
      let width = target.count
      var values = [Float](repeating: .nan, count: rows * width)
      guard part.reach > 0 else {
        Self.forEach(target, of: planes) { n, v, value in values[n * width + v] = value ?? .nan }
        return .valuesPerTimestep(values, width: width)
      }
      // The cells of a column are made once, however many timesteps later they are asked for.
      var place = 0
      while place < target.count {
        var cells = [Float](repeating: .nan, count: rows)
        Self.forEach([target[place]], of: planes) { n, _, value in cells[n] = value ?? .nan }
        let end = place + target[place...].prefix { $0 == target[place] }.count
        for v in place..<end {
          guard part.steps[v] > 0 else {
            for n in 0..<rows { values[n * width + v] = cells[n] }
            continue
          }
          let later = TargetReach.later(part.steps[v], offsets: planes.offsets, validity: validity)
          for n in 0..<rows { if let from = later[n] { values[n * width + v] = cells[from] } }
        }
        place = end
      }
      return .valuesPerTimestep(values, width: width)
    case .labels:
      let lists = planes.labels[places[0]]
      return .labels(
        hasNamedClasses ? LabelLists(codes: lists.codes.map { $0 - 1 }, offsets: lists.offsets) : lists)
    }
  }

  /// Classes per timestep, or those that lie later.
  private static func later(_ reach: Int, _ classes: [Int32], _ offsets: [Int], _ validity: [Bool]?) -> [Int32] {
    guard reach > 0 else { return classes }
    return TargetReach.later(reach, offsets: offsets, validity: validity).map {
      $0.map { classes[$0] } ?? BatchTargets.unobservedClass
    }
  }

  /// Those of the timesteps, `[N]`; 0 where a timestep is not valid.
  private func stepWeights(_ planes: ColumnPlanes, _ validity: [Bool]?, ids: [Int]) throws -> [Float]? {
    guard let column = weight else { return nil }
    let (cells, offsets) = (planes.steps, planes.offsets)
    var result = [Float](repeating: 0, count: offsets[offsets.count - 1])
    for b in ids.indices {
      for n in offsets[b]..<offsets[b + 1] where validity?[n] ?? true {
        let (weight, isObserved) = (cells.values[n * cells.featureCount + column], cells.isObserved(n, column))
        guard isObserved, weight >= 0, weight.isFinite else {
          throw RaggedCoreError(
            .outOfRange,
            "the weight of timestep \(n - offsets[b]) of the sequence at position \(ids[b]) is "
              + "\(isObserved ? "\(weight)" : "missing"), expected a number that is not negative")
        }
        result[n] = weight
      }
    }
    return result
  }

  /// The place of the column that weights timesteps among those of the dataset; nil where none does.
  package var stepWeightPlace: Int? { weightsTimesteps ? weight.map { reads.numbers[$0] } : nil }

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

extension ChosenColumns {
  /// The planes of parts with a timestep for each begin and each end: its codes are those, and nothing else is observed.
  package func withEnds(
    _ planes: ColumnPlanes, _ validity: [Bool]?, _ parts: [PartEnds]
  ) -> (planes: ColumnPlanes, validity: [Bool]?) {
    enum Row { case stored(Int), begin, end }
    var (rows, offsets): ([Row], [Int]) = ([], [0])
    for (b, part) in parts.enumerated() {
      if part.begins { rows.append(.begin) }
      rows += (planes.offsets[b]..<planes.offsets[b + 1]).map { .stored($0) }
      if part.ends { rows.append(.end) }
      offsets.append(rows.count)
    }
    func spread<Value>(_ values: [Value], _ width: Int, _ fill: (_ column: Int, _ isEnd: Bool) -> Value) -> [Value] {
      var result: [Value] = []
      result.reserveCapacity(rows.count * width)
      for row in rows {
        switch row {
        case .stored(let n): result += values[n * width..<(n + 1) * width]
        case .begin: result += (0..<width).map { fill($0, false) }
        case .end: result += (0..<width).map { fill($0, true) }
        }
      }
      return result
    }
    var result = planes
    let (numbers, codes) = (planes.steps.featureCount, planes.steps.codeCount)
    result.offsets = offsets
    result.steps.values = spread(planes.steps.values, numbers) { _, _ in 0 }
    if numbers > 0 {
      result.steps.observed = spread(
        planes.steps.observed ?? Array(repeating: true, count: planes.steps.values.count), numbers
      ) { _, _ in false }
    }
    result.steps.codes = spread(planes.steps.codes, codes) { Int32(codeSizes[$0]) + ($1 ? 0 : 1) }
    result.times = spread(planes.times, reads.times.count) { _, _ in ColumnPlanes.missingTime }
    return (result, validity.map { spread($0, 1) { _, _ in true } })
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
      body(
        n,
        derivation.number(
          number, at: time, before: isFirst ? nil : before, first: first == missing ? nil : first))
    }
  }
}

extension TimeDerivation {
  /// One of the numbers that are derived from a time; nil where one that it needs is missing. Times are microseconds since 1970.
  /// - Parameters:
  ///   - part: which of the numbers of ``names(of:)``.
  ///   - before: the time before; nil at the first of a sequence.
  ///   - first: the first time of the sequence.
  package func number(_ part: Int, at time: Int64, before: Int64?, first: Int64?) -> Float? {
    switch self {
    case .delta: before.map { Float(Double(time &- $0) / 1e6) } ?? 0
    case .logDelta: before.map { Float(log1p(max(0, Double(time &- $0) / 1e6))) } ?? 0
    case .elapsed: first.map { Float(Double(time &- $0) / 1e6) }
    case .hour: Self.turn(time, of: 86_400_000_000, part)
    // 1 January 1970 was a Thursday, the fourth day of its week.
    case .weekday: Self.turn(time &+ 3 * 86_400_000_000, of: 7 * 86_400_000_000, part)
    }
  }

  /// What makes a number of a name, and which of its numbers it is: of `when:hour:sin` the column `when`; nil for a name that is
  /// derived from none of these columns.
  package static func made(_ name: String, of columns: [String]) -> (
    column: String, derivation: TimeDerivation, part: Int
  )? {
    for column in columns {
      for derivation in allCases {
        if let part = derivation.names(of: column).firstIndex(where: { $0.isExactly(name) }) {
          return (column, derivation, part)
        }
      }
    }
    return nil
  }

  private static func turn(_ time: Int64, of period: Int64, _ part: Int) -> Float {
    let place = time % period
    let angle = 2 * Double.pi * Double(place < 0 ? place + period : place) / Double(period)
    return Float(part == 0 ? sin(angle) : cos(angle))
  }
}
