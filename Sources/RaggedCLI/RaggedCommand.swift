import ArgumentParser
import Ragged

/// The command `ragged`.
@main
struct RaggedCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ragged",
    abstract: "Sequences of mixed length: import, look, batch, train an LSTM, predict.",
    subcommands: [])
}
