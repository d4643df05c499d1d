import RaggedBatching
import RaggedCore
import RaggedStore
import RaggedTraining

/// The sequences of a run: those to train on, and those to judge each epoch by.
struct TrainingData {
  let signature: SequenceSignature
  let training: SequenceSubset<StoreSource>
  let validation: SequenceSubset<StoreSource>?
  private let store: SequenceStore
  private let selection: SequenceSelection
  /// Sequences of the training splits.
  private let selected: Int

  init(store: SequenceStore, configuration: TrainingConfiguration) throws {
    self.store = store
    let splits = try store.datasetInfo(configuration.dataset).splits.map(\.name)
    var trained = configuration.trainingSplits
    if trained.isEmpty, splits.contains("train") { trained = ["train"] }
    if trained.isEmpty { trained = splits.filter { !configuration.validationSplits.contains($0) } }
    selection = SequenceSelection(dataset: configuration.dataset, splits: trained)
    let source = try store.source(selection)
    signature = source.signature
    selected = source.count
    guard source.count > 0 else {
      throw TrainingError(
        .dataMismatch,
        "dataset \"\(configuration.dataset)\" has no sequences to train on in \(trained.joined(separator: ", "))")
    }
    if !configuration.validationSplits.isEmpty {
      let other = try store.source(
        SequenceSelection(dataset: configuration.dataset, splits: configuration.validationSplits))
      validation = try other.subset(Array(0..<other.count))
      training = try source.subset(Array(0..<source.count))
    } else if let fraction = configuration.validationFraction {
      let parts = try source.split(validationFraction: fraction, seed: configuration.seed)
      training = parts.training
      validation = parts.validation.count == 0 ? nil : parts.validation
    } else {
      training = try source.subset(Array(0..<source.count))
      validation = nil
    }
  }

  /// The training sequences' means and deviations, over valid timesteps alone: the store's kept figures, or one pass over
  /// the data where a share of it is set aside.
  func normalization() throws -> Normalization? {
    guard case .features = signature.input else { return nil }
    guard training.count == selected else { return try Normalization(fitting: training) }
    let figures = try store.statistics(selection)
    let features = figures.first?.features ?? []
    return Normalization(
      mean: features.map { $0.mean ?? 0 }, deviation: features.map { $0.standardDeviation ?? 1 })
  }
}
