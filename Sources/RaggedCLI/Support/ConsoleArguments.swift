import ArgumentParser
import Ragged

/// How much is said, and in which colours. Every command takes these.
struct ConsoleArguments: ParsableArguments {
  enum Color: String, ExpressibleByArgument, CaseIterable {
    case auto, always, never
  }

  @Flag(name: .shortAndLong, help: "Only errors and results: no progress, no notes.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Say what is done; -vv says more.")
  var verbose: Int

  @Option(name: .long, help: "Colours: auto, always or never. auto: on a terminal, unless NO_COLOR is set.")
  var color: Color = .auto

  func validate() throws {
    if quiet, verbose > 0 { throw ValidationError("--quiet and --verbose exclude each other") }
  }

  /// Takes effect for all that is written from now on.
  func apply() {
    Console.settings = Console.Settings(
      verbosity: quiet ? .quiet : verbose == 0 ? .normal : verbose == 1 ? .verbose : .debug, color: color)
  }
}

/// A command that takes ``ConsoleArguments``, which take effect before it runs.
protocol ConsoleCommand: ParsableCommand {
  var console: ConsoleArguments { get }
}

struct ThreadArguments: ParsableArguments {
  @Option(
    name: .long,
    help: "Threads; the result does not depend on it. Default: every core, or its part of them for a rank of mpirun.")
  var threads: Int?

  func validate() throws { try Limits.check("--threads", threads, 1...Trainer.threadLimit) }
}
