import Foundation

/// What the store keeps of a run beside its figures: the configuration, and where its model was written.
struct KeptConfiguration: Codable {
  /// The two files, relative to the store's folder where they are in it.
  struct Checkpoints: Codable, Equatable {
    var best: String
    var last: String
  }

  static let checkpointsKey = "checkpoints"

  var configuration: TrainingConfiguration
  /// nil for a run without files, and for one of before this was kept.
  var checkpoints: Checkpoints?

  /// JSON text with sorted keys.
  var text: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }
}

extension KeptConfiguration {
  private enum Key: String, CodingKey { case checkpoints }

  init(from decoder: any Decoder) throws {
    configuration = try TrainingConfiguration(from: decoder)
    checkpoints = try decoder.container(keyedBy: Key.self).decodeIfPresent(Checkpoints.self, forKey: .checkpoints)
  }

  /// The configuration's own object with one more field.
  func encode(to encoder: any Encoder) throws {
    try configuration.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encodeIfPresent(checkpoints, forKey: .checkpoints)
  }
}

extension CheckpointFiles {
  /// The files as they are kept in a store, so that both can be moved together.
  func kept(beside store: String) -> KeptConfiguration.Checkpoints {
    let folder = URL(filePath: store).deletingLastPathComponent().standardizedFileURL.path
    func place(_ file: URL) -> String {
      let path = file.standardizedFileURL.path
      let prefix = folder.hasSuffix("/") ? folder : folder + "/"
      return path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : path
    }
    return KeptConfiguration.Checkpoints(best: place(best), last: place(last))
  }
}
