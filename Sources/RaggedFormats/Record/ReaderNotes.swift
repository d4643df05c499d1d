import RaggedCore

/// What there is to say of the sequences read so far.
struct ReaderNotes {
  /// What is said of the first whole number that float32 does not hold; nil as long as there is none.
  var rounded: String?
  var guessed = GuessedValues()
  /// Timesteps that are invalid because their target is missing.
  var missingTargets = 0
  private var hasTaken = false

  /// What was rounded, once, and which timesteps have no target, of those that came since this was asked.
  mutating func take() -> [InputNote] {
    defer { missingTargets = 0 }
    let targets = ReaderNotes.missingTargets(missingTargets)
    guard let rounded, !hasTaken else { return targets }
    hasTaken = true
    return [InputNote(rounded)] + targets
  }

  /// What is said of timesteps whose target is missing.
  static func missingTargets(_ count: Int) -> [InputNote] {
    guard count > 0 else { return [] }
    let words = count.counted("timestep has", "timesteps have")
    return [InputNote("\(words) no target and \(count == 1 ? "is" : "are") not valid")]
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

  /// Values of a target, which are finite at valid timesteps: where one is missing it is 0, and its timestep invalid.
  /// - Returns: the number of timesteps that are invalid for it.
  func filled(
    _ values: inout [Float], width: Int, _ valid: inout [Bool]?,
    fault: (_ value: Float, _ t: Int, _ place: Int) -> any Error
  ) throws -> Int {
    var count = 0
    for (index, value) in try marked(values, width: width, valid, fault: fault).enumerated() where !value.isFinite {
      let t = index / width
      if value.isNaN, valid?[t] != false {
        if valid == nil { valid = Array(repeating: true, count: values.count / width) }
        valid?[t] = false
        count += 1
      }
      values[index] = 0
    }
    return count
  }
}

/// How many cells of which columns are missing in a file.
struct MissingCells {
  private var features: [Int] = []
  private var columns: [Int] = []
  /// Cells of each column: labels where it has lists of them.
  private var cells: [Int] = []
  /// Sequences without a cell of each column.
  private var empty: [Int] = []
  private var timesteps = 0
  private var sequences = 0
  /// Whether the file has been read to its end.
  var isWhole = false

  /// Counts the missing cells of a record. O(its cells).
  mutating func count(_ record: SequenceRecord) {
    (timesteps, sequences) = (timesteps + record.length, sequences + 1)
    if case .values(let values, let width) = record.input, !RecordEncoder.areFinite(values) {
      if features.count < width { features += Array(repeating: 0, count: width - features.count) }
      for (index, value) in values.enumerated() where value.isNaN { features[index % width] += 1 }
    }
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
  var hasNote: Bool { isWhole && (features + columns + empty).contains { $0 > 0 } }

  /// Says it, once.
  mutating func takeNote(_ description: InputDescription) -> [InputNote] {
    let names = description.input.featureNames ?? []
    let counts =
      zip(names, features).map { ($0, $1, timesteps) }
      + zip(description.columns.indices, columns).map { place, missing in
        let column = description.columns[place]
        let total = column.extent == .labels ? cells[place] : column.extent == .timestep ? timesteps : sequences
        return (column.name, missing, total)
      }
    let parts = counts.filter { $0.1 > 0 }.map { name, count, total in
      "\(count.grouped) of \(total.grouped) in \(name.quotedForMessage)"
    }
    let lists = zip(description.columns, empty).filter { $0.0.extent == .labels && $0.1 > 0 }.map { column, count in
      "\(count.grouped) of \(sequences.grouped) in \(column.name.quotedForMessage)"
    }
    (features, columns, empty) = ([], [], [])
    var notes: [InputNote] = []
    if !lists.isEmpty { notes.append(InputNote("sequences without a label: \(lists.joined(separator: ", "))")) }
    guard !parts.isEmpty else { return notes }
    let rest = parts.count > 12 ? " and some in \(parts.count - 12) more columns" : ""
    return notes + [InputNote("missing cells: \(parts.prefix(12).joined(separator: ", "))\(rest)")]
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
