import RaggedCore

extension FileFormat {
  /// Weka's attribute-relation file format, as the UEA and UCR archive has series in it.
  public static let arff = FileFormat(
    "arff", extensions: ["arff"], wordForColumn: "attribute",
    summary: "Weka's format, as the UEA archive has series: a row a series",
    writtenSummary: """
      Weka's format, as the UEA archive has series: features, and
      a class or values per sequence
      """,
    writer: .sequences { try ARFFExport($0, $1, $2) }
  ) { try ARFFReader($0, options: $1) }
}

/// How `.arff` is read: a row a series, whose timesteps are the numeric attributes, or the attributes of the one that is
/// relational, in which a row is a dimension.
public struct ARFFOptions: FormatOptions {
  /// The attribute with the key; by default one of text that is called as one of ``TableOptions/idNames``.
  public var id: String?
  /// The attributes of the target; by default the one that is called as one of ``TableOptions/targetNames``, or the last
  /// where it is nominal. Empty means none. A nominal attribute is a class, numeric ones are values.
  public var target: [String]?
  /// Names of the target's values; by default those of the attributes.
  public var targetValueNames: [String]?
  /// Names of the dimensions; by default `f0`, `f1`, ….
  public var featureNames: [String]?
  /// The classes that a label may be, where the header declares none; nil takes them as they come.
  public var classes: [String]?
  /// Which of the other attributes are inputs; by default all but times.
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
    id: String? = nil, target: [String]? = nil, targetValueNames: [String]? = nil, featureNames: [String]? = nil,
    classes: [String]? = nil, inputs: [String]? = nil, skipped: [String] = [],
    encoding: TextEncoding? = nil, maximumLineBytes: Int = 1 << 30
  ) {
    (self.id, self.target, self.targetValueNames) = (id, target, targetValueNames)
    (self.featureNames, self.classes, self.inputs, self.skipped) = (featureNames, classes, inputs, skipped)
    (self.encoding, self.maximumLineBytes) = (encoding, maximumLineBytes)
  }

  /// The name under which each option can be set without knowing the format.
  public static var fields: [OptionField<ARFFOptions>] {
    [
      .text(.id, \.id), .list(.featureNames, \.featureNames), .list(.targetValueNames, \.targetValueNames),
      .list(.classes, \.classes), .list(.inputs, \.inputs), .list(.skipped, \.skipped),
      .choice(.encoding, \.encoding),
      OptionField(
        setting: .target, value: { $0.target.flatMap { $0.isEmpty ? nil : $0 } }, set: { $0.target = $1 }),
      OptionField(
        setting: .noTarget, value: { $0.target == [] ? [] : nil }, set: { options, _ in options.target = [] }),
    ]
  }

  /// Checks that no attribute has two roles.
  /// - Throws: ``OptionProblem``.
  public func check(_ format: FileFormat) throws {
    let named = [id].compactMap { $0 } + (target ?? []) + (inputs ?? [])
    if let name = skipped.first(where: named.containsExactly) ?? (named + skipped).firstRepeated {
      throw OptionProblem("attribute \(name.quotedForMessage) is given two roles")
    }
    if let target, let targetValueNames, target.count != targetValueNames.count, !target.isEmpty {
      throw OptionProblem(
        "the target is \(target.count.counted("attribute")), but \(targetValueNames.count) names are given for its values"
      )
    }
  }
}
