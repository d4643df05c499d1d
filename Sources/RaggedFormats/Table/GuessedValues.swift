import RaggedCore

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
  mutating func takeNote(_ name: String, change: String) -> [String] {
    guard count > 0, areWhole else { return [] }
    count = 0
    return ["\(name) holds whole numbers as floating point and was taken for values; \(change)"]
  }
}
