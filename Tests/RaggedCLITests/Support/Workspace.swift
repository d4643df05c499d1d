import Foundation
import Testing

/// A folder for one test in which the command runs; removed with it.
final class Workspace: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "ragged-cli-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Runs the command to its end.
  @discardableResult
  func ragged(_ arguments: String..., input: String? = nil) throws -> CommandResult {
    try ragged(arguments, input: input)
  }

  @discardableResult
  func ragged(_ arguments: [String], input: String? = nil) throws -> CommandResult {
    guard let input else { return try start(arguments).result() }
    let file = "standard-input-\(UUID().uuidString)"
    try write(file, input)
    defer { try? FileManager.default.removeItem(at: url.appending(path: file)) }
    return try start(arguments, input: FileHandle(forReadingFrom: url.appending(path: file))).result()
  }

  /// Runs the command and expects it to end well.
  @discardableResult
  func good(
    _ arguments: String..., input: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> CommandResult {
    let result = try ragged(arguments, input: input)
    #expect(result.status == 0, "\(arguments): \(result.errors)", sourceLocation: sourceLocation)
    return result
  }

  /// Runs the command and expects it to fail with a message on standard error and nothing on standard output.
  @discardableResult
  func bad(
    _ status: Int32, _ message: String, _ arguments: String..., input: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> CommandResult {
    let result = try ragged(arguments, input: input)
    #expect(result.status == status, "\(arguments): \(result.errors)", sourceLocation: sourceLocation)
    #expect(result.errors.contains(message), "\(arguments): \(result.errors)", sourceLocation: sourceLocation)
    #expect(result.output == "", sourceLocation: sourceLocation)
    return result
  }

  func start(_ arguments: [String], input: Any? = nil) throws -> RunningCommand {
    try RunningCommand(#require(BuiltCommand.url), arguments, in: url, input: input)
  }

  /// Runs a line of shell in which `$RAGGED` is the command.
  @discardableResult
  func shell(_ line: String) throws -> CommandResult {
    let command = try #require(BuiltCommand.url).path
    return try RunningCommand(URL(filePath: "/bin/sh"), ["-c", "RAGGED='\(command)'; " + line], in: url).result()
  }

  func write(_ name: String, _ text: String) throws { try Data(text.utf8).write(to: url.appending(path: name)) }

  func data(_ name: String) throws -> Data { try Data(contentsOf: url.appending(path: name)) }

  func text(_ name: String) throws -> String { String(decoding: try data(name), as: UTF8.self) }

  /// The names of the files, those that SQLite keeps beside a store left out.
  var names: [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: url.path).sorted()) ?? []
    return all.filter { !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }
  }
}

/// Files that tests make.
enum Sample {
  /// Two classes that the sign of `ax` tells apart: sequences `s0`, `s1`, … of 3…9 timesteps.
  static func readings(_ sequences: Range<Int> = 0..<40) -> String {
    var rows = ["id,t,ax,ay,label"]
    for number in sequences {
      for t in 0..<3 + number % 7 {
        let sign = number % 2 == 0 ? -1.0 : 1.0
        let ax = sign * (1 + Double((number * 7 + t * 3) % 10) / 10)
        rows.append("s\(number),\(t),\(ax),\((number * 13 + t * 29) % 100),\(number % 2 == 0 ? "run" : "walk")")
      }
    }
    return rows.joined(separator: "\n") + "\n"
  }

  /// The sequences of ``readings(_:)`` as JSON Lines, without targets where `target` is false.
  static func readingsAsJSON(_ sequences: Range<Int> = 0..<40) -> String {
    sequences.map { number in
      let steps = (0..<3 + number % 7).map { t -> String in
        let sign = number % 2 == 0 ? -1.0 : 1.0
        return "[\(sign * (1 + Double((number * 7 + t * 3) % 10) / 10)), \((number * 13 + t * 29) % 100)]"
      }
      return "{\"id\": \"s\(number)\", \"features\": [\(steps.joined(separator: ", "))]}\n"
    }.joined()
  }
}
