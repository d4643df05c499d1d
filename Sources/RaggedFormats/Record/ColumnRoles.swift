public import RaggedCore

/// What a target is.
public enum TargetKind: String, Sendable, Codable, CaseIterable {
  /// One class per sequence.
  case classPerSequence = "class"
  /// One class per timestep.
  case classPerTimestep = "class-per-step"
  /// Real values per sequence.
  case valuesPerSequence = "values"
  /// Real values per timestep.
  case valuesPerTimestep = "values-per-step"

  /// Whether there is one target per timestep.
  var isPerTimestep: Bool { self == .classPerTimestep || self == .valuesPerTimestep }
  var isClass: Bool { self == .classPerSequence || self == .classPerTimestep }
}

/// What stands where a timestep is a token.
public enum TokenForm: Sendable, Equatable {
  /// The token's number.
  case numbers
  /// Text, which is cut into tokens in this way where it is that of several.
  case text(Vocabulary.Unit)

  var unit: Vocabulary.Unit? { if case .text(let unit) = self { unit } else { nil } }
}

extension TokenForm? {
  /// What the input is called among the roles.
  var inputRole: String {
    switch self {
    case nil: "features"
    case .numbers: "token numbers"
    case .text(let unit): "tokens (\(unit.rawValue))"
    }
  }
}

extension String {
  /// Names made of this one: `f0`, `f1`, ….
  func numbers(_ count: Int) -> [String] { (0..<count).map { "\(self)\($0)" } }

  /// The names of `count` columns of this name: the name itself where there is one.
  func numbered(_ count: Int) -> [String] { count == 1 ? [self] : numbers(count) }
}

/// Which columns, fields, arrays or features mean what: the options that most formats share. What each format looks for
/// where nothing is named is said in its own options.
public struct ColumnRoles: Sendable, Equatable {
  /// That of the key.
  public var id: String?
  /// Those of the target; empty means no target.
  public var target: [String]?
  /// What the target is.
  public var targetKind: TargetKind?
  /// Names of the target's values; by default those of the columns, or the one name, numbered where there are several.
  public var targetValueNames: [String]?
  /// That of the sample weight.
  public var weight: String?
  /// That which says whether a timestep is valid: true, false, 1, 0, yes or no.
  public var valid: String?
  /// That which names the split.
  public var split: String?
  /// That which names the group.
  public var group: String?
  /// The classes that a label may be; nil takes them as they come.
  public var classes: [String]?

  /// Roles; nil leaves one to be found out from the file.
  public init(
    id: String? = nil, target: [String]? = nil, targetKind: TargetKind? = nil, targetValueNames: [String]? = nil,
    weight: String? = nil, valid: String? = nil, split: String? = nil, group: String? = nil, classes: [String]? = nil
  ) {
    (self.id, self.target, self.targetKind, self.targetValueNames) = (id, target, targetKind, targetValueNames)
    (self.weight, self.valid, self.split, self.group, self.classes) = (weight, valid, split, group, classes)
  }

  /// The fields of these roles in a format's options.
  static func fields<Options>(_ path: WritableKeyPath<Options, ColumnRoles>) -> [OptionField<Options>] {
    [
      .text(.id, path.appending(path: \.id)), .choice(.targetKind, path.appending(path: \.targetKind)),
      .list(.targetValueNames, path.appending(path: \.targetValueNames)),
      .text(.weight, path.appending(path: \.weight)),
      .text(.valid, path.appending(path: \.valid)), .text(.split, path.appending(path: \.split)),
      .text(.group, path.appending(path: \.group)), .list(.classes, path.appending(path: \.classes)),
      OptionField(
        setting: .target, value: { $0[keyPath: path].target.flatMap { $0.isEmpty ? nil : $0 } },
        set: { $0[keyPath: path].target = $1 }),
      OptionField(
        setting: .noTarget, value: { $0[keyPath: path].target == [] ? [] : nil },
        set: { options, _ in options[keyPath: path].target = [] }),
    ]
  }

  /// Refuses a target of several columns where a format takes it from one.
  func checkOneTarget(_ word: String) throws {
    guard let target, target.count > 1 else { return }
    throw OptionProblem("the target comes from one \(word), \(target.count) are given: \(target.listedForMessage)")
  }
}

extension [(String, Column.Kind, Column.Extent)] {
  /// Further columns among the roles, an entry a kind: `categories: "activity"`, `numbers per sequence: "age"`,
  /// `labels: "phones"`.
  var roleWords: [String] {
    let kinds: [(Column.Kind, String)] = [(.number, "numbers"), (.category, "categories"), (.time, "times")]
    return Column.Extent.allCases.flatMap { extent in
      kinds.compactMap { kind, word in
        let names = filter { $0.1 == kind && $0.2 == extent }.map(\.0)
        let place = extent == .sequence ? " per sequence" : ""
        let words = extent == .labels ? "labels" : word + place
        return names.isEmpty ? nil : "\(words): \(names.listedForMessage)"
      }
    }
  }
}

/// Words for missing values where a format holds numbers rather than text.
extension Collection<String> {
  /// Refuses words that are no number.
  func checkMissingNumbers(_ format: FileFormat) throws {
    guard let word = first(where: { $0.lowercased() != "nan" && Float($0) == nil }) else { return }
    throw OptionProblem(
      "the missing value is \(word.quotedForMessage), expected nan or a number, as \(format) holds numbers")
  }
}
