import ArgumentParser
import Ragged

struct InspectCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Say what files hold and how an import would read them; nothing is stored.",
    discussion: """
      How each file is written; its columns with what their cells are, what each is taken for, the share that is missing and \
      examples; how many sequences there are, how long, and how their rows lie; what was guessed, and the option that \
      settles it; and last the command that imports them, ready to copy.

      Takes the options of "ragged import" that say what columns are: what they change can be seen before anything is \
      stored. "ragged import --dry-run" shows the same. Of files of more \
      than \(FileInspection.wholeBytes >> 20) MiB together the first thousand sequences are looked at, or all with --full. \
      Files that an import would refuse are shown as far as they can be read, and the command ends with the import's error.

        ragged inspect readings.csv
        ragged inspect part-*.parquet --id case --full
      """)

  @Argument(help: "The files, or - for standard input.", completion: .file())
  var files: [String]

  @OptionGroup(title: "Columns and fields") var reading: ReaderArguments

  @Flag(name: .long, help: "Look at every sequence of large files too, rather than the first thousand.")
  var full = false

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  @OptionGroup(title: "Messages") var console: ConsoleArguments

  func validate() throws {
    if files.count(where: { $0 == "-" }) > 1 { throw ValidationError("standard input (-) can be read once, not twice") }
  }

  func run() throws {
    let inspection = try FileInspection(files, reading, full: full)
    let command = InspectedImport(inspection, files: files, reading: reading)
    if json {
      try Console.print(json: InspectionJSON(inspection, command: command.text))
    } else {
      Console.print(InspectionPrinter(inspection, command: command).text)
    }
    if let fault = inspection.firstFault { throw fault }
  }
}

extension FileInspection {
  /// Looks at the files of a command, and shows how far that has come.
  init(_ files: [String], _ reading: ReaderArguments, full: Bool) throws {
    let settings = reading.settings
    let readers = try FileReader.readers(of: files, format: reading.format) { _ in settings }
    let line = ImportLine(readers, "inspecting")
    defer { line.clear() }
    try self.init(readers, full: full, monitor: line.monitor)
  }
}

/// The command that imports files which were looked at.
struct InspectedImport {
  private let words: [String]

  /// - Parameters:
  ///   - store: the store, where one is named.
  ///   - options: those of the import alone.
  init(
    _ inspection: FileInspection, files: [String], reading: ReaderArguments, store: String = "STORE",
    options: [String] = []
  ) {
    var words = ["ragged", "import", store.pathWord] + files.map(\.pathWord)
    if let format = reading.format { words += ReaderSettings.words("format", format.name) }
    self.words =
      words + options
      + (inspection.description == nil ? reading.settings : inspection.settings).optionWords
  }

  /// As a shell takes it.
  var text: String { words.map(\.shellWord).joined(separator: " ") }
}
