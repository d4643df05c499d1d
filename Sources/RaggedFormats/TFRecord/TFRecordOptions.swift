import RaggedCore

extension FileFormat {
  /// TensorFlow's records, each a SequenceExample.
  public static let tfrecord = FileFormat(
    "tfrecord", extensions: ["tfrecord", "tfrecords"], isText: false, namesFeatures: true, wordForColumn: "feature",
    summary: "TensorFlow's records, a SequenceExample or an Example each",
    writtenSummary: "TensorFlow's records, a SequenceExample each",
    writer: .sequences { source, _, sink in try TFRecordExport(source, sink) }
  ) { try TFRecordReader($0, options: $1) }
}

/// How TensorFlow's records are read: which features mean what. What is not named is looked for under the names that the
/// article "Leaving and arriving" lists.
public struct TFRecordOptions: FormatOptions {
  /// The context features of key, weight, split and group, the feature list of validity, and the target, which is either.
  /// What the target is goes by its values where neither this nor the records say it.
  public var roles: ColumnRoles
  /// The feature lists of the input, put together in this order; features of a flat record.
  public var features: [String]?
  /// Names of the features; by default those of the records, or `f0`, `f1`, ….
  public var featureNames: [String]?
  /// The context feature of metadata, the text of a JSON object.
  public var metadataObject: String?
  /// Numbers that stand for a missing value, as NaN does in any case.
  public var missing: [String]
  /// What a timestep is where it is a token: whole numbers, or texts of a word each. By default texts are tokens, and
  /// whole numbers are where the list is called `tokens`.
  public var tokens: TokenForm?
  /// How many numbers are a timestep where a record is a flat `tf.train.Example`, whose lists do not say it.
  public var width: Int?
  /// Context features that hold the sequence's labels, text or whole numbers; a record without one has none.
  public var labels: [String]
  /// The context feature whose whole number must be that of the timesteps, by default `length`; `none` for none.
  public var lengths: String?
  /// The longest record that is read, in bytes. By default 1 GiB.
  public var maximumLineBytes: Int

  /// Every option at its default.
  public init() { self.init(id: nil) }

  /// Options; what is left out has the default documented at each.
  public init(
    id: String? = nil, features: [String]? = nil, featureNames: [String]? = nil, target: [String]? = nil,
    targetKind: TargetKind? = nil, targetValueNames: [String]? = nil, weight: String? = nil, valid: String? = nil,
    split: String? = nil, group: String? = nil, metadataObject: String? = nil, missing: [String] = [],
    classes: [String]? = nil, tokens: TokenForm? = nil, width: Int? = nil, labels: [String] = [],
    lengths: String? = nil,
    maximumLineBytes: Int = 1 << 30
  ) {
    roles = ColumnRoles(
      id: id, target: target, targetKind: targetKind, targetValueNames: targetValueNames, weight: weight, valid: valid,
      split: split, group: group, classes: classes)
    (self.features, self.featureNames, self.metadataObject) = (features, featureNames, metadataObject)
    (self.missing, self.tokens, self.width, self.lengths) = (missing, tokens, width, lengths)
    (self.labels, self.maximumLineBytes) = (labels, maximumLineBytes)
  }

  /// The name under which each option can be set without knowing the format.
  public static var fields: [OptionField<TFRecordOptions>] {
    ColumnRoles.fields(\.roles) + OptionField.tokens(\.tokens) + [
      .list(.features, \.features), .list(.featureNames, \.featureNames), .text(.metadataObject, \.metadataObject),
      .list(.missing, \.missing), .count(.width, \.width, in: 1...1 << 20), .list(.labels, \.labels),
      .text(.lengths, \.lengths),
    ]
  }

  /// Checks that missing values are numbers, that there is an input, and that the target is one feature.
  /// - Throws: ``OptionProblem``.
  public func check(_ format: FileFormat) throws {
    try missing.checkMissingNumbers(format)
    if let width, !(1...1 << 20).contains(width) {
      throw OptionProblem("the width of a timestep is \(width), expected 1 to \(1 << 20)")
    }
    if features == [] { throw OptionProblem("the list of features is empty") }
    try roles.checkOneTarget(format.wordForColumn)
  }
}
