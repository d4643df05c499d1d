public import RaggedCore
public import RaggedFormats

extension SequenceStore {
  /// Writes the selected sequences for other tools, or for another store. See `SequenceExport`.
  /// - Parameters:
  ///   - selection: the part of a dataset to write.
  ///   - export: the format and its options.
  ///   - destination: a file, replaced whole where it is there, or a function that takes text as it comes.
  ///   - monitor: asked before each sequence, told of every few hundred.
  /// - Throws: ``StoreError`` for names that do not exist, `ExportError` for data that the format cannot hold,
  ///   `WriterError` for a file that cannot be written, `Cancelled`. No file appears then.
  public func export(
    _ selection: SequenceSelection, as export: SequenceExport, to destination: SequenceExport.Destination,
    monitor: ProgressMonitor = .none
  ) throws -> ExportReport {
    try export.write(source(selection), to: destination, monitor: monitor)
  }
}

extension StoreSource: ExportedSequences {}
