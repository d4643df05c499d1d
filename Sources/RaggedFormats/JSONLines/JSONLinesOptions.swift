public import RaggedCore

extension FileFormat {
  /// JSON Lines.
  public static let jsonl = FileFormat(
    "jsonl", extensions: ["jsonl", "ndjson", "jsonlines"], wordForColumn: "field",
    summary: """
      an object per sequence, features a list a timestep:
      {"id": "a", "features": [[1, 2], [3, 4]], "target": "walk"}
      """,
    writtenSummary: "an object per sequence",
    writer: .sequences { source, _, sink in try JSONLinesExport(source, sink) }
  ) { try JSONLinesReader($0, options: $1) }
}

/// How JSON Lines are read: which fields mean what.
public struct JSONLinesOptions: FormatOptions {
  /// The key, by default `id`, then `key`, then one made of file and line; the one field of the target, by default
  /// `target`, `label` or `class`; and `weight`, `valid`, `split` and `group`. What the target is goes by the first thousand
  /// objects; one behind these that speaks against it is an error.
  public var roles: ColumnRoles
  /// The field that holds features, tokens or text; by default the first of `features`, `tokens` and `text` that exists.
  public var input: String?
  /// Names of the features; by default `f0`, `f1`, ….
  public var featureNames: [String]?
  /// Fields of numbers, whatever they look like: a list of a value per timestep, or one of the sequence.
  public var numbers: [String]
  /// The same of text.
  public var categories: [String]
  /// The same of times, ISO 8601 or seconds since 1970.
  public var times: [String]
  /// Fields that hold a list of labels of the sequence, of text or numbers, of whatever length; an absent or empty one is a
  /// sequence without labels. Without this, lists of text are so where one of them is not as long as its sequence.
  public var labels: [String]
  /// Which of the fields beside the input are inputs too. By default all are where the input is not named, and none where it
  /// is.
  public var inputs: [String]?
  /// Fields that are left out. All others that are such lists or values are taken, by the first thousand objects.
  public var skipped: [String]
  /// Fields kept as metadata; by default the object in the field `metadata`.
  public var metadata: [String]
  /// How text is cut into tokens; by default into words.
  public var unit: Vocabulary.Unit?
  /// The longest line that is read, in bytes. By default 1 GiB.
  public var maximumLineBytes: Int

  /// Every option at its default.
  public init() { self.init(id: nil) }

  /// Options; what is left out has the default documented at each.
  public init(
    id: String? = nil, input: String? = nil, featureNames: [String]? = nil, target: [String]? = nil,
    targetKind: TargetKind? = nil, targetValueNames: [String]? = nil, weight: String? = nil, valid: String? = nil,
    split: String? = nil, group: String? = nil, metadata: [String] = [], classes: [String]? = nil,
    unit: Vocabulary.Unit? = nil, times: [String] = [], numbers: [String] = [], categories: [String] = [],
    labels: [String] = [], inputs: [String]? = nil, skipped: [String] = [], maximumLineBytes: Int = 1 << 30
  ) {
    roles = ColumnRoles(
      id: id, target: target, targetKind: targetKind, targetValueNames: targetValueNames, weight: weight, valid: valid,
      split: split, group: group, classes: classes)
    (self.input, self.featureNames, self.metadata, self.unit) = (input, featureNames, metadata, unit)
    (self.times, self.numbers, self.categories, self.skipped) = (times, numbers, categories, skipped)
    (self.labels, self.inputs, self.maximumLineBytes) = (labels, inputs, maximumLineBytes)
  }

  /// The name under which each option can be set without knowing the format.
  public static var fields: [OptionField<JSONLinesOptions>] {
    ColumnRoles.fields(\.roles) + [
      .input(\.input, called: "field"), .list(.featureNames, \.featureNames), .list(.metadata, \.metadata),
      .choice(.unit, \.unit), .list(.time, \.times), .list(.numbers, \.numbers),
      .list(.categories, \.categories), .list(.labels, \.labels), .list(.inputs, \.inputs), .list(.skipped, \.skipped),
    ]
  }

  /// Checks that the target is one field.
  /// - Throws: ``OptionProblem``.
  public func check(_ format: FileFormat) throws { try roles.checkOneTarget(format.wordForColumn) }
}
