import ArgumentParser

/// The words of a command line by the arguments that take them, as far as that is known before they are parsed.
struct GivenArguments {
  /// Options by their long names.
  private(set) var names: Set<String> = []
  /// Each option that has a value and each argument without a name, with its value.
  private(set) var values: [(argument: CommandDescription.Argument, value: String)] = []
  /// Arguments without a name.
  private(set) var positionals = 0
  /// The file with further options.
  private(set) var config: String?
  var printsConfig: Bool { names.contains("print-config") }

  init(_ arguments: ArraySlice<String>, of command: CommandDescription) {
    let places = command.arguments.filter(\.isPositional)
    func add(positional word: String, to given: inout GivenArguments) {
      if let last = places.last {
        given.values.append((given.positionals < places.count ? places[given.positionals] : last, word))
      }
      given.positionals += 1
    }
    var rest = arguments
    while let word = rest.popFirst() {
      if word == "--" {
        for word in rest { add(positional: word, to: &self) }
        return
      }
      guard word.hasPrefix("-"), word != "-" else {
        add(positional: word, to: &self)
        continue
      }
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      // -qv is two flags.
      let isShort = !word.hasPrefix("--")
      let words = isShort ? parts[0].dropFirst().map { "-\($0)" } : [parts[0]]
      for (index, name) in words.enumerated() {
        guard let argument = command.arguments.first(where: { $0.names?.contains { $0.text == name } == true }) else {
          continue
        }
        names.insert(argument.key)
        if argument.key.hasPrefix("no-") { names.insert(String(argument.key.dropFirst(3))) }
        guard !argument.isFlag else { continue }
        // What follows the letter of an option is its value.
        let value = parts.count > 1 ? parts[1] : index + 1 < words.count ? nil : rest.popFirst()
        if let value { values.append((argument, value)) }
        if argument.key == "config" { config = value }
        break
      }
    }
  }
}

extension GivenArguments {
  /// Arguments of which an empty value, a blank or a comma says something: the cell that is empty, what stands between cells, a
  /// mark in numbers, a key.
  private static let mayBeEmpty: Set<String> = [
    "missing", "delimiter", "decimal", "thousands", "key", "labels-separator", "list-separator",
  ]

  /// Refuses a value of which nothing is left without blanks and commas. Where a shell's variable is not set, an option that
  /// chooses a part would otherwise choose everything, and a path would be that of the folder at hand or of the disk.
  /// - Throws: `ValidationError` that names the argument.
  func checkNoneIsEmpty() throws {
    for (argument, value) in values where !Self.mayBeEmpty.contains(argument.key) {
      guard value.allSatisfy({ $0.isWhitespace || $0 == "," }) else { continue }
      let name = argument.isPositional ? "<\(argument.key)>" : "--\(argument.key)"
      throw ValidationError(
        "\(name) is \(value.isEmpty ? "empty" : "\"\(value)\""), expected a value; leave it out for none")
    }
  }
}
