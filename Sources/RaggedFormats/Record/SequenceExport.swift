public import RaggedCore

/// How sequences leave a store for other tools.
///
/// The article "Leaving and arriving" describes each format. Memory is bounded in bytes: next to the longest sequence a
/// few MiB, however many sequences there are.
public struct SequenceExport: Sendable, Equatable {
  /// How a file holds sequences of mixed length, where its format leaves a choice; see ``FileFormat/layouts``.
  public enum Layout: String, Sendable, CaseIterable {
    /// The arrays of an `.npz` are `[B, T, F]` with lengths and a mask.
    case padded
    /// They are `[N, F]` with offsets.
    case ragged
    /// Parquet has a row per timestep.
    case timesteps
    /// Parquet has a row per sequence, whose columns of a timestep are lists.
    case sequences
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
  /// How the format holds sequences, one of its ``FileFormat/layouts``; nil is the first of them.
  public var layout: Layout?
  /// Bytes that an `.npz` may take.
  public var maximumBytes: Int

  /// What to write; by default in the format's first layout, arrays of 8 GiB at most.
  public init(_ format: FileFormat, layout: Layout? = nil, maximumBytes: Int = 8 << 30) {
    self.format = format
    self.layout = layout
    self.maximumBytes = maximumBytes
  }
}

extension FileFormat {
  /// The layouts in which it is written, the usual one first; empty where there is no choice.
  public var layouts: [SequenceExport.Layout] {
    switch self {
    case .npz: [.ragged, .padded]
    case .parquet: [.timesteps, .sequences]
    default: []
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
  /// The format.
  public var format: FileFormat
  /// The settings under which an import gives the same dataset back; ``FileFormat/options(_:file:)`` makes options of them.
  public var readerSettings: ReaderSettings = [:]
  /// The one split of all sequences, where the format does not hold it.
  public var split: String?
  /// What the format does not hold, in words, and what will differ after an import.
  public var losses: [String] = []
}

/// Why sequences cannot be written in a format.
public typealias ExportError = CodedError<ExportFault>

/// The kinds of ``ExportError``.
public enum ExportFault: FaultCode {
  /// Data that the format cannot hold.
  case mismatch
  /// An option that means nothing here.
  case invalidOption

  /// What each means to the caller.
  public var failureClass: FailureClass {
    switch self {
    case .mismatch: .badData
    case .invalidOption: .usage
    }
  }
}

/// Sequences on their way into files: what a writer asks of a store, or of anything else that holds some.
package protocol ExportedSequences {
  /// What the sequences look like.
  var signature: SequenceSignature { get }
  /// The length of each, in timesteps.
  var lengths: [Int32] { get }
  /// The columns beside input and target, with their names.
  var furtherColumns: [Column] { get }
  /// What the column of classes is called, where the target is one.
  var classColumn: String { get }
  var datasetName: String { get }
  /// Whether its classes were declared, so that no others may come.
  var hasDeclaredClasses: Bool { get }
  /// Whether any of the sequences has an invalid timestep.
  func hasInvalidTimesteps() throws -> Bool
  /// Calls `body` with one record after the other, the codes of which are those of ``RecordNames``.
  func forEachRecord(_ body: (SequenceRecord) throws -> Void) throws
  /// The same without timesteps, target and validity, of which none is read.
  func forEachHead(_ body: (SequenceRecord) throws -> Void) throws
}

extension ExportedSequences {
  /// None.
  package var furtherColumns: [Column] { [] }
  package var classColumn: String { SequenceSignature.classColumn }

  /// Whether a feature is missing anywhere. O(features), up to the first.
  func hasMissingFeatures() throws -> Bool {
    do {
      try forEachRecord { record in
        if case .values(let values, _) = record.input, !RecordEncoder.areFinite(values) { throw MissingFeature() }
      }
    } catch is MissingFeature { return true }
    return false
  }
}

/// Ends a search.
private struct MissingFeature: Error {}

extension [Column] {
  /// What a format leaves out that only tells inputs from others, in words.
  var roleLosses: [String] {
    let targets = filter { $0.role == .target }.map(\.name)
    guard !targets.isEmpty else { return [] }
    return [
      "that column\(targets.count == 1 ? "" : "s") \(targets.listedForMessage) \(targets.count == 1 ? "is a target" : "are targets")"
    ]
  }

  /// What a format leaves out that cannot hold these columns, in words; nil where there are none.
  var loss: String? {
    isEmpty ? nil : "column\(count == 1 ? "" : "s") \(map(\.name).listedForMessage)"
  }
}

/// Writes sequences in one format.
protocol ExportWriter {
  /// Writes the next sequence.
  mutating func write(_ record: SequenceRecord) throws
  /// Writes what is left behind the last sequence.
  mutating func finish() throws
  /// The options under which a reader gives the dataset back, those of its classes aside.
  var readerOptions: any FormatOptions { get }
  /// What the format does not hold, in words.
  var losses: [String] { get }
}

extension ExportWriter {
  /// Nothing.
  mutating func finish() throws {}
}

extension SequenceExport {
  /// Writes sequences.
  /// - Parameters:
  ///   - source: the sequences.
  ///   - destination: a file, replaced whole where it is there, or a function that takes text as it comes.
  ///   - monitor: asked before each sequence, and informed of every few hundred.
  /// - Throws: ``ExportError`` for data that the format cannot hold; `WriterError` for a file that cannot be written; what
  ///   the source throws; `Cancelled`. No file appears then.
  package func write(
    _ source: some ExportedSequences, to destination: Destination,
    monitor: ProgressMonitor = .none
  ) throws -> ExportReport {
    if let records = source as? RecordSource {
      return try write(RecordSource.Stored(records: records), to: destination, monitor: monitor)
    }
    let times = source.furtherColumns.filter { $0.kind == .time && $0.extent == .sequence }.map(\.name)
    guard !times.isEmpty, format != .tsf else { return try writeAll(source, to: destination, monitor: monitor) }
    var report = try writeAll(SpreadTimes(base: source), to: destination, monitor: monitor)
    report.losses.append(
      "that column\(times.count == 1 ? "" : "s") \(times.listedForMessage) \(times.count == 1 ? "has" : "have") one time "
        + "per sequence (each timestep has it)")
    return report
  }

  private func writeAll(
    _ source: some ExportedSequences, to destination: Destination, monitor: ProgressMonitor
  ) throws -> ExportReport {
    if let layout, !format.layouts.contains(layout) {
      let known = format.layouts.map(\.rawValue)
      throw ExportError(
        .invalidOption,
        "\(format) has no layout \(layout.rawValue)"
          + (known.isEmpty ? "" : ", expected \(known.joined(separator: " or "))"))
    }
    var facts = try ExportFacts(source, monitor: monitor)
    facts.layout = layout ?? format.layouts.first
    let total = source.lengths.count
    var report = ExportReport(dataset: source.datasetName, format: format)
    var occurrences = ExportOccurrences(source.signature, areDeclared: source.hasDeclaredClasses)
    func written(_ record: SequenceRecord) throws {
      try Self.check(monitor)
      occurrences.note(record)
      report.sequences += 1
      report.timesteps += record.length
      if report.sequences % 256 == 0 {
        monitor.report(WorkProgress(.exporting, report.sequences, of: total, .sequences))
      }
    }
    switch format.writer {
    case nil: throw ExportError(.invalidOption, "\(format) is a format that is read, not written")
    case .arrays:
      let writer = try NPZExport(source, facts, self, destination, monitor: monitor)
      try writer.write(noting: written, occurrences: { occurrences })
      report.losses = writer.losses + occurrences.losses
    case .sequences(let makeWriter):
      let sink = try ExportSink(destination)
      var writer = try makeWriter(source, facts, sink)
      try source.forEachRecord { record in
        try written(record)
        try writer.write(record)
      }
      try writer.finish()
      try sink.finish()
      report.readerSettings = writer.readerOptions.settings
      report.losses = writer.losses + occurrences.losses
      if [.ts, .tsf, .arff].contains(format) {
        report.split = facts.onlySplit
      } else {
        report.readerSettings[.classes] = occurrences.classesToDeclare
      }
    }
    return report
  }

  /// Ends an export that is no longer wanted.
  static func check(_ monitor: ProgressMonitor) throws { try monitor.check("no file was written") }
}

/// Sequences with each time per sequence at all of its timesteps, as files have times.
private struct SpreadTimes<Base: ExportedSequences>: ExportedSequences {
  let base: Base

  var signature: SequenceSignature { base.signature }
  var lengths: [Int32] { base.lengths }
  var classColumn: String { base.classColumn }
  var datasetName: String { base.datasetName }
  var hasDeclaredClasses: Bool { base.hasDeclaredClasses }

  var furtherColumns: [Column] {
    base.furtherColumns.map { column in
      var column = column
      if column.kind == .time { column.extent = .timestep }
      return column
    }
  }

  func hasInvalidTimesteps() throws -> Bool { try base.hasInvalidTimesteps() }
  func forEachHead(_ body: (SequenceRecord) throws -> Void) throws { try base.forEachHead(body) }

  func forEachRecord(_ body: (SequenceRecord) throws -> Void) throws {
    let columns = base.furtherColumns
    try base.forEachRecord { record in
      var record = record
      for (place, column) in columns.enumerated() where column.kind == .time && column.extent == .sequence {
        guard case .times(let times) = record.cells[place], times.count != record.length else { continue }
        let time = times.first ?? ColumnPlanes.missingTime
        record.cells[place] = .times(Array(repeating: time, count: record.length))
      }
      try body(record)
    }
  }
}
