public import RaggedBatching
public import RaggedCore
public import RaggedTraining

/// Everything that decides the result of a training run on a dataset of a store.
public struct TrainingConfiguration: Sendable, Equatable {
  /// The name of the dataset in the store.
  public var dataset: String
  /// The splits to train on; none means all but those to validate with.
  public var trainingSplits: [String]
  /// The splits to judge each epoch by.
  public var validationSplits: [String]
  /// The share of the training sequences to judge each epoch by instead, drawn by `seed`.
  public var validationFraction: Double?
  /// Which columns are input, target and weight; nil means those that the dataset says.
  public var columns: ColumnChoice?
  /// The model; see `ModelDescription`. nil means one that suits the target.
  public var model: String?
  /// The loss; nil means one that suits the target.
  public var loss: Loss?
  /// The losses of some of several targets, by their names; what is not here has ``loss``.
  public var headLosses: [String: Loss]?
  /// The factors of the losses of some of several targets in the total, by their names; what is not here has 1.
  public var targetWeights: [String: Double]?
  /// How losses become one number.
  public var reduction: Reduction
  /// The optimiser with its learning rate, schedule and clipping.
  public var optimizer: Optimizer
  /// How sequences become batches.
  public var policy: BatchPolicy
  /// How sequences are cut into windows, those to validate with too; nil takes them whole.
  public var windowing: Windowing?
  /// Whether the windows of a sequence come in the same row of batches that follow each other, so that h and c go on from
  /// window to window: see ``checkStateful()``.
  public var stateful: Bool
  /// Epochs in all.
  public var epochs: Int
  /// Whether features are normalised by the training data's figures.
  public var normalizes: Bool
  /// What values to be predicted are brought to; nil for `TargetScaling.none`.
  public var targetScale: TargetScaling?
  /// Series are taken as differences from the values this number of timesteps before, for `TargetScaling.series`; see
  /// `TargetScale.season`.
  public var targetSeason: Int?
  /// Cells of the training data that a name of a category column has at least for the model to know it, nil for 1; see
  /// `SequenceSignature.limited(to:minCount:maxCategories:monitor:)`.
  public var minCount: Int?
  /// Names that the model knows of a category column at most; nil for all.
  public var maxCategories: Int?
  /// What the classes of the target weigh in training; nil for all alike. Figures of validation and evaluation have no weights of
  /// classes.
  public var classWeighting: ClassWeighting?
  /// Which sequences an epoch takes, and how often; nil takes each once.
  public var sampling: Sampling?
  /// Several datasets that are trained on as one, and the share of an epoch that each has; ``dataset`` is the first of them and
  /// keeps the run. nil trains on ``dataset`` alone.
  public var mix: DatasetMix?
  /// The sequences, or windows, that an epoch takes where ``sampling`` or ``mix`` says which; nil means as many as there are.
  public var epochSize: Int?
  /// The part of the training sequences that this run is judged by, where it is one of several; nil for a run by itself.
  public var fold: Fold?
  /// What becomes of sequences whose labels do not fit into their timesteps; nil drops them, with a note.
  public var infeasible: InfeasibleLabels?
  /// When to end early.
  public var earlyStopping: EarlyStopping?
  /// The figure that decides which epoch is the best where nothing ends the run early; nil means the validation loss, or else
  /// the loss.
  public var monitor: EarlyStopping.Monitor?
  /// The head whose figure ``monitor`` is, where there are several targets; nil for that of the whole.
  public var monitoredHead: String?
  /// Timesteps that a gradient flows through at most; nil for all.
  public var truncation: Int?
  /// Whether each of several ranks takes a batch of its own at every step, which is then one of all of them together; nil or false
  /// has them divide each batch, with the result of one rank.
  public var batchPerRank: Bool?
  /// Decides weights, batches, dropout and the validation share.
  public var seed: UInt64

  /// Epochs where nothing is said.
  public static let usualEpochs = 10

  /// How sequences are put together where nothing is said: rows that go on take sequences of any length as they come.
  public static func usualGrouping(stateful: Bool) -> BatchPolicy.Grouping { stateful ? .padded : .usual }

  /// A configuration; what is left out has its default.
  public init(
    dataset: String, trainingSplits: [String] = [], validationSplits: [String] = [],
    validationFraction: Double? = nil, columns: ColumnChoice? = nil, model: String? = nil, loss: Loss? = nil,
    headLosses: [String: Loss]? = nil, targetWeights: [String: Double]? = nil, reduction: Reduction = .meanPerTimestep,
    optimizer: Optimizer = .adam(),
    policy: BatchPolicy? = nil, windowing: Windowing? = nil, stateful: Bool = false,
    epochs: Int = TrainingConfiguration.usualEpochs, normalizes: Bool = false, minCount: Int? = nil,
    maxCategories: Int? = nil, infeasible: InfeasibleLabels? = nil, targetScale: TargetScaling? = nil,
    targetSeason: Int? = nil, earlyStopping: EarlyStopping? = nil,
    monitor: EarlyStopping.Monitor? = nil, monitoredHead: String? = nil, truncation: Int? = nil, seed: UInt64 = 0,
    classWeighting: ClassWeighting? = nil, sampling: Sampling? = nil, mix: DatasetMix? = nil, epochSize: Int? = nil,
    fold: Fold? = nil, batchPerRank: Bool? = nil
  ) {
    self.dataset = dataset
    self.trainingSplits = trainingSplits
    self.validationSplits = validationSplits
    self.validationFraction = validationFraction
    self.columns = columns
    self.model = model
    (self.loss, self.headLosses, self.targetWeights) = (loss, headLosses, targetWeights)
    self.reduction = reduction
    self.optimizer = optimizer
    self.policy = policy ?? BatchPolicy(grouping: Self.usualGrouping(stateful: stateful))
    self.windowing = windowing
    self.stateful = stateful
    self.epochs = epochs
    self.normalizes = normalizes
    (self.minCount, self.maxCategories, self.infeasible) = (minCount, maxCategories, infeasible)
    (self.targetScale, self.targetSeason) = (targetScale, targetSeason)
    self.earlyStopping = earlyStopping
    (self.monitor, self.monitoredHead) = (monitor, monitoredHead)
    self.truncation = truncation
    self.seed = seed
    (self.classWeighting, self.sampling, self.mix) = (classWeighting, sampling, mix)
    (self.epochSize, self.fold, self.batchPerRank) = (epochSize, fold, batchPerRank)
  }
}

extension TrainingConfiguration {
  /// Checks that every number has a meaning.
  /// - Throws: `TrainingError` and `BatchingError` that name the number at fault.
  public func validate() throws {
    func check(_ what: String, _ number: Int?) throws {
      guard let number, !(1...Int.largestCount).contains(number) else { return }
      throw TrainingError(.invalidModel, "the number of \(what) is \(number), expected 1 to \(Int.largestCount)")
    }
    try check("epochs", epochs)
    try check("cells that a name must have", minCount)
    try check("names of a column", maxCategories)
    try check("timesteps of a season", targetSeason)
    if let targetSeason, targetScale != .series {
      throw TrainingError(
        .invalidModel,
        "a season of \(targetSeason.counted("timestep")) goes with the target scale series, not "
          + (targetScale ?? TargetScaling.none).rawValue)
    }
    try check("timesteps that a gradient flows through", truncation)
    if let validationFraction, !(validationFraction > 0 && validationFraction < 1) {
      throw TrainingError(
        .invalidModel, "the share to validate with is \(validationFraction), expected more than 0 and less than 1")
    }
    try policy.validate()
    try windowing?.validate()
    try optimizer.validate()
    try earlyStopping?.validate()
    try checkStateful()
    try checkSampling()
    try checkFold()
    if batchPerRank == true, stateful {
      throw TrainingError(
        .invalidModel,
        "stateful training goes on in the rows of one batch after the other: a batch for each rank has no place there")
    }
  }
}

extension TrainingConfiguration: Codable {
  /// Reads a configuration. What checkpoints and runs of before do not say has its default.
  /// - Throws: `DecodingError` for what is no configuration.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      dataset: try container.decode(String.self, forKey: .dataset),
      trainingSplits: try container.decode([String].self, forKey: .trainingSplits),
      validationSplits: try container.decode([String].self, forKey: .validationSplits),
      validationFraction: try container.decodeIfPresent(Double.self, forKey: .validationFraction),
      columns: try container.decodeIfPresent(ColumnChoice.self, forKey: .columns),
      model: try container.decodeIfPresent(String.self, forKey: .model),
      loss: try container.decodeIfPresent(Loss.self, forKey: .loss),
      headLosses: try container.decodeIfPresent([String: Loss].self, forKey: .headLosses),
      targetWeights: try container.decodeIfPresent([String: Double].self, forKey: .targetWeights),
      reduction: try container.decode(Reduction.self, forKey: .reduction),
      optimizer: try container.decode(Optimizer.self, forKey: .optimizer),
      policy: try container.decode(BatchPolicy.self, forKey: .policy),
      windowing: try container.decodeIfPresent(Windowing.self, forKey: .windowing),
      stateful: try container.decodeIfPresent(Bool.self, forKey: .stateful) ?? false,
      epochs: try container.decode(Int.self, forKey: .epochs),
      normalizes: try container.decode(Bool.self, forKey: .normalizes),
      minCount: try container.decodeIfPresent(Int.self, forKey: .minCount),
      maxCategories: try container.decodeIfPresent(Int.self, forKey: .maxCategories),
      infeasible: try container.decodeIfPresent(InfeasibleLabels.self, forKey: .infeasible),
      targetScale: try container.decodeIfPresent(TargetScaling.self, forKey: .targetScale),
      targetSeason: try container.decodeIfPresent(Int.self, forKey: .targetSeason),
      earlyStopping: try container.decodeIfPresent(EarlyStopping.self, forKey: .earlyStopping),
      monitor: try container.decodeIfPresent(EarlyStopping.Monitor.self, forKey: .monitor),
      monitoredHead: try container.decodeIfPresent(String.self, forKey: .monitoredHead),
      truncation: try container.decodeIfPresent(Int.self, forKey: .truncation),
      seed: try container.decode(UInt64.self, forKey: .seed),
      classWeighting: try container.decodeIfPresent(ClassWeighting.self, forKey: .classWeighting),
      sampling: try container.decodeIfPresent(Sampling.self, forKey: .sampling),
      mix: try container.decodeIfPresent(DatasetMix.self, forKey: .mix),
      epochSize: try container.decodeIfPresent(Int.self, forKey: .epochSize),
      fold: try container.decodeIfPresent(Fold.self, forKey: .fold),
      batchPerRank: try container.decodeIfPresent(Bool.self, forKey: .batchPerRank))
  }
}
