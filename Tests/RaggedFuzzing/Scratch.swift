import Foundation

/// A folder that is gone when the object is.
final class Scratch: Sendable {
  let folder: String
  /// A folder in memory where the system has one: on a disk, files that live for a millisecond take most of the time.
  private static let place: URL = {
    let memory = "/dev/shm"
    let isThere = FileManager.default.isWritableFile(atPath: memory)
    return isThere ? URL(fileURLWithPath: memory) : FileManager.default.temporaryDirectory
  }()

  init() throws {
    folder = Scratch.place.appendingPathComponent("ragged-fuzz-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  func path(_ name: String) -> String { folder + "/" + name }

  /// A file of these bytes.
  func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
    return path(name)
  }
}
