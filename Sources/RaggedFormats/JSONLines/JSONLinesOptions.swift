public import RaggedCore

extension FileFormat {
  /// JSON Lines.
  public static let jsonl = FileFormat(
    "jsonl", extensions: ["jsonl", "ndjson", "jsonlines", "json"], wordForColumn: "field",
    summary: """
      an object per sequence, one a line or in an array:
      {"id": "a", "features": [[1, 2], [3, 4]], "target": "walk"}
      """,
    writtenSummary: "an object per sequence",
    writer: .sequences { source, _, sink in try JSONLinesExport(source, sink) }
  ) { try JSONReader($0, options: $1) }
}

/// How JSON Lines are read: which fields mean what.
public struct JSONLinesOptions: FormatOptions {
  /// The key, by default `id`, then `key`, then one made of file and line; the one field of the target, by default
  /// `target`, `label` or `class`; and `weight`, `valid`, `split` and `group`. What the target is goes by the first thousand
  /// objects; one behind these that speaks against it is an error.
  public var roles: ColumnRoles
  /// The field that holds features, tokens or text; by default the first of `features`, `tokens` and `text` that exists, or
  /// else the only one that holds lists of lists.
  public var input: String?
  /// The fields of the features where each is a list of a number per timestep, several at least; other fields are no input
  /// then. They may stand in an object of channels or in records.
  public var channels: [String]
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
  /// The encoding of the file; by default what a byte order mark, zero bytes or bytes that are not UTF-8 say.
  public var encoding: TextEncoding?
  /// The longest line that is read, in bytes. By default 1 GiB.
  public var maximumLineBytes: Int

  /// The field that holds all metadata as an object where none are named; nil where none does.
  var metadataField: String? = "metadata"

  /// The field that was found to hold the input where none is named.
  var foundInput: String?

  /// Every option at its default.
  public init() { self.init(id: nil) }

  /// Options; what is left out has the default documented at each.
  public init(
    id: String? = nil, input: String? = nil, featureNames: [String]? = nil, target: [String]? = nil,
    targetKind: TargetKind? = nil, targetValueNames: [String]? = nil, weight: String? = nil, valid: String? = nil,
    split: String? = nil, group: String? = nil, metadata: [String] = [], classes: [String]? = nil,
    unit: Vocabulary.Unit? = nil, times: [String] = [], numbers: [String] = [], categories: [String] = [],
    labels: [String] = [], inputs: [String]? = nil, skipped: [String] = [], channels: [String] = [],
    encoding: TextEncoding? = nil,
    maximumLineBytes: Int = 1 << 30
  ) {
    roles = ColumnRoles(
      id: id, target: target, targetKind: targetKind, targetValueNames: targetValueNames, weight: weight, valid: valid,
      split: split, group: group, classes: classes)
    (self.input, self.featureNames, self.metadata, self.unit) = (input, featureNames, metadata, unit)
    (self.times, self.numbers, self.categories, self.skipped) = (times, numbers, categories, skipped)
    (self.labels, self.inputs, self.channels, self.maximumLineBytes) = (labels, inputs, channels, maximumLineBytes)
    self.encoding = encoding
  }

  /// The name under which each option can be set without knowing the format.
  public static var fields: [OptionField<JSONLinesOptions>] {
    ColumnRoles.fields(\.roles) + [
      OptionField(setting: .features) {
        $0.channels.isEmpty ? $0.input.map { [$0] } : $0.channels
      } set: { options, names in
        if names.isEmpty { throw OptionProblem("the list of feature fields is empty") }
        options.input = names.count == 1 ? names[0] : nil
        options.channels = names.count == 1 ? [] : names
      },
      .list(.featureNames, \.featureNames), .list(.metadata, \.metadata),
      .choice(.unit, \.unit), .list(.time, \.times), .list(.numbers, \.numbers),
      .list(.categories, \.categories), .list(.labels, \.labels), .list(.inputs, \.inputs), .list(.skipped, \.skipped),
      .choice(.encoding, \.encoding),
    ]
  }

  /// Checks that the target is one field, and that there is one kind of input.
  /// - Throws: ``OptionProblem``.
  public func check(_ format: FileFormat) throws {
    try roles.checkOneTarget(format.wordForColumn)
    if !channels.isEmpty, input != nil {
      throw OptionProblem("features are to come from one field and from a field each, expected one of them")
    }
    if let name = skipped.first(where: channels.containsExactly) {
      throw OptionProblem("field \(name.quotedForMessage) is given two roles")
    }
  }
}
