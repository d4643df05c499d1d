import RaggedBatching
import RaggedCore
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

  init(store: SequenceStore, configuration: TrainingConfiguration) throws {
    snapshot = try store.snapshot()
    let splits = try snapshot.datasetInfo(configuration.dataset).splits.map(\.name)
    var trained = configuration.trainingSplits
    if trained.isEmpty, splits.contains("train") { trained = ["train"] }
    if trained.isEmpty { trained = splits.filter { !configuration.validationSplits.containsExactly($0) } }
    selection = SequenceSelection(dataset: configuration.dataset, splits: trained)
    let source = try snapshot.source(selection)
    signature = source.signature
    selected = source.count
    guard source.count > 0 else {
      throw TrainingError(
        .dataMismatch,
        "dataset \"\(configuration.dataset)\" has no sequences to train on in \(trained.joined(separator: ", "))")
    }
    // Divided first and cut then, so that the windows of one sequence stay together.
    func cut(_ source: StoreSource, _ positions: some Collection<Int>, named purpose: String) throws -> TrainingSource {
      try TrainingSource(source.part(positions), configuration.sourceWindowing, named: purpose)
    }
    if !configuration.validationSplits.isEmpty {
      let other = try snapshot.source(
        SequenceSelection(dataset: configuration.dataset, splits: configuration.validationSplits))
      validation = try cut(other, 0..<other.count, named: "to validate with")
      training = try cut(source, 0..<source.count, named: "to train on")
    } else if let fraction = configuration.validationFraction {
      let parts = try source.splitPositions(validationFraction: fraction, seed: configuration.seed)
      training = try cut(source, parts.training, named: "to train on")
      validation = parts.validation.isEmpty ? nil : try cut(source, parts.validation, named: "to validate with")
    } else {
      training = try cut(source, 0..<source.count, named: "to train on")
      validation = nil
    }
  }

  /// What is trained on: windows in the rows of batches that follow each other, or batches by the policy.
  func batches(_ configuration: TrainingConfiguration) throws -> any PlannedBatchSource {
    guard let windowLength = configuration.statefulWindowLength else {
      return try PlannedBatches(training, policy: configuration.policy)
    }
    let policy = configuration.policy
    return try StatefulBatches(
      training, windowLength: windowLength, batchSize: policy.batchSize, shuffle: policy.shuffle != .none,
      seed: policy.seed)
  }

  /// What each epoch is judged by: cut as the training data is. Where states go on, the figures are those of whole
  /// sequences.
  func validationBatches(_ configuration: TrainingConfiguration) throws -> (any BatchSource)? {
    guard let validation else { return nil }
    guard let windowLength = configuration.statefulWindowLength else {
      return try PlannedBatches(
        validation,
        policy: BatchPolicy(
          grouping: .usual, batchSize: Trainer.usualBatchSize, shuffle: false, seed: configuration.seed))
    }
    return try StatefulBatches(
      validation, windowLength: windowLength, batchSize: Trainer.usualBatchSize, shuffle: false)
  }

  /// The training sequences' means and deviations, over valid timesteps alone, each once whatever the windows: the
  /// store's kept figures, or one pass over the data where a share of it is set aside or the model masks timesteps, which
  /// the store knows nothing of.
  func normalization(masking maskValue: Float?) throws -> Normalization? {
    guard signature.input.isFeatures else { return nil }
    guard training.sequences.count == selected, maskValue == nil else {
      return try Normalization(fitting: training.sequences, masking: maskValue)
    }
    let figures = try snapshot.statistics(selection)
    let features = figures.first?.features ?? []
    return Normalization(mean: features.map { $0.mean ?? 0 }, deviation: features.map { $0.standardDeviation ?? 1 })
  }
}
