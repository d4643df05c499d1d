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

extension SequenceStore {
  /// Writes the selected sequences for other tools, or for another store. See ``SequenceExport``.
  /// - Parameters:
  ///   - selection: the part of a dataset to write.
  ///   - export: the format and its options.
  ///   - destination: a file, replaced whole where it is there, or a function that takes text as it comes.
  ///   - progress: called with the number of sequences written now and then.
  ///   - isCancelled: asked before each sequence; true ends the export with ``StoreError`` `cancelled`.
  /// - Throws: ``StoreError`` for names that do not exist, and for data that the format cannot hold; `WriterError` for
  ///   a file that cannot be written. No file appears then.
  public func export(
    _ selection: SequenceSelection, as export: SequenceExport, to destination: SequenceExport.Destination,
    progress: @escaping (_ sequences: Int) -> Void = { _ in }, isCancelled: @escaping () -> Bool = { false }
  ) throws -> ExportReport {
    let source = try source(selection)
    let progress = ExportProgress(report: progress, isCancelled: isCancelled)
    let facts = try ExportFacts(source, progress: progress)
    var report = ExportReport(dataset: selection.dataset, format: export.format.inputFormat)
    var occurrences = ExportOccurrences(source.signature, areDeclared: source.hasDeclaredClasses)
    func written(_ sequence: StoredSequence) throws {
      try progress.check()
      occurrences.note(sequence)
      report.sequences += 1
      report.timesteps += sequence.length
      if report.sequences % 256 == 0 { progress.report(report.sequences) }
    }
    if export.format == .npz {
      let writer = try NPZExport(source, facts, export, destination, progress: progress)
      try writer.write(noting: written, occurrences: { occurrences })
      report.losses = occurrences.losses
      return report
    }
    let sink = try ExportSink(destination)
    var writer = try SequenceStore.writer(export.format, source, facts, sink)
    try source.forEachSequence { sequence in
      try written(sequence)
      try writer.write(sequence)
    }
    try sink.finish()
    report.readerOptions = writer.readerOptions
    report.losses = writer.losses + occurrences.losses
    if export.format == .ts {
      report.split = facts.onlySplit
    } else {
      report.readerOptions.classes = occurrences.classesToDeclare
    }
    return report
  }

  private static func writer(
    _ format: SequenceExport.Format, _ source: StoreSource, _ facts: ExportFacts, _ sink: ExportSink
  ) throws -> any ExportWriter {
    switch format {
    case .csv: try CSVExport(source.signature, facts, sink)
    case .jsonl, .npz: JSONLinesExport(source.signature, sink)
    case .ts: try TimeSeriesExport(source, facts, sink)
    case .tfrecord: TFRecordExport(source.signature, sink)
    }
  }
}
