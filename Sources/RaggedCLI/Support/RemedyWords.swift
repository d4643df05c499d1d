import Ragged

// What can be done about an error, in options of the command.

extension RaggedError {
  /// The message and, where an option helps, that option.
  var advice: String {
    switch self {
    case let error as StoreError: message + (error.remedy?.words ?? "")
    case let error as InputError: message + (error.remedy?.words ?? "")
    case let error as RunError: message + error.remedy.words
    default: message
    }
  }
}

extension StoreError.Remedy {
  fileprivate var words: String {
    switch self {
    case .waitLonger: ", or wait longer with --busy-timeout"
    case .deleteUnfinished(let dataset, let store):
      ", or take that part out with \"ragged delete \(store.pathWord.shellWord) \(Self.option(dataset)) --unfinished\""
    case .input(let remedy): remedy.words
    }
  }

  /// The option that names a dataset, in a command to copy.
  private static func option(_ name: String) -> String {
    name.hasPrefix("-") ? "--dataset=\(name)".shellWord : "--dataset \(name.shellWord)"
  }
}

extension RunRemedy {
  var words: String {
    switch self {
    case .nameModel: " with --model"
    case .resume: " with ragged train --resume"
    }
  }
}

extension InputNote {
  /// The sentence and, where an option helps, that option.
  var advice: String { text + (remedy?.words ?? "") }
}

extension InputRemedy {
  fileprivate var words: String {
    switch self {
    case .acceptMissing(let words):
      " (use --missing \((words == [""] ? "" : words.textList).shellWord) to accept it)"
    case .skipColumns(let names): " (--skip \(names.textList.shellWord) leaves \(names.count == 1 ? "it" : "them") out)"
    case .takeAsLabels(let names):
      " (use --labels \(names.textList.shellWord) if \(names.count == 1 ? "it holds" : "they hold") the sequence's labels, or "
        + "--skip \(names.textList.shellWord))"
    case .takeAsText(let name):
      " (use --category \([name].textList.shellWord) where it is text, or --skip \([name].textList.shellWord))"
    case .letColumnChange(let name, let kind):
      " (use --\(kind.rawValue) \([name].textList.shellWord) if it may change)"
    case .sayColumnKind(let name, let kind):
      " (use --\(kind.rawValue) \([name].textList.shellWord) to take it, or --skip \([name].textList.shellWord))"
    case .nameFeatures: " (name the features by --features, with it or without it)"
    case .nameLeftOut(let columns): columns.map { "; \($0)\(InputRemedy.nameAsFeature.words)" }.joined()
    case .nameAsFeature: " unless --features names it"
    case .takeAsFeature: "; --features takes it for a feature"
    case .sayTargetKind(let values, let classes):
      " (use --target-kind "
        + [(values, "value"), (classes, "class")].filter { !$0.0.isEmpty }.map { kinds, what in
          "\(kinds.map(\.rawValue).joined(separator: " or ")) where it is a \(what)"
        }.joined(separator: ", ") + ")"
    case .takeTargetAs(let kind): "; --target-kind \(kind.rawValue) takes it for a class"
    case .letTargetChange(let kind): " (use --target-kind \(kind.rawValue) if it may change)"
    case .checkTimes(let column): "; --time \(column.shellWord) does so"
    case .ignoreTimes(let rows):
      " ("
        + (rows.map { "they fall throughout \($0), the newest first: sort the rows by it, or " } ?? "")
        + "--time none takes the rows as they stand)"
    case .ignoreLengths: " (use --lengths none where it is no length)"
    case .nameArrays(let input):
      "; name the input (--features \(input)) and what else there is (--target, --lengths, --mask, --offsets)"
    }
  }
}
