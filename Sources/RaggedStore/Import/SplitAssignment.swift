import RaggedCore
import RaggedFormats

/// Which split each sequence of an import goes into.
public enum SplitAssignment: Sendable, Equatable {
  /// All into this one.
  case named(String)
  /// Into the one that the file names, and into `default` where it names none.
  case fromRecord(default: String)
  /// By a hash: the same sequences fall into the same splits whenever, and in whatever order, they are imported.
  case hashed([SplitFraction], seed: UInt64 = 0, by: SplitUnit = .key)
}

/// A split and its share.
public struct SplitFraction: Sendable, Equatable {
  /// The split.
  public var name: String
  /// Its share of the sequences, 0…1; the shares of all splits add up to 1.
  public var fraction: Double

  /// A split with its share.
  public init(_ name: String, _ fraction: Double) {
    self.name = name
    self.fraction = fraction
  }
}

/// What is hashed to assign a split.
public enum SplitUnit: Sendable, Equatable {
  /// The key: each sequence for itself. The shares hold on average; a sequence keeps its split when others are added.
  case key
  /// The key, within each class: at the end of the import the sequences that it stored are ordered by hash, class by
  /// class, and cut at the shares, so that every class is divided as exactly as whole sequences allow. The result
  /// depends on the set of sequences in the import and not on their order. Sequences of earlier imports keep their splits
  /// and do not count, so two imports are divided otherwise than one of both; ``SequenceStore/resplit(dataset:_:)``
  /// divides all of a dataset as one import would.
  case keyWithinClass
  /// The group: sequences of one group fall into one split. A sequence without a group is hashed by its key.
  case group
}

extension SplitAssignment {
  /// - Throws: ``StoreError`` where names or shares make no sense.
  func validate() throws {
    switch self {
    case .named(let name), .fromRecord(default: let name):
      if name.isEmpty { throw StoreError(.invalidOption, "a split needs a name") }
    case .hashed(let fractions, _, _):
      if let wrong = fractions.first(where: { !($0.fraction >= 0 && $0.fraction <= 1) }) {
        throw StoreError(.invalidOption, "the share of split \"\(wrong.name)\" is \(wrong.fraction), expected 0 to 1")
      }
      let sum = fractions.reduce(0) { $0 + $1.fraction }
      guard abs(sum - 1) <= 1e-6 else {
        throw StoreError(.invalidOption, "the shares of the splits add up to \(sum), expected 1")
      }
      guard fractions.allSatisfy({ !$0.name.isEmpty }), fractions.map(\.name).exactNames.count == fractions.count else {
        throw StoreError(
          .invalidOption, "the splits are \(fractions.map(\.name).quotedList), expected names that differ")
      }
    }
  }

  /// Whether splits are only known when all sequences are.
  var needsAllSequences: Bool {
    if case .hashed(_, _, by: .keyWithinClass) = self { true } else { false }
  }

  /// The split of one sequence; a place holder where it needs all of them.
  func split(of record: SequenceRecord) -> String {
    switch self {
    case .named(let name): return name
    case .fromRecord(let name): return record.split.flatMap { $0.isEmpty ? nil : $0 } ?? name
    case .hashed(let fractions, let seed, let unit):
      var hash = StableHash(seed: seed)
      if unit == .group, let group = record.group {
        hash.add(1)
        hash.add(group.utf8)
      } else {
        hash.add(record.key.utf8)
      }
      return SplitAssignment.split(at: Double(hash.value >> 11) * 0x1p-53, of: fractions)
    }
  }

  /// The split that the point `share` of the way through all sequences falls into.
  static func split(at share: Double, of fractions: [SplitFraction]) -> String {
    var end = 0.0
    for fraction in fractions {
      end += fraction.fraction
      if share < end { return fraction.name }
    }
    // Shares that add up to a hair less than 1 leave the last point to the last split that has a share.
    return fractions.last { $0.fraction > 0 }?.name ?? ""
  }
}
