import ArgumentParser

/// An error with what the parser of the command line says of it. Each question to the parser builds all options anew, so
/// that each is asked once.
struct ParserFailure: Error {
  let error: any Error
  /// Success for a wish, such as one for help.
  let exitCode: ExitCode

  init(_ error: any Error) {
    self.error = error
    exitCode = RaggedCommand.exitCode(for: error)
  }

  /// What is wrong, and the lines of help and usage that go with it; nil where the parser has nothing to say.
  var parts: (message: String, usage: [String])? {
    let (text, prefix) = (RaggedCommand.fullMessage(for: error), "Error: ")
    guard text.hasPrefix(prefix) else { return nil }
    let lines = text.dropFirst(prefix.count).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let end = lines.firstIndex { $0.hasPrefix("Help:") || $0.hasPrefix("Usage:") } ?? lines.endIndex
    return (lines[..<end].joined(separator: "\n"), Array(lines[end...]))
  }
}
