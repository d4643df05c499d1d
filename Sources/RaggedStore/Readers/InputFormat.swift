/// A format that sequences can be read from.
public enum InputFormat: String, Sendable, Codable, CaseIterable {
  /// Long comma-separated values: a row a timestep.
  case csv
  /// Long tab-separated values: a row a timestep.
  case tsv
  /// JSON Lines: an object a sequence.
  case jsonl
  /// The time-series format of sktime, aeon and the UCR archive.
  case ts
  /// Plain text: a line a sequence.
  case text

  /// The format that a file's name stands for, with or without `.gz`; nil where the name says nothing.
  public init?(fileName: String) {
    var name = fileName.lowercased()
    if name.hasSuffix(".gz") { name.removeLast(3) }
    guard let dot = name.lastIndex(of: ".") else { return nil }
    switch name[name.index(after: dot)...] {
    case "csv": self = .csv
    case "tsv", "tab": self = .tsv
    case "jsonl", "ndjson", "jsonlines": self = .jsonl
    case "ts": self = .ts
    case "txt", "text": self = .text
    default: return nil
    }
  }
}
