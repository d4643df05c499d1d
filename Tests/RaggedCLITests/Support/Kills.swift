import Foundation
import RaggedCore

/// `kill -9` at random moments.
struct Kills {
  /// How many.
  let count: Int
  private var random: SeededRandom

  /// As many as `RAGGED_KILLS` says, or else `count`.
  init(_ count: Int, seed: UInt64) {
    let wanted = ProcessInfo.processInfo.environment["RAGGED_KILLS"].flatMap(Int.init)
    self.count = wanted ?? count
    random = SeededRandom(seed: seed &+ UInt64(wanted ?? 0))
  }

  /// Runs a command and kills it after a random part of the time that it needs, or of what is between two times.
  /// - Returns: whether it had ended well before that.
  @discardableResult
  mutating func kill(
    _ work: Workspace, _ arguments: [String], after least: Double = 0, within seconds: Double
  ) throws -> Bool {
    let command = try work.start(arguments)
    usleep(UInt32(1e6 * (least + (seconds - least) * Double(random.uniform()))))
    command.send(SIGKILL)
    return command.result().status == 0
  }

  /// True once in `count` times.
  mutating func oneIn(_ count: Int) -> Bool { random.below(count) == 0 }

  /// The seconds that something took.
  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    return (ContinuousClock.now - start) / .seconds(1)
  }
}

extension Workspace {
  /// Puts a copy of a store in the place of another.
  func restore(_ name: String, from copy: String) throws {
    for suffix in ["", "-wal", "-shm"] {
      try? FileManager.default.removeItem(at: url.appending(path: name + suffix))
    }
    try FileManager.default.copyItem(at: url.appending(path: copy), to: url.appending(path: name))
  }
}
