import Foundation
import Testing

/// What a run of the command gave.
struct CommandResult {
  var status: Int32
  var output: String
  var errors: String

  var outputLines: [String] { output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) }

  /// Standard output as JSON.
  func json<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(output.utf8))
  }
}

/// The command that the tests run: that of `RAGGED_BINARY`, or the one that stands beside the test bundle in the build
/// folder.
enum BuiltCommand {
  static let url: URL? = {
    if let path = ProcessInfo.processInfo.environment["RAGGED_BINARY"] { return URL(filePath: path) }
    var places = [Bundle.main.executableURL, Bundle.main.bundleURL, URL(filePath: CommandLine.arguments[0])]
    places += Bundle.allBundles.map(\.bundleURL)
    for place in places.compactMap(\.self) {
      var folder = place
      for _ in 0..<4 {
        folder.deleteLastPathComponent()
        let candidate = folder.appending(path: "ragged")
        if FileManager.default.isExecutableFile(atPath: candidate.path), !isDirectory(candidate) { return candidate }
      }
    }
    return nil
  }()

  private static func isDirectory(_ url: URL) -> Bool {
    (try? url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory) ?? false
  }

  /// The fixtures of the package.
  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "fixtures/input")
}

/// A command at work.
final class RunningCommand {
  private let process = Process()
  private let outputURL: URL
  private let errorURL: URL

  init(_ executable: URL, _ arguments: [String], in folder: URL, input: Any? = nil) throws {
    let name = UUID().uuidString
    let places = FileManager.default.temporaryDirectory
    outputURL = places.appending(path: "ragged-test-\(name).out")
    errorURL = places.appending(path: "ragged-test-\(name).err")
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardInput = input ?? FileHandle.nullDevice
    for url in [outputURL, errorURL] { _ = FileManager.default.createFile(atPath: url.path, contents: nil) }
    process.standardOutput = try FileHandle(forWritingTo: outputURL)
    process.standardError = try FileHandle(forWritingTo: errorURL)
    try process.run()
  }

  deinit { for url in [outputURL, errorURL] { try? FileManager.default.removeItem(at: url) } }

  var isRunning: Bool { process.isRunning }

  /// The number of its process.
  var id: Int32 { process.processIdentifier }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits until standard output or error holds a text.
  func waits(for text: String, seconds: Double = 120) -> Bool {
    let end = Date(timeIntervalSinceNow: seconds)
    while Date() < end {
      if read(outputURL).contains(text) || read(errorURL).contains(text) { return true }
      if !process.isRunning { return read(outputURL).contains(text) || read(errorURL).contains(text) }
      usleep(2000)
    }
    return false
  }

  /// Waits for the end; what has not ended after ten minutes is killed.
  func result() -> CommandResult {
    let end = Date(timeIntervalSinceNow: 600)
    while process.isRunning {
      if Date() > end { send(SIGKILL) }
      usleep(1000)
    }
    process.waitUntilExit()
    return CommandResult(status: process.terminationStatus, output: read(outputURL), errors: read(errorURL))
  }

  private func read(_ url: URL) -> String {
    (try? Data(contentsOf: url)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
