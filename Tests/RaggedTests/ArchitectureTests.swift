import Foundation
import Testing

/// The article on the architecture against the manifest.
@Suite struct ArchitectureTests {
  private static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  @Test func theArticleDrawsTheArrowsOfTheManifest() throws {
    guard let arrows = try Self.arrowsOfTheManifest() else { return }
    let article = try String(
      contentsOf: Self.root.appending(path: "Sources/Ragged/Ragged.docc/Architecture.md"), encoding: .utf8)
    var drawn: [String: [String]] = [:]
    for line in article.split(separator: "\n") where line.contains("->") {
      let sides = line.components(separatedBy: "->").map { $0.trimmingCharacters(in: .whitespaces) }
      drawn[sides[0]] = sides[1].split(separator: ", ").map(String.init)
    }
    #expect(drawn == arrows)
    let described = article.split(separator: "\n").filter { $0.hasPrefix("| R") || $0.hasPrefix("| C") }
      .map { String($0.dropFirst(2).prefix { $0 != " " }) }
    #expect(Set(described).isSuperset(of: Set(arrows.keys).subtracting(["RaggedBenchmarks"])))
  }

  private struct Manifest: Decodable {
    struct Target: Decodable {
      var name: String
      var type: String
      var path: String?
      var dependencies: [[String: [Part?]]]
    }

    /// A name, or something else that stands beside it.
    enum Part: Decodable {
      case name(String)
      case other

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self = (try? container.decode(String.self)).map(Part.name) ?? .other
      }
    }

    var targets: [Target]
  }

  /// What each module with Swift sources depends on, in the order of the alphabet; nil where there is no Swift to ask. A copy
  /// of the manifest is asked, for the package itself is locked while its tests run.
  private static func arrowsOfTheManifest() throws -> [String: [String]]? {
    let folder = FileManager.default.temporaryDirectory.appending(path: "ragged-manifest-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.copyItem(
      at: root.appending(path: "Package.swift"), to: folder.appending(path: "Package.swift"))
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["swift", "package", "--package-path", folder.path, "dump-package"]
    process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("RAGGED_") }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus != 127 else { return nil }
    let manifest = try JSONDecoder().decode(Manifest.self, from: data)
    let modules = manifest.targets.filter {
      ["regular", "executable"].contains($0.type) && $0.name.hasPrefix("Ragged") && $0.path == nil
    }
    return Dictionary(
      uniqueKeysWithValues: modules.map { target in
        let names = target.dependencies.flatMap { $0.values }.compactMap { parts -> String? in
          if case .name(let name)?? = parts.first { name } else { nil }
        }
        return (target.name, names.sorted())
      })
  }
}
