public import ArgumentParser
import Foundation
public import Ragged

struct ImportCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Read sequences from files into a store.",
    discussion: """
      Formats\(unstreamed.isEmpty ? "" : ", all but \(unstreamed)") also as .gz and from standard input (-):

      \(FormatRegistry.allWithDatabases.helpList(\.summary))

        ragged import s.sqlite runs.csv --id run --features ax,ay
        ragged import s.sqlite runs.csv --dry-run
        ragged import s.sqlite names/*.txt --class-from filename
        ragged import s.sqlite walk/*.csv run/*.csv --class-from folder
        ragged import s.sqlite train.conll --features 1 --target 4
        ragged import s.sqlite M4-Hourly-train.csv --layout wide
        ragged import s.sqlite stays/*.txt --format csv --pivot Parameter --value Value
        ragged import s.sqlite data.npz --features x --target y
        ragged import s.sqlite events.parquet --id case --time when
        ragged import s.sqlite cases.xes.gz
        ragged import s.sqlite shop.db --query "SELECT customer AS id, at AS time, amount FROM orders ORDER BY id, time"
        ragged import s.sqlite stays/*.csv --join outcomes.csv --target died

      Which column was taken for what is said before the rows are read: by the first thousand rows of each file, and of \
      several files by all of them together. The last line says what was stored.

      All files of a command are one transaction: where one sequence is bad, nothing is stored, unless --on-error skip \
      leaves bad sequences out and lists them. Imports into a dataset that is there add to it; keys must be new, unless \
      --if-exists skip or replace says otherwise. With skip, the same import a second time changes nothing.
      """)

  /// Formats that are read from plain files alone.
  private static var unstreamed: String {
    let names = FormatRegistry.allWithDatabases.filter { !$0.isStreamed }.map(\.name)
    return names.count < 2
      ? names.joined() : "\(names.dropLast().joined(separator: ", ")) and \(names.last ?? "")"
  }

  @Argument(help: "The store: an SQLite file; it is made where it is not there.", completion: .file())
  var store: String

  @Argument(help: "The files, or - for standard input.", completion: .file())
  var files: [String]

  @Option(
    name: .shortAndLong, help: "The dataset; it is made where it is not there.",
    completion: .datasets)
  var dataset = ImportOptions.usualDataset

  @OptionGroup(title: "Splits") var splits: SplitArguments
  @OptionGroup(title: "Columns and fields") var reading: ReaderArguments

  @Option(name: .long, help: "What to do with a bad sequence: fail, or skip it and list it.")
  var onError: ImportOptions.ErrorPolicy = .fail

  @Option(
    name: .long,
    help: "What to do with a sequence whose key is there: error, skip to leave the old one, or replace it.")
  var ifExists: ImportOptions.ExistingKey = .fail

  @Flag(name: .long, help: "Fail where the dataset is there.")
  var new = false

  @Flag(
    name: .long,
    help: "Commit on the way; where the import ends early, the same command goes on after what is stored.")
  var resumable = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "How much a resumable import stores between two commits: bytes, or with KB, MB or GB. "
        + "Default: \(ImportOptions.usualCommit / 1_000_000)MB.",
      discussion: "Less is lost where it ends early, and the import takes longer. Go on with the same amount.",
      valueName: "size"))
  var commitEvery: ByteAmount?

  @Flag(
    name: .long,
    help: "Tokens that the dataset does not know become the unknown token, rather than join its vocabulary.")
  var keepVocabulary = false

  @Flag(name: .long, help: "Show what would be imported, as \"ragged inspect\" does, and store nothing.")
  var dryRun = false

  @OptionGroup(title: "Messages") var console: ConsoleArguments

  @OptionGroup var wait: WaitArguments

  func validate() throws {
    if files.count(where: { $0 == "-" }) > 1 { throw ValidationError("standard input (-) can be read once, not twice") }
    try Limits.check("--commit-every", commitEvery?.bytes, 1...BatchLimits.largest)
    if commitEvery != nil, !resumable { throw ValidationError("--commit-every goes with --resumable") }
  }

  func run() throws {
    if dryRun { return try showOnly() }
    let isNew = !FileManager.default.fileExists(atPath: store)
    // Opened before the store is made, so that a wrong name leaves nothing behind.
    let settings = reading.settings
    var readers = try reading.readers(of: files) { _ in settings }
    let options = ImportOptions(
      split: try splits.assignment(hasSplitColumn: reading.splitColumn != nil || reading.splitFrom != nil),
      classes: reading.classes.map { _ in reading.classes.list }, onError: onError,
      ifExists: new ? .fail : .append, ifKeyExists: ifExists,
      commitsEvery: resumable ? commitEvery?.bytes ?? ImportOptions.usualCommit : nil,
      extendsVocabulary: !keepVocabulary)
    do {
      for index in readers.indices { readers[index].endWaits(for: Interruption.monitor) }
      let differences = try FileReader.decideTogether(&readers)
      if !console.quiet { for note in differences { Console.error(note.advice) } }
      let waiting = InterruptibleTime()
      let opened = try wait.open(store, .create, interruptible: waiting)
      let report = try add(&readers, to: opened, options, begun: waiting.end)
      for rejection in report.rejected { Console.error("left out: \(rejection.error.advice)") }
      if report.rejectedCount > report.rejected.count {
        Console.error("left out: \(report.rejectedCount - report.rejected.count) more")
      }
      guard report.sequences > 0 || report.skipped > 0 || report.rejectedCount == 0 else {
        let place = readers.count == 1 ? readers[0].source.name : "\(readers.count) files"
        throw InputError(
          file: place,
          problem: "nothing was stored, as all of \(report.rejectedCount.counted("sequence")) were left out",
          isFatal: true)
      }
      Console.print(report.description)
      if !console.quiet { showNotes(report, opened) }
    } catch {
      if isNew, !resumable { SequenceStore.remove(at: store) }
      // What was cut short by the interruption may look like a fault of the data.
      if Interruption.isRequested, error is InputError || error is Cancelled {
        throw Cancelled(resumable ? committed : "nothing of the import was kept")
      }
      throw error
    }
  }

  /// Shows what the files hold, whether that fits what is in the store, and the command without `--dry-run`.
  private func showOnly() throws {
    let inspection = try FileInspection(files, reading, full: false)
    let command = InspectedImport(inspection, files: files, reading: reading, store: store, options: ownWords)
    Console.print(InspectionPrinter(inspection, command: command).text)
    if let fault = inspection.firstFault { throw fault }
    guard FileManager.default.fileExists(atPath: store), let description = inspection.description else { return }
    let opened = try wait.open(store, .readOnly)
    guard try opened.datasets().contains(where: { $0.name.isExactly(dataset) }) else { return }
    try opened.checkFit(description, dataset: dataset)
    Console.print("\nThe sequences would be added to those of dataset \"\(dataset)\".")
  }

  /// The options that say nothing of the files, as they were given.
  private var ownWords: [String] {
    var words: [String] = []
    func add(_ option: String, _ value: String?) { if let value { words += ReaderSettings.words(option, value) } }
    func flag(_ option: String, _ isSet: Bool) { if isSet { words += ReaderSettings.words(option, nil) } }
    add("dataset", dataset == ImportOptions.usualDataset ? nil : dataset)
    add("split", splits.split)
    add("seed", splits.seed == 0 ? nil : String(splits.seed))
    flag("stratify", splits.stratify)
    flag("grouped", splits.grouped)
    add("on-error", onError == .fail ? nil : onError.rawValue)
    add("if-exists", ifExists == .fail ? nil : ifExists.rawValue)
    flag("new", new)
    flag("resumable", resumable)
    add("commit-every", commitEvery.map { String($0.bytes) })
    flag("keep-vocabulary", keepVocabulary)
    return words
  }

  /// What of the store as it is now should be known.
  private func showNotes(_ report: ImportReport, _ store: SequenceStore) {
    if !report.hasValidTimestep {
      Console.error("no timestep that was stored is valid: nothing can be learned from it")
    }
    for column in (try? store.uniqueNames(dataset)) ?? [] where report.sequences > 0 {
      Console.error(InputNote(column.note, remedy: .skipColumns([column.column])).advice)
    }
    guard report.sequences > 0, let info = try? store.datasetInfo(dataset) else { return }
    splits.say(info, in: store, all: report.sequences == info.sequences)
  }

  /// What a resumable import has stored.
  private var committed: String {
    let opened = try? SequenceStore(path: store, mode: .readOnly)
    let names = (try? opened?.datasets()) ?? []
    let count = names.first { $0.name.isExactly(dataset) }?.sequences ?? 0
    return "\(count.counted("sequence is", "sequences are")) committed in dataset \"\(dataset)\"; "
      + "the same command goes on after them"
  }

  private func add(
    _ readers: inout [FileReader], to store: SequenceStore, _ options: ImportOptions, begun: () -> Void
  ) throws -> ImportReport {
    let line = ImportLine(readers)
    defer { line.clear() }
    return try store.importing(
      into: dataset, options: options, monitor: line.monitor,
      { session in
        begun()
        var shown: Set<String> = []
        var notes = CommonNotes(of: readers.count)
        for index in readers.indices {
          if !console.quiet {
            let roles = try readers[index].roles()
            if shown.insert(roles).inserted { Console.error(roles) }
          }
          try readers[index].showNotes(&notes)
          try session.add(
            &readers[index], named: readers[index].source.name,
            rowPerTimestep: readers[index].hasRowPerTimestep,
            fingerprint: resumable ? readers[index].source.fingerprint : nil)
          try readers[index].showNotes(&notes)
        }
        if !console.quiet { for note in notes.finish() { Console.error(note.advice) } }
      })
  }
}

extension ImportOptions.ErrorPolicy: ExpressibleByArgument {}
extension ImportOptions.ExistingKey: ExpressibleByArgument {}

struct SplitArguments: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The split's name, or shares: 0.8,0.1,0.1 are train, validation, test; 0.8,0.2 are train, test.",
      discussion: "Shares go by a hash of the key: the same sequences fall into the same splits whenever, and in "
        + "whatever order, they are imported. Default of an import: the file's own split, or train."))
  var split: String?

  @Option(name: .long, help: "Decides how shares are drawn.")
  var seed: UInt64 = 0

  @Flag(
    name: .long,
    help: ArgumentHelp(
      "Divide every class by the shares.",
      discussion:
        "An import divides what it adds; what was there keeps its split. So two imports are divided otherwise "
        + "than one of both: \"ragged split --stratify\" divides all anew, as one import would."))
  var stratify = false

  @Flag(name: .long, help: "Keep sequences of one group, named by --group-column, in one split.")
  var grouped = false

  func validate() throws {
    if stratify, grouped { throw ValidationError("--stratify and --grouped exclude each other") }
    if stratify || grouped, shares == nil {
      throw ValidationError("--stratify and --grouped go with shares: --split 0.8,0.1,0.1")
    }
    if let shares, shares.count > 3 {
      throw ValidationError("--split has \(shares.count.counted("share")), expected two or three")
    }
    if let split, shares == nil, SplitArguments.looksLikeShares(split) {
      throw ValidationError("--split is \"\(split)\", expected a name, or two or three shares: 0.8,0.1,0.1")
    }
  }

  /// Whether a text seems to be meant for shares, such as `0.8:0.2`, `80/20` and `0.8`, rather than for a name.
  private static func looksLikeShares(_ text: String) -> Bool {
    if text.contains(",") || Double(text) != nil { return true }
    guard text.allSatisfy({ $0.isNumber || $0.isWhitespace || ".:;/|%+-".contains($0) }) else { return false }
    let numbers = text.split { !$0.isNumber && $0 != "." }.compactMap { Double($0) }
    // A date, 2020-01, is a name.
    let hasDashesAlone = text.allSatisfy { $0.isNumber || $0 == "." || $0 == "-" }
    let sum = numbers.reduce(0, +)
    return !numbers.isEmpty && (!hasDashesAlone || numbers.count > 1 && (abs(sum - 1) < 1e-6 || abs(sum - 100) < 1e-6))
  }

  private var shares: [Double]? {
    let numbers = split.list.map(Double.init)
    return numbers.count > 1 && !numbers.contains(nil) ? numbers.compactMap { $0 } : nil
  }

  private var shareNames: [String] { shares?.count == 2 ? ["train", "test"] : ["train", "validation", "test"] }

  /// Says what the splits of a dataset became, where shares were asked for or there are several.
  /// - Parameter all: whether all its sequences were divided by the shares.
  func say(_ info: DatasetInfo, in store: SequenceStore, all: Bool) {
    let asked = all ? zip(shareNames, shares ?? []).map { SplitFraction($0, $1) } : []
    if shares != nil || info.splits.count > 1, let found = try? store.splitSummaries(info.name, asked: asked) {
      let words = SplitWords(found)
      Console.error(words.line)
      if let note = words.note(stratify: stratify, grouped: grouped) { Console.error(note) }
    }
    if let note = emptyNote(info) { Console.error(note) }
  }

  /// What is said of splits that have a share and no sequence; nil where there are none.
  func emptyNote(_ info: DatasetInfo) -> String? {
    guard let shares else { return nil }
    let filled = Set(info.splits.filter { $0.sequences > 0 }.map(\.name))
    let empty = zip(shareNames, shares).filter { $1 > 0 && !filled.contains($0) }.map { "\"\($0.0)\"" }
    guard !empty.isEmpty else { return nil }
    var advice = ""
    if !stratify, !grouped, case .classPerSequence = info.signature.target {
      advice = "; --stratify divides each class as exactly as whole sequences allow"
    }
    let reason = stratify ? "" : ": shares go by a hash and hold on average"
    return "split \(empty.joined(separator: " and ")) \(empty.count == 1 ? "is" : "are") empty\(reason)\(advice)"
  }

  func assignment(hasSplitColumn: Bool) throws -> SplitAssignment {
    if let shares {
      if hasSplitColumn { throw ValidationError("--split with shares excludes --split-column and --split-from") }
      return .hashed(
        zip(shareNames, shares).map { SplitFraction($0, $1) }, seed: seed,
        by: stratify ? .keyWithinClass : grouped ? .group : .key)
    }
    if hasSplitColumn { return .fromRecord(default: split ?? ImportOptions.usualSplit) }
    return split.map(SplitAssignment.named) ?? ImportOptions().split
  }
}
