/// What the names of tags say of entities: `B-LOC`, `I-LOC`, `O`, also with `E` and `S` (BIOES), `L` and `U` (BILOU) or `M`
/// (BMES), and bare letters where there is one type of entity.
public struct TagScheme: Sendable, Equatable {
  /// What a tag says of its timestep.
  enum Role: Sendable {
    case outside, begin, inside, end, single
  }

  /// A tag: its role, and the place of its type among ``types``.
  struct Tag: Sendable, Equatable {
    var role: Role
    var type: Int
  }

  /// The types of entities, sorted; one of an empty name for bare letters.
  public let types: [String]
  let tags: [Tag]

  /// The scheme of these tags; nil where they are none.
  /// - Parameters:
  ///   - names: the tags that are known; all must be tags, and one must begin an entity or go on with it.
  ///   - others: further ones; what is no tag stands outside of entities.
  public init?(_ names: [String], others: [String] = []) {
    let known = names.map(Self.parts)
    guard known.allSatisfy({ $0 != nil }) else { return nil }
    let all = (known + others.map(Self.parts)).map { $0 ?? (.outside, "") }
    let typed = known.contains { part in part.map { $0.role != .outside && !$0.type.isEmpty } ?? false }
    // Bare letters may be anything: they are tags where they go together as such.
    let roles = Set(known.compactMap { $0?.role })
    guard typed ? roles.contains(.begin) || roles.contains(.inside) : roles.isSuperset(of: [.begin, .inside]) else {
      return nil
    }
    let types = Set(all.filter { $0.role != .outside }.map(\.type)).sorted()
    self.types = types
    tags = all.map { part in
      Tag(role: part.role, type: part.role == .outside ? -1 : types.firstIndex(of: part.type) ?? -1)
    }
  }

  /// The role and the type in a tag's name; nil where it is none.
  private static func parts(_ name: String) -> (role: Role, type: String)? {
    let parts = name.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let role: Role? =
      switch parts.first ?? "" {
      case "O": .outside
      case "B": .begin
      case "I", "M": .inside
      case "E", "L": .end
      case "S", "U": .single
      default: nil
      }
    guard let role, parts.count == 1 || role != .outside && !parts[1].isEmpty else { return nil }
    return (role, parts.count == 2 ? String(parts[1]) : "")
  }

  /// Whether an entity that `tag` is of ends before `next`, as conlleval has it.
  static func ends(_ tag: Tag, before next: Tag) -> Bool {
    switch tag.role {
    case .outside: false
    case .end, .single: true
    case .begin, .inside:
      next.role == .begin || next.role == .single || next.role == .outside || tag.type != next.type
    }
  }

  /// Whether an entity begins with `tag` after `last`, as conlleval has it: also with an inner tag behind none, behind an
  /// entity that ended, and behind one of another type.
  static func begins(_ tag: Tag, after last: Tag) -> Bool {
    switch tag.role {
    case .outside: false
    case .begin, .single: true
    case .inside, .end:
      last.role == .outside || last.role == .end || last.role == .single || last.type != tag.type
    }
  }
}

/// Entities of sequences of tags: how many there are, how many were predicted, and how many of these are right, from the first
/// timestep to the last and in their type. The rules are those of conlleval (Tjong Kim Sang, CoNLL-2000).
///
/// Counts add up over sequences, so that parts of a dataset add up to the whole.
public struct EntityCounts: Sendable, Equatable {
  /// What the tags say.
  public let scheme: TagScheme
  /// By type.
  public private(set) var support: [Int]
  /// Entities that were predicted, by type.
  public private(set) var predicted: [Int]
  /// Entities that were predicted and are there, by type.
  public private(set) var right: [Int]

  /// No entities.
  public init(_ scheme: TagScheme) {
    self.scheme = scheme
    support = Array(repeating: 0, count: scheme.types.count)
    (predicted, right) = (support, support)
  }

  /// Takes in a sequence: the true and the predicted tag of each timestep that is judged, as places among the tags.
  /// - Precondition: both have the same length.
  public mutating func add(truths: [Int32], predictions: [Int32]) {
    precondition(truths.count == predictions.count, "a prediction for each timestep")
    let none = TagScheme.Tag(role: .outside, type: -1)
    var (last, lastPrediction) = (none, none)
    // Whether what is going on began together, in one type.
    var isCommon = false
    for t in 0...truths.count {
      let (truth, prediction) =
        t < truths.count ? (scheme.tags[Int(truths[t])], scheme.tags[Int(predictions[t])]) : (none, none)
      let ends = TagScheme.ends(last, before: truth)
      let endsPredicted = TagScheme.ends(lastPrediction, before: prediction)
      if isCommon, ends || endsPredicted {
        if ends, endsPredicted { right[last.type] += 1 }
        isCommon = false
      }
      let begins = TagScheme.begins(truth, after: last)
      let beginsPredicted = TagScheme.begins(prediction, after: lastPrediction)
      if begins { support[truth.type] += 1 }
      if beginsPredicted { predicted[prediction.type] += 1 }
      if begins, beginsPredicted, truth.type == prediction.type { isCommon = true }
      (last, lastPrediction) = (truth, prediction)
    }
  }

  /// Takes in another part's entities, of the same tags.
  public static func += (left: inout EntityCounts, right: EntityCounts) {
    for type in left.support.indices where type < right.support.count {
      left.support[type] += right.support[type]
      left.predicted[type] += right.predicted[type]
      left.right[type] += right.right[type]
    }
  }

  /// Precision, recall and F1 of all and of each type that occurs or was predicted.
  public var report: EntityReport {
    func figures(_ types: some Sequence<Int>) -> ClassReport.Figures {
      var (support, predicted, right) = (0, 0, 0)
      for type in types {
        support += self.support[type]
        predicted += self.predicted[type]
        right += self.right[type]
      }
      return ClassReport.Figures(right: right, support: support, predicted: predicted)
    }
    let met = support.indices.filter { support[$0] + predicted[$0] > 0 }
    return EntityReport(
      overall: figures(support.indices),
      types: met.map { EntityReport.OfType(name: scheme.types[$0], figures: figures([$0])) })
  }
}

/// How well entities are found: each is right where it begins, ends and is named as in the truth.
public struct EntityReport: Sendable, Equatable, Codable {
  /// The figures of one type of entity.
  public struct OfType: Sendable, Equatable, Codable {
    /// The type: `LOC`; empty for tags without types.
    public var name: String
    /// How well its entities are found.
    public var figures: ClassReport.Figures
  }

  /// Of all entities together.
  public var overall: ClassReport.Figures
  /// By type, sorted by name.
  public var types: [OfType]
}
