import Foundation

/// What the system says of the process's memory.
enum ProcessMemory: String {
  case now = "VmRSS"
  /// The highest value since ``restartPeak()``.
  case peak = "VmHWM"
  /// Without what is a file's.
  case own = "RssAnon"

  /// nil where the system does not say.
  var bytes: Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
    let line = status.split(separator: "\n").first { $0.hasPrefix(rawValue + ":") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
  }

  /// Forgets the peak so far; without effect where that is not allowed.
  static func restartPeak() { try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs")) }
}
