import RaggedCore
public import RaggedFormats

extension SequenceStore {
  /// Writes the selected sequences for other tools, or for another store. See `SequenceExport`.
  /// - Parameters:
  ///   - selection: the part of a dataset to write.
  ///   - export: the format and its options.
  ///   - destination: a file, replaced whole where it is there, or a function that takes text as it comes.
  ///   - progress: called with the number of sequences written now and then.
  ///   - isCancelled: asked before each sequence; true ends the export with `ExportError` `cancelled`.
  /// - Throws: ``StoreError`` for names that do not exist, `ExportError` for data that the format cannot hold and
  ///   `WriterError` for a file that cannot be written. No file appears then.
  public func export(
    _ selection: SequenceSelection, as export: SequenceExport, to destination: SequenceExport.Destination,
    progress: @escaping (_ sequences: Int) -> Void = { _ in }, isCancelled: @escaping () -> Bool = { false }
  ) throws -> ExportReport {
    try export.write(source(selection), to: destination, progress: progress, isCancelled: isCancelled)
  }
}

extension StoreSource: ExportedSequences {}
