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

/// Which numbers stand for a missing value, in a format that holds numbers rather than text.
struct MissingNumbers {
  private let numbers: [Float]
  private let hasNotANumber: Bool

  init(_ words: [String]) {
    numbers = words.compactMap { Float($0) }.filter { !$0.isNaN }
    hasNotANumber = words.contains { $0.lowercased() == "nan" }
  }

  /// Values of which all at valid timesteps are finite: a missing one is 0, and its timestep invalid.
  /// - Parameters:
  ///   - width: the number of values per timestep.
  ///   - valid: `[T]`, nil while all are valid.
  ///   - fault: what is thrown for a value that is neither finite nor missing, at a timestep and a place in it from 0.
  func filled(
    _ values: [Float], width: Int, _ valid: inout [Bool]?, fault: (_ value: Float, _ t: Int, _ place: Int) -> any Error
  ) throws -> [Float] {
    guard !numbers.isEmpty || !values.allSatisfy(\.isFinite) else { return values }
    var values = values
    for (index, value) in values.enumerated() where !value.isFinite || numbers.contains(value) {
      let t = index / width
      if valid?[t] != false {
        guard value.isNaN && hasNotANumber || numbers.contains(value) else { throw fault(value, t, index % width) }
        if valid == nil { valid = Array(repeating: true, count: values.count / width) }
        valid?[t] = false
      }
      values[index] = 0
    }
    return values
  }
}
