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
    let reading = report.readerOptions
    var words: [String] = []
    func add(_ name: String, _ value: String?) {
      guard let value else { return }
      words += value.hasPrefix("-") ? ["--\(name)=\(value)"] : ["--" + name, value]
    }
    if InputSource(path).format != report.format { add("format", report.format.rawValue) }
    add("dataset", report.dataset)
    add("split", report.split)
    add("id", reading.id)
    add("features", reading.features?.textList)
    add("feature-names", reading.featureNames?.textList)
    add("target", reading.target.map { $0.isEmpty ? "none" : $0 == ["none"] ? "\"none\"" : $0.textList })
    add("target-kind", reading.targetKind?.rawValue)
    add("target-names", reading.targetValueNames?.textList)
    add("weight", reading.weight)
    add("time", reading.time)
    add("valid", reading.valid)
    add("split-column", reading.split)
    add("group-column", reading.group)
    add("metadata-object", reading.metadataObject)
    add("classes", reading.classes?.textList)
    add("tokens", reading.hasTokenNumbers ? "numbers" : reading.unit?.rawValue)
    return words
  }
}
