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
      "The columns to be predicted: one category, or numbers. Default: those that the dataset has as target.",
      discussion: """
        Of a time column name what is to be predicted of it, as among inputs: when:delta is the seconds since the timestep \
        before, 0 at the first one. Where a cell is missing there is no target: no loss, and nothing is judged.
        """))
  var target: [String] = []

  @Option(name: .long, help: "A number column per sequence that weights each sequence.")
  var weight: String?

  /// nil where nothing is said.
  var choice: ColumnChoice? {
    let choice = ColumnChoice(
      inputs: inputs.joinedList?.columnList, target: target.joinedList?.columnList, weight: weight)
    return choice == ColumnChoice() ? nil : choice
  }
}

extension String {
  fileprivate var columnList: [String] { Optional(self).list }
}
