import ArgumentParser
import Foundation
import Synchronization

/// What a command takes, as ArgumentParser describes it to other programs (`--experimental-dump-help`).
struct CommandDescription: Decodable, Sendable {
  struct Argument: Decodable, Sendable {
    struct Name: Decodable, Sendable {
      var kind: String
      var name: String

      /// The name as it stands on the command line.
      var text: String { kind == "long" ? "--\(name)" : "-\(name)" }
    }

    var kind: String
    var shouldDisplay: Bool
    /// The title of its group of options.
    var sectionTitle: String?
    var isOptional: Bool
    var isRepeating: Bool
    var names: [Name]?
    var preferredName: Name?
    var valueName: String?
    var defaultValue: String?
    var allValues: [String]?
    var abstract: String?
    var discussion: String?

    /// The name without dashes: of an option its long one.
    var key: String { preferredName?.name ?? valueName ?? "" }
    var isPositional: Bool { kind == "positional" }
    var isFlag: Bool { kind == "flag" }
    var help: String { abstract ?? "" }
    var values: [String] { allValues ?? [] }
  }

  var commandName: String
  var superCommands: [String]?
  var shouldDisplay: Bool
  var abstract: String?
  var discussion: String?
  var subcommands: [CommandDescription]?
  private var listed: [Argument]?

  private enum CodingKeys: String, CodingKey {
    case commandName, superCommands, shouldDisplay, abstract, discussion, subcommands
    case listed = "arguments"
  }

  private struct Tool: Decodable {
    var command: CommandDescription
  }

  private static let known = Mutex<[ObjectIdentifier: CommandDescription]>([:])

  /// - Precondition: the parser's own description can be read, which is a matter of its version and not of any input.
  init(of type: any ParsableCommand.Type) {
    if let known = Self.known.withLock({ $0[ObjectIdentifier(type)] }) {
      self = known
      return
    }
    do {
      self = try JSONDecoder().decode(Tool.self, from: Data(type._dumpHelp().utf8)).command
    } catch {
      preconditionFailure("the description of \(type) is not as expected: \(error)")
    }
    joinInversions()
    Self.known.withLock { $0[ObjectIdentifier(type)] = self }
  }

  /// Makes one argument of a flag and what takes it back, which are described as two.
  private mutating func joinInversions() {
    for index in subcommands?.indices ?? 0..<0 { subcommands?[index].joinInversions() }
    guard let all = listed else { return }
    let flags = Dictionary(all.filter(\.isFlag).map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    listed = all.compactMap { argument in
      guard argument.isFlag else { return argument }
      if argument.key.hasPrefix("no-"), flags[String(argument.key.dropFirst(3))] != nil { return nil }
      var argument = argument
      argument.names = (argument.names ?? []) + (flags["no-" + argument.key]?.names ?? [])
      return argument
    }
  }

  /// The arguments, without those that every command has.
  var arguments: [Argument] { (listed ?? []).filter { !["help", "version"].contains($0.key) } }
  var allArguments: [Argument] { listed ?? [] }
}
