import ArgumentParser
import Ragged

/// Says which command was meant by one that there is not.
enum Suggestion {
  /// - Throws: `ValidationError` where the first argument is no command.
  static func check(_ arguments: some Collection<String>, against commands: [any ParsableCommand.Type]) throws {
    let names = commands.compactMap { $0.configuration.commandName }
    guard let word = arguments.first, !word.hasPrefix("-"), word != "help", !names.contains(word) else { return }
    let meant = (names.first { $0.hasPrefix(word) } ?? names.nearest(to: word)).map { ", did you mean \"\($0)\"?" }
    throw ValidationError(
      "there is no command \"\(word)\"\(meant ?? "; there are \(names.joined(separator: ", "))")")
  }
}
