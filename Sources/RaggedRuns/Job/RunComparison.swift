import Foundation
public import RaggedStore

/// What differs between the configurations of several runs.
public struct RunComparison: Sendable {
  /// One setting that is not the same in all runs.
  public struct Difference: Sendable, Equatable {
    /// The setting, by its path: `policy.batchSize`.
    public var name: String
    /// The setting in words: `batch size`.
    public var title: String { SettingTitle.text(name) }
    /// Its value in each run as JSON text; nil where a run does not have it.
    public var values: [String?]
  }

  /// The settings that differ, by name; the data's fingerprint is one of them.
  public let differences: [Difference]

  /// Compares runs.
  public init(_ runs: [RunRecord]) {
    let settings = runs.map(RunComparison.settings)
    differences = Set(settings.flatMap(\.keys)).sorted().compactMap { name in
      let values = settings.map { $0[name] }
      return values.dropFirst().allSatisfy { $0 == values[0] } ? nil : Difference(name: name, values: values)
    }
  }

  /// The settings of a run by their paths; where its model was written is none of them.
  static func settings(of run: RunRecord) -> [String: String] {
    var flat: [String: String] = ["fingerprint": String(run.fingerprint, radix: 16)]
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(run.configuration.utf8)) else { return flat }
    if case .object(var fields) = value {
      fields[KeptConfiguration.checkpointsKey] = nil
      flatten(.object(fields), at: "", into: &flat)
    } else {
      flatten(value, at: "", into: &flat)
    }
    return flat
  }

  private static func flatten(_ value: JSONValue, at path: String, into flat: inout [String: String]) {
    guard case .object(let fields) = value else {
      flat[path] = value.text
      return
    }
    for (key, value) in fields {
      // What Swift calls the unnamed value of an enumeration's case.
      let place = key == "_0" ? path : path.isEmpty ? key : "\(path).\(key)"
      flatten(value, at: place, into: &flat)
    }
  }
}

private indirect enum JSONValue: Decodable {
  case object([String: JSONValue])
  case array([JSONValue])
  case scalar(String)

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .scalar("null")
    } else if let value = try? container.decode(Bool.self) {
      self = .scalar(String(value))
    } else if let value = try? container.decode(Int64.self) {
      self = .scalar(String(value))
    } else if let value = try? container.decode(UInt64.self) {
      self = .scalar(String(value))
    } else if let value = try? container.decode(Double.self) {
      self = .scalar("\(value)")
    } else if let value = try? container.decode(String.self) {
      self = .scalar(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// A scalar as it is, several with commas, an object without its keys.
  var text: String {
    switch self {
    case .object(let fields): fields.sorted { $0.key < $1.key }.map(\.value.text).joined(separator: " ")
    case .array(let values): values.map(\.text).joined(separator: ", ")
    case .scalar(let text): text
    }
  }
}
