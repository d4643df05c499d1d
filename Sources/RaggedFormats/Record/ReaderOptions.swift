import RaggedCore

/// How files are read: which columns or fields mean what. What is nil is found out from the file.
public struct ReaderOptions: Sendable, Equatable {
  /// What a target is.
  public enum TargetKind: String, Sendable, Codable, CaseIterable {
    /// One class a sequence.
    case classPerSequence = "class"
    /// One class a timestep.
    case classPerTimestep = "class-per-step"
    /// Real values a sequence.
    case valuesPerSequence = "values"
    /// Real values a timestep.
    case valuesPerTimestep = "values-per-step"
  }

  /// The column or field that holds the key. Long tables: by default the first of ``idNames`` that exists. JSON Lines: by
  /// default `id`, then `key`, then a key made of file and line. Text: the number of a column, from 1.
  public var id: String?
  /// The feature columns in order; by default every numeric column without another role, by the first thousand rows, but for
  /// columns without a name (pandas' row numbers among them), those that count the rows of the file, those that are empty, and
  /// those that never fall and hold numbers which float32 cannot hold. JSON Lines: the one field that holds features, tokens
  /// or text. Text: the number of the column with the text. Arrays: the one array. TFRecord: the
  /// feature lists, put together in this order.
  public var features: [String]?
  /// Names of the features where the file has none (JSON Lines, `.ts`); by default `f0`, `f1`, ….
  public var featureNames: [String]?
  /// Names of the target's values where they are not those of their columns: JSON Lines, `.ts` and others have none. By
  /// default the field's name, numbered where there are several.
  public var targetValueNames: [String]?
  /// The target columns or the target field; empty means no target. By default the first of ``targetNames`` that exists.
  /// Text: the number of the column with the class.
  public var target: [String]?
  /// What the target is. By default several columns are values, and one is a class a sequence unless the first thousand rows
  /// hold numbers alone, and among them one with a point or an exponent; JSON Lines go by the first thousand objects. A row
  /// behind these that speaks against it is an error.
  public var targetKind: TargetKind?
  /// The column or field of the sample weight. JSON Lines: by default `weight`, and likewise `valid`, `split` and `group`
  /// for the options below.
  public var weight: String?
  /// The column whose times must not fall from row to row of a sequence (long tables): numbers or ISO 8601, compared without
  /// rounding. By default the first of ``timeNames`` that exists; the empty text means that no order is checked.
  public var time: String?
  /// The column or field that says whether a timestep is valid: true, false, 1, 0, yes or no.
  public var valid: String?
  /// The column or field that names the split.
  public var split: String?
  /// The column or field that names the group.
  public var group: String?
  /// Columns or fields kept as metadata. JSON Lines: by default the object in the field `metadata`.
  public var metadata: [String]
  /// The column of a long table that holds all metadata of a sequence, a JSON object.
  public var metadataObject: String?
  /// Cells that stand for a missing value; a timestep with one is invalid. Words are compared as they are written, numbers
  /// by their value: -200 is also -200.0. Arrays and TFRecord: numbers and nan.
  public var missing: [String]
  /// What separates cells: one ASCII character. By default the comma in CSV and the tab in TSV and text.
  public var delimiter: String?
  /// Whether the first row of a table names the columns; otherwise they are `c1`, `c2`, ….
  public var hasHeader: Bool
  /// The classes that a label may be; nil takes them as they come.
  public var classes: [String]?
  /// How text is cut into tokens. Long tables: the one feature column holds the text of a token a timestep.
  public var unit: Vocabulary.Unit?
  /// Whether timesteps are token numbers rather than features. Long tables: the one feature column holds them. Arrays:
  /// whole numbers are taken for them; without this those of the array `tokens` alone are.
  public var hasTokenNumbers = false
  /// Arrays: that of the lengths, by default `lengths`. TFRecord: the feature whose whole number must be that of the
  /// timesteps, by default `length`; `none` for none.
  public var lengths: String?
  /// Arrays: that of the mask, true for real timesteps, by default `mask`.
  public var mask: String?
  /// Arrays: that of the offsets of sequences laid end to end, by default `offsets`.
  public var offsets: String?
  /// Whether the class of a text is the name of its file, without extension.
  public var isClassFromFileName: Bool
  /// Whether an empty line of a text file is a sequence without timesteps; by default it is passed over.
  public var keepsEmptyLines: Bool
  /// The longest line that is read, in bytes. By default 1 GiB.
  public var maximumLineBytes: Int

  /// Names under which a key is looked for, the case of letters aside.
  public static let idNames = ["id", "key", "sequence", "series", "sequence_id", "series_id"]
  /// Names under which a time is looked for.
  public static let timeNames = ["time", "timestamp", "timestep", "step", "t"]
  /// Names under which a target is looked for; in tables `y` only where no column is called `x`.
  public static let targetNames = ["label", "class", "target", "y"]

  /// Options; what is left out has the default told at each.
  public init(
    id: String? = nil, features: [String]? = nil, featureNames: [String]? = nil, target: [String]? = nil,
    targetKind: TargetKind? = nil, weight: String? = nil, time: String? = nil, valid: String? = nil,
    split: String? = nil, group: String? = nil, metadata: [String] = [], missing: [String] = [],
    delimiter: String? = nil, hasHeader: Bool = true, classes: [String]? = nil, unit: Vocabulary.Unit? = nil,
    isClassFromFileName: Bool = false, keepsEmptyLines: Bool = false, maximumLineBytes: Int = 1 << 30
  ) {
    self.id = id
    self.features = features
    self.featureNames = featureNames
    self.target = target
    self.targetKind = targetKind
    self.weight = weight
    self.time = time
    self.valid = valid
    self.split = split
    self.group = group
    self.metadata = metadata
    self.missing = missing
    self.delimiter = delimiter
    self.hasHeader = hasHeader
    self.classes = classes
    self.unit = unit
    self.isClassFromFileName = isClassFromFileName
    self.keepsEmptyLines = keepsEmptyLines
    self.maximumLineBytes = maximumLineBytes
  }
}
