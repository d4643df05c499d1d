import ArgumentParser
import Ragged

/// Says what was meant by a name that there is not.
enum Suggestion {
  /// - Throws: `ValidationError` where the first argument is no command.
  static func check(_ arguments: some Collection<String>, against commands: [any ParsableCommand.Type]) throws {
    let names = commands.filter { $0.configuration.shouldDisplay }.map { $0._commandName }
    let all = commands.map { $0._commandName }
    let isHelp = arguments.first == "help"
    guard let word = isHelp ? arguments.dropFirst().first : arguments.first, !word.hasPrefix("-"),
      !(all + ["help"]).contains(word)
    else { return }
    let meant = (names.first { $0.hasPrefix(word) } ?? names.nearest(to: word)).map { ", did you mean \"\($0)\"?" }
    throw ValidationError("there is no command \"\(word)\"\(meant ?? "; there are \(names.joined(separator: ", "))")")
  }

  /// The parser's message and the usage, with the value that was probably meant and the place in the configuration file;
  /// nil for what is no fault, such as a wish for help.
  static func problem(_ failure: ParserFailure, of arguments: [String], _ configured: ConfiguredArguments?) -> String? {
    guard failure.exitCode != .success, let (message, usage) = failure.parts else { return nil }
    let text = (configured?.place(of: message) ?? "") + message + (meant(by: message, of: arguments) ?? "")
    return ([text] + usage).joined(separator: "\n")
  }

  private static func meant(by message: String, of arguments: [String]) -> String? {
    guard let match = message.firstMatch(of: #/^The value '(.*)' is invalid for '(?:-., )?(--[a-z-]+)/#),
      let command = RaggedCommand.configuration.subcommands.first(where: { $0._commandName == arguments.first }),
      let option = CommandDescription(of: command).arguments.first(where: {
        $0.names?.contains { $0.text == match.output.2 } == true
      })
    else { return nil }
    let value = String(match.output.1)
    if let near = Self.value(near: value, of: option.key, option.values) {
      return "\(message.hasSuffix(".") ? "" : ".") Did you mean '\(near)'?"
    }
    let names = patterns[option.key] ?? []
    return option.values.isEmpty && !names.isEmpty ? ". It takes \(names.joined(separator: ", "))." : nil
  }

  /// The value of an option that was probably meant, nil where none is near.
  static func value(near value: String, of option: String, _ values: [String]) -> String? {
    // buckets:8 is a name and what it takes.
    let head = value.prefix { $0 != ":" }
    let names = values.isEmpty ? patterns[option] ?? [] : values
    guard let near = names.nearest(to: String(head)), near != head else { return nil }
    return near + value.dropFirst(head.count)
  }

  /// The names with which the values of an option begin that have more to them than a name.
  static let patterns = [
    "batching": ["padded", "exact", "buckets", "boundaries", "pool", "packed"],
    "shuffle": ["full", "none", "blocks"],
    "class-weight": ["balanced", "name=weight,..."],
    "mix": ["dataset=share,..."],
    "sample": ["balanced", "column:balanced", "column:name=share,..."],
  ]
}
