import ArgumentParser
import Ragged
import Yams

/// Where a command's options come from besides the command line.
struct ConfigArguments: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "A YAML file with options by their names; what stands on the command line wins.",
      discussion: "A line a key: epochs: 20. --print-config writes one with every key.", valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var config: String?

  @Flag(name: .long, help: "Print the configuration file that stands for this command line, and end.")
  var printConfig = false
}

/// A command whose options may stand in a file.
protocol ConfigurableCommand: ParsableCommand {
  var configFile: ConfigArguments { get }
  /// Sets of keys of which one on the command line takes the place of the others in the file.
  static var alternatives: [Set<String>] { get }
  /// What stands between the values of a list, for keys that may have one.
  static var listSeparators: [String: String] { get }
  /// What stands for the arguments without a name where --print-config goes without them.
  static var placeholder: String { get }
}

/// A command line with what its configuration file says.
struct ConfiguredArguments {
  private(set) var arguments: [String]
  /// Where each key that was taken from the file stands there.
  private(set) var places: [String: String] = [:]

  /// The same command line where it names no file.
  /// - Throws: ``ConfigError`` for a file that cannot be read or says what makes no sense.
  init(_ arguments: [String], commands: [any ParsableCommand.Type]) throws {
    self.arguments = arguments
    guard let name = arguments.first,
      let type = commands.first(where: { $0._commandName == name }) as? any ConfigurableCommand.Type
    else { return }
    try expand(type)
  }

  private mutating func expand<Command: ConfigurableCommand>(_ type: Command.Type) throws {
    let given = GivenArguments(arguments.dropFirst(), of: CommandDescription(of: type))
    var added: [String] = []
    var hasStore = given.positionals > 0
    if let path = given.config {
      if path.isEmpty { try given.checkNoneIsEmpty() }
      let keys = ConfigKey.all(of: type)
      let overridden = type.alternatives.reduce(given.names) { $1.isDisjoint(with: given.names) ? $0 : $0.union($1) }
      for entry in try ConfigFile(path: path).entries {
        guard let key = keys.first(where: { $0.name == entry.key }), !ConfigKey.own.contains(key.name) else {
          let names = keys.map(\.name).filter { !ConfigKey.own.contains($0) }
          let meant = names.nearest(to: entry.key).map { ", did you mean \"\($0)\"?" }
          throw ConfigError(
            path, line: entry.line,
            "unknown key \"\(entry.key)\"\(meant ?? "; \"ragged train --print-config\" prints all there are")")
        }
        let texts = try key.arguments(for: entry, separator: type.listSeparators[key.name], path: path)
        guard key.isPositional ? !hasStore : !overridden.contains(key.name) else { continue }
        hasStore = hasStore || key.isPositional && !texts.isEmpty
        places[key.name] = "\(path):\(entry.line)"
        added += texts
      }
    }
    if given.printsConfig, !hasStore { added.append(type.placeholder) }
    // The last value of an option counts, and what stands on the line comes last.
    arguments.insert(contentsOf: added, at: 1)
  }

  /// Refuses values that say nothing. See ``GivenArguments/checkNoneIsEmpty()``.
  func checkNoneIsEmpty(commands: [any ParsableCommand.Type]) throws {
    guard let type = commands.first(where: { $0._commandName == arguments.first }) else { return }
    try GivenArguments(arguments.dropFirst(), of: CommandDescription(of: type)).checkNoneIsEmpty()
  }

  /// The place in the file of the option that a message is about: `config.yaml:7: `.
  func place(of message: String) -> String {
    let names = message.matches(of: #/--([a-z][a-z-]*)/#).map { String($0.output.1) }
    return names.lazy.compactMap { places[$0] }.first.map { $0 + ": " } ?? ""
  }
}

extension ConfigKey {
  /// The options of ``ConfigArguments``, which stand on the command line only.
  static let own: Set<String> = ["config", "print-config"]

  /// What the command line would say for an entry; nothing for null and for a flag that is not set.
  func arguments(for entry: ConfigFile.Entry, separator: String?, path: String) throws -> [String] {
    func wrong(_ expected: String) -> ConfigError {
      let found =
        switch entry.form {
        case .single: "\"\(entry.items[0].string)\""
        case .list: "a list"
        case .mapping: "a mapping"
        }
      return ConfigError(path, line: entry.line, "\"\(name)\" is \(found), expected \(expected)")
    }
    if entry.form == .mapping { throw wrong("a single value") }
    if entry.form == .single, entry.items.isEmpty { return [] }
    if entry.form == .list {
      guard let separator, kind == .text else { throw wrong(expectation) }
      let items = entry.items.map(\.string)
      if let item = items.first(where: { separator == "," && $0.contains(",") }) {
        throw ConfigError(path, line: entry.line, "\"\(name)\" has \"\(item)\" in its list, which has a comma")
      }
      return ["--\(name)=\(items.joined(separator: separator))"]
    }
    let (scalar, text) = (entry.items[0], entry.items[0].string)
    switch kind {
    case .flag:
      switch scalar.isQuoted ? "" : text.lowercased() {
      case "true", "yes", "on": return ["--\(name)"]
      case "false", "no", "off": return []
      default: throw wrong(expectation)
      }
    case .count:
      guard !scalar.isQuoted, let count = Int(text), (0...9).contains(count) else { throw wrong(expectation) }
      return Array(repeating: "--\(name)", count: count)
    case .integer, .number:
      guard !scalar.isQuoted, accepts(text) else { throw wrong(expectation) }
    case .text:
      guard accepts(text) else {
        let meant = Suggestion.value(near: text, of: name, argument.values).map { ", did you mean \"\($0)\"?" }
        throw ConfigError(path, line: entry.line, "\"\(name)\" is \"\(text)\"\(meant ?? ", expected \(expectation)")")
      }
    }
    if isPositional { return [text.hasPrefix("-") ? "./" + text : text] }
    return ["--\(name)=\(text)"]
  }

  private var expectation: String {
    switch kind {
    case .flag: "true or false"
    case .count: "a whole number from 0 to 9"
    case .integer: "a whole number"
    case .number: "a number"
    case .text:
      (argument.values.isEmpty ? Suggestion.patterns[name] ?? ["a text that --\(name) takes"] : argument.values)
        .joined(separator: ", ")
    }
  }
}
