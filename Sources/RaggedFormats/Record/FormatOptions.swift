import RaggedCore

/// How files of one format are read: a field for each thing that can be asked of its reader. What is nil is found out
/// from the file.
public protocol FormatOptions: Sendable, Equatable {
  /// Every option at its default.
  init()
  /// The longest line, record or row of an array that is read, in bytes.
  var maximumLineBytes: Int { get set }
  /// The name under which each option can be set without knowing the format.
  static var fields: [OptionField<Self>] { get }
  /// Checks what this format alone demands.
  /// - Throws: ``OptionProblem``.
  func check(_ format: FileFormat) throws
}

/// An option that makes no sense, in words; the file is named by who catches it.
public struct OptionProblem: Error, Equatable {
  /// What is wrong.
  public let problem: String

  init(_ problem: String) { self.problem = problem }

  func inFile(_ file: String) -> InputError {
    InputError(file: file, problem: problem, isFatal: true, failureClass: .usage)
  }
}

extension FormatOptions {
  /// Checks that the options make sense together.
  /// - Parameters:
  ///   - format: the format that they are for.
  ///   - file: what the message calls the input.
  /// - Throws: ``InputError`` of class `usage` that says which option does not fit.
  public func validate(for format: FileFormat, file: String) throws {
    do {
      try checkShared(format)
      try check(format)
    } catch let problem as OptionProblem {
      throw problem.inFile(file)
    }
  }

  private func checkShared(_ format: FileFormat) throws {
    let settings = settings
    if let delimiter = settings[.delimiter]?.first {
      guard delimiter.utf8.count == 1, let byte = delimiter.utf8.first, byte < 0x80, ![0x0A, 0x0D, 0x22].contains(byte)
      else {
        throw OptionProblem(
          "the delimiter is \(delimiter.quotedForMessage), expected one ASCII character that is no quote")
      }
    }
    if settings[.labelSeparator] == [""] {
      throw OptionProblem("the separator of labels is the empty text, expected one character or more")
    }
    if maximumLineBytes < 1 {
      throw OptionProblem("the longest line may have \(maximumLineBytes) bytes, expected at least 1")
    }
    if let twice = settings[.classes]?.firstRepeated {
      throw OptionProblem("the class \(twice.quotedForMessage) is declared twice")
    }
    if let twice = ReaderSetting.roles.flatMap({ settings[$0] ?? [] }).firstRepeated {
      throw OptionProblem("\(format.wordForColumn) \(twice.quotedForMessage) is given two roles")
    }
    try settings.checkTarget()
  }

  /// The options that are set, by name; what is nil, empty or false is not.
  public var settings: ReaderSettings {
    Self.fields.reduce(into: [:]) { settings, field in settings[field.setting] = field.value(self) }
  }

  func takes(_ setting: ReaderSetting) -> Bool { Self.fields.contains { $0.setting == setting } }

  mutating func set(_ settings: ReaderSettings, format: FileFormat, file: String) throws {
    do {
      for setting in ReaderSetting.allCases {
        guard let value = settings[setting] else { continue }
        guard let field = Self.fields.first(where: { $0.setting == setting }) else {
          throw OptionProblem("\(setting.words) means nothing for the format \(format)")
        }
        try field.set(&self, value)
      }
      try settings.checkTarget()
    } catch let problem as OptionProblem {
      throw problem.inFile(file)
    }
  }
}

/// What is asked of a reader by name, as long as it is open which format it reads: a text is a list of one, a flag is an
/// empty list. ``FileFormat/options(_:file:)`` makes the format's own options of it.
public typealias ReaderSettings = [ReaderSetting: [String]]

extension ReaderSettings {
  fileprivate func checkTarget() throws {
    guard self[.noTarget] != nil, self[.targetKind] != nil else { return }
    throw OptionProblem("a kind of target is given, but no target")
  }
}

/// The names of what can be asked of a reader, those of all formats.
public enum ReaderSetting: String, Sendable, Codable, CaseIterable {
  // In this order a format says which of them mean nothing to it.
  case featureNames, targetValueNames, time, timeFormat, order, rowGrouping, blankIDs, numbers, categories, labels,
    statics, inputs, skipped, valid, weight, split
  case group, metadata, metadataObject, missing, delimiter, labelSeparator
  case encoding, decimal, thousands, skippedLines, comment, unitsRows
  case isHeaderless, unit, tokenNumbers, lengths, mask, offsets, emptyLines, padding, width
  case keyFrom, classFrom, splitFrom, join, joinKey, joinColumns, id, features
  case target, noTarget, targetKind, classes, query, layout, channelOrder, listSeparator, pivot
  case pivotValue, pivotColumns, pivotTies

  /// Those that name columns, of which each has one role.
  static let roles: [ReaderSetting] = [
    .id, .weight, .time, .numbers, .categories, .labels, .valid, .split, .group, .metadataObject, .lengths, .mask,
    .offsets,
    .features, .target, .metadata,
  ]

  /// In words, for `… means nothing for the format csv`.
  var words: String {
    switch self {
    case .featureNames: "a feature name"
    case .targetValueNames: "a name of a target value"
    case .time: "a time column"
    case .timeFormat: "a format of times"
    case .order: "an order of rows"
    case .rowGrouping: "a grouping of rows"
    case .blankIDs: "an empty id"
    case .numbers: "a number column"
    case .categories: "a category column"
    case .labels: "a column of labels"
    case .labelSeparator: "a separator of labels"
    case .statics: "a column per sequence"
    case .inputs: "a choice of input columns"
    case .skipped: "a column to skip"
    case .valid: "a validity column"
    case .weight: "a weight column"
    case .split: "a split column"
    case .group: "a group column"
    case .metadata: "a metadata column"
    case .metadataObject: "a column of whole metadata"
    case .missing: "a missing value"
    case .delimiter: "a delimiter"
    case .encoding: "an encoding"
    case .decimal: "a decimal mark"
    case .thousands: "a mark between thousands"
    case .skippedLines: "a number of lines to skip"
    case .comment: "a mark of comments"
    case .unitsRows: "a number of rows of units"
    case .isHeaderless: "a table without header"
    case .unit: "a unit of text"
    case .tokenNumbers: "a token number"
    case .lengths: "an array of lengths"
    case .mask: "a mask"
    case .offsets: "an array of offsets"
    case .keyFrom: "a key from the file's path"
    case .classFrom: "a class from the file's path"
    case .splitFrom: "a split from the file's path"
    case .join: "a table to join with"
    case .joinKey: "a key of a joined table"
    case .joinColumns: "a column of a joined table"
    case .padding: "a value of padding"
    case .width: "a width of timesteps"
    case .emptyLines: "an empty line"
    case .id: "an id column"
    case .features: "a feature column"
    case .target: "a target column"
    case .noTarget: "no target"
    case .targetKind: "a kind of target"
    case .classes: "a declared class"
    case .query: "a query"
    case .layout: "a layout of rows"
    case .channelOrder: "an order of channels"
    case .listSeparator: "a separator of lists"
    case .pivot: "a column of variables"
    case .pivotValue: "a column of their values"
    case .pivotColumns: "a variable"
    case .pivotTies: "a rule for second values"
    }
  }
}

/// The field of a format's options that a setting stands for.
public struct OptionField<Options> {
  let setting: ReaderSetting
  /// The field's value as a setting has it, nil where it is at its default.
  let value: (Options) -> [String]?
  let set: (inout Options, [String]) throws -> Void

  package static func text(_ setting: ReaderSetting, _ path: WritableKeyPath<Options, String?>) -> OptionField {
    OptionField(setting: setting, value: { $0[keyPath: path].map { [$0] } }, set: { $0[keyPath: path] = $1.first })
  }

  static func list(_ setting: ReaderSetting, _ path: WritableKeyPath<Options, [String]?>) -> OptionField {
    OptionField(setting: setting, value: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
  }

  static func list(_ setting: ReaderSetting, _ path: WritableKeyPath<Options, [String]>) -> OptionField {
    OptionField(
      setting: setting, value: { $0[keyPath: path].isEmpty ? nil : $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
  }

  static func flag(_ setting: ReaderSetting, _ path: WritableKeyPath<Options, Bool>) -> OptionField {
    OptionField(
      setting: setting, value: { $0[keyPath: path] ? [] : nil }, set: { options, _ in options[keyPath: path] = true })
  }

  static func count(
    _ setting: ReaderSetting, _ path: WritableKeyPath<Options, Int?>, in range: ClosedRange<Int> = 0...Int.max
  ) -> OptionField {
    OptionField(setting: setting) {
      $0[keyPath: path].map { ["\($0)"] }
    } set: { options, value in
      guard value.count == 1, let count = Int(value[0]), range.contains(count) else {
        let (least, most) = (range.lowerBound, range.upperBound)
        let expected = most == .max ? "a number from \(least) on" : "\(least) to \(most)"
        throw OptionProblem("\(setting.words) is \(value.listedForMessage), expected \(expected)")
      }
      options[keyPath: path] = count
    }
  }

  static func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ setting: ReaderSetting, _ path: WritableKeyPath<Options, Choice?>
  ) -> OptionField {
    OptionField(
      setting: setting, value: { $0[keyPath: path].map { [$0.rawValue] } },
      set: { $0[keyPath: path] = try Choice(option: $1, setting) })
  }

  /// The one input among the features.
  static func input(_ path: WritableKeyPath<Options, String?>, called word: String) -> OptionField {
    OptionField(setting: .features) {
      $0[keyPath: path].map { [$0] }
    } set: { options, names in
      guard names.count == 1 else {
        throw OptionProblem("the features come from one \(word), \(names.count) are given: \(names.listedForMessage)")
      }
      options[keyPath: path] = names[0]
    }
  }

  /// How tokens are read, under both names that it has.
  static func tokens(_ path: WritableKeyPath<Options, TokenForm?>) -> [OptionField] {
    func set(_ options: inout Options, _ form: TokenForm) throws {
      guard options[keyPath: path] == nil else {
        throw OptionProblem("tokens are given as text and as numbers, expected one of them")
      }
      options[keyPath: path] = form
    }
    return [
      OptionField(
        setting: .unit, value: { $0[keyPath: path]?.unit.map { [$0.rawValue] } },
        set: { try set(&$0, .text(try Vocabulary.Unit(option: $1, .unit))) }),
      OptionField(
        setting: .tokenNumbers, value: { $0[keyPath: path] == .numbers ? [] : nil },
        set: { options, _ in try set(&options, .numbers) }),
    ]
  }
}

extension RawRepresentable<String> where Self: CaseIterable {
  /// The case that a setting names.
  init(option value: [String], _ setting: ReaderSetting) throws {
    let known = Self.allCases.map(\.rawValue)
    guard value.count == 1, let choice = Self(rawValue: value[0]) else {
      throw OptionProblem("\(setting.words) is \(value.listedForMessage), expected one of \(known.listedForMessage)")
    }
    self = choice
  }
}

extension Collection<String> {
  /// The first text that stands a second time.
  var firstRepeated: String? {
    var seen: Set<ExactName> = []
    return first { !seen.insert(ExactName($0)).inserted }
  }

  /// How a message that there is no `name` ends: the text that was probably meant, and all there are.
  func alternatives(to name: String, called kind: String) -> String {
    guard let meant = nearest(to: name) else { return "; the \(kind) are \(listedForMessage)" }
    return ", did you mean \(meant.quotedForMessage)? The \(kind) are \(listedForMessage)"
  }
}
