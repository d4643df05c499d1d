import RaggedCore

/// Leaves out timesteps at the end of sequences that are padding, or notices those that look like it.
struct PaddingTrim {
  /// The value whose timesteps at the end are padding; NaN where those of missing values are. nil leaves all as they are.
  private let value: Float?
  private var sequences = 0
  private var timesteps = 0
  /// Sequences that ended in padding, and their timesteps of it.
  private var (trimmed, leftOut) = (0, 0)
  /// The same of what only looks so, by the value: those that end in two timesteps or more of one value alone.
  private var suspects: [UInt32: (sequences: Int, timesteps: Int)] = [:]

  /// - Parameters:
  ///   - value: what is padding, a number or `nan`.
  ///   - missing: numbers that stand for a missing value, and are NaN in records.
  init(_ value: String?, missing: [String] = []) {
    self.value = value.flatMap { Float($0) }.map { value in missing.contains { Float($0) == value } ? .nan : value }
  }

  /// Refuses a value that is no number.
  /// - Throws: ``OptionProblem``.
  static func check(_ value: String?) throws {
    guard let value, Float(value).map({ $0.isInfinite }) ?? true else { return }
    throw OptionProblem("the padding is \(value.quotedForMessage), expected a number or nan")
  }

  /// The number of timesteps of a record without the padding at its end.
  mutating func length(of record: SequenceRecord) -> Int {
    sequences += 1
    timesteps += record.length
    guard record.length > 0 else { return 0 }
    switch record.input {
    case .values(let values, let width):
      guard width > 0, let last = values.last else { return record.length }
      let sample = value ?? last
      let count = trailing(values.count) { PaddingTrim.isSame(values[$0], sample) } / width
      return note(count, sample, record.length)
    case .tokens(let tokens):
      let sample = value ?? Float(tokens[tokens.count - 1])
      return note(trailing(tokens.count) { Float(tokens[$0]) == sample }, sample, record.length)
    case .texts: return record.length
    }
  }

  /// A record without the padding at its end.
  /// - Parameter columns: those of its cells.
  mutating func trimmed(_ record: SequenceRecord, _ columns: [Column]) -> SequenceRecord {
    record.prefix(length(of: record), columns)
  }

  /// How many of `count` places at the end hold.
  private func trailing(_ count: Int, _ holds: (Int) -> Bool) -> Int {
    var found = 0
    while found < count, holds(count - 1 - found) { found += 1 }
    return found
  }

  private static func isSame(_ value: Float, _ other: Float) -> Bool { value == other || value.isNaN && other.isNaN }

  private mutating func note(_ count: Int, _ sample: Float, _ length: Int) -> Int {
    guard value == nil else {
      if count > 0 { (trimmed, leftOut) = (trimmed + 1, leftOut + count) }
      return length - count
    }
    // -0 is 0, and one NaN is as good as another.
    let key = sample == 0 ? 0 : sample.isNaN ? Float.nan.bitPattern : sample.bitPattern
    guard count > 1, suspects[key] != nil || suspects.count < 1000 else { return length }
    suspects[key, default: (0, 0)].sequences += 1
    suspects[key, default: (0, 0)].timesteps += count
    return length
  }

  /// What was left out, or what looks like padding: where one sequence in ten ends in timesteps of the same value, which
  /// are one timestep in twenty at least.
  mutating func takeNotes() -> [InputNote] {
    defer { (sequences, timesteps, trimmed, leftOut, suspects) = (0, 0, 0, 0, [:]) }
    guard value == nil else {
      guard sequences > 0 else { return [] }
      return [
        InputNote(
          "\(trimmed.grouped) of \(sequences.counted("sequence")) ended in padding, \(leftOut.grouped) of "
            + "\(timesteps.counted("timestep")), which \(leftOut == 1 ? "is" : "are") left out")
      ]
    }
    guard let (key, found) = suspects.max(by: { $0.value.timesteps < $1.value.timesteps }),
      found.sequences * 10 >= sequences, found.timesteps * 20 >= timesteps
    else { return [] }
    let value = Float(bitPattern: key)
    return [
      InputNote(
        "\(found.sequences.grouped) of \(sequences.counted("sequence")) \(found.sequences == 1 ? "ends" : "end") in two timesteps or "
          + "more of nothing but \(PaddingTrim.words(value)), \(found.timesteps.grouped) of \(timesteps.counted("timestep")): they are taken for data",
        remedy: .sayPadding(PaddingTrim.words(value)))
    ]
  }

  private static func words(_ value: Float) -> String {
    if value.isNaN { return "nan" }
    return Int(exactly: value).map { "\($0)" } ?? "\(value)"
  }
}

extension SequenceRecord {
  /// The first timesteps.
  fileprivate func prefix(_ count: Int, _ columns: [Column]) -> SequenceRecord {
    guard count < length else { return self }
    func first(_ texts: Categories) -> Categories {
      Categories(codes: Array(texts.codes.prefix(count)), names: texts.names)
    }
    var record = self
    switch input {
    case .values(let values, let width):
      record.input = .values(Array(values.prefix(count * width)), featureCount: width)
    case .tokens(let tokens): record.input = .tokens(Array(tokens.prefix(count)))
    case .texts(let texts): record.input = .texts(first(texts))
    }
    switch target {
    case .classPerTimestep(let labels): record.target = .classPerTimestep(first(labels))
    case .stepValues(let values, let width):
      record.target = .stepValues(Array(values.prefix(count * width)), width: width)
    case .none, .classPerSequence, .values: break
    }
    record.validity = validity.map { Array($0.prefix(count)) }
    record.cells = zip(columns, cells).map { column, cells in
      guard column.extent == .timestep else { return cells }
      return switch cells {
      case .numbers(let numbers): .numbers(Array(numbers.prefix(count)))
      case .categories(let texts): .categories(first(texts))
      case .times(let times): .times(Array(times.prefix(count)))
      }
    }
    return record
  }
}
