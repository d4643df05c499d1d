import RaggedCore

extension FileFormat {
  /// An archive of numpy's arrays.
  public static let npz = FileFormat(
    "npz", extensions: ["npz"], isText: false, isStreamed: false, namesFeatures: true, wordForColumn: "array",
    summary: """
      numpy's arrays, from files that are not .gz: values [B, T, F]
      with lengths [B] or mask [B, T], or values [N, F] with offsets
      """,
    writtenSummary: """
      arrays for numpy: ragged (values [N, F] and offsets) or
      padded ([B, T, F], lengths and mask)
      """,
    writer: .arrays
  ) { try NPZReader($0, options: $1, isArchive: true) }

  /// One of numpy's arrays.
  public static let npy = FileFormat(
    "npy", extensions: ["npy"], isText: false, isStreamed: false, wordForColumn: "array", summary: npz.summary
  ) { try NPZReader($0, options: NPZOptions($1), isArchive: false) }
}

/// How an archive of numpy's arrays is read: which arrays mean what. What is not named is looked for under the names
/// that the article "Leaving and arriving" lists.
public struct NPZOptions: FormatOptions {
  /// The arrays of keys, targets, weights, validity, splits and groups. What the target is goes by its type and shape
  /// where neither this nor the archive says it.
  public var roles: ColumnRoles
  /// The array of the timesteps.
  public var input: String?
  /// Names of the features; by default those of the archive, or `f0`, `f1`, ….
  public var featureNames: [String]?
  /// The array of metadata, each the text of a JSON object.
  public var metadataObject: String?
  /// Numbers that stand for a missing value, as NaN does in any case.
  public var missing: [String]
  /// What whole numbers are; without it those of an array `tokens` alone are token numbers. Text is cut into words.
  public var tokens: TokenForm?
  /// The number, or `nan`, of which timesteps at the end of a sequence are made that are padding, where neither lengths nor
  /// a mask nor offsets say where it begins. A timestep is one of padding where all its features are that number.
  public var padding: String?
  /// Arrays `[M]` of the sequences' labels, text or whole numbers laid end to end, each with an array of its name and
  /// `_offsets`, `[B + 1]`. Those that have one are taken without being named.
  public var labels: [String]
  /// The array of the lengths; by default `lengths`.
  public var lengths: String?
  /// The array of the mask, true for real timesteps; by default `mask`.
  public var mask: String?
  /// The array of the offsets of sequences laid end to end; by default `offsets`.
  public var offsets: String?
  /// The longest row of an array that is read, in bytes. By default 1 GiB.
  public var maximumLineBytes: Int

  /// Every option at its default.
  public init() { self.init(id: nil) }

  /// Options; what is left out has the default documented at each.
  public init(
    id: String? = nil, input: String? = nil, featureNames: [String]? = nil, target: [String]? = nil,
    targetKind: TargetKind? = nil, targetValueNames: [String]? = nil, weight: String? = nil, valid: String? = nil,
    split: String? = nil, group: String? = nil, metadataObject: String? = nil, missing: [String] = [],
    classes: [String]? = nil, tokens: TokenForm? = nil, lengths: String? = nil, mask: String? = nil,
    offsets: String? = nil, labels: [String] = [], padding: String? = nil, maximumLineBytes: Int = 1 << 30
  ) {
    roles = ColumnRoles(
      id: id, target: target, targetKind: targetKind, targetValueNames: targetValueNames, weight: weight, valid: valid,
      split: split, group: group, classes: classes)
    (self.input, self.featureNames, self.metadataObject, self.missing) = (input, featureNames, metadataObject, missing)
    (self.tokens, self.lengths, self.mask, self.offsets) = (tokens, lengths, mask, offsets)
    (self.labels, self.padding) = (labels, padding)
    self.maximumLineBytes = maximumLineBytes
  }

  /// An archive of one array, which has no target beside it.
  init(_ options: NPYOptions) {
    self.init(
      featureNames: options.featureNames, target: [], missing: options.missing, tokens: options.tokens,
      padding: options.padding, maximumLineBytes: options.maximumLineBytes)
  }

  /// The name under which each option can be set without knowing the format.
  public static var fields: [OptionField<NPZOptions>] {
    ColumnRoles.fields(\.roles) + OptionField.tokens(\.tokens) + [
      .input(\.input, called: "array"), .list(.featureNames, \.featureNames),
      .text(.metadataObject, \.metadataObject), .list(.missing, \.missing), .text(.lengths, \.lengths),
      .text(.mask, \.mask), .text(.offsets, \.offsets), .list(.labels, \.labels), .text(.padding, \.padding),
    ]
  }

  /// Checks that missing values are numbers, and that the target is one array.
  /// - Throws: ``OptionProblem``.
  public func check(_ format: FileFormat) throws {
    try missing.checkMissingNumbers(format)
    try PaddingTrim.check(padding)
    try roles.checkOneTarget(format.wordForColumn)
  }
}

/// How one of numpy's arrays is read: padded sequences, `[B, T, F]` or `[B, T]`, without a target.
public struct NPYOptions: FormatOptions {
  /// Names of the features; by default `f0`, `f1`, ….
  public var featureNames: [String]?
  /// Numbers that stand for a missing value, as NaN does in any case.
  public var missing: [String]
  /// What whole numbers are; without it those of an array `tokens` alone are token numbers. Text is cut into words.
  public var tokens: TokenForm?
  /// The number, or `nan`, of which timesteps at the end of a sequence are made that are padding.
  public var padding: String?
  /// The longest row that is read, in bytes. By default 1 GiB.
  public var maximumLineBytes: Int

  /// Every option at its default.
  public init() { self.init(featureNames: nil) }

  /// Options; what is left out has the default documented at each.
  public init(
    featureNames: [String]? = nil, missing: [String] = [], tokens: TokenForm? = nil, padding: String? = nil,
    maximumLineBytes: Int = 1 << 30
  ) {
    (self.featureNames, self.missing, self.tokens, self.padding) = (featureNames, missing, tokens, padding)
    self.maximumLineBytes = maximumLineBytes
  }

  /// The name under which each option can be set without knowing the format.
  public static var fields: [OptionField<NPYOptions>] {
    OptionField.tokens(\.tokens) + [
      .list(.featureNames, \.featureNames), .list(.missing, \.missing), .text(.padding, \.padding),
      // There is none in any case.
      OptionField(setting: .noTarget, value: { _ in nil }, set: { _, _ in }),
    ]
  }

  /// Checks that missing values and padding are numbers.
  /// - Throws: ``OptionProblem``.
  public func check(_ format: FileFormat) throws {
    try missing.checkMissingNumbers(format)
    try PaddingTrim.check(padding)
  }
}
