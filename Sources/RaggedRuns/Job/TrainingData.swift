import RaggedBatching
import RaggedCore
import RaggedFormats
import RaggedStore
import RaggedTraining

/// The sequences of a run: those to train on, and those to judge each epoch by, all of one snapshot of the store.
struct TrainingData {
  let signature: SequenceSignature
  let training: TrainingSource
  let validation: TrainingSource?
  private let snapshot: StoreSnapshot
  private let selection: SequenceSelection
  /// Sequences of the training splits.
  private let selected: Int
  private let choice: ColumnChoice
  /// Those that are trained on, among the labelled ones of the training splits; nil for all of them.
  private let positions: [Int]?
  /// Whether there is a timestep before the first of a sequence, of which the store's figures know nothing.
  private let hasEnds: Bool
  /// What was left out, in words.
  let notes: [String]
  /// Columns that are neither input nor target nor weight although nobody said so: times, what is the target otherwise, and
  /// what was no input at import. Empty where that is only the time that orders the timesteps.
  let unusedColumns: [String]
  /// Inputs that nobody named, and that are none at import: those whose later cells are the target.
  let addedInputs: [String]
  /// Inputs of which nearly every cell has a name of its own.
  let uniqueNames: [UniqueNames]
  /// What the values of each target are measured in where they are derived from times; empty for classes.
  let targetUnits: [[String?]]
  /// How the files were read that the dataset came from.
  let readings: [FileReading]

  /// The datasets that are trained on as one; nil for a dataset of the store.
  let mixed: MixedDatasets?

  /// - Parameter monitor: asked while several datasets are made one.
  init(store: SequenceStore, configuration: TrainingConfiguration, monitor: ProgressMonitor = .none) throws {
    mixed = try configuration.mix?.opened(from: store, monitor: monitor)
    snapshot = try (mixed?.store ?? store).snapshot()
    let dataset = mixed?.dataset ?? configuration.dataset
    let info = try snapshot.datasetInfo(dataset)
    readings = try snapshot.readings(dataset)
    let splits = info.splits.map(\.name)
    var trained = configuration.trainingSplits
    if trained.isEmpty, splits.contains("train") { trained = ["train"] }
    if trained.isEmpty { trained = splits.filter { !configuration.validationSplits.containsExactly($0) } }
    selection = SequenceSelection(dataset: dataset, splits: trained)
    let choice = configuration.columns ?? ColumnChoice()
    self.choice = choice
    var trainedPositions: [Int]?
    let all = try snapshot.source(selection, choice: choice)
    let (source, unaligned) = try configuration.alignable(all.labelled(), " to train on")
    var notes = [configuration.labelsNote(source.signature.target), all.labelNote(" to train on"), unaligned]
    signature = source.signature
    selected = all.count
    guard source.count > 0 else {
      throw TrainingError(
        .dataMismatch,
        "dataset \"\(dataset)\" has no sequences to train on in \(trained.joined(separator: ", "))")
    }
    // Divided first and cut then, so that the windows of one sequence stay together.
    func cut(_ source: StoreSource, _ positions: some Collection<Int>, named purpose: String) throws -> TrainingSource {
      try TrainingSource(source.part(positions), configuration.sourceWindowing, named: purpose)
    }
    if !configuration.validationSplits.isEmpty {
      let all = try snapshot.source(
        SequenceSelection(dataset: dataset, splits: configuration.validationSplits), choice: choice)
      let (other, unaligned) = try configuration.alignable(all.labelled(), " to validate with")
      notes += [all.labelNote(" to validate with"), unaligned]
      validation = try cut(other, 0..<other.count, named: "to validate with")
      training = try cut(source, 0..<source.count, named: "to train on")
    } else if let fold = configuration.fold {
      let parts = try fold.parts(of: source)
      training = try cut(source, parts.training, named: "to train on")
      trainedPositions = parts.training
      validation = try cut(source, parts.validation, named: "to validate with")
    } else if let fraction = configuration.validationFraction {
      let parts = try source.splitPositions(validationFraction: fraction, seed: configuration.seed)
      training = try cut(source, parts.training, named: "to train on")
      trainedPositions = Array(parts.training)
      validation = parts.validation.isEmpty ? nil : try cut(source, parts.validation, named: "to validate with")
    } else {
      training = try cut(source, 0..<source.count, named: "to train on")
      validation = nil
    }
    positions = trainedPositions
    let chosen = try choice.columns(of: info.columns)
    targetUnits = chosen.targetUnits
    (addedInputs, hasEnds) = (chosen.addedInputs, chosen.hasEnds)
    let inputs = source.signature.input
    let categories = (inputs.timestep.categories + inputs.statics.categories).map(\.name)
    uniqueNames = try snapshot.uniqueNames(dataset).filter { categories.containsExactly($0.column) }
    notes += chosen.targetNotes
    notes += try snapshot.targetGaps(selection, choice: choice).map { $0.note(" to train on") }
    if validation != nil, !configuration.validationSplits.isEmpty {
      let validating = SequenceSelection(dataset: dataset, splits: configuration.validationSplits)
      notes += try snapshot.targetGaps(validating, choice: choice).map { $0.note(" to validate with") }
    }
    self.notes = notes.compactMap(\.self)
    let used = chosen.usedPlaces
    let unused = info.columns.indices.filter { !used.contains($0) }.map { info.columns[$0] }
    let isOrderAlone = unused.count == 1 && unused[0].kind == .time
    unusedColumns = choice.inputs == nil && !isOrderAlone ? unused.map(\.name) : []
  }

  /// What the sequences that are trained on say of each target, each once whatever the windows. Reads their targets alone.
  func targetFacts(
    seasons: [Int] = TargetFacts.usualSeasons, monitor: ProgressMonitor = .none
  ) throws -> [TargetFacts] {
    var choice = choice
    (choice.weight, choice.labels) = (nil, nil)
    // Ends are those of an input.
    if choice.ends != true { choice.inputs = [] }
    var source = try snapshot.source(selection, choice: choice).labelled()
    if let positions { source = try source.part(positions) }
    let splits = selection.splits ?? []
    let part =
      splits.isEmpty ? "all of the dataset" : splits.count == 1 ? "split \(splits[0])" : "splits \(splits.listed())"
    let rest = positions == nil ? "" : ", without those to validate with"
    let origin = "\(source.count.counted("training sequence")) (\(part)\(rest))"
    let targets = source.signature.target.parts
    guard !targets.isEmpty else {
      return [try TargetFacts(of: source, origin: origin, seasons: seasons, monitor: monitor)]
    }
    return try targets.indices.map {
      try TargetFacts(of: source.target(at: $0), origin: origin, seasons: seasons, monitor: monitor)
    }
  }

  /// The data's signature with the dictionaries of the sequences that are trained on.
  func modelSignature(_ configuration: TrainingConfiguration, monitor: ProgressMonitor) throws -> SequenceSignature {
    try SequenceSignature.limited(
      to: training.sequences, minCount: configuration.minCount ?? 1, maxCategories: configuration.maxCategories,
      monitor: monitor)
  }

  /// What is trained on, as the model takes it: windows in the rows of batches that follow each other, or batches by the
  /// policy.
  /// - Parameters:
  ///   - weights: what the classes weigh; nil for all alike.
  ///   - draw: what an epoch takes; nil for each once.
  func batches(
    _ configuration: TrainingConfiguration, _ fit: SignatureFit, weights: ClassWeights? = nil, draw: EpochDraw? = nil
  ) throws -> any PlannedBatchSource {
    func planned(_ source: some SequenceSource) throws -> any PlannedBatchSource {
      if let weights { return try weighed(WeightedSource(source, weights)) }
      return try weighed(source)
    }
    func weighed(_ source: some SequenceSource) throws -> any PlannedBatchSource {
      let policy = configuration.policy
      guard let windowLength = configuration.statefulWindowLength else {
        return try PlannedBatches(source, policy: policy, draw: draw)
      }
      return try StatefulBatches(
        source, windowLength: windowLength, batchSize: policy.batchSize, shuffle: policy.shuffle != .none,
        seed: policy.seed)
    }
    return try fit.isIdentity ? planned(training) : planned(fit.source(training))
  }

  /// What each epoch is judged by: cut as the training data is. Where states go on, the figures are those of whole
  /// sequences.
  func validationBatches(_ configuration: TrainingConfiguration, _ fit: SignatureFit) throws -> (any BatchSource)? {
    func planned(_ source: some SequenceSource) throws -> any BatchSource {
      guard let windowLength = configuration.statefulWindowLength else {
        return try PlannedBatches(
          source,
          policy: BatchPolicy(
            grouping: .usual, batchSize: Trainer.usualBatchSize, shuffle: false, seed: configuration.seed))
      }
      return try StatefulBatches(source, windowLength: windowLength, batchSize: Trainer.usualBatchSize, shuffle: false)
    }
    return try validation.map { try fit.isIdentity ? planned($0) : planned(fit.source($0)) }
  }

  /// How targets are scaled: of the whole training sequences, each once whatever the windows; nil where they are not.
  func targetScale(_ configuration: TrainingConfiguration, _ signature: SequenceSignature) throws -> TargetScale? {
    switch configuration.targetScale ?? .none {
    case .none: nil
    case .standard: try TargetScale(standardizing: training.sequences)
    case .series, .level:
      try TargetScale(
        configuration.targetScale ?? .none, target: signature.target, input: signature.input,
        season: configuration.targetSeason)
    }
  }

  /// The training sequences' means and deviations, over valid timesteps alone, each once whatever the windows: the
  /// store's kept figures, or one pass over the data where a share of it is set aside or the model masks timesteps, which
  /// the store knows nothing of.
  ///
  /// Where numbers are not normalised, the means of data in which cells are missing; nil of other data.
  func normalization(for model: Sequential, isApplied: Bool) throws -> Normalization? {
    let (columns, maskValue) = (signature.input, model.maskValue)
    guard columns.featureCount + columns.statics.numbers.count > 0 else { return nil }
    let figures = maskValue == nil ? try keptFigures(of: columns) : nil
    guard isApplied else {
      let isComplete = figures?.features.allSatisfy { $0.count == figures?.timesteps } ?? false
      return isComplete || model.input.options.fill == .zero
        ? nil : try Normalization(filling: training.sequences, masking: maskValue)
    }
    guard let figures else { return try Normalization(fitting: training.sequences, masking: maskValue) }
    return Normalization(
      mean: figures.features.map { $0.mean ?? 0 }, deviation: figures.features.map { $0.standardDeviation ?? 1 })
  }

  /// The store's figures, where they are those of the input's features, in their order, over all that is trained on.
  private func keptFigures(of input: InputSignature) throws -> DatasetStatistics? {
    guard input.isFeatures, !hasEnds, training.sequences.count == selected,
      let figures = try snapshot.statistics(selection).first
    else { return nil }
    return figures.features.map(\.name).areExactly(input.names) ? figures : nil
  }
}
