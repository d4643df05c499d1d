import RaggedBatching
import RaggedCore
import RaggedStore
import RaggedTraining

/// The sequences of a run: those to train on, and those to judge each epoch by.
struct TrainingData {
  let signature: SequenceSignature
  let training: TrainingSource
  let validation: TrainingSource?
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
    // Divided first and cut then, so that the windows of one sequence stay together.
    let windowing = configuration.windowing
    if !configuration.validationSplits.isEmpty {
      let other = try store.source(
        SequenceSelection(dataset: configuration.dataset, splits: configuration.validationSplits))
      validation = try TrainingSource(other.part(0..<other.count), windowing)
      training = try TrainingSource(source.part(0..<source.count), windowing)
    } else if let fraction = configuration.validationFraction {
      let parts = try source.splitPositions(validationFraction: fraction, seed: configuration.seed)
      training = try TrainingSource(source.part(parts.training), windowing)
      validation = parts.validation.isEmpty ? nil : try TrainingSource(source.part(parts.validation), windowing)
    } else {
      training = try TrainingSource(source.part(0..<source.count), windowing)
      validation = nil
    }
    for (part, name) in [(training, "to train on"), (validation, "to validate with")] {
      guard let windowing, let part, part.count == 0, part.sequences.count > 0 else { continue }
      throw TrainingError(
        .dataMismatch,
        "no window of \(windowing.length) timesteps fits into the sequences \(name), the longest of which has "
          + "\(part.sequences.lengths.max() ?? 0); shorter windows may be kept")
    }
  }

  /// The training sequences' means and deviations, over valid timesteps alone, each once whatever the windows: the
  /// store's kept figures, or one pass over the data where a share of it is set aside.
  func normalization() throws -> Normalization? {
    guard case .features = signature.input else { return nil }
    guard training.sequences.count == selected else { return try Normalization(fitting: training.sequences) }
    let figures = try store.statistics(selection)
    let features = figures.first?.features ?? []
    return Normalization(
      mean: features.map { $0.mean ?? 0 }, deviation: features.map { $0.standardDeviation ?? 1 })
  }
}
