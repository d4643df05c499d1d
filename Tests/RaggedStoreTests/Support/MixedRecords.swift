import RaggedCore
import RaggedFormats

extension InputDescription {
  /// Two features, a class per sequence, and further columns of every kind and extent.
  static let mixed = InputDescription(
    input: .features(["x", "y"]), target: .classPerSequence(declared: nil),
    columns: [
      Column("amount", .number), Column("channel", .category, per: .sequence), Column("activity", .category),
      Column("when", .time), Column("age", .number, per: .sequence), Column("cost", .number, role: .other),
      Column("resource", .category), Column("opened", .time, per: .sequence, role: .other),
      Column("outcome", .category, per: .sequence, role: .other),
      Column("score", .number, per: .sequence, role: .other),
      Column("phones", .category, per: .labels, role: .other),
    ], classColumn: "kind")
}

/// Sequences of 0 to 12 timesteps with cells of every kind, about a fifth of which are missing.
func mixedRecords(_ count: Int, seed: UInt64 = 7, missing: UInt64 = 5, from first: Int = 0) -> [SequenceRecord] {
  var random = SeededRandom(seed: seed)
  func isMissing() -> Bool { missing > 0 && random.next() % missing == 0 }
  func numbers(_ count: Int) -> [Float] {
    (0..<count).map { _ in
      let value = Float(Int(random.next() % 20001) - 10000) / 7
      return isMissing() ? .nan : value
    }
  }
  func names(_ count: Int, _ known: [String]) -> Categories {
    Categories(
      (0..<count).map { _ in
        let name = known[Int(random.next() % UInt64(known.count))]
        return isMissing() ? "" : name
      })
  }
  func times(_ count: Int) -> [Int64] {
    var time = Int64(1_700_000_000_000_000) + Int64(random.next() % 1_000_000_000_000)
    return (0..<count).map { _ in
      time += Int64(random.next() % 4_000_000_000)
      return isMissing() ? ColumnPlanes.missingTime : time
    }
  }
  return (first..<first + count).map { index in
    let length = Int(random.next() % 13)
    let validity = index % 4 == 0 ? (0..<length).map { _ in random.next() % 3 > 0 } : nil
    return SequenceRecord(
      key: "key \(index)", input: .values(numbers(2 * length), featureCount: 2),
      target: .label(["b", "a", "c"][index % 3]),
      cells: [
        .numbers(numbers(length)), .categories(names(1, ["web", "e\u{301}", "\u{e9}", "a \"quoted\\ \n one\u{1}"])),
        .categories(names(length, ["register", "check", "pay", "close"])), .times(times(length)),
        .numbers(numbers(1)), .numbers(numbers(length)), .categories(names(length, (0..<30).map { "r\($0)" })),
        .times(length == 0 ? [ColumnPlanes.missingTime] : times(1)), .categories(names(1, ["won", "lost"])),
        .numbers(numbers(1)), .categories(names(Int(random.next() % 6), ["sil", "a", "b \"c\"", "é"])),
      ], weight: index % 5 == 0 ? 0.5 : nil, validity: validity?.contains(false) == true ? validity : nil,
      split: index % 7 == 0 ? "test" : "train", group: "group \(index / 4)",
      metadata: index % 2 == 0 ? "{\"speaker\": \(index % 6)}" : nil)
  }
}

extension SequenceRecord {
  /// All that it says, with missing numbers in a form that is equal to itself.
  var comparable: String {
    func text(_ numbers: [Float]) -> String {
      numbers.map { $0.isNaN ? "-" : "\($0.bitPattern)" }.joined(separator: " ")
    }
    func text(_ names: Categories) -> String { names.map { "\(Array($0.utf8))" }.joined(separator: "|") }
    let input =
      switch input {
      case .values(let values, let width): "\(width): \(text(values))"
      case .tokens(let tokens): "\(tokens)"
      case .texts(let texts): text(texts)
      }
    let target =
      switch target {
      case .none: "none"
      case .classPerSequence(let names), .classPerTimestep(let names): text(names)
      case .values(let values), .stepValues(let values, _): text(values)
      }
    let cells = cells.map { cells in
      switch cells {
      case .numbers(let numbers): text(numbers)
      case .categories(let names): text(names)
      case .times(let times): "\(times)"
      }
    }
    return
      "\(key) \(input) \(target) \(cells) \(weight ?? 1) \(validity ?? []) \(split ?? "") \(group ?? "") \(metadata ?? "") \(length)"
  }
}
