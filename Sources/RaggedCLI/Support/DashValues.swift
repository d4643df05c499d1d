import ArgumentParser

/// Lets the value of an option begin with a dash: `--class -1` reads as `--class=-1`.
///
/// The word behind an option that takes a value is its value, unless it is an option of the command itself, or looks like one
/// in two dashes and a letter: then the value was forgotten, which the parser says.
enum DashValues {
  /// The command line with such values in one word with their option.
  static func joined(_ arguments: [String], commands: [any ParsableCommand.Type]) -> [String] {
    // To ask a command for its options takes longer than to read small files.
    guard zip(arguments, arguments.dropFirst()).contains(where: { $0.hasPrefix("-") && mayBeValue($1) }),
      let name = arguments.first, let type = commands.first(where: { $0._commandName == name })
    else { return arguments }
    let options = CommandDescription(of: type).allArguments.filter { !$0.isPositional }
    var takesValue: [String: String] = [:]
    var known: Set<String> = []
    for option in options {
      for name in option.names ?? [] {
        known.insert(name.text)
        if !option.isFlag { takesValue[name.text] = option.preferredName?.text ?? name.text }
      }
    }
    var result: [String] = []
    var rest = arguments[...]
    while let word = rest.popFirst() {
      if word == "--" { return result + [word] + rest }
      guard let option = takesValue[word], let value = rest.first, isValue(value, known) else {
        result.append(word)
        continue
      }
      rest.removeFirst()
      result.append("\(option)=\(value)")
    }
    return result
  }

  /// Whether a word begins with a dash and is no option in two dashes.
  private static func mayBeValue(_ word: String) -> Bool {
    guard word.hasPrefix("-"), word != "-" else { return false }
    return word == "--" || !(word.hasPrefix("--") && word.dropFirst(2).first?.isLetter ?? false)
  }

  private static func isValue(_ word: String, _ known: Set<String>) -> Bool {
    // What does not begin with a dash the parser takes for a value itself.
    guard mayBeValue(word) else { return false }
    if word == "--" { return true }
    let name = String(word.prefix { $0 != "=" })
    if known.contains(name) { return false }
    if word.hasPrefix("--") { return true }
    // -qv is two flags.
    return !name.dropFirst().allSatisfy { known.contains("-\($0)") }
  }
}
