public import ArgumentParser
public import Ragged

/// What classes weigh in training, and what an epoch takes.
struct BalanceArguments: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "What each class weighs in the training loss: balanced, or name=weight,... where the others weigh 1.",
      discussion: """
        For classes per sequence and per timestep. A class of weight 2 counts as if everything of it were there twice: weights \
        stand in what the losses add up to and in what they are divided by. balanced: targets / (classes x targets of the \
        class), as scikit-learn has it, over what is trained on. val_loss and "ragged evaluate" have no weights of classes.
        """))
  var classWeight: ClassWeighting?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What an epoch takes: balanced, of each class alike; COLUMN:balanced; or COLUMN:name=share,...",
      discussion: """
        COLUMN is a category per sequence, and shares, in sequences, add up to 1: channel:web=0.7,shop=0.3. Of a group no \
        sequence comes more than once oftener than another, and over epochs all come round. "ragged plan" shows what that \
        makes. Sequences without a share are left out, and said.
        """))
  var sample: Sampling?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Train on several datasets, of which each has a share of an epoch: a=0.5,b=0.5.",
      discussion: """
        A name is that of a dataset of the store, or the path of another store that has one dataset; the first is of the store, \
        which keeps the run. Shares, in sequences, add up to 1. Columns and classes go by their names; a key has its dataset's \
        name before it. The datasets are copied into a store in the folder for temporary files (TMPDIR) for as long as the \
        command runs. Splits are those of each dataset; what judges an epoch is taken whole, without shares.
        """))
  var mix: DatasetMix?

  @Option(
    name: .long,
    help: "With --sample or --mix: sequences, or windows, of an epoch. Default: as many as there are to train on.")
  var epochSize: Int?

  func validate() throws {
    try Limits.check("--epoch-size", epochSize, Limits.count)
    try Self.check(sample, mix, epochSize)
    if classWeight == .balanced, sample == .balanced {
      throw ValidationError(
        "--class-weight balanced and --sample balanced balance the classes twice: expected one of the two")
    }
  }
}

extension BalanceArguments {
  /// Checks that what an epoch takes is said once.
  static func check(_ sample: Sampling?, _ mix: DatasetMix?, _ epochSize: Int?) throws {
    if epochSize != nil, sample == nil, mix == nil {
      throw ValidationError("--epoch-size goes with --sample or --mix")
    }
    if sample != nil, mix != nil {
      throw ValidationError("--sample and --mix both say what an epoch takes: expected one of the two")
    }
  }

  /// The dataset that is trained on, or the first of several.
  /// - Parameter dataset: the one that is named otherwise.
  /// - Throws: `ValidationError` where none is named or the first of several is not of the store, `StoreError`.
  func firstDataset(of store: SequenceStore, _ dataset: String?) throws -> String {
    guard let mix else { return try dataset ?? store.onlyDataset() }
    return try Self.firstDataset(of: mix, in: store, dataset)
  }

  /// The first of several datasets.
  static func firstDataset(of mix: DatasetMix, in store: SequenceStore, _ dataset: String?) throws -> String {
    let first = mix.shares.first?.name ?? ""
    guard dataset == nil else { throw ValidationError("--mix names the datasets, which --dataset does as well") }
    let names = try store.datasets().map(\.name)
    guard names.containsExactly(first) else {
      throw ValidationError(
        "--mix begins with \"\(first)\", expected a dataset of \(store.path), which keeps the run: it has "
          + names.quotedList)
    }
    return first
  }
}

extension ClassWeighting: ExpressibleByArgument {
  /// The weighting of a text.
  public init?(argument: String) { self.init(argument) }
}

extension Sampling: ExpressibleByArgument {
  /// The sampling of a text.
  public init?(argument: String) { self.init(argument) }
}

extension DatasetMix: ExpressibleByArgument {
  /// The mix of a text.
  public init?(argument: String) { self.init(argument) }
}
