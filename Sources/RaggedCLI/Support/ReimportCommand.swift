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
    let settings = report.readerSettings
    var words: [String] = []
    func add(_ name: String, _ value: String?) {
      guard let value else { return }
      words += value.hasPrefix("-") ? ["--\(name)=\(value)"] : ["--" + name, value]
    }
    if InputSource(path).format != report.format { add("format", report.format.name) }
    add("dataset", report.dataset)
    add("split", report.split)
    func list(_ name: String, _ setting: ReaderSetting) { add(name, settings[setting]?.textList) }
    func text(_ name: String, _ setting: ReaderSetting) { add(name, settings[setting]?.first) }
    text("id", .id)
    list("features", .features)
    list("feature-names", .featureNames)
    add(
      "target",
      settings[.noTarget] != nil ? "none" : settings[.target].map { $0 == ["none"] ? "\"none\"" : $0.textList })
    text("target-kind", .targetKind)
    list("target-names", .targetValueNames)
    text("weight", .weight)
    list("time", .time)
    list("number", .numbers)
    list("category", .categories)
    list("labels", .labels)
    text("labels-separator", .labelSeparator)
    list("static", .statics)
    add(
      "input-columns",
      settings[.inputs].map { $0.isEmpty ? "none" : $0 == ["none"] ? "\"none\"" : $0.textList })
    list("skip", .skipped)
    text("valid", .valid)
    text("split-column", .split)
    text("group-column", .group)
    text("metadata-object", .metadataObject)
    list("classes", .classes)
    add("tokens", settings[.tokenNumbers] != nil ? "numbers" : settings[.unit]?.first)
    return words
  }
}
