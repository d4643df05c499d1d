/// The formats there are. A format stands in a folder of its own; this is the one place that lists them.
public enum FormatRegistry {
  /// Every format that sequences can be read from.
  public static let all: [FileFormat] = [.csv, .tsv, .jsonl, .ts, .text, .npz, .npy, .tfrecord, .parquet]

  /// Those that sequences can be written in.
  public static var writable: [FileFormat] { all.filter(\.isWritten) }
}

extension FileFormat {
  /// The format of this name; nil where there is none.
  public init?(named name: String) {
    guard let format = FormatRegistry.all.first(where: { $0.name == name }) else { return nil }
    self = format
  }

  /// The format that a file's name stands for, with or without `.gz`; nil where the name says nothing.
  public init?(fileName: String) {
    var name = fileName.lowercased()
    if name.hasSuffix(".gz") { name.removeLast(3) }
    guard let dot = name.lastIndex(of: ".") else { return nil }
    let ending = String(name[name.index(after: dot)...])
    guard let format = FormatRegistry.all.first(where: { $0.extensions.contains(ending) }) else { return nil }
    self = format
  }
}
