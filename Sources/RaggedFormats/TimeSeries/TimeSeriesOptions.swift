extension FileFormat {
  /// The time-series format of sktime, aeon and the UCR archive.
  public static let ts = FileFormat(
    "ts", extensions: ["ts"], summary: "the time-series format of sktime, aeon and the UCR archive",
    writtenSummary: """
      the time-series format of sktime and aeon: features, and a
      class or one value per sequence
      """,
    writer: .sequences { try TimeSeriesExport($0, $1, $2) }
  ) { try TimeSeriesReader($0, options: $1) }
}

/// How `.ts` is read. The header of a file says what there is; it has no names.
public struct TimeSeriesOptions: FormatOptions {
  /// Names of the dimensions; by default `f0`, `f1`, ….
  public var featureNames: [String]?
  /// The name of the target's value; by default `target`.
  public var targetValueNames: [String]?
  /// The classes that a label may be, among those that the header declares; nil takes these.
  public var classes: [String]?
  /// The encoding of the file; by default what a byte order mark, zero bytes or bytes that are not UTF-8 say.
  public var encoding: TextEncoding?
  /// The longest line that is read, in bytes. By default 1 GiB.
  public var maximumLineBytes: Int

  /// Every option at its default.
  public init() { self.init(featureNames: nil) }

  /// Options; what is left out has the default documented at each.
  public init(
    featureNames: [String]? = nil, targetValueNames: [String]? = nil, classes: [String]? = nil,
    encoding: TextEncoding? = nil, maximumLineBytes: Int = 1 << 30
  ) {
    (self.featureNames, self.targetValueNames, self.classes) = (featureNames, targetValueNames, classes)
    (self.encoding, self.maximumLineBytes) = (encoding, maximumLineBytes)
  }

  /// The name under which each option can be set without knowing the format.
  public static var fields: [OptionField<TimeSeriesOptions>] {
    [
      .list(.featureNames, \.featureNames), .list(.targetValueNames, \.targetValueNames), .list(.classes, \.classes),
      .choice(.encoding, \.encoding),
    ]
  }

  /// Nothing more is demanded.
  public func check(_ format: FileFormat) {}
}
