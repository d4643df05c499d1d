import Foundation

extension Double {
  /// Seconds in words: `20 µs`, `13 ms`, `0.4 s`, `2 min 5 s`, `3 h 7 min`; nil for what is no time that anybody waits.
  package var asDuration: String? {
    guard self >= 0, self < 1e9 else { return nil }
    return switch self {
    case 0: "0 s"
    case ..<0.001: String(format: "%.0f µs", self * 1e6)
    case ..<0.1: String(format: "%.0f ms", self * 1000)
    case ..<60: String(format: "%.1f s", self)
    case ..<3600: "\(Int(self) / 60) min \(Int(self) % 60) s"
    default: "\(Int(self) / 3600) h \(Int(self) / 60 % 60) min"
    }
  }
}
