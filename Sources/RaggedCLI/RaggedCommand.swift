import ArgumentParser
import Foundation
import Ragged

/// The command `ragged`.
@main
struct RaggedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ragged",
    abstract: "Sequences of mixed length: import them, look at them, batch them, train an LSTM, predict.",
    discussion: """
      Everything lives in one SQLite file, the store. A first session:

        ragged import store.sqlite readings.csv --id run \\
          --features ax,ay,az --target label --split 0.8,0.1,0.1
        ragged stats store.sqlite
        ragged train store.sqlite --validation-split validation --normalize
        ragged evaluate model.best.ragged store.sqlite --split test
        ragged predict model.best.ragged new.csv --id run

      Here readings.csv has a row a timestep: its column run says which sequence a row belongs to, ax, ay and az are \
      measured, label is the class to learn.

      Nothing is ever computed on padding: losses, metrics and gradients run over real timesteps alone, however \
      sequences are batched. "ragged demo" shows that on data of its own.

      Results go to standard output, progress to standard error.

      Exit codes: 0 fine, 64 usage, 65 bad data, 66 no such input, 73 or 74 cannot write, 130 interrupted.
      """,
    version: "0.1.0",
    subcommands: [
      ImportCommand.self, StatsCommand.self, PlanCommand.self, BatchesCommand.self, TrainCommand.self,
      EvaluateCommand.self, PredictCommand.self, VerifyCommand.self, RunsCommand.self, ReportCommand.self,
      DemoCommand.self,
      CheckCommand.self, DeleteCommand.self, RenameCommand.self, SplitCommand.self, MergeCommand.self,
      CompactCommand.self,
    ])

  static func main() {
    Interruption.install()
    do {
      try Suggestion.check(CommandLine.arguments.dropFirst(), against: configuration.subcommands)
      try run(parseAsRoot())
    } catch let error as any RaggedError {
      Console.error("ragged: error: \(error.message)")
      Foundation.exit(error.failureClass.rawValue)
    } catch let error where error is Interrupted || error is CancellationError {
      Foundation.exit(FailureClass.interrupted.rawValue)
    } catch {
      exit(withError: error)
    }
  }

  /// Runs a command; what it finds wrong with its options then is told as every other fault is.
  private static func run(_ command: any ParsableCommand) throws {
    var command = command
    do {
      try command.run()
    } catch let error as ValidationError {
      Console.error("ragged: error: \(error.message)")
      Foundation.exit(FailureClass.usage.rawValue)
    }
  }
}
