import ArgumentParser

/// A configuration file with every key of a command.
struct ConfigPrinter<Command: ConfigurableCommand> {
  private let command: Command

  init(_ command: Command) { self.command = command }

  /// The file: each key with its value under a comment that says what it is; null is a key's default.
  var text: String {
    let name = Command._commandName
    var lines = ["# ragged \(name) --config FILE. What stands on the command line wins; null is the default."]
    var section: String?
    for key in ConfigKey.all(of: Command.self, parsed: command) where !ConfigKey.own.contains(key.name) {
      if key.argument.sectionTitle != section, let title = key.argument.sectionTitle {
        lines += ["", "# ----- \(title) -----"]
      }
      section = key.argument.sectionTitle
      lines.append("")
      lines += key.argument.help.wrapped(to: 96).map { "# \($0)" }
      lines.append("\(key.name): \(text(key.value, key.kind))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func text(_ value: ConfigValue?, _ kind: ConfigKey.Kind) -> String {
    switch value {
    case nil: "null"
    case .flag(let isSet): isSet ? "true" : "false"
    case .count(let count): String(count)
    case .text(let text): kind == .text ? quoted(text) : text
    }
  }

  /// A text in YAML's double quotes.
  private func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      default:
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
          let digits = String(scalar.value, radix: 16)
          result += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }
}
