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
  /// An archive of numpy's arrays.
  case npz
  /// One of numpy's arrays.
  case npy
  /// TensorFlow's records, each a SequenceExample.
  case tfrecord

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
    case "npz": self = .npz
    case "npy": self = .npy
    case "tfrecord", "tfrecords": self = .tfrecord
    default: return nil
    }
  }

  /// Whether a sequence is many rows of the file, so that a key which comes twice means rows that do not stand together.
  public var hasRowPerTimestep: Bool { self == .csv || self == .tsv }
}
