/// The formats there are. A format stands in a folder of its own; this is the one place that lists them. One that needs what this
/// module must not see stands in the module that sees it, with a list of all and its own.
public enum FormatRegistry {
  /// Every format that sequences can be read from.
  public static let all: [FileFormat] = [
    .csv, .tsv, .jsonl, .ts, .tsf, .arff, .conll, .conllu, .text, .npz, .npy, .tfrecord, .parquet, .xes,
  ]

  /// Those that sequences can be written in.
  public static var writable: [FileFormat] { all.filter(\.isWritten) }
}

extension FileFormat {
  /// The format of this name; nil where there is none.
  /// - Parameters:
  ///   - name: what the user calls it.
  ///   - formats: those that are looked at; a module above may have more than are listed here.
  public init?(named name: String, among formats: [FileFormat] = FormatRegistry.all) {
    guard let format = formats.first(where: { $0.name == name }) else { return nil }
    self = format
  }

  /// The format that a file's name stands for, with or without `.gz`; nil where the name says nothing.
  /// - Parameters:
  ///   - fileName: the name, with or without a path.
  ///   - formats: those that are looked at; a module above may have more than are listed here.
  public init?(fileName: String, among formats: [FileFormat] = FormatRegistry.all) {
    var name = fileName.lowercased()
    if name.hasSuffix(".gz") { name.removeLast(3) }
    guard let dot = name.lastIndex(of: ".") else { return nil }
    let ending = String(name[name.index(after: dot)...])
    guard let format = formats.first(where: { $0.extensions.contains(ending) }) else { return nil }
    self = format
  }
}
