import RaggedCore

/// Writes sequences in one format.
protocol ExportWriter {
  /// Writes the next sequence.
  mutating func write(_ sequence: StoredSequence) throws
  /// The options under which a reader gives the dataset back, those of its classes aside.
  var readerOptions: ReaderOptions { get }
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
    var report = ExportReport(dataset: source.datasetName, format: format.inputFormat)
    var occurrences = ExportOccurrences(source.signature, areDeclared: source.hasDeclaredClasses)
    func written(_ sequence: StoredSequence) throws {
      try progress.check()
      occurrences.note(sequence)
      report.sequences += 1
      report.timesteps += sequence.length
      if report.sequences % 256 == 0 { progress.report(report.sequences) }
    }
    if format == .npz {
      let writer = try NPZExport(source, facts, self, destination, progress: progress)
      try writer.write(noting: written, occurrences: { occurrences })
      report.losses = occurrences.losses
      return report
    }
    let sink = try ExportSink(destination)
    var writer = try writer(source, facts, sink)
    try source.forEachSequence { sequence in
      try written(sequence)
      try writer.write(sequence)
    }
    try sink.finish()
    report.readerOptions = writer.readerOptions
    report.losses = writer.losses + occurrences.losses
    if format == .ts {
      report.split = facts.onlySplit
    } else {
      report.readerOptions.classes = occurrences.classesToDeclare
    }
    return report
  }

  private func writer(
    _ source: some ExportedSequences, _ facts: ExportFacts, _ sink: ExportSink
  ) throws -> any ExportWriter {
    switch format {
    case .csv: try CSVExport(source.signature, facts, sink)
    case .jsonl, .npz: JSONLinesExport(source.signature, sink)
    case .ts: try TimeSeriesExport(source, facts, sink)
    case .tfrecord: TFRecordExport(source.signature, sink)
    }
  }
}
