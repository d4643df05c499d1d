import RaggedCore

/// What there is to say of the sequences read so far.
struct ReaderNotes {
  /// What is said of the first whole number that float32 does not hold; nil as long as there is none.
  var rounded: String?
  var guessed = GuessedValues()
  private var hasTaken = false

  /// What was rounded, once.
  mutating func take() -> [InputNote] {
    guard let rounded, !hasTaken else { return [] }
    hasTaken = true
    return [InputNote(rounded)]
  }

  /// What is said of a whole number that float32 does not hold.
  /// - Parameters:
  ///   - number: as it is written.
  ///   - holder: what holds it: `array "y"`; nil for the file.
  static func rounding(of number: String, in holder: String?, line: Int? = nil) -> String {
    let subject = holder.map { "\($0) holds" } ?? "holds"
    let place = line.map { " in line \($0)" } ?? ""
    let float = Float(number) ?? 0
    let digits = UInt64(exactly: float.magnitude).map { (float < 0 ? "-" : "") + "\($0)" } ?? "\(float)"
    return "\(subject) whole numbers that float32 cannot hold: \(number)\(place) is \(digits) there"
  }
}

/// Whether the values that a target was taken for, because its numbers are floating point, are all whole.
struct GuessedValues {
  private var count = 0
  private var areWhole = true

  /// Looks at a record whose target's kind was guessed.
  mutating func look(at target: RecordTarget) {
    guard areWhole else { return }
    let values: [Float]
    switch target {
    case .values(let found): values = found
    case .stepValues(let found, 1): values = found
    case .none, .classPerSequence, .classPerTimestep, .stepValues: return
    }
    count += values.count
    areWhole = values.allSatisfy { $0 == $0.rounded() }
  }

  /// Says so, once, where there is anything to say.
  /// - Parameters:
  ///   - name: the target's: `array "y"`.
  ///   - change: what makes classes of it.
  mutating func takeNote(_ name: String, change: String) -> [InputNote] {
    guard count > 0, areWhole else { return [] }
    count = 0
    return ["\(name) holds whole numbers as floating point and was taken for values; \(change)"]
  }
}

/// Which numbers stand for a missing value beside NaN, in a format that holds numbers rather than text.
struct MissingNumbers {
  private let numbers: [Float]

  init(_ words: [String]) { numbers = words.compactMap { Float($0) }.filter { !$0.isNaN } }

  /// Values that are finite or missing, which is NaN. An infinite one is missing where its timestep is not valid.
  /// - Parameters:
  ///   - width: the number of values per timestep.
  ///   - valid: `[T]`, nil where all are valid.
  ///   - fault: what is thrown for an infinite value, at a timestep and a place in it from 0.
  func marked(
    _ values: [Float], width: Int, _ valid: [Bool]?, fault: (_ value: Float, _ t: Int, _ place: Int) -> any Error
  ) throws -> [Float] {
    guard !numbers.isEmpty || !RecordEncoder.areFinite(values) else { return values }
    var values = values
    for (index, value) in values.enumerated() where !value.isFinite || numbers.contains(value) {
      guard value.isNaN || numbers.contains(value) || valid?[index / width] == false else {
        throw fault(value, index / width, index % width)
      }
      values[index] = .nan
    }
    return values
  }

}

/// How many cells of which columns are missing in a file, and how many targets.
struct MissingCells {
  private var features: [Int] = []
  private var columns: [Int] = []
  /// Cells of each column: labels where it has lists of them.
  private var cells: [Int] = []
  /// Sequences without a cell of each column.
  private var empty: [Int] = []
  private var timesteps = 0
  private var sequences = 0
  /// Timesteps, or sequences, whose target is missing.
  private var targets = 0
  /// Whether the file has been read to its end.
  var isWhole = false

  /// Counts the missing cells of a record. O(its cells).
  mutating func count(_ record: SequenceRecord) {
    (timesteps, sequences) = (timesteps + record.length, sequences + 1)
    if case .values(let values, let width) = record.input, !RecordEncoder.areFinite(values) {
      if features.count < width { features += Array(repeating: 0, count: width - features.count) }
      for (index, value) in values.enumerated() where value.isNaN { features[index % width] += 1 }
    }
    targets += record.target.missingCount(record.validity)
    if columns.count < record.cells.count { columns += Array(repeating: 0, count: record.cells.count - columns.count) }
    while cells.count < record.cells.count {
      cells.append(0)
      empty.append(0)
    }
    for (place, found) in record.cells.enumerated() {
      columns[place] += found.missingCount
      cells[place] += found.count
      if found.count == 0 { empty[place] += 1 }
    }
  }

  /// Whether there is something to say that was not said.
  var hasNote: Bool { isWhole && (targets > 0 || (features + columns + empty).contains { $0 > 0 }) }

  /// How many they are, once.
  mutating func takeTotals(_ description: InputDescription) -> MissingTotals {
    var totals = MissingTotals()
    for (name, missing) in zip(description.input.featureNames ?? [], features) {
      totals.add(cells: missing, of: timesteps, in: name)
    }
    for (place, column) in description.columns.enumerated() where place < columns.count {
      let total = column.extent == .labels ? cells[place] : column.extent == .timestep ? timesteps : sequences
      totals.add(cells: columns[place], of: total, in: column.name)
      if column.extent == .labels { totals.add(emptyLists: empty[place], of: sequences, in: column.name) }
    }
    // Where no feature is missing its cells are all there.
    if features.isEmpty {
      for name in description.input.featureNames ?? [] { totals.add(cells: 0, of: timesteps, in: name) }
    }
    let isPerTimestep = description.target.isPerTimestep
    totals.add(
      targets: targets, timesteps: isPerTimestep ? timesteps : 0, sequences: isPerTimestep ? 0 : sequences)
    self = MissingCells()
    return totals
  }
}

extension RecordTarget {
  /// The number of targets that are missing where a timestep is valid, or 1 for that of the sequence. A row of values is
  /// where one of them is.
  func missingCount(_ validity: [Bool]?) -> Int {
    func isValid(_ t: Int) -> Bool { validity?[t] ?? true }
    switch self {
    case .none: return 0
    case .classPerSequence(let label): return label.first?.isEmpty == true ? 1 : 0
    case .classPerTimestep(let labels):
      let missing = labels.names.indices.filter { labels.names[$0].isEmpty }.map(Int32.init)
      guard missing.count != 1 else {
        return labels.codes.indices.count { labels.codes[$0] == missing[0] && isValid($0) }
      }
      return missing.isEmpty ? 0 : labels.codes.indices.count { missing.contains(labels.codes[$0]) && isValid($0) }
    case .values(let values): return values.contains(where: \.isNaN) ? 1 : 0
    case .stepValues(let values, let width):
      guard width > 0, !RecordEncoder.areFinite(values) else { return 0 }
      return (0..<values.count / width).count { t in
        isValid(t) && values[t * width..<(t + 1) * width].contains(where: \.isNaN)
      }
    }
  }
}

extension RecordCells {
  /// The number of cells that are missing.
  var missingCount: Int {
    switch self {
    case .numbers(let numbers): return RecordEncoder.areFinite(numbers) ? 0 : numbers.count { $0.isNaN }
    case .times(let times): return times.count { $0 == ColumnPlanes.missingTime }
    case .categories(let texts): return texts.codes.count { texts.names[Int($0)].isEmpty }
    }
  }
}
