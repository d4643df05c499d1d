import Ragged

/// Sequences of random features and one of two classes, made as they are read.
struct RandomReader: SequenceReader {
  /// What the keys are.
  enum Keys {
    /// `s1`, `s2`, …
    case counting
    /// UUIDs of version 4, in no order at all.
    case random
  }

  var sequences: Int
  var lengths: Range<Int>
  var features = 5
  var perTimestep = false
  var keys = Keys.counting
  /// Groups `g0`, `g1`, …, to which the sequences go in turn; 0 for none.
  var groups = 0
  var made = 0
  var random = SeededRandom(seed: 1)

  func description() -> InputDescription {
    InputDescription(
      input: .features((0..<features).map { "x\($0)" }),
      target: perTimestep
        ? .classPerTimestep(declared: ["low", "high"]) : .classPerSequence(declared: ["low", "high"]))
  }

  mutating func next() -> SequenceRecord? {
    guard made < sequences else { return nil }
    made += 1
    let length = lengths.lowerBound + random.below(lengths.count)
    let values = (0..<features * length).map { _ in random.uniform() }
    return SequenceRecord(
      key: keys == .counting ? "s\(made)" : randomKey(), input: .values(values, featureCount: features),
      target: perTimestep
        ? .labels((0..<length).map { values[features * $0] > 0.5 ? "high" : "low" })
        : .label(made % 2 == 0 ? "low" : "high"),
      group: groups > 0 ? "g\(made % groups)" : nil)
  }

  private mutating func randomKey() -> String {
    let digits = Array("0123456789abcdef".utf8)
    let bits = [random.next(), random.next()]
    var text: [UInt8] = []
    for index in 0..<32 {
      if [8, 12, 16, 20].contains(index) { text.append(0x2D) }
      let digit = Int(truncatingIfNeeded: bits[index / 16] >> UInt64(4 * (index % 16)) & 15)
      text.append(digits[index == 12 ? 4 : index == 16 ? 8 | digit & 3 : digit])
    }
    return String(decoding: text, as: UTF8.self)
  }

  var bytesRead: Int { 0 }
}
