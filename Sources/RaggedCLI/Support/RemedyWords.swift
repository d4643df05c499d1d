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
    case .nameID: "; --id names a column of ids"
    case .sayWhatSequencesAre(let id):
      " (use --id \(id?.shellWord ?? "COLUMN") where it names the sequences, or --layout series where the file is one)"
    case .nameTarget: "; --target names it, or none"
    case .sayChannels: " (--channels last: those of a timestep; --channels first: those of a channel)"
    case .sayPivot: " (name them with --pivot and --value)"
    case .pivot(let variable, let value):
      " (--pivot \(variable.shellWord) --value \(value.shellWord) makes a column of each variable)"
    case .sayPivotColumns: " (--pivot-columns names them)"
    case .sayTies: " (--pivot-ties: \(PivotTies.allCases.map(\.rawValue).choiceText))"
    case .layOut(let layout): " (--layout \(layout.rawValue) takes them so)"
    case .sayWhatLinesAre:
      " (--layout wide: a line is a sequence; --layout series: a line is a timestep; --tokens words or characters: text)"
    case .sayLayout(let isHeaderless):
      " (\(isHeaderless ? "--no-header takes it for a row; " : "")--layout says what a row is)"
    case .ignoreTimes: " (--time-format says how they are written, --time none takes the rows as they stand)"
    case .sayTimeFormat: "; --time-format says otherwise"
    case .keepRowOrder: "; --order none keeps the order of the file"
    case .groupRows: ", or let --group-rows always do so"
    case .refuseScatteredRows: "; --group-rows never refuses them"
    case .refuseBlankIDs: "; --blank-ids refuse does not take them"
    case .ignoreLengths: " (use --lengths none where it is no length)"
    case .giveQuery(let query, let file):
      ": ragged import STORE \(file.pathWord.shellWord) --query \(query.shellWord)"
    case .sayPadding(let value):
      "; --padding \(value) leaves \(value == "nan" ? "those of missing values" : "them") out"
    case .sayWidth: " (use --width)"
    case .chooseJoined: " (name those that are wanted with --join-columns)"
    case .nameJoinKey: " (--join-key names the column, --key-from name makes keys of the files' names)"
    case .nameArrays(let input):
      "; name the input (--features \(input)) and what else there is (--target, --lengths, --mask, --offsets)"
    case .sayFormat: " (--format names it)"
    case .sayEncoding: " (--encoding says what it is: utf-8, utf-16, latin1, windows-1252)"
    case .sayDelimiter: " (--delimiter overrules it)"
    case .skipLines(let count): count == 0 ? " (--skip-lines 0 takes them)" : " (use --skip-lines \(count))"
    case .sayUnitsRows: " (--units-rows 0 takes it as data)"
    case .sayComment: " (--comment none takes them as data)"
    case .sayHeaderless: " (use --no-header where it is data)"
    case .sayNumberMarks(let forms): " (use \(forms.map(\.options).joined(separator: " or ")))"
    case .overruleNumberMarks: " (--decimal and --thousands overrule it)"
    case .takeAsComments(let start): " (--comment \(start.shellWord) leaves out lines that begin so)"
    case .sayWhetherComments(let start):
      " (--comment \(start.shellWord) leaves them out, --comment none takes them as data)"
    case .leaveOutRow(let start):
      " (use --comment \(start.shellWord) or --on-error skip to leave it out, or --missing '' where its empty cells are missing)"
    }
  }
}

extension NumberMarks {
  /// The options that ask for these marks.
  fileprivate var options: String {
    "--decimal \(decimal.shellWord)" + (thousands.map { " --thousands \($0.shellWord)" } ?? "")
  }
}
