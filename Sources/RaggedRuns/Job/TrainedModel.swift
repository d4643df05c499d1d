import Foundation
public import RaggedCore
public import RaggedFormats
public import RaggedStore
public import RaggedTraining

/// A model together with the data that it was trained on: ready to be saved, judged and asked for predictions.
///
/// ```swift
/// try TrainedModel(trainer, signature: source.signature).save(to: "model.ragged")
/// let model = try TrainedModel(path: "model.ragged")
/// let recording: [Float] = [0.1, 0.9, 0.2, 0.8, 0.3, 0.7]  // [T, F], row-major
/// for prediction in try model.predict([recording]) {
///   print(prediction.key, prediction.shape, prediction.outputs, prediction.className ?? "")
/// }
/// ```
public struct TrainedModel {
  /// Weights, layers and what they were trained on.
  public let checkpoint: Checkpoint
  /// Computes the outputs.
  public let trainer: Trainer
  /// The data that the model was trained on.
  public let signature: SequenceSignature
  private let path: String?

  private init(_ checkpoint: Checkpoint, _ trainer: Trainer, _ signature: SequenceSignature, path: String?) {
    (self.checkpoint, self.trainer, self.signature, self.path) = (checkpoint, trainer, signature, path)
  }

  /// The splits that the model was trained on: those that were named, or else `train`, which is taken where there is one. nil where
  /// the checkpoint does not say how it was trained.
  public var trainingSplits: [String]? {
    TrainingConfiguration(checkpoint).map { $0.trainingSplits.isEmpty ? ["train"] : $0.trainingSplits }
  }

  /// The names of the heads of a model with several targets; empty for an ordinary one.
  public var headNames: [String] { signature.target.parts.map(\.name) }

  /// The model of one of several heads with the shared layers, alone: it judges, predicts and is verified as any other, on
  /// `SequenceSource.target(at:)` of what this one reads.
  /// - Parameter place: the head's place among ``headNames``.
  /// - Throws: `TrainingError` for a place that there is not.
  public func head(_ place: Int) throws -> TrainedModel {
    let trainer = try trainer.head(place)
    let part = signature.target.parts[place]
    var signature = signature
    signature.target = part.target
    var context = checkpoint.context
    (context.signature, context.notes) = (signature, try notes(of: part, at: place))
    var checkpoint = trainer.checkpoint(context: context)
    checkpoint.state.progress = self.checkpoint.state.progress
    return TrainedModel(checkpoint, trainer, signature, path: path)
  }

  /// The model of the head of a name.
  /// - Parameters:
  ///   - name: one of ``headNames``.
  ///   - path: the model's, for a message.
  /// - Throws: `TrainingError` for a name that no head has.
  public func head(named name: String, in path: String? = nil) throws -> TrainedModel {
    guard let place = headNames.firstIndex(where: { $0.isExactly(name) }) else {
      throw TrainingError(
        .dataMismatch,
        (path.map { "\($0): " } ?? "")
          + (headNames.isEmpty
            ? "the model has one target, and none called \"\(name)\""
            : "no target is called \"\(name)\", the model has \(headNames.quotedList)"))
    }
    return try head(place)
  }

  /// The notes of a checkpoint of one head.
  private func notes(of part: NamedTarget, at place: Int) throws -> [String: String] {
    var notes = checkpoint.context.notes.filter {
      !$0.key.hasPrefix(KeptFacts.key(head: 0)) && !$0.key.hasPrefix(TargetUnits.key(head: 0))
    }
    notes[KeptFacts.key(head: 0)] = checkpoint.context.notes[KeptFacts.key(head: place)]
    notes[TargetUnits.key(head: 0)] = checkpoint.context.notes[TargetUnits.key(head: place)]
    func one(_ choice: ColumnChoice?) -> ColumnChoice? {
      guard var choice else { return nil }
      (choice.target, choice.separatesTargets) = ([part.name], nil)
      return choice
    }
    if var configuration = TrainingConfiguration(checkpoint) {
      configuration.columns = one(configuration.columns)
      (configuration.loss, configuration.headLosses, configuration.targetWeights) = (
        checkpoint.headLosses[place].loss, nil, nil
      )
      notes["configuration"] = try configuration.text
    }
    if let choice = one(notes[Self.columnsKey].flatMap(ColumnChoice.init(text:))) {
      notes[Self.columnsKey] = try choice.text
    }
    return notes
  }

  /// Reads a checkpoint.
  /// - Throws: `TrainingError` where it is not there, is none, or does not say what data it was trained on.
  public init(path: String, threads: Int? = nil) throws {
    self.path = path
    checkpoint = try Checkpoint(contentsOf: URL(filePath: path))
    trainer = try checkpoint.trainer(threads: threads)
    guard let signature = checkpoint.context.signature else {
      throw TrainingError(.checkpointInvalid, "\(path): the checkpoint does not say what data it was trained on")
    }
    self.signature = signature
  }

  /// The model of a trainer as it stands now.
  /// - Parameters:
  ///   - trainer: what was trained.
  ///   - signature: that of the source it was trained on: names of features and classes, the vocabulary.
  ///   - columns: the choice that the source was made with, so that other data is read in the same way; nil where it was
  ///     the dataset's own input and target.
  /// - Throws: `TrainingError` where the model takes another input than the signature says, or gives other outputs than
  ///   its target needs.
  public init(_ trainer: Trainer, signature: SequenceSignature, columns: ColumnChoice? = nil) throws {
    guard trainer.model.input.hasColumns(of: ModelInput(signature.input)) else {
      throw TrainingError(
        .dataMismatch,
        "the model takes \(trainer.model.input.summary), the data has \(ModelInput(signature.input).summary)")
    }
    if signature.target != .none { try trainer.check(signature.target) }
    path = nil
    checkpoint = trainer.checkpoint(
      context: CheckpointContext(signature: signature, notes: try columns.map { try [Self.columnsKey: $0.text] } ?? [:])
    )
    self.trainer = trainer
    self.signature = signature
  }

  private static let columnsKey = "columns"

  /// The columns that were chosen to train on; nil for the dataset's own input and target.
  public var columns: ColumnChoice? {
    TrainingConfiguration(checkpoint)?.columns
      ?? checkpoint.context.notes[Self.columnsKey].flatMap(ColumnChoice.init(text:))
  }

  /// Writes the checkpoint, whole or not at all.
  /// - Throws: `TrainingError` where the file cannot be written.
  public func save(to path: String) throws { try checkpoint.write(to: URL(filePath: path)) }

  /// The names of the classes; empty for a regression.
  public var classNames: [String] { signature.target.isClass ? signature.target.names : [] }

  /// A source whose tokens and classes are numbered as the model numbers them.
  /// - Throws: `TrainingError` that says how the data differs from what the model was trained on.
  public func source<Base: SequenceSource>(_ base: Base, needsTargets: Bool) throws -> FittedSource<Base> {
    do {
      return try SignatureFit(data: base.signature, model: signature, needsTargets: needsTargets).source(base)
    } catch let error as TrainingError {
      throw TrainingError(error.code, (path.map { "\($0): " } ?? "") + error.message)
    }
  }
}

extension TrainedModel {
  /// The columns that the model was trained on, found by their names among those of some data, which may have more, in any
  /// order.
  ///
  /// Where data without further columns lacks one, nothing is chosen: how the two differ is then said of all of it.
  /// - Parameter isPlain: whether the data has no columns beside input and target.
  private func choice(of data: [Column], isPlain: Bool, needsTargets: Bool) -> ColumnChoice {
    let trained = columns
    let inputs = signature.input.timestep.names + signature.input.statics.names
    if isPlain, !inputs.allSatisfy(data.map(\.name).containsExactly) { return ColumnChoice() }
    let isOwn = isPlain && trained?.target == nil
    let lists = data.filter { $0.extent == .labels }.map(\.name)
    let truth = signature.target.isLabels && !needsTargets ? (trained?.target ?? []).filter(lists.containsExactly) : []
    return ColumnChoice(
      inputs: inputs, target: needsTargets || isOwn ? trained?.target : [],
      weight: needsTargets ? trained?.weight : nil, labels: truth.isEmpty ? nil : truth, ends: trained?.ends,
      separatesTargets: trained?.separatesTargets)
  }

  /// Sequences of a store with the columns that the model was trained on.
  /// `needsTargets`: whether the targets will be used; sequences whose target is missing are then left out. The note says how
  /// many these are, and how many timesteps have no target.
  /// - Throws: `StoreError` for names that do not exist; `TrainingError` for a dataset that lacks one of the columns.
  public func source(
    of selection: SequenceSelection, in store: SequenceStore, needsTargets: Bool
  ) throws -> (source: StoreSource, note: String?) {
    let dataset = try store.datasetInfo(selection.dataset)
    let choice = choice(
      of: dataset.columns, isPlain: dataset.columns.count == dataset.signature.columns.count,
      needsTargets: needsTargets)
    return try fitting("dataset \"\(selection.dataset)\" does not fit the model") {
      let source = try store.source(selection, choice: choice)
      guard needsTargets else { return (source, nil) }
      let notes = [source.labelNote()].compactMap(\.self) + (try source.targetGaps(selection, choice)).map { $0.note() }
      return (try source.labelled(), notes.isEmpty ? nil : notes.joined(separator: "\n"))
    }
  }

  /// Sequences of files with the columns that the model was trained on and the target that it is judged by; those whose
  /// target is missing are left out.
  /// - Throws: `TrainingError` for files that lack one of the columns.
  public func source(judging records: RecordSource) throws -> RecordSource {
    try fitting("the data does not fit the model") {
      try records.choosing(choice(of: records.columns, isPlain: records.furtherColumns.isEmpty, needsTargets: true))
    }
  }

  /// Sequences of files with the columns that the model was trained on.
  /// `keepsTarget`: whether they keep the files' own target, and sequences without it are left out.
  /// - Throws: `TrainingError` for files that lack one of the columns.
  public func source(of records: RecordSource, keepsTarget: Bool = false) throws -> RecordSource {
    try fitting("the data does not fit the model") {
      var choice = choice(of: records.columns, isPlain: records.furtherColumns.isEmpty, needsTargets: false)
      if keepsTarget { choice.target = nil }
      return try records.choosing(choice)
    }
  }

  /// Whether later cells of a column are what is predicted: data that has the inputs then mostly has them too.
  public var predictsLater: Bool { columns?.target?.contains(where: \.namesLaterCells) ?? false }

  /// Sequences of a store to predict, all of them.
  /// `withActual`: whether they come with what was to be predicted, where the store has it.
  /// - Throws: `StoreError` for names that do not exist; `TrainingError` for a dataset that lacks an input.
  public func predictable(
    _ selection: SequenceSelection, in store: SequenceStore, withActual: Bool = false
  ) throws -> FittedSource<StoreSource> {
    let dataset = try store.datasetInfo(selection.dataset)
    func choice(_ hasTarget: Bool) -> ColumnChoice {
      var choice = self.choice(
        of: dataset.columns, isPlain: dataset.columns.count == dataset.signature.columns.count, needsTargets: hasTarget)
      choice.weight = nil
      return choice
    }
    if withActual, !signature.target.isLabels,
      let full = try? source(store.source(selection, choice: choice(true)), needsTargets: true)
    {
      return full
    }
    return try fitting("dataset \"\(selection.dataset)\" does not fit the model") {
      try source(store.source(selection, choice: choice(false)), needsTargets: false)
    }
  }

  /// Sequences of files to predict, all of them.
  /// `withActual`: whether they come with what was to be predicted, where the files have it.
  /// - Throws: `TrainingError` for files that lack an input.
  public func predictable(_ records: RecordSource, withActual: Bool = false) throws -> FittedSource<RecordSource> {
    func choice(_ hasTarget: Bool) -> ColumnChoice {
      var choice = self.choice(
        of: records.columns, isPlain: records.furtherColumns.isEmpty, needsTargets: hasTarget)
      choice.weight = nil
      return choice
    }
    if withActual, !signature.target.isLabels,
      let full = try? source(records.choosing(choice(true), keepsUnlabelled: true), needsTargets: true)
    {
      return full
    }
    return try fitting("the data does not fit the model") {
      try source(records.choosing(choice(false)), needsTargets: false)
    }
  }

  /// Says of a column that is not there what does not fit the model.
  private func fitting<T>(_ problem: String, _ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch let error as RaggedCoreError where error.code == .wrongColumn {
      throw TrainingError(.dataMismatch, "\(path.map { "\($0): " } ?? "")\(problem): \(error.message)")
    }
  }
}

extension ColumnChoice {
  /// JSON text with sorted keys.
  fileprivate var text: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }

  fileprivate init?(text: String) {
    guard let choice = try? JSONDecoder().decode(ColumnChoice.self, from: Data(text.utf8)) else { return nil }
    self = choice
  }
}
