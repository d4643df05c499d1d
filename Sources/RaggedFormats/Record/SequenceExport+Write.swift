package import RaggedCore

/// Writes sequences in one format.
protocol ExportWriter {
  /// Writes the next sequence.
  mutating func write(_ sequence: StoredSequence) throws
  /// The options under which a reader gives the dataset back, those of its classes aside.
  var readerOptions: any FormatOptions { get }
  /// What the format does not hold, in words.
  var losses: [String] { get }
}

extension SequenceExport {
  /// Writes sequences.
  /// - Parameters:
  ///   - source: the sequences.
  ///   - destination: a file, replaced whole where it is there, or a function that takes text as it comes.
  ///   - monitor: asked before each sequence, told of every few hundred.
  /// - Throws: ``ExportError`` for data that the format cannot hold; `WriterError` for a file that cannot be written; what
  ///   the source throws; `Cancelled`. No file appears then.
  package func write(
    _ source: some ExportedSequences, to destination: Destination,
    monitor: ProgressMonitor = .none
  ) throws -> ExportReport {
    let facts = try ExportFacts(source, monitor: monitor)
    let total = source.lengths.count
    var report = ExportReport(dataset: source.datasetName, format: format)
    var occurrences = ExportOccurrences(source.signature, areDeclared: source.hasDeclaredClasses)
    func written(_ sequence: StoredSequence) throws {
      try Self.check(monitor)
      occurrences.note(sequence)
      report.sequences += 1
      report.timesteps += sequence.length
      if report.sequences % 256 == 0 {
        monitor.report(WorkProgress(.exporting, report.sequences, of: total, .sequences))
      }
    }
    switch format.writer {
    case nil: throw ExportError(.invalidOption, "\(format) is a format that is read, not written")
    case .arrays:
      let writer = try NPZExport(source, facts, self, destination, monitor: monitor)
      try writer.write(noting: written, occurrences: { occurrences })
      report.losses = occurrences.losses
    case .sequences(let makeWriter):
      let sink = try ExportSink(destination)
      var writer = try makeWriter(source, facts, sink)
      try source.forEachSequence { sequence in
        try written(sequence)
        try writer.write(sequence)
      }
      try sink.finish()
      report.readerSettings = writer.readerOptions.settings
      report.losses = writer.losses + occurrences.losses
      if format == .ts {
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
