import RaggedCore

/// How sequences leave a store for other tools.
///
/// The article "Leaving and arriving" describes each format. Memory is bounded in bytes: next to the longest sequence a
/// few MiB, however many sequences there are.
public struct SequenceExport: Sendable, Equatable {
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

  /// What is written, one of ``FormatRegistry/writable``.
  public var format: FileFormat
  /// How an `.npz` holds sequences of mixed length; other formats do not ask.
  public var layout: Layout
  /// Bytes that an `.npz` may take.
  public var maximumBytes: Int

  /// What to write; by default ragged arrays, of 8 GiB at most.
  public init(_ format: FileFormat, layout: Layout = .ragged, maximumBytes: Int = 8 << 30) {
    self.format = format
    self.layout = layout
    self.maximumBytes = maximumBytes
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
  /// The format.
  public var format: FileFormat
  /// The settings under which an import gives the same dataset back; ``FileFormat/options(_:file:)`` makes options of them.
  public var readerSettings: ReaderSettings = [:]
  /// The one split of all sequences, where the format does not hold it.
  public var split: String?
  /// What the format does not hold, in words, and what will differ after an import.
  public var losses: [String] = []
}
