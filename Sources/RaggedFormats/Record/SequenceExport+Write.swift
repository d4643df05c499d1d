import RaggedCore

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
  ///   - progress: called with the number of sequences written now and then.
  ///   - isCancelled: asked before each sequence; true ends the export with ``ExportError`` `cancelled`.
  /// - Throws: ``ExportError`` for data that the format cannot hold; `WriterError` for a file that cannot be written; what
  ///   the source throws. No file appears then.
  package func write(
    _ source: some ExportedSequences, to destination: Destination,
    progress: @escaping (_ sequences: Int) -> Void = { _ in }, isCancelled: @escaping () -> Bool = { false }
  ) throws -> ExportReport {
    let progress = ExportProgress(report: progress, isCancelled: isCancelled)
    let facts = try ExportFacts(source, progress: progress)
    var report = ExportReport(dataset: source.datasetName, format: format)
    var occurrences = ExportOccurrences(source.signature, areDeclared: source.hasDeclaredClasses)
    func written(_ sequence: StoredSequence) throws {
      try progress.check()
      occurrences.note(sequence)
      report.sequences += 1
      report.timesteps += sequence.length
      if report.sequences % 256 == 0 { progress.report(report.sequences) }
    }
    switch format.writer {
    case nil: throw ExportError(.invalidOption, "\(format) is a format that is read, not written")
    case .arrays:
      let writer = try NPZExport(source, facts, self, destination, progress: progress)
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
}
