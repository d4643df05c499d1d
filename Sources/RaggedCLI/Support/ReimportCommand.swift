import Ragged

/// The command that reads an export into a store again.
struct ReimportCommand {
  let report: ExportReport
  /// The file that was written.
  let path: String

  /// The command as a shell takes it.
  var text: String {
    (["ragged", "import", "STORE", path.pathWord] + options).map(\.shellWord).joined(separator: " ")
  }

  private var options: [String] {
    var words: [String] = []
    func add(_ name: String, _ value: String?) { if let value { words += ReaderSettings.words(name, value) } }
    if InputSource(path).format != report.format { add("format", report.format.name) }
    add("dataset", report.dataset)
    add("split", report.split)
    return words + report.readerSettings.optionWords
  }
}
