import ArgumentParser

/// Says which command was meant by one that there is not.
enum Suggestion {
  /// - Throws: `ValidationError` where the first argument is no command.
  static func check(_ arguments: some Collection<String>, against commands: [any ParsableCommand.Type]) throws {
    let names = commands.compactMap { $0.configuration.commandName }
    guard let word = arguments.first, !word.hasPrefix("-"), word != "help", !names.contains(word) else { return }
    let near = names.filter { distance(word, $0) <= 2 }.min { distance(word, $0) < distance(word, $1) }
    let meant = (names.first { $0.hasPrefix(word) } ?? near).map { ", did you mean \"\($0)\"?" }
    throw ValidationError(
      "there is no command \"\(word)\"\(meant ?? "; there are \(names.joined(separator: ", "))")")
  }

  /// Levenshtein's distance.
  private static func distance(_ left: String, _ right: String) -> Int {
    let letters = Array(right)
    var row = Array(0...letters.count)
    for (i, letter) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for j in letters.indices {
        let substituted = diagonal + (letter == letters[j] ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(substituted, row[j] + 1, diagonal + 1)
      }
    }
    return row[letters.count]
  }
}
