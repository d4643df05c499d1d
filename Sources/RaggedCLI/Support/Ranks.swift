import ArgumentParser
import Foundation
import Ragged

/// This process among those that `mpirun` has started.
enum Ranks {
  /// nil where no launcher started it, or one alone.
  static let place: RankPlace? = RankPlace.current.flatMap { $0.worldSize > 1 ? $0 : nil }

  /// Whether this process has the terminal.
  static var isFirst: Bool { place?.rank ?? 0 == 0 }

  /// What goes before what a rank that has no terminal has to say.
  static var prefix: String { place.map { $0.rank > 0 ? "rank \($0.rank): " : "" } ?? "" }

  /// Joins the ranks: one where there are no others.
  /// - Throws: `ValidationError` where there are, and this command was built without MPI.
  static func join() throws -> any GradientExchange {
    guard let place else { return LocalExchange() }
    #if MPI
      _ = place
      return try MPIExchange.world()
    #else
      throw ValidationError(
        "\(place.worldSize) ranks were started, and this ragged was built for one: build it with swift build --traits MPI"
      )
    #endif
  }

  /// Says that all is done that ranks do together.
  static func finish(_ exchange: any GradientExchange) {
    #if MPI
      (exchange as? MPIExchange)?.finish()
    #endif
  }

  /// Ends every rank but the first without a word: a command line that makes no sense makes none on any of them.
  static func leaveToTheFirst(_ status: Int32) {
    guard !isFirst else { return }
    // A launcher ends all ranks at the end of one.
    usleep(500_000)
    Foundation.exit(status)
  }

  /// Whether several ranks do a command's work together.
  static func runs(_ command: any ParsableCommand) -> Bool {
    command is TrainCommand || command is SearchCommand || command is EvaluateCommand || command is PredictCommand
  }

  /// Refuses to do on each of several ranks what one of them is to do.
  static func refuse(_ what: String) throws {
    guard let place else { return }
    throw ValidationError("\(what) runs on one rank, and \(place.worldSize) were started: leave mpirun out")
  }
}
