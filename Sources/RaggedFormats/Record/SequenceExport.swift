import RaggedCore

/// How sequences leave a store for other tools.
///
/// The article "Leaving and arriving" describes each format. Memory is bounded in bytes: next to the longest sequence a
/// few MiB, however many sequences there are.
public struct SequenceExport: Sendable, Equatable {
  /// A format that sequences can be written in.
  public enum Format: String, Sendable, CaseIterable {
    /// Long comma-separated values: a row a timestep.
    case csv
    /// JSON Lines: an object a sequence.
    case jsonl
    /// Arrays for numpy.
    case npz
    /// The time-series format of sktime, aeon and the UCR archive.
    case ts
    /// TensorFlow's records, each a SequenceExample.
    case tfrecord
  }

  /// How the arrays of an `.npz` hold sequences of mixed length.
  public enum Layout: String, Sendable, CaseIterable {
    /// `[B, T, F]` with lengths and a mask.
    case padded
    /// `[N, F]` with offsets.
    case ragged
  }

  /// Where the bytes go.
  public enum Destination {
    /// Into a file, which appears when it is whole, compressed where its name ends with `.gz`.
    case file(String)
    /// To a function, as they come.
    case stream((UnsafeRawBufferPointer) throws -> Void)
  }

  /// What is written.
  public var format: Format
  /// How an `.npz` holds sequences of mixed length; other formats do not ask.
  public var layout: Layout
  /// Bytes that an `.npz` may take.
  public var maximumBytes: Int

  /// What to write; by default ragged arrays, of 8 GiB at most.
  public init(_ format: Format, layout: Layout = .ragged, maximumBytes: Int = 8 << 30) {
    self.format = format
    self.layout = layout
    self.maximumBytes = maximumBytes
  }
}

extension SequenceExport.Format {
  /// The format that a file's name stands for, with or without `.gz`; nil where the name says nothing.
  public init?(fileName: String) {
    var name = fileName.lowercased()
    if name.hasSuffix(".gz") { name.removeLast(3) }
    guard let dot = name.lastIndex(of: ".") else { return nil }
    switch name[name.index(after: dot)...] {
    case "csv": self = .csv
    case "jsonl", "ndjson", "jsonlines": self = .jsonl
    case "npz": self = .npz
    case "ts": self = .ts
    case "tfrecord", "tfrecords": self = .tfrecord
    default: return nil
    }
  }

  /// Whether its files are text.
  public var isText: Bool {
    switch self {
    case .csv, .jsonl, .ts: true
    case .npz, .tfrecord: false
    }
  }

  /// The format as one that is read.
  public var inputFormat: InputFormat {
    switch self {
    case .csv: .csv
    case .jsonl: .jsonl
    case .npz: .npz
    case .ts: .ts
    case .tfrecord: .tfrecord
    }
  }
}

/// What an export wrote, and how to read it again.
public struct ExportReport: Sendable, Equatable {
  /// The dataset.
  public var dataset: String
  /// Sequences written.
  public var sequences = 0
  /// Their timesteps, invalid ones among them.
  public var timesteps = 0
  /// The format as one that is read.
  public var format: InputFormat
  /// The options under which an import gives the same dataset back.
  public var readerOptions = ReaderOptions()
  /// The one split of all sequences, where the format does not hold it.
  public var split: String?
  /// What the format does not hold, in words, and what will differ after an import.
  public var losses: [String] = []
}
