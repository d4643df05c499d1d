import RaggedCore
public import RaggedFormats

extension SequenceStore {
  /// Holds what files say of their sequences against a dataset that they are to be added to.
  /// - Throws: ``StoreError`` of the code `mismatch` that says how the two differ, and where there is no such dataset.
  public func checkFit(_ description: InputDescription, dataset name: String) throws {
    try read { db in
      let dataset = try StoredDataset.fetch(db, named: name, path: path)
      do {
        _ = try RecordFit(
          description, into: dataset.signature, columns: dataset.columns,
          declared: description.target.declaredClasses, isClosed: dataset.hasDeclaredClasses)
      } catch let fault as RecordFault {
        throw StoreError(
          .mismatch, "the files do not fit dataset \"\(name)\": \(fault.problem)",
          remedy: fault.remedy.map { .input($0) })
      }
    }
  }
}
