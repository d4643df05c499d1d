public import RaggedCore

extension FileFormat {
  /// CoNLL's columns: a token a line with its tags, a blank line between sentences.
  public static let conll: FileFormat = FileFormat(
    "conll", extensions: ["conll", "iob", "bio"], namesFeatures: true, summary: "a token a line with its tags",
    writtenSummary: """
      a token a line with its tags, a blank line behind each
      sequence: tokens that are text, a class per timestep
      """,
    writer: .sequences { try TaggedExport(.conll, $0, $1, $2) }
  ) { try TaggedReader($0, conll: $1) }
}

/// How CoNLL's columns are read. A column is named by its number from 1 (`4`), as `c4`, or by the name that a line
/// `# global.columns = …` gives it.
public struct ConllOptions: FormatOptions {
  /// The column of the token; by default the first.
  public var words: String?
  /// The column of the class of each timestep; by default the last. Empty means none.
  public var target: [String]?
  /// Which of the other columns are inputs beside the tokens; by default none, they can be chosen when one trains.
  public var inputs: [String]
  /// Columns that are left out.
  public var skipped: [String]
  /// The classes that a tag may be; nil takes them as they come.
  public var classes: [String]?
  /// Cells that stand for a tag that is missing, or for a token that is not known. By default none: `_` is a tag.
  public var missing: [String]
  /// What separates cells: one ASCII character, where a blank stands for any run of blanks and tabs. By default the tab
  /// where the first token's line has one, and otherwise the blank.
  public var delimiter: String?
  /// The encoding of the file; by default what a byte order mark, zero bytes or bytes that are not UTF-8 say.
  public var encoding: TextEncoding?
  /// What the tokens are: words unless said otherwise.
  public var unit: Vocabulary.Unit?
  /// The longest line that is read, in bytes. By default 1 GiB.
  public var maximumLineBytes: Int

  /// Every option at its default.
  public init() { self.init(words: nil) }

  /// Options; what is left out has the default documented at each.
  public init(
    words: String? = nil, target: [String]? = nil, inputs: [String] = [], skipped: [String] = [],
    classes: [String]? = nil, missing: [String] = [], delimiter: String? = nil, unit: Vocabulary.Unit? = nil,
    encoding: TextEncoding? = nil, maximumLineBytes: Int = 1 << 30
  ) {
    (self.words, self.target, self.inputs, self.skipped) = (words, target, inputs, skipped)
    (self.classes, self.missing, self.delimiter, self.unit) = (classes, missing, delimiter, unit)
    (self.encoding, self.maximumLineBytes) = (encoding, maximumLineBytes)
  }

  /// The name under which each option can be set without knowing the format.
  public static var fields: [OptionField<ConllOptions>] {
    TaggedFields.fields(words: \.words, target: \.target) + [
      .list(.inputs, \.inputs), .list(.skipped, \.skipped), .list(.classes, \.classes), .list(.missing, \.missing),
      .text(.delimiter, \.delimiter), .choice(.unit, \.unit), .choice(.encoding, \.encoding),
    ]
  }

  /// Checks that the target is one column, and that no column is named for two things.
  /// - Throws: ``OptionProblem``.
  public func check(_ format: FileFormat) throws { try choice.check() }

  var choice: TaggedChoice {
    TaggedChoice(
      words: words, target: target, inputs: inputs, skipped: skipped, classes: classes, missing: missing,
      delimiter: delimiter?.utf8.first, unit: unit ?? .words, encoding: encoding, maximumLineBytes: maximumLineBytes)
  }
}

/// What is asked of a file of tagged tokens, whichever format it is of.
struct TaggedChoice {
  var words: String?
  var target: [String]?
  var inputs: [String]
  var skipped: [String]
  var classes: [String]?
  var missing: [String]
  var delimiter: UInt8?
  var unit = Vocabulary.Unit.words
  var encoding: TextEncoding?
  /// Whether it is CoNLL-U: ten columns with names of their own, of which the first numbers the words.
  var isUniversal = false
  var maximumLineBytes: Int

  func check() throws {
    if let target, target.count > 1 {
      throw OptionProblem("a class comes from one column, \(target.count) are given: \(target.listedForMessage)")
    }
    let all = [words].compactMap { $0 } + (target ?? []) + inputs
    if let name = skipped.first(where: all.containsExactly) ?? (all + skipped).firstRepeated {
      throw OptionProblem("column \(name.quotedForMessage) is given two roles")
    }
  }
}

/// The fields that both formats of tagged tokens have.
enum TaggedFields {
  static func fields<Options>(
    words: WritableKeyPath<Options, String?>, target: WritableKeyPath<Options, [String]?>
  ) -> [OptionField<Options>] {
    [
      .input(words, called: "column"),
      OptionField(
        setting: .target, value: { $0[keyPath: target].flatMap { $0.isEmpty ? nil : $0 } },
        set: { $0[keyPath: target] = $1 }),
      OptionField(
        setting: .noTarget, value: { $0[keyPath: target] == [] ? [] : nil },
        set: { options, _ in options[keyPath: target] = [] }),
      OptionField(setting: .targetKind, value: { _ in nil }) { _, kind in
        guard kind == [TargetKind.classPerTimestep.rawValue] else {
          throw OptionProblem(
            "the target of tagged tokens is a class per timestep, \(TargetKind.classPerTimestep.rawValue), not "
              + kind.joined(separator: ", "))
        }
      },
    ]
  }
}
