import RaggedCore

extension FileFormat {
  /// Universal Dependencies' CoNLL-U: ten columns, the words and what each is in its sentence.
  public static let conllu: FileFormat = FileFormat(
    "conllu", extensions: ["conllu"], namesFeatures: true,
    summary: "Universal Dependencies: a word a line, ten columns",
    writtenSummary: """
      Universal Dependencies: a word a line, ten columns; tokens
      that are text, a class per timestep
      """,
    writer: .sequences { try TaggedExport(.conllu, $0, $1, $2) }
  ) { try TaggedReader($0, conllu: $1) }
}

/// How CoNLL-U is read. Its columns are `ID`, `FORM`, `LEMMA`, `UPOS`, `XPOS`, `FEATS`, `HEAD`, `DEPREL`, `DEPS` and `MISC`, named so
/// or by their numbers from 1. `HEAD` is a number, `ID` is no column of the dataset, and `_` is a missing cell but for a `FORM`.
public struct ConlluOptions: FormatOptions {
  /// The column of the token; by default `FORM`.
  public var words: String?
  /// The column of the class of each timestep; by default `UPOS`. Empty means none.
  public var target: [String]?
  /// Which of the other columns are inputs beside the tokens; by default none, they can be chosen when one trains.
  public var inputs: [String]
  /// Columns that are left out.
  public var skipped: [String]
  /// The classes that there may be; nil takes them as they come.
  public var classes: [String]?
  /// The encoding of the file; by default what a byte order mark, zero bytes or bytes that are not UTF-8 say.
  public var encoding: TextEncoding?
  /// The longest line that is read, in bytes. By default 1 GiB.
  public var maximumLineBytes: Int

  /// What the columns are called, in order.
  public static let columnNames = ["ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC"]

  /// Every option at its default.
  public init() { self.init(words: nil) }

  /// Options; what is left out has the default documented at each.
  public init(
    words: String? = nil, target: [String]? = nil, inputs: [String] = [], skipped: [String] = [],
    classes: [String]? = nil, encoding: TextEncoding? = nil, maximumLineBytes: Int = 1 << 30
  ) {
    (self.words, self.target, self.inputs, self.skipped) = (words, target, inputs, skipped)
    (self.classes, self.encoding, self.maximumLineBytes) = (classes, encoding, maximumLineBytes)
  }

  /// The name under which each option can be set without knowing the format.
  public static var fields: [OptionField<ConlluOptions>] {
    TaggedFields.fields(words: \.words, target: \.target) + [
      .list(.inputs, \.inputs), .list(.skipped, \.skipped), .list(.classes, \.classes),
      .choice(.encoding, \.encoding),
    ]
  }

  /// Checks that the target is one column, and that no column is named for two things.
  /// - Throws: ``OptionProblem``.
  public func check(_ format: FileFormat) throws { try choice.check() }

  var choice: TaggedChoice {
    TaggedChoice(
      words: words, target: target, inputs: inputs, skipped: skipped, classes: classes, missing: ["_"], delimiter: 0x09,
      encoding: encoding, isUniversal: true, maximumLineBytes: maximumLineBytes)
  }
}
