import ArgumentParser

struct VersionCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Print the version; with -v also the processor's kernels and SQLite's version.")

  @OptionGroup(title: "Messages") var console: ConsoleArguments

  func run() throws { Console.print(console.verbose > 0 ? RaggedVersion.details : RaggedVersion.number) }
}
