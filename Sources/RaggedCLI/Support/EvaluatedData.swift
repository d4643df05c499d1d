import ArgumentParser
import Ragged

/// The sequences with targets that a command names: part of a store, or of files.
struct EvaluatedData {
  let inputs: [String]
  let dataset: String?
  let part: PartArguments
  let reading: ReaderArguments
  let wait: WaitArguments

  /// What is done with them.
  protocol Use {
    /// - Parameters:
    ///   - base: where the sequences are.
    ///   - positions: those that are meant.
    ///   - store: the store that holds them; nil for files.
    func use(_ base: some GroupableSource, _ positions: [Int], store: SequenceStore?) throws
  }

  /// Opens what is named, as a model takes it.
  /// - Throws: what the reading and `use` throw; `TrainingError` where nothing is in the part.
  func open(for model: TrainedModel, judge: some Use) throws {
    if inputs.count == 1, inputs[0] != "-", reading.query == nil, SequenceStore.isDatabase(at: inputs[0]) {
      let store = try wait.open(inputs[0], .readOnly)
      return try use(store, dataset ?? store.onlyDataset(), named: inputs[0], for: model, judge, isOwn: true)
    }
    if let dataset {
      throw ValidationError("--dataset \(dataset) goes with a store, and \(inputs.joined(separator: ", ")) is none")
    }
    let readers = try reading.readers(of: inputs, for: model, .targets)
    let line = ImportLine(readers)
    let kept = "nothing was judged"
    do {
      // A condition is SQL, which only a store can evaluate.
      guard part.condition == nil else {
        return try TemporaryStore.using(importing: readers, line) { store, dataset in
          try use(store, dataset, named: inputs.joined(separator: ", "), for: model, judge, isOwn: false)
        }
      }
      let records = try RecordSource(
        readers, note: { if !Console.isQuiet { Console.error($0.advice) } }, monitor: line.monitor)
      line.clear()
      let source = try model.source(judging: records)
      let positions = try source.positions(splits: part.splits, classes: part.classNames)
      guard !positions.isEmpty else { throw nothing(in: inputs.joined(separator: ", "), of: "the data") }
      try judge.use(source, positions, store: nil)
    } catch let error where Interruption.isRequested && (error is InputError || error is StoreError) {
      throw Cancelled(kept)
    }
  }

  private func use(
    _ store: SequenceStore, _ dataset: String, named place: String, for model: TrainedModel, _ judge: some Use,
    isOwn: Bool
  ) throws {
    let stored = try model.source(of: part.selection(of: dataset), in: store, needsTargets: true)
    if let note = stored.note, !Console.isQuiet { Console.error(note) }
    guard stored.source.count > 0 else { throw nothing(in: place, of: "dataset \"\(dataset)\"") }
    try judge.use(stored.source, Array(0..<stored.source.count), store: isOwn ? store : nil)
  }

  private func nothing(in place: String, of whole: String) -> TrainingError {
    TrainingError(.dataMismatch, "\(place): no sequence of \(whole) is in this part")
  }
}
