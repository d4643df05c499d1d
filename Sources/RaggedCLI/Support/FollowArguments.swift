import ArgumentParser
import Ragged

/// Whether lines are answered as they come, and how.
struct FollowArguments: ParsableArguments {
  @Flag(
    name: .customLong("follow"),
    help: "Answer each line of CSV or JSON Lines as it comes, with a state for each key, until the lines end.")
  var isAsked = false

  @Option(
    name: .customLong("keep-states"),
    help: ArgumentHelp(
      "With --follow, the number of keys whose states are kept. Default: \(FollowedStream.usualStates).",
      discussion:
        "Of more, that is dropped of which nothing came for the longest, which is said; it begins anew where it comes back."
    ))
  var states: Int?

  @Option(
    name: .long,
    help:
      "With --follow, what becomes of a line that cannot be taken: skip it with a message, which is the default, or stop."
  )
  var onError: LinePolicy?

  /// What becomes of a bad line.
  enum LinePolicy: String, ExpressibleByArgument, CaseIterable {
    case skip, stop
  }

  func validate() throws {
    try Limits.check("--keep-states", states, Limits.count)
    guard !isAsked else { return }
    if states != nil { throw ValidationError("--keep-states goes with --follow") }
    if onError != nil { throw ValidationError("--on-error goes with --follow") }
  }
}
