import ArgumentParser
import Ragged

/// Whether a model is trained for each of several folds.
struct FoldArguments: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Divide the training sequences into this number of folds and train a model for each, judged by it and trained on the others.",
      discussion: """
        Files are OUTPUT.fold1.best.ragged and so on, each fold is a run in the store, and a table with the mean and the \
        deviation of every figure of "ragged evaluate" comes at the end. The fold of a sequence follows from its key and --seed \
        alone, so adding sequences moves none. Other splits, as that to test with, are left alone. After Ctrl-C, --resume \
        goes on from any of the files.
        """))
  var folds: Int?

  @Option(
    name: .long,
    help:
      "With --folds: keep together what has the same group (group), or the same name in a category column per sequence."
  )
  var by: String?

  @Flag(
    name: .long,
    help: ArgumentHelp(
      "With --folds: divide every class evenly.",
      discussion: """
        Sequences, or groups, are then dealt in stored order, each to the fold that has the fewest of its class so far: what is \
        added moves none of those before it, and what is deleted may move those behind it.
        """))
  var stratify = false

  @Flag(name: .long, help: "With --folds: print the figures as JSON.")
  var json = false

  func validate() throws { try Limits.check("--folds", folds, 2...Folds.most) }

  /// - Throws: `ValidationError` for what goes with folds and does not with the rest.
  func check(hasValidation: Bool, resumes: Bool) throws {
    if folds != nil, hasValidation {
      throw ValidationError(
        "--folds judges each model by its fold: leave --validation-split and --validation-fraction out")
    }
    if folds != nil, resumes { throw ValidationError("--resume takes the folds of the run: leave --folds out") }
    let given = [("--by", by != nil), ("--stratify", stratify), ("--json", json && !resumes)]
    if folds == nil, let name = given.first(where: \.1)?.0 { throw ValidationError("\(name) goes with --folds") }
  }

  func made(seed: UInt64) -> Folds? { folds.map { Folds($0, by: by, stratified: stratify, seed: seed) } }
}
