import ArgumentParser
import Foundation
import Ragged

@main
struct RaggedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ragged",
    abstract: "Sequences of mixed length: import them, look at them, batch them, train an LSTM, predict.",
    discussion: """
      Everything lives in one SQLite file, the store. A first session:

        ragged inspect readings.csv --id run
        ragged import store.sqlite readings.csv --id run \\
          --features ax,ay,az --target label --split 0.8,0.1,0.1
        ragged stats store.sqlite
        ragged train store.sqlite --validation-split validation --normalize
        ragged evaluate model.best.ragged store.sqlite --split test
        ragged predict model.best.ragged new.csv --id run

      Here readings.csv has a row per timestep: its column run says which sequence a row belongs to, ax, ay and az are \
      measured, label is the class to learn.

      Nothing is ever computed on padding: losses, metrics and gradients run over real timesteps alone, however \
      sequences are batched. "ragged demo" shows that on data of its own.

      Results go to standard output, progress to standard error. Every command takes --quiet, --verbose and --color.

      Exit codes: 0 fine, 64 usage, 65 bad data, 66 no such input, 73 or 74 cannot write, 130 interrupted.
      """,
    version: RaggedVersion.number,
    subcommands: [
      ImportCommand.self, InspectCommand.self, StatsCommand.self, ShowCommand.self, PlanCommand.self,
      BatchesCommand.self,
      TrainCommand.self, SearchCommand.self, EvaluateCommand.self, PredictCommand.self, ForecastCommand.self,
      GenerateCommand.self,
      VerifyCommand.self,
      RunsCommand.self,
      ReportCommand.self, ExportCommand.self, ImportWeightsCommand.self, DemoCommand.self, CheckCommand.self,
      DeleteCommand.self, RenameCommand.self, SplitCommand.self, MergeCommand.self, CompactCommand.self,
      VersionCommand.self, ManualCommand.self,
    ])

  static func main() {
    Interruption.install()
    ConsoleLogHandler.install()
    let arguments = Array(CommandLine.arguments.dropFirst())
    var configured: ConfiguredArguments?
    do {
      try Suggestion.check(arguments, against: configuration.subcommands)
      let line = try ConfiguredArguments(
        DashValues.joined(arguments, commands: configuration.subcommands), commands: configuration.subcommands)
      configured = line
      try run(parsed(line), line)
    } catch let error as RankError where error.isReported && error.rank != Ranks.place?.rank {
      // The rank at fault says so itself.
      Foundation.exit(error.failureClass.rawValue)
    } catch let error as RankError where !error.isReported && Ranks.place?.rank != (error.rank == 0 ? 1 : 0) {
      // The first of those that are left reports one that is gone.
      Foundation.exit(error.failureClass.rawValue)
    } catch let error as Cancelled {
      Console.error("ragged: stopped; \(error.message)")
      Foundation.exit(error.failureClass.rawValue)
    } catch let error as any RaggedError {
      Console.fail(error.advice)
      Foundation.exit(error.failureClass.rawValue)
    } catch {
      let failure = error as? ParserFailure ?? ParserFailure(error)
      Ranks.leaveToTheFirst(failure.exitCode.rawValue)
      guard let problem = Suggestion.problem(failure, of: arguments, configured) else {
        exit(withError: failure.error)
      }
      Console.fail(problem)
      Foundation.exit(failure.exitCode.rawValue)
    }
  }

  /// The command of a command line. A wish for help is one whatever else the line says.
  private static func parsed(_ line: ConfiguredArguments) throws -> any ParsableCommand {
    let parsed = Result { try parseAsRoot(line.arguments) }.mapError(ParserFailure.init)
    switch parsed {
    case .success(let command) where !(command is any ConsoleCommand): return command
    case .failure(let failure) where failure.exitCode == .success: throw failure
    default: try line.checkNoneIsEmpty(commands: configuration.subcommands)
    }
    return try parsed.get()
  }

  /// Runs a command; what it finds wrong with its options then is told as every other fault is.
  private static func run(_ command: any ParsableCommand, _ line: ConfiguredArguments) throws {
    var command = command
    (command as? any ConsoleCommand)?.console.apply()
    do {
      if command is any ConsoleCommand, !Ranks.runs(command) {
        try Ranks.refuse("ragged \(type(of: command)._commandName)")
      }
      try command.run()
    } catch let error as ValidationError {
      Ranks.leaveToTheFirst(FailureClass.usage.rawValue)
      Console.fail(line.place(of: error.message) + error.message)
      Foundation.exit(FailureClass.usage.rawValue)
    } catch let error where !(error is any RaggedError) {
      throw ForeignError(error) ?? error
    }
  }
}
