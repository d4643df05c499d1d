import ArgumentParser
import Foundation
import Ragged

/// `ragged generate-manual`: for whoever packs the command.
struct ManualCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate-manual", abstract: "Write the manual pages, a file a command, into a folder.",
    shouldDisplay: false)

  @Argument(help: "The folder; it is made where it is not there.", completion: .directory)
  var folder: String

  @OptionGroup(title: "Messages") var console: ConsoleArguments

  func run() throws {
    let url = URL(filePath: folder, directoryHint: .isDirectory)
    let pages = ManualPage.all(of: CommandDescription(of: RaggedCommand.self))
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw WriterError(path: folder, problem: "cannot make the folder", failureClass: .cannotCreate)
    }
    for page in pages { try AtomicFile.write(Array(page.text.utf8), to: url.appending(path: page.fileName).path) }
    Console.print("wrote \(pages.count.counted("page")) to \(folder)")
  }
}
