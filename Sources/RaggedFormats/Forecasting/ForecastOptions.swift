import RaggedCore

extension FileFormat {
  /// The Monash archive's format of series to be forecast.
  public static let tsf = FileFormat(
    "tsf", extensions: ["tsf"], namesFeatures: true, wordForColumn: "attribute",
    summary: "the Monash archive's format of series to be forecast",
    writtenSummary: """
      the Monash archive's format: one feature without a target,
      and columns per sequence
      """,
    writer: .sequences { try ForecastExport($0, $1, $2) }
  ) { try ForecastReader($0, options: $1) }
}

/// How `.tsf` is read. Its header says which attributes a series has.
public struct ForecastOptions: FormatOptions {
  /// The attribute with the key; by default `series_name`, or one that is called as one of ``TableOptions/idNames``.
  public var id: String?
  /// The name of the values, one; by default `value`.
  public var featureNames: [String]?
  /// Which attributes are inputs; by default all but times.
  public var inputs: [String]?
  /// Attributes that are left out.
  public var skipped: [String]
  /// The encoding of the file; by default what a byte order mark, zero bytes or bytes that are not UTF-8 say.
  public var encoding: TextEncoding?
  /// The longest line that is read, in bytes. By default 1 GiB.
  public var maximumLineBytes: Int

  /// Every option at its default.
  public init() { self.init(id: nil) }

  /// Options; what is left out has the default documented at each.
  public init(
    id: String? = nil, featureNames: [String]? = nil, inputs: [String]? = nil, skipped: [String] = [],
    encoding: TextEncoding? = nil, maximumLineBytes: Int = 1 << 30
  ) {
    (self.id, self.featureNames, self.inputs, self.skipped) = (id, featureNames, inputs, skipped)
    (self.encoding, self.maximumLineBytes) = (encoding, maximumLineBytes)
  }

  /// The name under which each option can be set without knowing the format.
  public static var fields: [OptionField<ForecastOptions>] {
    [
      .text(.id, \.id), .list(.featureNames, \.featureNames), .list(.inputs, \.inputs), .list(.skipped, \.skipped),
      .choice(.encoding, \.encoding),
    ]
  }

  /// Checks that there is one name for the values, and no attribute with two roles.
  /// - Throws: ``OptionProblem``.
  public func check(_ format: FileFormat) throws {
    if let featureNames, featureNames.count != 1 {
      throw OptionProblem(
        "a series of tsf has one value per timestep, but \(featureNames.count) feature names are given")
    }
    let named = [id].compactMap { $0 } + (inputs ?? [])
    if let name = skipped.first(where: named.containsExactly) ?? (named + skipped).firstRepeated {
      throw OptionProblem("attribute \(name.quotedForMessage) is given two roles")
    }
  }
}
