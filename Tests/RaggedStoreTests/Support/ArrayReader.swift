import RaggedCore
import RaggedFormats
import RaggedStore

/// A reader over records in memory; an error stands for a sequence that cannot be read.
struct ArrayReader: SequenceReader {
  var of: InputDescription
  var elements: [Result<SequenceRecord, InputError>]
  private(set) var bytesRead = 0

  init(_ of: InputDescription, _ records: [SequenceRecord]) {
    self.of = of
    elements = records.map { .success($0) }
  }

  init(_ of: InputDescription, elements: [Result<SequenceRecord, InputError>]) {
    self.of = of
    self.elements = elements
  }

  mutating func description() throws -> InputDescription { of }

  mutating func next() throws -> SequenceRecord? {
    guard bytesRead < elements.count else { return nil }
    bytesRead += 1
    return try elements[bytesRead - 1].get()
  }
}

extension InputDescription {
  /// Two features and a class per sequence.
  static let classified = InputDescription(input: .features(["x", "y"]), target: .classPerSequence(declared: nil))
  /// One feature and no target.
  static let plain = InputDescription(input: .features(["x"]), target: .none)
}

/// Sequences of 0 to 12 steps of two features, of three classes, some with invalid steps, weights, groups and metadata.
func classifiedRecords(_ count: Int, seed: UInt64 = 7) -> [SequenceRecord] {
  var random = SeededRandom(seed: seed)
  return (0..<count).map { index in
    let length = Int(random.next() % 13)
    let values = (0..<2 * length).map { _ in Float(Int(random.next() % 2001) - 1000) / 64 }
    let validity = index % 4 == 0 ? (0..<length).map { _ in random.next() % 3 > 0 } : nil
    return SequenceRecord(
      key: "key \(index)", input: .values(values, featureCount: 2), target: .label(["b", "a", "c"][index % 3]),
      weight: index % 5 == 0 ? 0.5 : nil, validity: validity, split: index % 7 == 0 ? "test" : nil,
      group: "group \(index / 4)", metadata: index % 2 == 0 ? "{\"speaker\": \(index % 6)}" : nil, line: index + 2)
  }
}
