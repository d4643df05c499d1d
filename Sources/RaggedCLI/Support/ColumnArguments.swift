import ArgumentParser
import Ragged

/// Which columns are input, target and weight.
struct ColumnArguments: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The columns that a model is given. Default: all that the dataset has as inputs.",
      discussion: """
        Of a time column name what is to be derived from it: \
        \(TimeDerivation.allCases.map { "when:\($0.rawValue)" }.joined(separator: ", ")).
        """))
  var inputs: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The columns to be predicted: one category, one column of labels, or numbers. Default: those that the dataset has as target.",
      discussion: """
        Of a time column name what is to be predicted of it, as among inputs: when:delta is the seconds since the timestep \
        before, 0 at the first one. A list of labels per sequence is aligned with the timesteps (ctc). Where a cell is \
        missing there is no target: no loss, and nothing is judged.

        activity@1 is what the next timestep has, sales@1..12 the values of the next twelve, token@1 the next token of a \
        text: a target that lies later, which the last timesteps of a sequence do not have. The column itself is then among \
        the inputs. outcome@every asks what belongs to the sequence at each timestep.

        Names that are no one target (activity@1,when:log-delta@1 or outcome,amount) are several targets at once: each has a \
        head and a loss of its own, and a cell that one lacks leaves the others'.
        """))
  var target: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A number column that weights each sequence, or per timestep each timestep's loss.",
      discussion: "Of a target that lies later the weight is that of the timestep at which it is asked."))
  var weight: String?

  @Flag(
    name: .long,
    help: """
      With a target such as token@1: categories have a begin and an end. A sequence of n timesteps has n + 1, from the begin \
      to its last, whose targets are its first to the end.
      """)
  var ends = false

  /// nil where nothing is said.
  var choice: ColumnChoice? {
    let choice = ColumnChoice(
      inputs: inputs.joinedList?.columnList, target: target.joinedList?.columnList, weight: weight,
      ends: ends ? true : nil)
    return choice == ColumnChoice() ? nil : choice
  }
}

extension String {
  fileprivate var columnList: [String] { Optional(self).list }
}
