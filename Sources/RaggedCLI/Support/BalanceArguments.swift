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
    name: .long, help: "With --sample: sequences, or windows, of an epoch. Default: as many as there are to train on.")
  var epochSize: Int?

  func validate() throws {
    try Limits.check("--epoch-size", epochSize, Limits.count)
    if epochSize != nil, sample == nil { throw ValidationError("--epoch-size goes with --sample") }
    if classWeight == .balanced, sample == .balanced {
      throw ValidationError(
        "--class-weight balanced and --sample balanced balance the classes twice: expected one of the two")
    }
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
