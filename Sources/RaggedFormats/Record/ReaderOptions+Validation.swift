import RaggedCore

extension ReaderOptions {
  /// Checks that the options make sense together and with a format.
  /// - Parameters:
  ///   - format: the format that they are for.
  ///   - file: what the message calls the input.
  /// - Throws: ``InputError`` of class `usage` that says which option does not fit.
  public func validate(for format: InputFormat, file: String) throws {
    func refuse(_ problem: String) -> InputError {
      InputError(file: file, problem: problem, isFatal: true, failureClass: .usage)
    }
    if let delimiter {
      guard delimiter.utf8.count == 1, let byte = delimiter.utf8.first, byte < 0x80, ![0x0A, 0x0D, 0x22].contains(byte)
      else {
        throw refuse("the delimiter is \(delimiter.quotedForMessage), expected one ASCII character that is no quote")
      }
    }
    if maximumLineBytes < 1 { throw refuse("the longest line may have \(maximumLineBytes) bytes, expected at least 1") }
    if let classes, let twice = classes.firstRepeated {
      throw refuse("the class \(twice.quotedForMessage) is declared twice")
    }
    let roles =
      [id, weight, time, valid, split, group, metadataObject, lengths, mask, offsets].compactMap { $0 }
      + (features ?? []) + (target ?? []) + metadata
    if let twice = roles.firstRepeated {
      throw refuse("\(format.wordForColumn) \(twice.quotedForMessage) is given two roles")
    }
    if let name = optionWithoutMeaning(for: format) { throw refuse("\(name) means nothing for the format \(format)") }
    if target == [], targetKind != nil { throw refuse("a kind of target is given, but no target") }
    if unit != nil, hasTokenNumbers { throw refuse("tokens are given as text and as numbers, expected one of them") }
    if metadataObject != nil, !metadata.isEmpty {
      throw refuse("metadata are to come from one column as a whole and from columns, expected one of them")
    }
    if isClassFromFileName, target?.isEmpty == false {
      throw refuse("the class is to come from the file's name and from a column, expected one of them")
    }
    try validateCounts(for: format, refuse)
  }

  private func validateCounts(for format: InputFormat, _ refuse: (String) -> InputError) throws {
    switch format {
    case .csv, .tsv:
      if features == [] { throw refuse("the list of feature columns is empty") }
      if hasTokenNumbers || unit != nil, let features, features.count > 1 {
        throw refuse("tokens come from one column, \(features.count) are given: \(features.listedForMessage)")
      }
      if let target, target.count > 1, targetKind == .classPerSequence || targetKind == .classPerTimestep {
        throw refuse("a class comes from one column, \(target.count) are given: \(target.listedForMessage)")
      }
    case .jsonl, .npz, .npy, .tfrecord:
      if let word = missing.first(where: { $0.lowercased() != "nan" && Float($0) == nil }) {
        throw refuse(
          "the missing value is \(word.quotedForMessage), expected nan or a number, as \(format) holds numbers")
      }
      let word = format.wordForColumn
      if format != .tfrecord, let features, features.count != 1 {
        throw refuse("the features come from one \(word), \(features.count) are given: \(features.listedForMessage)")
      }
      if features == [] { throw refuse("the list of features is empty") }
      if let target, target.count > 1 {
        throw refuse("the target comes from one \(word), \(target.count) are given: \(target.listedForMessage)")
      }
    case .ts: break
    case .text:
      for column in [id].compactMap({ $0 }) + (features ?? []) + (target ?? []) {
        guard let number = Int(column), number > 0 else {
          throw refuse("the column is \(column.quotedForMessage), expected its number, counted from 1")
        }
      }
      if (features ?? []).count > 1 || (target ?? []).count > 1 {
        throw refuse("text and class come from one column each")
      }
      if let targetKind, targetKind != .classPerSequence {
        throw refuse("the target of a text is a class, not \(targetKind.rawValue)")
      }
    }
  }

  /// The first option that is set and that the format cannot heed.
  private func optionWithoutMeaning(for format: InputFormat) -> String? {
    let isTable = format.hasRowPerTimestep
    let isArchive = format == .npz
    let isRecord = format == .tfrecord
    let isNumpy = isArchive || format == .npy
    let hasFields = isTable || isArchive || isRecord || format == .jsonl
    let named: [(String, Bool, Bool)] = [
      ("a feature name", featureNames != nil, !isTable && format != .text),
      ("a name of a target value", targetValueNames != nil, format != .text && format != .npy),
      ("a time column", time != nil, isTable),
      ("a validity column", valid != nil, hasFields),
      ("a weight column", weight != nil, hasFields),
      ("a split column", split != nil, hasFields),
      ("a group column", group != nil, hasFields),
      ("a metadata column", !metadata.isEmpty, isTable || format == .jsonl),
      ("a column of whole metadata", metadataObject != nil, isTable || isArchive || isRecord),
      ("a missing value", !missing.isEmpty, isTable || isNumpy || isRecord),
      ("a delimiter", delimiter != nil, isTable || format == .text),
      ("a table without header", !hasHeader, isTable),
      ("a unit of text", unit != nil, format != .ts),
      ("a token number", hasTokenNumbers, isTable || isNumpy),
      ("an array of lengths", lengths != nil, isArchive || isRecord),
      ("a mask", mask != nil, isArchive),
      ("an array of offsets", offsets != nil, isArchive),
      ("a class from the file's name", isClassFromFileName, format == .text),
      ("an empty line", keepsEmptyLines, format == .text),
      ("an id column", id != nil, format != .ts && format != .npy),
      ("a feature column", features != nil, format != .ts && format != .npy),
      ("a target column", target?.isEmpty == false, format != .ts && format != .npy),
      ("no target", target?.isEmpty == true, format != .ts),
      ("a kind of target", targetKind != nil, format != .ts && format != .npy),
    ]
    return named.first { $0.1 && !$0.2 }?.0
  }
}

extension InputFormat {
  /// What the format calls the place of a value.
  var wordForColumn: String {
    switch self {
    case .jsonl: "field"
    case .npz, .npy: "array"
    case .tfrecord: "feature"
    case .csv, .tsv, .ts, .text: "column"
    }
  }
}

extension Collection<String> {
  /// The first text that stands a second time.
  var firstRepeated: String? {
    var seen: Set<ExactName> = []
    return first { !seen.insert(ExactName($0)).inserted }
  }

  /// How a message that there is no `name` ends: the text that was probably meant, and all there are.
  func alternatives(to name: String, called kind: String) -> String {
    guard let meant = nearest(to: name) else { return "; the \(kind) are \(listedForMessage)" }
    return ", did you mean \(meant.quotedForMessage)? The \(kind) are \(listedForMessage)"
  }
}
