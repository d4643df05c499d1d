import Foundation
import RaggedStore

/// What differs between the configurations of several runs.
public struct RunComparison: Sendable {
  /// One setting that is not the same in all runs.
  public struct Difference: Sendable, Equatable {
    /// The setting, by its path: `policy.batchSize`.
    public var name: String
    /// Its value in each run as JSON text; nil where a run does not have it.
    public var values: [String?]
  }

  /// The settings that differ, by name; the data's fingerprint is one of them.
  public let differences: [Difference]

  /// Compares runs.
  public init(_ runs: [RunRecord]) {
    let settings = runs.map { run -> [String: String] in
      let value = try? JSONSerialization.jsonObject(with: Data(run.configuration.utf8))
      var flat: [String: String] = ["fingerprint": String(run.fingerprint, radix: 16)]
      RunComparison.flatten(value ?? [:], at: "", into: &flat)
      return flat
    }
    differences = Set(settings.flatMap(\.keys)).sorted().compactMap { name in
      let values = settings.map { $0[name] }
      return values.dropFirst().allSatisfy { $0 == values[0] } ? nil : Difference(name: name, values: values)
    }
  }

  private static func flatten(_ value: Any, at path: String, into flat: inout [String: String]) {
    switch value {
    case let object as [String: Any]:
      for (key, value) in object {
        // What Swift calls the unnamed value of an enumeration's case.
        let place = key == "_0" ? path : path.isEmpty ? key : "\(path).\(key)"
        flatten(value, at: place, into: &flat)
      }
    case let array as [Any]:
      let texts = array.map { "\($0)" }
      flat[path] = texts.joined(separator: ", ")
    default: flat[path] = "\(value)"
    }
  }
}
